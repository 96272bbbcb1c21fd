/** Canned answers of the pages of one pool and of one port series. */
import type { WireMarks, WirePoolNow, WirePoolScore } from '../../daemon/wire/pool-page.js';
import type { WireFoundPort, WirePortEnds } from '../../daemon/wire/port-page.js';
import type { WireSchedule } from '../../daemon/wire/schedule.js';
import { iso } from '../builders/wire-pool.js';
import { cannedSample } from './canned-data.js';
import { historyOf } from './canned-history.js';
import { CAPACITY, wave, type Shown } from './canned-pools.js';

export const GONE_ID = 'connect_host_10.0.0.1_10.0.9.9_443';
const NO_TIMERS_PORT = 5432;

interface PageAnswer {
  readonly status: number;
  readonly body: unknown;
}

/** Null where the request is not about such a page. */
export function answerPages(scenario: Shown, url: URL, startMs: number): PageAnswer | null {
  const nowMs = Date.now();
  const found = /^\/api\/v1\/(pools|ports)(?:\/([^/]+)(?:\/(schedule|score|marks|ends|history))?)?$/.exec(url.pathname);
  const port = url.searchParams.get('port');
  if (found?.[1] === 'ports' && found[2] === undefined && port !== null) return findPort(scenario, port, nowMs);
  const [, noun, rawId = '', part] = found ?? [];
  const id = decodeURIComponent(rawId);
  if (rawId === '') return null;
  const sample = cannedSample(scenario, nowMs, startMs);
  if (noun === 'ports') {
    if (part !== 'ends') return null;
    const series = sample.ports.find((each) => each.id === id);
    return series === undefined ? missing(id) : { status: 200, body: endsOf(series.direction, nowMs) };
  }
  const pool = sample.pools.find((each) => each.id === id);
  switch (part) {
    case undefined:
      if (id === GONE_ID) return { status: 200, body: gonePool(nowMs) };
      return pool === undefined
        ? missing(id)
        : { status: 200, body: { ...pool, lastSeenAt: pool.sampledAt, goneSince: null } };
    case 'schedule':
      return pool === undefined
        ? missing(id)
        : { status: 200, body: scheduleOf(pool.timeWait, { nowMs, hasTimers: pool.remotePort !== NO_TIMERS_PORT }) };
    case 'score':
      return { status: 200, body: scoreOf(id === GONE_ID || scenario !== 'idle', nowMs) };
    case 'marks':
      return { status: 200, body: marksOf(id, startMs) };
    case 'history':
      return id === GONE_ID ? { status: 200, body: goneHistory(url, nowMs) } : null;
    default:
      return null;
  }
}

function missing(id: string): PageAnswer {
  return { status: 404, body: { detail: `there is no ${JSON.stringify(id)}` } };
}

function gonePool(nowMs: number): WirePoolNow {
  return {
    id: GONE_ID,
    kind: 'connect',
    namespace: 'host',
    localAddress: '10.0.0.1',
    remoteAddress: '10.0.9.9',
    remotePort: 443,
    lastSeenAt: iso(nowMs - 20 * 60_000),
    goneSince: iso(nowMs - 20 * 60_000 + 2000),
  };
}

/** Up to the time at which the pool went. */
function goneHistory(url: URL, nowMs: number) {
  const number = (name: string): number => Number(url.searchParams.get(name));
  const query = { id: GONE_ID, fromMs: number('from'), toMs: number('to'), points: number('points') };
  return historyOf(query, (t) => {
    const used = t > nowMs - 20 * 60_000 ? 0 : 900 * wave(t / 1000, 300, 0.2);
    return {
      used,
      live: used / 10,
      timeWait: used,
      capacity: CAPACITY,
      closeRate: used / 62,
      pressure: used / CAPACITY,
    };
  });
}

