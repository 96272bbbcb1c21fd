/** A forecaster that samples a simulated world, and what it forecast. */
import { createForecaster } from '../../daemon/forecast/forecaster.js';
import type { PoolForecast } from '../../daemon/forecast/types.js';
import type { Granularity } from '../../daemon/host/release-granularity.js';
import { simulate } from '../tools/simulator/simulate.js';
import { WALL_START, type World } from '../tools/simulator/world.js';
import { requireValue } from './require-value.js';

export interface ForecastAt {
  /** Seconds after the start. */
  readonly at: number;
  /** The forecast of the worst pool. */
  readonly forecast: PoolForecast;
  /** Its instant of exhaustion in seconds after the start; null = not foreseen. */
  readonly exhaustsAt: number | null;
}

export interface WatchedWorld {
  /** The first failed connect or bind, in seconds after the start; null = none. */
  readonly failedAt: number | null;
  readonly forecasts: readonly ForecastAt[];
}

/** Samples a world every `stepMs` (2 s) from `firstMs` (0.7 s) on, up to the first failure. */
export function watchWorld(
  world: World,
  options: { seconds: number; granularity?: Granularity; firstMs?: number; stepMs?: number },
): WatchedWorld {
  const simulation = simulate(world);
  const forecaster = createForecaster();
  const stepMs = options.stepMs ?? 2000;
  const forecasts: ForecastAt[] = [];
  for (let atMs = options.firstMs ?? 700; atMs <= options.seconds * 1000; atMs += stepMs) {
    simulation.runTo(atMs);
    if (simulation.failedAt() !== null) break;
    const [forecast] = forecaster.update({
      snapshot: simulation.snapshot(),
      limits: simulation.limits(),
      granularity: options.granularity ?? world.granularity,
      counters: simulation.counters(),
      intervalMs: stepMs,
    }).pools;
    if (forecast === undefined) continue;
    const exhaustsAt = forecast.exhaustsAtMs === null ? null : (forecast.exhaustsAtMs - WALL_START) / 1000;
    forecasts.push({ at: atMs / 1000, forecast, exhaustsAt });
  }
  const failedAt = simulation.failedAt();
  return { failedAt: failedAt === null ? null : failedAt / 1000, forecasts };
}

/** The last sample of a world. */
export function forecastWorld(world: World, seconds: number): PoolForecast {
  return requireValue(watchWorld(world, { seconds }).forecasts.at(-1)).forecast;
}

/** Since when the exhaustion has been forecast as more likely than not without a break, in seconds; null = not. */
export function findForeseenSince({ forecasts }: WatchedWorld): number | null {
  let since: number | null = null;
  for (const sample of forecasts) {
    if (isAlarm(sample)) since ??= sample.at;
    else since = null;
  }
  return since;
}

/** The longest series of consecutive samples with an exhaustion that is more likely than not. */
export function findLongestAlarm({ forecasts }: WatchedWorld): number {
  let longest = 0;
  let current = 0;
  for (const sample of forecasts) {
    current = isAlarm(sample) ? current + 1 : 0;
    longest = Math.max(longest, current);
  }
  return longest;
}

function isAlarm({ exhaustsAt, forecast }: ForecastAt): boolean {
  return exhaustsAt !== null && (forecast.probability ?? 0) >= 0.5;
}
