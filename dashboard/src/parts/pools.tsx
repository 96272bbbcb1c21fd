/** The table of pools, in order of risk unless the viewer sorts it. A row opens the history of its pool. */
import { useState } from 'preact/hooks';
import { formatCount, formatRate } from '../../../daemon/units.js';
import type { WirePool } from '../../../daemon/wire/pool.js';
import { hostNowMs, hostTime, poolRows, sample } from '../state/live.js';
import { navigateTo } from '../state/navigation.js';
import { buildPoolHref } from '../state/route.js';
import { matchesQuery, nextSort, sortRows, type SortState } from '../state/sort.js';
import { useHeldOrder } from '../state/use-held-order.js';
import { formatDemandRate, formatPressure } from '../words/demand.js';
import {
  formatPoolOrigin,
  formatPoolTitle,
  formatRoughDuration,
  formatWholeDuration,
  parseInstant,
} from '../words/format.js';
import { formatProbability, isLikely } from '../words/probability-text.js';
import { choosePoolTone, type Tone } from '../words/tone.js';
import { Filter } from './filter.js';
import { Instant } from './instant.js';
import { memo } from './memo.js';
import { ModeBadge } from './mode-badge.js';
import { MoreButton } from './more-button.js';
import { onRowKey } from './row-keys.js';
import { Empty, Section } from './section.js';
import { SortHead } from './sort-head.js';
import { UseBar } from './use-bar.js';

type Column = 'destination' | 'mode' | 'used' | 'pressure' | 'rate' | 'exhaustsAt';

const VALUES: Record<Column, (pool: WirePool) => number | string | null> = {
  destination: formatPoolTitle,
  mode: (pool) => pool.mode,
  used: (pool) => pool.used / Math.max(1, pool.capacity),
  pressure: (pool) => pool.pressure,
  rate: (pool) => pool.closeRate,
  exhaustsAt: (pool) => (pool.mode === 'exhausted' ? 0 : parseInstant(pool.exhaustsAt)),
};
const DESCENDING_FIRST: readonly Column[] = ['used', 'pressure', 'rate'];
const ROWS_AT_FIRST = 15;

export function Pools() {
  const [sort, setSort] = useState<SortState<Column> | null>(null);
  const [query, setQuery] = useState('');
  const [showsAll, setShowsAll] = useState(false);
  const pools = poolRows.value;
  const count = sample.value?.status.poolCount ?? pools.length;
  const matching = query === '' ? pools : pools.filter((pool) => matchesQuery(listSearchWords(pool), query));
  const sorted = sort === null ? matching : sortRows(matching, VALUES[sort.key], sort.descending);
  const order = useHeldOrder(sorted, (pool) => pool.id);
  const rows = showsAll ? order.rows : order.rows.slice(0, ROWS_AT_FIRST);
  const onSort = (key: Column): void => {
    order.release();
    setSort(nextSort(sort, key, DESCENDING_FIRST.includes(key)));
  };
  const shown = count > pools.length ? `the ${pools.length} most at risk of ${formatCount(count)}` : formatCount(count);
  return (
    <Section
      id="pools"
      title="Pools"
      note={order.held ? 'order kept while you are in the table' : shown}
      tools={
        <Filter
          label="Filter pools"
          placeholder="Filter: address, port, mode, process"
          query={query}
          onQuery={setQuery}
        />
      }
    >
      {rows.length === 0 ? (
        <Empty>{pools.length === 0 ? 'No outbound connection holds a port.' : `No pool matches “${query}”.`}</Empty>
      ) : (
        <table class="rows pools-table" data-testid="pools-table" {...order.handlers}>
          <caption class="sr-only">Pools of ephemeral ports{sort === null ? ', most at risk first' : ''}</caption>
          <Head sort={sort} onSort={onSort} />
          <tbody>
            {rows.map((pool) => (
              <Row key={pool.id} pool={pool} tone={choosePoolTone(pool, hostTime.value)} />
            ))}
          </tbody>
        </table>
      )}
      <MoreButton count={order.rows.length} limit={ROWS_AT_FIRST} showsAll={showsAll} onShowAll={setShowsAll} />
    </Section>
  );
}

