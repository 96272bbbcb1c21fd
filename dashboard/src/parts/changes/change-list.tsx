/** Changes with their figures before and after, newest first. */
import { useState } from 'preact/hooks';
import type { WireChange, WireChangedPool } from '../../../../daemon/wire/change.js';
import { hostNowMs } from '../../state/live.js';
import { buildPoolHref } from '../../state/route.js';
import { compareFigures, describeAfter, describeBefore, describeProgress, describeTime } from '../../words/changes.js';
import { capitalize } from '../../words/format.js';
import { MoreButton } from '../more-button.js';
import '../../styles/changes.css';

const CHANGES_SHOWN = 5;
const POOLS_SHOWN = 2;

interface ChangeListProps {
  /** Newest first. */
  readonly changes: readonly WireChange[];
  /** The pools that are compared, in this order; null for those of each change. */
  readonly poolIds: readonly string[] | null;
}

export function ChangeList({ changes, poolIds }: ChangeListProps) {
  const [showsAll, setShowsAll] = useState(false);
  const shown = showsAll ? changes : changes.slice(0, CHANGES_SHOWN);
  return (
    <>
      <ol class="changes" data-testid="changes">
        {shown.map((change) => (
          <li key={change.id}>
            <ChangeItem change={change} poolIds={poolIds} />
          </li>
        ))}
      </ol>
      <MoreButton count={changes.length} limit={CHANGES_SHOWN} showsAll={showsAll} onShowAll={setShowsAll} />
    </>
  );
}

function ChangeItem({ change, poolIds }: { change: WireChange; poolIds: ChangeListProps['poolIds'] }) {
  const [showsAll, setShowsAll] = useState(false);
  const pools = poolIds === null ? change.pools : change.pools.filter(({ id }) => poolIds.includes(id));
  const shown = showsAll ? pools : pools.slice(0, POOLS_SHOWN);
  return (
    <article class="change">
      {/* The name of a setting is written as the kernel writes it. */}
      <h3>{change.kind === 'setting' ? change.title : capitalize(change.title)}</h3>
      <p class="muted">
        {change.kind === 'setting' ? 'Setting changed' : 'Lasting change of a pool'}{' '}
        <time dateTime={change.at}>{describeTime(change, hostNowMs.value)}</time>
      </p>
      {change.effect !== null && <p class="change-effect">{capitalize(change.effect)}.</p>}
      {shown.map((pool) => (
        <ChangedPool key={pool.id} change={change} pool={pool} />
      ))}
      <MoreButton count={pools.length} limit={POOLS_SHOWN} showsAll={showsAll} onShowAll={setShowsAll} />
      {pools.length === 0 && <p class="muted">No pool held enough ports then to be compared.</p>}
      {pools.length > 0 && <p class="muted change-note">{describeProgress(change)}</p>}
    </article>
  );
}

function ChangedPool({ change, pool }: { change: WireChange; pool: WireChangedPool }) {
  return (
    <table class="change-table">
      <caption>
        <a href={buildPoolHref(pool.id)}>{pool.name}</a>
      </caption>
      <thead>
        <tr>
          <td />
          <th scope="col">{describeBefore(change, pool.before)}</th>
          <th scope="col">{describeAfter(change)}</th>
        </tr>
      </thead>
      <tbody>
        {compareFigures(pool, hostNowMs.value).map(({ name, before, after }) => (
          <tr key={name}>
            <th scope="row">{name}</th>
            <td>{before}</td>
            <td>{after}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
