/** The daemon's loop on a simulated host: a snapshot, its forecast, and a step of the alerts at each sampling instant. */
import type { Alert, AlertChange } from '../../../daemon/alert/alert.js';
import { DEFAULT_ALERT_SETTINGS } from '../../../daemon/alert/settings.js';
import { stepAlerts } from '../../../daemon/alert/step.js';
import { createForecaster } from '../../../daemon/forecast/forecaster.js';
import type { PoolForecast } from '../../../daemon/forecast/types.js';
import { findMaxSampleAgeMs } from '../../../daemon/sampling/freshness.js';
import type { Snapshot } from '../../../daemon/snapshot/snapshot.js';
import { describeFailedConnect } from '../simulator/failed-connect.js';
import type { Simulation } from '../simulator/simulate.js';
import type { Case } from './case.js';

/** The default of `sampling.maxInterval`. */
const MAX_INTERVAL_MS = 30_000;

export interface Seen {
  readonly snapshot: Snapshot;
  readonly pools: readonly PoolForecast[];
  readonly active: readonly Alert[];
  readonly changes: readonly AlertChange[];
}

/** Forecasts the instant to which the simulation has run. */
export function createForecastLoop(of: Case, simulation: Simulation): () => Seen {
  const { scenario, granularity } = of;
  const forecaster = createForecaster();
  const intervalMs = scenario.sampleS * 1000;
  const countsFailures = scenario.program?.countsFailures === true;
  let active: readonly Alert[] = [];
  let known = 0;
  return () => {
    const snapshot = simulation.snapshot();
    const failures = countsFailures ? simulation.failures().slice(known) : [];
    known += failures.length;
    const { pools } = forecaster.update({
      snapshot,
      limits: simulation.limits(),
      granularity,
      counters: simulation.counters(),
      intervalMs,
      failures: countsFailures ? failures.map(describeFailedConnect) : null,
    });
    const step = stepAlerts({
      active,
      pools,
      hasNewSample: true,
      blindSinceMs: null,
      settings: DEFAULT_ALERT_SETTINGS,
      nowMs: snapshot.takenAtMs,
      maxSampleAgeMs: findMaxSampleAgeMs({ beatMs: intervalMs, maxIntervalMs: MAX_INTERVAL_MS }),
    });
    active = step.active;
    return { snapshot, pools, active, changes: step.changes };
  };
}

/**
 * Sampling instants: every `sampleS` from a random phase, every 10 s long before scoring begins, and some are missed.
 */
export function listSampleInstants({ scenario, phaseS, draw }: Case): number[] {
  const instants: number[] = [];
  const coarseS = Math.max(10, scenario.sampleS);
  // Samples long before the scored part are taken less often, unless they build up the history.
  const buildsHistory = scenario.bursts !== null || scenario.program !== null;
  const fineFromS = !buildsHistory ? Math.max(scenario.scoredFromS, (scenario.onsetS ?? 0) - 20) : 0;
  for (let at = phaseS; at <= scenario.endS;) {
    const isMissed = at > fineFromS && draw.chance(scenario.missed);
    if (!isMissed) instants.push(Math.round(at * 1000));
    at += at + coarseS < fineFromS - 62 ? coarseS : scenario.sampleS;
  }
  return instants;
}
