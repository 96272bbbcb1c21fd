/** The rules about pools. Each compares a forecast with its raise line and its clear line, and grades the severity. */
import { PROBABILITY_WITHIN_MS } from '../forecast/thresholds.js';
import type { PoolForecast } from '../forecast/types.js';
import type { AlertSettings, LevelRule, Rule, Severity } from './alert.js';

/**
 * `raise`: at or above the raise line; `clear`: below the clear line; `between`: neither;
 * `unknown`: the quantity is not known, so the alert stays as it is.
 */
export type Signal = 'raise' | 'between' | 'clear' | 'unknown';

export interface PoolRule {
  readonly rule: Exclude<Rule, 'empty' | 'blind' | 'trouble'>;
  readonly mail: boolean;
  readonly forMs: number;
  readonly clearForMs: number;
  /** Whether the next samples may correct the forecast, so that it has to hold before the rule fires. */
  isInDoubt?(pool: PoolForecast): boolean;
  signal(pool: PoolForecast, nowMs: number): Signal;
  severity(pool: PoolForecast, nowMs: number): Severity;
}

/**
 * The rules about pools, in the order in which they inhibit one another: while an alert of `failing` or `imminent`
 * fires, the later rules of the same pool are not mailed.
 */
export function createPoolRules(settings: AlertSettings, maxSampleAgeMs: number): readonly PoolRule[] {
  const { failing, imminent, leak, pressure, use } = settings;
  const rules: readonly PoolRule[] = [
    { ...failing, rule: 'failing', signal: evaluateFailing, severity: () => 'critical' },
    {
      ...imminent,
      rule: 'imminent',
      // TIME_WAIT ports may be reused and no reuse has been seen yet: the next sample may show that ports are available.
      isInDoubt: ({ reuseMayShow }) => reuseMayShow === true,
      signal: (pool) => evaluateImminent(pool, imminent),
      severity: () => 'critical',
    },
    {
      ...leak,
      rule: 'leak',
      signal: (pool, nowMs) => evaluateLeak(pool, leak, nowMs),
      severity: (pool, nowMs) => (exhaustsWithin(pool, PROBABILITY_WITHIN_MS, nowMs) ? 'critical' : 'warning'),
    },
    {
      ...pressure,
      rule: 'pressure',
      signal: (pool) => compareWithLines(pool.pressure, pressure),
      severity: () => 'warning',
    },
    { ...use, rule: 'use', signal: (pool) => compareWithLines(usedRatio(pool), use), severity: () => 'info' },
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

/** The ports that are used and not reusable, over capacity (ratio). A pool without any capacity is full. */
export function usedRatio(pool: PoolForecast): number {
  return pool.capacity > 0 ? (pool.used - pool.reusable) / pool.capacity : 1;
}

/** `failedConnects` is null where failures are not counted; without a count the alert clears. */
function evaluateFailing({ failedConnects }: PoolForecast): Signal {
  return (failedConnects ?? 0) > 0 ? 'raise' : 'clear';
}

function evaluateImminent(pool: PoolForecast, rule: LevelRule): Signal {
  if (pool.mode === 'exhausted') return 'raise';
  const signal = compareWithLines(pool.probability, rule);
  return signal === 'raise' && pool.exhaustsAtMs === null ? 'between' : signal;
}

function evaluateLeak(pool: PoolForecast, rule: AlertSettings['leak'], nowMs: number): Signal {
  // A pool that is already exhausted has no exhaustion left to forecast. The leak may still be there.
  if (pool.mode === 'exhausted') return 'between';
  if (pool.mode !== 'leak' || !exhaustsWithin(pool, rule.clearBeyondMs, nowMs)) return 'clear';
  return exhaustsWithin(pool, rule.raiseWithinMs, nowMs) ? 'raise' : 'between';
}

function exhaustsWithin(pool: PoolForecast, withinMs: number, nowMs: number): boolean {
  return pool.exhaustsAtMs !== null && pool.exhaustsAtMs - nowMs <= withinMs;
}

function compareWithLines(value: number | null, rule: LevelRule): Signal {
  if (value === null) return 'unknown';
  if (value >= rule.raise) return 'raise';
  return value < rule.clear ? 'clear' : 'between';
}
