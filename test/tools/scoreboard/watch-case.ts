/** Plays one case: runs the forecaster, the reference and the baselines on the samples of a simulated host. */
import type { Alert } from '../../../daemon/alert/alert.js';
import { DEFAULT_ALERT_SETTINGS } from '../../../daemon/alert/settings.js';
import { stepAlerts } from '../../../daemon/alert/step.js';
import { SHOWN_ABOVE } from '../../../daemon/forecast/thresholds.js';
import { normalCdf } from '../../../daemon/forecast/rate/distribution.js';
import type { PoolForecast } from '../../../daemon/forecast/types.js';
import { createForecaster } from '../../../daemon/forecast/forecaster.js';
import type { TimedPorts } from '../../../daemon/pool/pool.js';
import { TIMER_TIME_WAIT, type Snapshot } from '../../../daemon/snapshot/snapshot.js';
import { simulate, type Simulation } from '../simulator/simulate.js';
import { createBaselines, type BaselineVerdict } from './baselines.js';
import { createReference, NOT_EVALUATED, type ReferenceVerdict } from './reference.js';
import { isRamp, createWorld, type Case } from './case.js';
import type { Scenario } from './scenarios.js';
import { createInformedReference, type InformedReference } from './informed-reference.js';
import { findMaxSampleAgeMs } from '../../../daemon/sampling/freshness.js';

/** The default of `sampling.maxInterval`. */
const MAX_INTERVAL_MS = 30_000;

/** What was stated of the scored destination at one sample. Instants are in seconds after the start. */
export interface Statement {
  readonly at: number;
  readonly probability: number;
  /** The same probability without the pool's history. */
  readonly ifHeld: number;
  readonly exhaustsAt: number | null;
  readonly earliestAt: number | null;
  readonly latestAt: number | null;
  /** The probability by the true rate and by the distribution of the lengths of the bursts. */
  readonly ofLengths: number;
  readonly alarmed: boolean;
  /** Of a ramp: the instant by the informed reference. */
  readonly informedExhaustsAt: number | null;
  readonly reference: ReferenceVerdict;
  readonly baselines: readonly BaselineVerdict[];
  /** The greatest probability of any other destination. None of them runs out. */
  readonly elsewhere: number;
}

export interface WatchedCase {
  readonly case: Case;
  /** The first failed connect to the scored destination, in seconds; null where none failed. */
  readonly failedAt: number | null;
  /** From the instant at which scoring begins. */
  readonly statements: readonly Statement[];
}

export const BASELINE_NAMES = [
  'line 1 min',
  'line 5 min',
  'line 20 min',
  '80% for 1 min',
  'TIME_WAIT > 20,000',
  'plain 60 s queue',
];

/** One entry for the case, or one for each burst that is scored on its own. */
export function watchCase(of: Case): WatchedCase[] {
  const { scenario } = of;
  const simulation = simulate(createWorld(of));
  const statements = collectStatements(of, simulation);
  const { bursts } = scenario;
  if (bursts === null) return [{ case: of, failedAt: findFailure(simulation, of, [0, scenario.endS]), statements }];
  return bursts.onsetsS.map((onsetS, i) => {
    const endS = bursts.onsetsS[i + 1] ?? bursts.endS;
    const failedAt = findFailure(simulation, of, [onsetS, endS]);
    return {
      case: { ...of, scenario: { ...scenario, onsetS, endS } },
      failedAt,
      statements: statements.filter(({ at }) => at >= onsetS && at < (failedAt ?? endS)),
    };
  });
}

/** The statements at all samples after scoring begins, up to the first failure where only that one is scored. */
function collectStatements(of: Case, simulation: Simulation): Statement[] {
  const { scenario } = of;
  const { granularity } = of;
  const forecaster = createForecaster();
  const reference = createReference(of);
  const informed = createInformedReference(of);
  const baselines = createBaselines(of.capacity);
  const statements: Statement[] = [];
  let active: readonly Alert[] = [];
  for (const atMs of listSampleInstants(of)) {
    simulation.runTo(atMs);
    if (scenario.bursts === null && simulation.failedAt(of.target) !== null) break;
    const snapshot = simulation.snapshot();
    const { pools } = forecaster.update({
      snapshot,
      limits: simulation.limits(),
      granularity,
      counters: simulation.counters(),
      intervalMs: scenario.sampleS * 1000,
    });
    const step = stepAlerts({
      active,
      pools,
      hasNewSample: true,
      blindSinceMs: null,
      settings: DEFAULT_ALERT_SETTINGS,
      nowMs: snapshot.takenAtMs,
      maxSampleAgeMs: findMaxSampleAgeMs({ beatMs: scenario.sampleS * 1000, maxIntervalMs: MAX_INTERVAL_MS }),
    });
    active = step.active;
    if (atMs < 1000 * scoredFromS(scenario)) continue;
    statements.push(createStatement({ of, atMs, pools, active, simulation, snapshot, reference, informed, baselines }));
  }
  if (scenario.bursts !== null || simulation.failedAt(of.target) === null) simulation.runTo(scenario.endS * 1000);
  return statements;
}

function scoredFromS({ bursts, scoredFromS: settledS, onsetS }: Scenario): number {
  return bursts?.onsetsS[0] ?? Math.min(settledS, onsetS ?? Infinity);
}

