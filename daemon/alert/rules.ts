/** What each rule says of one forecast: on which side of its two lines it lies, and how grave that is. */
import type { PoolForecast } from '../forecast/types.js';
import type { AlertSettings, LevelRule, Rule, Severity } from './alert.js';
import { PROBABILITY_WITHIN_MS } from '../forecast/thresholds.js';

/**
 * `raise`: at or above the raise line; `clear`: below the clear line; `between`: neither;
 * `unknown`: the quantity is not known, which must move nothing.
 */
export type Signal = 'raise' | 'between' | 'clear' | 'unknown';

export interface PoolRule {
  readonly rule: Exclude<Rule, 'blind'>;
  readonly mail: boolean;
  readonly forMs: number;
  readonly clearForMs: number;
  /** Whether it must fire at once, as the look at `nextLookAtMs` may come too late; absent where none can. */
  cannotWait?(pool: PoolForecast, nextLookAtMs: number): boolean;
  signal(pool: PoolForecast, nowMs: number): Signal;
  severity(pool: PoolForecast, nowMs: number): Severity;
}

/** The rules about pools, the gravest first: what an earlier one finds inhibits the mail of the later ones. */
export function createPoolRules(settings: AlertSettings, maxSampleAgeMs: number): readonly PoolRule[] {
  const { failing, imminent, leak, pressure, use } = settings;
  const rules: readonly PoolRule[] = [
    { ...failing, rule: 'failing', signal: failingSignal, severity: () => 'critical' },
    {
      ...imminent,
      rule: 'imminent',
      cannotWait: mayBeGoneBy,
      signal: (pool) => imminentSignal(pool, imminent),
      severity: () => 'critical',
    },
    {
      ...leak,
      rule: 'leak',
      signal: (pool, nowMs) => leakSignal(pool, leak, nowMs),
      severity: (pool, nowMs) => (exhaustsWithin(pool, PROBABILITY_WITHIN_MS, nowMs) ? 'critical' : 'warning'),
    },
    { ...pressure, rule: 'pressure', signal: (pool) => level(pool.pressure, pressure), severity: () => 'warning' },
    { ...use, rule: 'use', signal: (pool) => level(usedRatio(pool), use), severity: () => 'info' },
  ];
  return rules.map((rule) => ({
    ...rule,
    signal(pool, nowMs) {
      const signal = rule.signal(pool, nowMs);
      // No alert is raised from a forecast that is out of date.
      return signal === 'raise' && nowMs - pool.sampledAtMs > maxSampleAgeMs ? 'unknown' : signal;
    },
  }));
}

/** Ports that cannot be taken again, over capacity. A pool without any capacity is full. */
export function usedRatio(pool: PoolForecast): number {
  return pool.capacity > 0 ? (pool.used - pool.reusable) / pool.capacity : 1;
}

/** Where nobody watches any more no failure can be claimed either. */
function failingSignal({ failedConnects }: PoolForecast): Signal {
  return (failedConnects ?? 0) > 0 ? 'raise' : 'clear';
}

function imminentSignal(pool: PoolForecast, rule: LevelRule): Signal {
  if (pool.mode === 'exhausted') return 'raise';
  const signal = level(pool.probability, rule);
  return signal === 'raise' && pool.exhaustsAtMs === null ? 'between' : signal;
}

/**
 * Waiting is for the sake of being sure; what waits until the ports may be gone is sure and of no use. But where ports may be
 * reused and are not yet seen to be, the next look may well tell that none is missing.
 */
function mayBeGoneBy({ reuseMayShow, earliestAtMs, exhaustsAtMs }: PoolForecast, atMs: number): boolean {
  return reuseMayShow !== true && (earliestAtMs ?? exhaustsAtMs ?? Infinity) <= atMs;
}

function leakSignal(pool: PoolForecast, rule: AlertSettings['leak'], nowMs: number): Signal {
  // A pool that has run out has no instant left to forecast; that is no sign of the leak being over.
  if (pool.mode === 'exhausted') return 'between';
  if (pool.mode !== 'leak' || !exhaustsWithin(pool, rule.clearBeyondMs, nowMs)) return 'clear';
  return exhaustsWithin(pool, rule.raiseWithinMs, nowMs) ? 'raise' : 'between';
}

function exhaustsWithin(pool: PoolForecast, withinMs: number, nowMs: number): boolean {
  return pool.exhaustsAtMs !== null && pool.exhaustsAtMs - nowMs <= withinMs;
}

function level(value: number | null, rule: LevelRule): Signal {
  if (value === null) return 'unknown';
  if (value >= rule.raise) return 'raise';
  return value < rule.clear ? 'clear' : 'between';
}