function scheduleOf(timeWait: number, { nowMs, hasTimers }: { nowMs: number; hasTimers: boolean }): WireSchedule {
  const seconds = (fromMs: number, countAt: (second: number) => number) =>
    Array.from({ length: 60 }, (_, second) => ({
      at: iso(fromMs + second * 1000),
      count: Math.round(countAt(second)),
    }));
  const perSecond = timeWait / 60;
  return {
    sampledAt: iso(nowMs),
    holdSeconds: 62.048,
    granularitySeconds: 2.048,
    closes: hasTimers ? seconds(nowMs - 60_000, (second) => perSecond * wave(second, 23, 0.4)) : null,
    releases: hasTimers ? seconds(nowMs, (second) => (second % 2 === 0 ? 2 * perSecond : 0)) : null,
    later: 0,
    reusable: 0,
    exact: hasTimers,
    why: hasTimers ? null : 'the source of the socket table shows no timers',
  };
}

function scoreOf(isScored: boolean, nowMs: number): WirePoolScore {
  const none = { fulfilled: 0, unfulfilled: 0, unjustified: 0, late: 0, unknown: 0 };
  if (!isScored) {
    const empty = { baseRate: null, brier: null, coverage: null, leadMedianSeconds: null, episodes: [] };
    return { days: 30, forecasts: 0, intervals: 0, outages: 0, warnedOutages: 0, warnings: none, ...empty };
  }
  return {
    days: 30,
    forecasts: 420,
    baseRate: 0.1,
    brier: 0.03,
    intervals: 20,
    coverage: 0.9,
    outages: 3,
    warnedOutages: 2,
    leadMedianSeconds: 41,
    warnings: { ...none, fulfilled: 2, unfulfilled: 1, late: 1 },
    episodes: [
      {
        poolId: 'p',
        kind: 'alarm',
        startedAt: iso(nowMs - 3_600_000),
        endedAt: iso(nowMs - 3_500_000),
        failedAt: iso(nowMs - 3_559_000),
        verdict: 'fulfilled',
        leadSeconds: 41,
        oracle: 0.9,
      },
    ],
  };
}

/** An alert and its incident, some minutes ago. */
function marksOf(id: string, startMs: number): WireMarks {
  const at = (minutes: number): string => iso(startMs - minutes * 60_000);
  return {
    alerts: [
      {
        id: `imminent_${id}_1`,
        rule: 'imminent',
        severity: 'critical',
        state: 'resolved',
        pendingAt: at(6.2),
        firingAt: at(6),
        resolvedAt: at(3),
        incidentId: 'incident-1',
      },
    ],
    incidents: [{ id: 'incident-1', state: 'resolved', openedAt: at(5.9), resolvedAt: at(2) }],
  };
}

function findPort(scenario: Shown, port: string, nowMs: number): PageAnswer {
  if (!/^\d{1,5}$/.test(port) || Number(port) > 65_535) {
    return { status: 400, body: { detail: `port is ${JSON.stringify(port)}; allowed: 0 to 65535` } };
  }
  const live = cannedSample(scenario, nowMs, nowMs)
    .ports.filter((series) => series.port === Number(port))
    .map((series): WireFoundPort => ({ ...series, lastSeenAt: iso(nowMs), goneSince: null }));
  const gone: WireFoundPort = {
    id: `out_host_10.0.9.9_${port}`,
    direction: 'out',
    namespace: 'host',
    address: '10.0.9.9',
    port: Number(port),
    states: {},
    total: 0,
    lastSeenAt: iso(nowMs - 86_400_000),
    goneSince: iso(nowMs - 86_400_000),
  };
  return { status: 200, body: Number(port) === 443 ? [...live, gone] : live };
}

function endsOf(direction: 'in' | 'out', nowMs: number): WirePortEnds {
  const end = (address: string, established: number, timeWait: number) => ({
    address,
    states: { established, time_wait: timeWait },
    total: established + timeWait,
  });
  return {
    sampledAt: iso(nowMs),
    direction,
    side: direction === 'in' ? 'remote' : 'local',
    ends: direction === 'in' ? [end('10.7.0.3', 81, 902), end('2001:db8::7', 4, 12)] : [end('10.0.0.1', 12, 400)],
    others: direction === 'in' ? { ends: 12, sockets: 30 } : { ends: 0, sockets: 0 },
  };
}
