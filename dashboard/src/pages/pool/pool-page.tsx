/** The page of one pool: its state now, its history with what happened, and what is known beside it. */
import { SECOND_MS } from '../../../../daemon/units.js';
import { formatProcesses } from '../../../../daemon/wire/process-groups.js';
import type { WirePool } from '../../../../daemon/wire/pool.js';
import type { WirePoolNow } from '../../../../daemon/wire/pool-page.js';
import { FigureRow } from '../../parts/figure-row.js';
import { Instant } from '../../parts/instant.js';
import { ModeBadge } from '../../parts/mode-badge.js';
import { PageHead } from '../../parts/page-head.js';
import { PoolNotes } from '../../parts/pool-notes.js';
import { hostTime, sample } from '../../state/live.js';
import { fetchPool } from '../../state/page-api.js';
import { buildPoolHref, buildWhatIfHref, type PageRoute } from '../../state/route.js';
import { usePoll } from '../../state/use-poll.js';
import { listKeyFigures } from '../../words/figures.js';
import { formatPoolOrigin, formatPoolTitle, parseInstant } from '../../words/format.js';
import { writeHeadline } from '../../words/headline.js';
import { PoolHistory } from './pool-history.js';
import { POOL_SECTIONS } from './sections.js';
import '../../styles/time-pages.css';

const REFRESH_MS = 2 * SECOND_MS;

/** The key makes another pool, and another time, another page with its own state. */
export function PoolPage({ route: { id, params } }: { route: PageRoute }) {
  return (
    <main class="time-page" data-testid="pool-page">
      {id !== null && <PoolBody key={`${id} ${params}`} id={id} params={params} />}
    </main>
  );
}

function PoolBody({ id, params }: { id: string; params: string }) {
  const { pool, known, isUnknown } = useKnownPool(id);
  return (
    <>
      <PageHead title={known === null ? id : formatPoolTitle(known)} />
      <p class="muted pool-origin">{describeOrigin(known, isUnknown)}</p>
      {pool === null ? <Gone known={known} /> : <PoolNow pool={pool} />}
      {pool !== null && <a href={buildWhatIfHref('pool', id)}>What if?</a>}
      <PoolHistory id={id} params={params} href={buildPoolHref(id)} pool={pool} />
      {POOL_SECTIONS.map(({ key, Section }) => (
        <Section key={key} id={id} pool={pool} />
      ))}
    </>
  );
}

interface KnownPool {
  /** Null while it is not known, and for a pool that is gone. */
  readonly pool: WirePool | null;
  /** Who it is, gone or not; null while that is not known. */
  readonly known: WirePoolNow | WirePool | null;
  /** True where there never was such a pool. */
  readonly isUnknown: boolean;
}

/** The stream has the worst pools only; any other one, and one that is gone, is requested by itself. */
function useKnownPool(id: string): KnownPool {
  const streamed = sample.value?.pools.find((candidate) => candidate.id === id) ?? null;
  const { value, error } = usePoll({
    key: `pool ${id} ${streamed === null}`,
    everyMs: REFRESH_MS,
    request: async (signal) => (sample.peek() === null || streamed !== null ? null : await fetchPool(id, signal)),
    trigger: sample.value === null,
  });
  if (streamed !== null) return { pool: streamed, known: streamed, isUnknown: false };
  if (value === null) return { pool: null, known: null, isUnknown: error?.status === 404 };
  return { pool: isNow(value) ? value : null, known: value, isUnknown: false };
}

function isNow(pool: WirePoolNow): pool is WirePoolNow & WirePool {
  return 'capacity' in pool;
}

function describeOrigin(known: KnownPool['known'], isUnknown: boolean): string {
  if (known !== null) return formatPoolOrigin(known);
  return isUnknown ? 'No pool of this name was ever seen here' : ' ';
}

function Gone({ known }: { known: KnownPool['known'] }) {
  if (known === null || 'capacity' in known) return null;
  const [seenMs, goneMs] = [parseInstant(known.lastSeenAt), parseInstant(known.goneSince)];
  if (seenMs === null) return <p class="gone">Not in the latest sample. When it was last seen is no longer stored.</p>;
  return (
    <p class="gone" data-testid="pool-gone">
      {goneMs === null ? (
        <>
          Not among the pools that hold the most ports. Last listed at <Instant ms={seenMs} />.
        </>
      ) : (
        <>
          <strong>
            Gone since <Instant ms={goneMs} />
          </strong>
          : no connection to it is left. It was last seen at <Instant ms={seenMs} />; its history stays below.
        </>
      )}
    </p>
  );
}

function PoolNow({ pool }: { pool: WirePool }) {
  return (
    <div class="pool-now">
      <p class="pool-headline">
        <ModeBadge pool={pool} /> <strong>{writeHeadline(pool, hostTime.value).text}</strong>
      </p>
      <PoolNotes pool={pool} />
      <p class="why">{pool.why}</p>
      <FigureRow figures={listKeyFigures(pool)} />
      {pool.processes.length > 0 && (
        <p class="owners">
          <span class="muted">Held by </span>
          {formatProcesses(pool.processes, { shares: true })}
        </p>
      )}
    </div>
  );
}
