/** What the API serves for the pages of one pool and of one port series: of the newest cycle, and of the store. */
import type { PageData } from '../api/page-data.js';
import type { Clock } from '../contracts.js';
import { describeReleases } from '../forecast/release-schedule.js';
import type { AskedEnds } from '../sampling/asked-ends.js';
import type { PortSeriesSample } from '../snapshot/port-series.js';
import type { PageStore } from '../store/page-store.js';
import type { SeriesEnd } from '../store/series/tier-reader.js';
import { DAY_MS, isoOrNull, SECOND_MS } from '../units.js';
import type { Views } from '../views.js';
import { marksToWire, poolScoreToWire, type WirePoolNow } from '../wire/pool-page.js';
import { portEndsToWire, type WireFoundPort } from '../wire/port-page.js';
import { poolToWire } from '../wire/pool.js';
import { portToWire } from '../wire/port.js';
import { scheduleToWire, type WireSchedule } from '../wire/schedule.js';

/** How long a request waits for the next dump. */
const ENDS_WAIT_MS = 5 * SECOND_MS;
const SCORE_DAYS = 30;
/** The verdicts of so many warnings are counted. */
const MAX_EPISODES = 200;

interface PageDataParts {
  readonly views: Pick<Views, 'latest'>;
  readonly store: PageStore;
  readonly asked: AskedEnds;
  readonly clock: Clock;
}

export function createPageData({ views, store, asked, clock }: PageDataParts): PageData {
  const findSeries = (id: string): PortSeriesSample | undefined =>
    views.latest()?.ports.find((series) => series.id === id);
  return {
    pool: (id) => findPool({ views, store }, id),
    schedule: (id) => findSchedule(views, id),
    poolScore(id, limit) {
      const sinceMs = Math.floor(clock.wallMs() / DAY_MS) * DAY_MS - (SCORE_DAYS - 1) * DAY_MS;
      const sums = store.poolScore(id, sinceMs);
      return poolScoreToWire({ days: SCORE_DAYS, sums, episodes: store.poolEpisodes(id, MAX_EPISODES) }, limit);
    },
    marks: (query) => marksToWire(store.poolAlerts(query)),
    findPorts(port, limit) {
      const listed = views.latest()?.ports.filter((series) => series.port === port) ?? [];
      const ids = new Set(listed.map(({ id }) => id));
      const atMs = views.latest()?.table?.snapshotAtMs ?? null;
      const now = listed
        .slice(0, limit)
        .map((series) => ({ ...portToWire(series), lastSeenAt: isoOrNull(atMs), goneSince: null }));
      const gone = store
        .findPorts(port, limit)
        .filter(({ id }) => !ids.has(id))
        .map(({ end, ...series }): WireFoundPort => ({ ...series, states: {}, total: 0, ...describeEnd(end) }));
      return [...now, ...gone].slice(0, limit);
    },
    hasPort: (id) => findSeries(id) !== undefined,
    async portEnds(id, limit) {
      const series = findSeries(id);
      const ends = series === undefined ? null : await asked.find(series, ENDS_WAIT_MS);
      return series === undefined || ends === null ? null : portEndsToWire(series.direction, ends, limit);
    },
  };
}

function findPool({ views, store }: Pick<PageDataParts, 'views' | 'store'>, id: string): WirePoolNow | null {
  const view = views.latest();
  const pool = view?.pools.find((each) => each.id === id);
  if (view !== null && pool !== undefined) {
    const now = poolToWire(pool, view.alerts.findLast(({ poolId }) => poolId === id)?.owners.processes);
    return { ...now, lastSeenAt: now.sampledAt, goneSince: null };
  }
  const stored = store.findPool(id);
  if (stored === null) return null;
  const { end, ...identity } = stored;
  // Of very many pools only those that hold the most are listed, so this one may still exist.
  const mayExist = (view?.unlisted ?? null) !== null;
  const { lastSeenAt, goneSince } = describeEnd(end);
  return { ...identity, lastSeenAt, goneSince: mayExist ? null : goneSince };
}

/** Without a sample after the last one, for example because portcast was stopped then, it is gone since the last one. */
function describeEnd(end: SeriesEnd | null): { lastSeenAt: string | null; goneSince: string | null } {
  return { lastSeenAt: isoOrNull(end?.lastMs ?? null), goneSince: isoOrNull(end?.goneMs ?? end?.lastMs ?? null) };
}

function findSchedule(views: PageDataParts['views'], id: string): WireSchedule | null {
  const view = views.latest();
  const pool = view?.pools.find((each) => each.id === id);
  const timers = view?.table?.timers;
  const timed = timers?.timed.get(id);
  if (!view?.table || pool === undefined || timers === undefined || timed === undefined) return null;
  const facts = { sampledAtMs: view.table.snapshotAtMs, granularityMs: timers.granularity.timeWaitMs };
  return scheduleToWire(describeReleases(timed, pool.reuse, timers), facts);
}
