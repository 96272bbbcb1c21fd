/** Canned documents of the pages of one pool and of one port series. */
import type { PageData } from '../../daemon/api/page-data.js';
import type { WireMarks, WirePoolScore } from '../../daemon/wire/pool-page.js';
import type { WirePortEnds } from '../../daemon/wire/port-page.js';
import type { WireSchedule } from '../../daemon/wire/schedule.js';
import { cannedEpisode, cannedPool, cannedPort, NOW_MS } from './wire-documents.js';

export const GONE_POOL = {
  id: 'connect_host_10.0.0.1_10.0.0.9_443',
  kind: 'connect',
  namespace: 'host',
  localAddress: '10.0.0.1',
  remoteAddress: '10.0.0.9',
  remotePort: 443,
  lastSeenAt: new Date(NOW_MS - 60_000).toISOString(),
  goneSince: new Date(NOW_MS - 60_000).toISOString(),
} as const;

export const CANNED_SCHEDULE: WireSchedule = {
  sampledAt: new Date(NOW_MS).toISOString(),
  holdSeconds: 62,
  granularitySeconds: 2,
  closes: [{ at: new Date(NOW_MS - 1000).toISOString(), count: 3 }],
  releases: [{ at: new Date(NOW_MS).toISOString(), count: 3 }],
  later: 0,
  reusable: 0,
  exact: true,
  why: null,
};

export const CANNED_MARKS: WireMarks = {
  alerts: [
    {
      id: 'imminent_p_1',
      rule: 'imminent',
      severity: 'critical',
      state: 'resolved',
      pendingAt: new Date(NOW_MS - 90_000).toISOString(),
      firingAt: new Date(NOW_MS - 80_000).toISOString(),
      resolvedAt: new Date(NOW_MS - 10_000).toISOString(),
      incidentId: 'incident-1',
    },
  ],
  incidents: [],
};

export const CANNED_SCORE: WirePoolScore = {
  days: 30,
  forecasts: 12,
  baseRate: 0.5,
  brier: 0.1,
  intervals: 10,
  coverage: 0.9,
  outages: 2,
  warnedOutages: 1,
  leadMedianSeconds: 40,
  warnings: { fulfilled: 1, unfulfilled: 0, unjustified: 0, late: 1, unknown: 0 },
  episodes: [cannedEpisode()],
};

export const CANNED_ENDS: WirePortEnds = {
  sampledAt: new Date(NOW_MS).toISOString(),
  direction: 'out',
  side: 'local',
  ends: [{ address: '10.0.0.1', states: { established: 3 }, total: 3 }],
  others: { ends: 0, sockets: 0 },
};

/** Pages that know one pool, one pool that is gone, and one port series. */
export function cannedPages(changes: Partial<PageData> = {}): PageData {
  const isPool = (id: string): boolean => id === cannedPool().id;
  return {
    pool(id) {
      if (isPool(id)) return { ...cannedPool(), lastSeenAt: cannedPool().sampledAt, goneSince: null };
      return id === GONE_POOL.id ? GONE_POOL : null;
    },
    schedule: (id) => (isPool(id) ? CANNED_SCHEDULE : null),
    poolScore: (_, limit) => ({ ...CANNED_SCORE, episodes: CANNED_SCORE.episodes.slice(0, limit) }),
    marks: () => CANNED_MARKS,
    findPorts: (port) =>
      port === cannedPort().port
        ? [{ ...cannedPort(), lastSeenAt: new Date(NOW_MS).toISOString(), goneSince: null }]
        : [],
    hasPort: (id) => id === cannedPort().id,
    portEnds: () => Promise.resolve(CANNED_ENDS),
    ...changes,
  };
}