function Head({ sort, onSort }: { sort: SortState<Column> | null; onSort: (key: Column) => void }) {
  const head = { sort, onSort };
  return (
    <thead>
      <tr>
        <SortHead name="destination" {...head}>
          Destination
        </SortHead>
        <SortHead name="mode" class="wide" {...head}>
          Mode
        </SortHead>
        <SortHead name="used" {...head}>
          Ports used
        </SortHead>
        <SortHead name="pressure" class="number" {...head}>
          Pressure
        </SortHead>
        <SortHead name="rate" class="number wide" {...head}>
          Closes/s
        </SortHead>
        <SortHead name="exhaustsAt" class="number" {...head}>
          Runs out
        </SortHead>
      </tr>
    </thead>
  );
}

const Row = memo(function Row({ pool, tone }: { pool: WirePool; tone: Tone }) {
  const href = buildPoolHref(pool.id);
  return (
    <tr
      class={`row tone-${tone}`}
      data-testid="pool-row"
      data-pool-id={pool.id}
      tabIndex={-1}
      onClick={() => navigateTo(href)}
      onKeyDown={(event) => onRowKey(event, href)}
    >
      <th scope="row" class="destination-cell">
        <a href={href}>{formatPoolTitle(pool)}</a> <span class="origin muted">{formatPoolOrigin(pool)}</span>
        <span class="narrow">
          <ModeBadge pool={pool} />
        </span>
      </th>
      <td class="wide">
        <ModeBadge pool={pool} />
      </td>
      <td class="use-cell">
        <UseBar pool={pool} />
        <span class="use-text">
          {formatCount(pool.used)} <span class="muted">/ {formatCount(pool.capacity)}</span>
        </span>
      </td>
      <td class="number pressure-cell">{formatPressure(pool) ?? <Unknown />}</td>
      <td class="number wide rate-cell">
        {formatDemandRate(pool) ?? <Unknown />} <span class="muted">/ {formatRate(pool.sustainableRate)}</span>
      </td>
      <td class="number">
        <RunsOut pool={pool} />
      </td>
    </tr>
  );
});

function Unknown() {
  return (
    <span class="muted" title="Not known yet">
      ?<span class="sr-only"> not known yet</span>
    </span>
  );
}

function RunsOut({ pool }: { pool: WirePool }) {
  if (pool.mode === 'exhausted') return <strong>now</strong>;
  const exhaustsAtMs = parseInstant(pool.exhaustsAt);
  const pressureFullAtMs = parseInstant(pool.pressureFullAt);
  if (exhaustsAtMs === null && pressureFullAtMs !== null) {
    return (
      <span class="rising" title="If the close rate keeps rising, pressure then reaches 100%">
        rising <span class="wide muted">{formatRoughDuration(pressureFullAtMs - hostNowMs.value)}</span>
      </span>
    );
  }
  if (exhaustsAtMs === null) {
    return (
      <span class="muted">
        <span aria-hidden="true">–</span>
        <span class="sr-only">not foreseen</span>
      </span>
    );
  }
  const left = formatWholeDuration(exhaustsAtMs - hostNowMs.value);
  if (!isLikely(pool)) {
    return (
      <>
        <span title="Less likely than not">{left}</span>{' '}
        <span class="muted">{formatProbability(pool.probability ?? 0)}</span>
      </>
    );
  }
  return (
    <>
      <strong>{left}</strong>{' '}
      <span class="muted wide">
        <Instant ms={exhaustsAtMs} />
      </span>
    </>
  );
}

/** The text that the filter searches. */
function listSearchWords(pool: WirePool): string {
  const processes = pool.processes.map((process) => `${process.name} ${process.pid}`).join(' ');
  return `${formatPoolTitle(pool)} ${formatPoolOrigin(pool)} ${pool.mode} ${pool.kind} ${pool.id} ${processes}`;
}
