/** Canned pools. Each is a function of time, so that its samples, its history and its forecast agree. */
import type { WirePool } from '../../daemon/wire/pool.js';
import type { Scenario } from './scenarios.js';
import { iso, wirePool } from '../builders/wire-pool.js';

/** `reordered` has the pools of `alerts` in the opposite order. */
export type Shown = Scenario | 'reordered';

export const CAPACITY = 28_232;
export const HOLD_SECONDS = 62.048;
export const SUSTAINABLE = CAPACITY / HOLD_SECONDS;
/** A page that takes this string for markup runs its code. */
export const HOSTILE = `<img src=x onerror="document.title='owned'">`;

/** A pool as functions of the seconds since the scenario began. */
interface PoolModel {
  readonly localAddress: string;
  readonly remoteAddress: string;
  readonly remotePort: number;
  readonly live: (s: number) => number;
  readonly timeWait: (s: number) => number;
  readonly rate: number | null;
  readonly growth: number;
  /** Seconds after the beginning; null when it never runs out. */
  readonly exhaustsAt: number | null;
  readonly why: string;
  /** Fields that differ from those computed below. */
  readonly more?: Partial<WirePool> | ((startMs: number) => Partial<WirePool>);
}

export const wave = (s: number, period: number, depth: number): number =>
  1 + depth * Math.sin((2 * Math.PI * s) / period);

const CHURN = model({
  live: (s) => 150 * wave(s, 31, 0.1),
  timeWait: (s) => 2_100 * wave(s, 60, 0.04) + Math.max(0, s + 12) * 650,
  rate: 684.5,
  exhaustsAt: 28,
  why: '684 closes/s, 454 are sustainable: connections are closed faster than TIME_WAIT frees their ports.',
});

const FULL = model({
  live: () => 210,
  timeWait: () => CAPACITY - 210,
  rate: 512,
  exhaustsAt: -5,
  why: 'All 28,232 ports are held, 28,022 of them in TIME_WAIT; the next one comes free in 1.4 s.',
});

/** Ports come free while the demand that found none may still be there. */
/** Ports came free for 40 s; from now on the demand takes them faster than others come free. */
const DRAINING = model({
  live: () => 12,
  timeWait: (s) => Math.min(CAPACITY - 12, CAPACITY - 12 - Math.min(40, s + 40) * 300 + Math.max(0, s) * 600),
  rate: 902,
  why: '16,240 of 28,232 ports are held, and none was free until just now: demand at least 902/s; connects failed.',
  more: { mode: 'idle', demandAtLeast: true, cause: 'closes', failedConnects: 14_312 },
});

const LEAK = model({
  remoteAddress: '2001:db8::17',
  localAddress: '2001:db8::2',
  remotePort: 5432,
  live: (s) => 16_400 + s * 1.8,
  timeWait: () => 120,
  rate: 1.9,
  growth: 1.8,
  exhaustsAt: 6_500,
  why: '1.8 connections/s are opened and not closed; 16,400 are open, so the other 11,712 ports last about 1 h 48 min.',
});

/** A burst that would exhaust the pool. Most earlier bursts ended before that. */
const BURST = model({
  live: () => 150,
  timeWait: (s) => 9_400 + Math.max(0, s + 4) * 600,
  rate: 612,
  exhaustsAt: 34,
  why: '612 closes/s hold a port for 62.0 s each: 453/s are sustainable, so the ports run out in 34.0 s (90%: between 29.0 s and 42.0 s).',
  more: { probability: 0.18, probabilityIfHeld: 0.97, probabilityBasis: 'history', burstsKnown: 12 },
});

/** A rising rate: few ports are used yet, but the rate will soon be too high. */
const RISING = model({
  live: () => 210,
  timeWait: (s) => 17_600 + 40 * s,
  rate: 318,
  why: '318 closes/s, rising by 4.2/s each minute, hold a port for 62.0 s each: without the rise use would hold at 71% of 28,232 ports.',
  more: (startMs) => ({
    probability: 0.31,
    probabilityIfHeld: 0.31,
    probabilityBasis: 'climb',
    pressureFullAt: iso(startMs + 1_900_000),
    pressureFullEarliestAt: iso(startMs + 1_320_000),
    pressureFullLatestAt: iso(startMs + 3_400_000),
    outlookDays: 23.4,
    outlookWhy: 'peaks rise 0.6% a day: 100% in 23 days (90%: 18 to 31)',
  }),
});

function model(fields: Partial<PoolModel>): PoolModel {
  return {
    localAddress: '10.0.0.1',
    remoteAddress: '10.0.0.2',
    remotePort: 443,
    live: () => 42,
    timeWait: () => 0,
    rate: 0,
    growth: 0,
    exhaustsAt: null,
    why: 'No connection to it was closed here in the last minute, and the number of open ones does not grow.',
    ...fields,
  };
}

function steady(port: number, rate: number, address = '10.0.0.2'): PoolModel {
  return model({
    remoteAddress: address,
    remotePort: port,
    live: (s) => 180 * wave(s, 97, 0.2),
    timeWait: (s) => rate * 61 * wave(s, 240, 0.04) * wave(s, 13, 0.01),
    rate,
    why: `${rate} closes/s hold ${Math.round(rate * 62).toLocaleString('en')} ports for 62.0 s each; with 180 open ones that is ${Math.round(rate * 62 + 180).toLocaleString('en')} of 28,232, so the ports never run out at this rate.`,
  });
}

