/** The sample of a canned pool at an instant, with its forecast. */
import type { WirePool } from '../../daemon/wire/pool.js';
import { iso, wirePool } from '../builders/wire-pool.js';
import { CAPACITY, HOLD_SECONDS, idOf, type PoolModel, type Uncertainty } from './canned-pools.js';

/** A countdown can be shown. */
const WELL_KNOWN: Uncertainty = { early: 0.03, late: 0.05, never: 0 };

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
  const { early, late } = pool.uncertainty ?? WELL_KNOWN;
  return {
    exhaustsAt: iso(exhaustsAtMs),
    earliestAt: iso(exhaustsAtMs - leftMs * early),
    latestAt: iso(exhaustsAtMs + leftMs * late),
    exhaustsQuantiles: listQuantiles(pool.uncertainty ?? WELL_KNOWN, { exhaustsAtMs, leftMs }),
    secondsToExhaustion: leftMs / 1000,
    probability: leftMs < 600_000 ? 0.97 : 0.04,
    probabilityIfHeld: 0.97,
  };
}

/** A triangle between the ends of the interval, of which the last situations never run out. */
function listQuantiles(
  { early, late, never }: Uncertainty,
  at: { exhaustsAtMs: number; leftMs: number },
): (string | null)[] {
  const known = 20 - never;
  return Array.from({ length: 20 }, (_, index) => {
    if (index >= known) return null;
    const level = (index + 0.5) / known;
    const share = level < 0.5 ? -early * (1 - Math.sqrt(2 * level)) : late * (1 - Math.sqrt(2 - 2 * level));
    return iso(at.exhaustsAtMs + share * at.leftMs);
  });
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