interface Moment {
  readonly of: Case;
  readonly atMs: number;
  readonly pools: readonly PoolForecast[];
  readonly active: readonly Alert[];
  readonly simulation: Simulation;
  readonly snapshot: Snapshot;
  readonly reference: ReturnType<typeof createReference>;
  readonly informed: InformedReference;
  readonly baselines: ReturnType<typeof createBaselines>;
}

function createStatement({
  of,
  atMs,
  pools,
  active,
  simulation,
  snapshot,
  reference,
  informed,
  baselines,
}: Moment): Statement {
  const { address, port } = of.targetEnd;
  const pool = pools.find((each) => each.remoteAddress === address && each.remotePort === port) ?? null;
  const seconds = (epochMs: number | null | undefined): number | null =>
    epochMs == null || pool === null ? null : (epochMs - pool.sampledAtMs + atMs) / 1000;
  const counts = { used: pool?.used ?? 0, timeWait: pool?.timeWait ?? 0 };
  const timed = pool === null ? null : readTimedPorts(snapshot, of.targetEnd);
  const verdicts = baselines.judge(atMs / 1000, counts, timed);
  const alarmed = active.some(
    ({ rule, state, poolId }) => rule === 'imminent' && state === 'firing' && poolId === pool?.id,
  );
  // The reference is expensive. It is evaluated where a warning is given and where errors are measured.
  const warned = alarmed || (pool?.probability ?? 0) > SHOWN_ABOVE || verdicts.some((each) => each.alarmed);
  const { bursts, onsetS } = of.scenario;
  const asks = warned || bursts !== null || (onsetS !== null && atMs > 1000 * onsetS && !isRamp(of));
  if (isRamp(of) && timed !== null) informed.observe(snapshot.monotonicMs, timed);
  const known = asks ? reference.judge(atMs, snapshot, simulation.limits()) : NOT_EVALUATED;
  let elsewhere = 0;
  for (const each of pools) if (each !== pool) elsewhere = Math.max(elsewhere, each.probability ?? 0);
  return {
    at: atMs / 1000,
    probability: pool?.probability ?? 0,
    ifHeld: pool?.probabilityIfHeld ?? 0,
    exhaustsAt: seconds(pool?.exhaustsAtMs),
    earliestAt: seconds(pool?.earliestAtMs),
    latestAt: seconds(pool?.latestAtMs),
    ofLengths: probabilityToLast(of, atMs / 1000, known.exhaustsAt),
    alarmed,
    informedExhaustsAt: isRamp(of) ? informed.exhaustsAt(atMs / 1000) : null,
    reference: known,
    baselines: verdicts,
    elsewhere,
  };
}

/**
 * The probability that a burst which is on at `atS` is still on at `untilS`, by the distribution that its length is
 * drawn from.
 */
function probabilityToLast({ scenario }: Case, atS: number, untilS: number | null): number {
  const { bursts, churn } = scenario;
  const began = churn.findLast((leg) => leg.atS <= atS);
  if (bursts === null || untilS === null || began === undefined || !bursts.onsetsS.includes(began.atS)) return 0;
  const longer = (lengthS: number): number =>
    bursts.kinds.reduce(
      (sum, { share, typicalS, scatter }) => sum + share * normalCdf(-Math.log(lengthS / typicalS) / scatter),
      0,
    );
  return longer(untilS - began.atS) / longer(atS - began.atS);
}

/** The first failed connect to the scored destination between two instants, in seconds; null where none failed. */
function findFailure(simulation: Simulation, { target }: Case, [fromS, toS]: readonly [number, number]): number | null {
  const first = simulation
    .failures()
    .find(({ atMs, to }) => to.port === target.port && atMs >= 1000 * fromS && atMs < 1000 * toS);
  return first === undefined ? null : first.atMs / 1000;
}

/**
 * Sampling instants: every `sampleS` from a random phase, every 10 s long before scoring begins, and some are missed.
 */
function listSampleInstants({ scenario, phaseS, draw }: Case): number[] {
  const instants: number[] = [];
  const coarseS = Math.max(10, scenario.sampleS);
  // Samples long before the scored part are taken less often, unless they build up the history.
  const fineFromS = scenario.bursts === null ? Math.max(scenario.scoredFromS, (scenario.onsetS ?? 0) - 20) : 0;
  for (let at = phaseS; at <= scenario.endS;) {
    const isMissed = at > fineFromS && draw.chance(scenario.missed);
    if (!isMissed) instants.push(Math.round(at * 1000));
    at += at + coarseS < fineFromS - 62 ? coarseS : scenario.sampleS;
  }
  return instants;
}

/** The timed ports of one destination. */
function readTimedPorts({ outbound, outboundRows }: Snapshot, end: Case['targetEnd']): TimedPorts {
  const group = outbound.remoteAddress.findIndex(
    (each, i) => each === end.address && outbound.remotePort[i] === end.port,
  );
  const [from, to] = [outbound.rowStart[group] ?? 0, outbound.rowStart[group + 1] ?? 0];
  const state = new Uint8Array(to - from);
  const expiresMs = new Int32Array(to - from);
  let count = 0;
  for (let row = from; row < to; row += 1) {
    if (outboundRows.timer[row] !== TIMER_TIME_WAIT) continue;
    state[count] = outboundRows.state[row] ?? 0;
    expiresMs[count] = outboundRows.expiresMs[row] ?? 0;
    count += 1;
  }
  return { state: state.subarray(0, count), expiresMs: expiresMs.subarray(0, count) };
}