export function poolModels(scenario: Shown): PoolModel[] {
  switch (scenario) {
    case 'idle':
      return [];
    case 'exhausting':
    case 'alerts':
      return [
        CHURN,
        steady(8443, 121.5, '10.0.3.9'),
        steady(6379, 12.5, '10.0.0.40'),
        model({ remotePort: 9092, remoteAddress: '10.0.7.1' }),
      ];
    case 'reordered':
      return poolModels('alerts').reverse();
    case 'exhausted':
      return [FULL, steady(8443, 40)];
    case 'draining':
      return [DRAINING, steady(8443, 400)];
    case 'leak':
      return [LEAK, steady(443, 22)];
    case 'bursty':
      return [BURST, steady(443, 22)];
    case 'climbing':
      return [RISING, steady(5432, 22, '10.0.0.30')];
    case 'many':
      return [
        steady(443, 370),
        ...Array.from({ length: 59 }, (_, index) =>
          steady(8000 + index, Math.max(0.2, 220 - 4 * index), `10.1.${index % 7}.${index + 10}`),
        ),
      ];
    case 'hostile':
      return [{ ...steady(443, 30), remoteAddress: HOSTILE, why: HOSTILE, rate: null }];
    case 'steady':
    case 'degraded':
    case 'blind':
      return [steady(443, 332), steady(8443, 61.4, '10.0.3.9'), steady(5432, 2.2, '10.0.0.30')];
  }
}

/** The id that the daemon would give. */
export const idOf = (pool: PoolModel): string =>
  `connect_host_${pool.localAddress}_${pool.remoteAddress}_${pool.remotePort}`.replace(/[^A-Za-z0-9._]/g, '-');

/** The pool at an instant. Only the pools most at risk have a forecast ahead. */
export function samplePool(pool: PoolModel, atMs: number, startMs: number, hasForecast: boolean): WirePool {
  const s = (atMs - startMs) / 1000;
  const live = Math.min(CAPACITY, Math.round(pool.live(s)));
  const timeWait = Math.min(CAPACITY - live, Math.round(pool.timeWait(s)));
  const used = live + timeWait;
  const full = used >= CAPACITY;
  return wirePool({
    id: idOf(pool),
    family: pool.remoteAddress.includes(':') ? 'ipv6' : 'ipv4',
    localAddress: pool.localAddress,
    remoteAddress: pool.remoteAddress,
    remotePort: pool.remotePort,
    capacity: CAPACITY,
    used,
    available: CAPACITY - used,
    live,
    closeWait: pool.growth > 0 ? Math.round(live * 0.9) : 0,
    timeWait,
    holdSeconds: HOLD_SECONDS,
    closeRate: pool.rate,
    closeRateLow: pool.rate === null ? null : pool.rate * 0.95,
    closeRateHigh: pool.rate === null ? null : pool.rate * 1.06,
    liveGrowth: pool.rate === null ? null : pool.growth,
    sustainableRate: (CAPACITY - live) / HOLD_SECONDS,
    pressure: pool.rate === null ? null : (live + pool.rate * HOLD_SECONDS) / CAPACITY,
    ...forecastOf(pool, atMs, startMs),
    ...trendOf(pool),
    failedConnects: full ? 12 : 0,
    failedBy: full ? [{ pid: 4711, name: 'checkout', failed: 12 }] : [],
    mode: modeOf(pool, full),
    why: pool.why,
    processes: pool.exhaustsAt === null ? [] : [{ pid: 4211, name: 'checkout-api', confidence: 0.98 }],
    sampledAt: iso(atMs),
    ahead: hasForecast ? aheadOf(pool, atMs, startMs) : [],
    ...(typeof pool.more === 'function' ? pool.more(startMs) : pool.more),
  });
}

function forecastOf(pool: PoolModel, atMs: number, startMs: number): Partial<WirePool> {
  if (pool.rate === null) return { probability: null, probabilityIfHeld: null };
  if (pool.exhaustsAt === null) return { probability: 0.002, probabilityIfHeld: 0.002 };
  const exhaustsAtMs = Math.max(atMs, startMs + pool.exhaustsAt * 1000);
  const leftMs = exhaustsAtMs - atMs;
  return {
    exhaustsAt: iso(exhaustsAtMs),
    earliestAt: iso(exhaustsAtMs - leftMs * 0.14),
    latestAt: iso(exhaustsAtMs + leftMs * 0.24),
    secondsToExhaustion: leftMs / 1000,
    probability: leftMs < 600_000 ? 0.97 : 0.04,
    probabilityIfHeld: 0.97,
  };
}

function trendOf(pool: PoolModel): Partial<WirePool> {
  if (pool.remotePort !== 8443) return { outlookWhy: 'not enough history: 3 of 21 days' };
  return { outlookDays: 23.4, outlookWhy: 'peaks rise 0.6% a day: 100% in 23 days (90%: 18 to 31)' };
}

function modeOf(pool: PoolModel, full: boolean): WirePool['mode'] {
  if (full) return 'exhausted';
  if (pool.growth > 0) return 'leak';
  if (pool.exhaustsAt !== null) return 'churn';
  return pool.rate === 0 ? 'idle' : 'steady';
}

function aheadOf(pool: PoolModel, atMs: number, startMs: number): WirePool['ahead'] {
  const length = pool.exhaustsAt !== null && pool.exhaustsAt > 300 ? 600 : 120;
  return Array.from({ length: 60 }, (_, index) => {
    const ahead = ((index + 1) * length) / 60;
    const s = (atMs - startMs) / 1000 + ahead;
    const used = Math.min(CAPACITY, pool.live(s) + pool.timeWait(s));
    const spread = (pool.rate ?? 0) * 0.9 * Math.sqrt(ahead) + pool.growth * ahead * 0.2;
    return {
      at: iso(atMs + ahead * 1000),
      used: Math.round(used),
      low: Math.round(Math.max(0, used - spread)),
      high: Math.round(Math.min(CAPACITY, used + spread)),
    };
  });
}
