/** Plays one case: the simulated host, the forecaster on it, and beside it the oracle and the rules of other monitors. */
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
import { createRivals, type RivalVerdict } from './baselines.js';
import { createOracle, UNASKED, type OracleVerdict } from './reference.js';
import { isRamp, worldOf, type Case } from './case.js';
import type { Scenario } from './families.js';
import { createTold, type Told } from './informed-reference.js';
import { findMaxSampleAgeMs } from '../../../daemon/sampling/freshness.js';

/** The default of `sampling.maxInterval`. */
const MAX_INTERVAL_MS = 30_000;

/** One sample: what was said of the scored destination. Instants in seconds after the start. */
export interface Stated {
  readonly at: number;
  readonly probability: number;
  /** The same without the pool's history. */
  readonly ifHeld: number;
  readonly exhaustsAt: number | null;
  readonly earliestAt: number | null;
  readonly latestAt: number | null;
  /** Who knows the true rate and how long the bursts of this host last, but not when this one stops. */
  readonly ofLengths: number;
  readonly alarmed: boolean;
  /** Of a ramp, by who knows its onset and its base. */
  readonly toldExhaustsAt: number | null;
  readonly oracle: OracleVerdict;
  readonly rivals: readonly RivalVerdict[];
  /** The greatest probability of any other destination, none of which runs out. */
  readonly elsewhere: number;
}

export interface Watched {
  readonly case: Case;
  /** First failed connect to the scored destination, in seconds; null for never. */
  readonly failedAt: number | null;
  /** From the instant on at which the case is scored. */
  readonly stated: readonly Stated[];
}

export const RIVAL_NAMES = [
  'line 1 min',
  'line 5 min',
  'line 20 min',
  '80% for 1 min',
  'TIME_WAIT > 20,000',
  'plain 60 s queue',
];

/** One entry for the case, or one for each burst of it that is scored by itself. */
export function watchCase(of: Case): Watched[] {
  const { scenario } = of;
  const simulation = simulate(worldOf(of));
  const stated = watch(of, simulation);
  const { bursts } = scenario;
  if (bursts === null) return [{ case: of, failedAt: failedWithin(simulation, of, [0, scenario.endS]), stated }];
  return bursts.onsetsS.map((onsetS, i) => {
    const endS = bursts.onsetsS[i + 1] ?? bursts.endS;
    const failedAt = failedWithin(simulation, of, [onsetS, endS]);
    return {
      case: { ...of, scenario: { ...scenario, onsetS, endS } },
      failedAt,
      stated: stated.filter(({ at }) => at >= onsetS && at < (failedAt ?? endS)),
    };
  });
}

/** What was said at every sample from where scoring begins on; to the first failure where only that one is scored. */
function watch(of: Case, simulation: Simulation): Stated[] {
  const { scenario } = of;
  const { granularity } = of;
  const forecaster = createForecaster();
  const oracle = createOracle(of);
  const told = createTold(of);
  const rivals = createRivals(of.capacity);
  const stated: Stated[] = [];
  let active: readonly Alert[] = [];
  for (const atMs of sampleInstants(of)) {
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
      untilNextStepMs: scenario.sampleS * 1000,
      maxSampleAgeMs: findMaxSampleAgeMs({ beatMs: scenario.sampleS * 1000, maxIntervalMs: MAX_INTERVAL_MS }),
    });
    active = step.active;
    if (atMs < 1000 * scoredFromS(scenario)) continue;
    stated.push(stateOf({ of, atMs, pools, active, simulation, snapshot, oracle, told, rivals }));
  }
  if (scenario.bursts !== null || simulation.failedAt(of.target) === null) simulation.runTo(scenario.endS * 1000);
  return stated;
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
  readonly oracle: ReturnType<typeof createOracle>;
  readonly told: Told;
  readonly rivals: ReturnType<typeof createRivals>;
}

function stateOf({ of, atMs, pools, active, simulation, snapshot, oracle, told, rivals }: Moment): Stated {
  const { address, port } = of.targetEnd;
  const pool = pools.find((each) => each.remoteAddress === address && each.remotePort === port) ?? null;
  const seconds = (epochMs: number | null | undefined): number | null =>
    epochMs == null || pool === null ? null : (epochMs - pool.sampledAtMs + atMs) / 1000;
  const counts = { used: pool?.used ?? 0, timeWait: pool?.timeWait ?? 0 };
  const timed = pool === null ? null : timedOf(snapshot, of.targetEnd);
  const verdicts = rivals.judge(atMs / 1000, counts, timed);
  const alarmed = active.some(
    ({ rule, state, poolId }) => rule === 'imminent' && state === 'firing' && poolId === pool?.id,
  );
  // The oracle is dear: it is asked where somebody warns, and where errors are measured.
  const warned = alarmed || (pool?.probability ?? 0) > SHOWN_ABOVE || verdicts.some((each) => each.alarmed);
  const { bursts, onsetS } = of.scenario;
  const asks = warned || bursts !== null || (onsetS !== null && atMs > 1000 * onsetS && !isRamp(of));
  if (isRamp(of) && timed !== null) told.observe(snapshot.monotonicMs, timed);
  const known = asks ? oracle.judge(atMs, snapshot, simulation.limits()) : UNASKED;
  let elsewhere = 0;
  for (const each of pools) if (each !== pool) elsewhere = Math.max(elsewhere, each.probability ?? 0);
  return {
    at: atMs / 1000,
    probability: pool?.probability ?? 0,
    ifHeld: pool?.probabilityIfHeld ?? 0,
    exhaustsAt: seconds(pool?.exhaustsAtMs),
    earliestAt: seconds(pool?.earliestAtMs),
    latestAt: seconds(pool?.latestAtMs),
    ofLengths: knownToLast(of, atMs / 1000, known.exhaustsAt),
    alarmed,
    toldExhaustsAt: isRamp(of) ? told.exhaustsAt(atMs / 1000) : null,
    oracle: known,
    rivals: verdicts,
    elsewhere,
  };
}

/** Probability that a burst which goes on at `atS` does so until `untilS`, by the law that its length is drawn from. */
function knownToLast({ scenario }: Case, atS: number, untilS: number | null): number {
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

/** When the first connect to the scored destination failed between two instants, in seconds; null for never. */
function failedWithin(
  simulation: Simulation,
  { target }: Case,
  [fromS, toS]: readonly [number, number],
): number | null {
  const first = simulation
    .failures()
    .find(({ atMs, to }) => to.port === target.port && atMs >= 1000 * fromS && atMs < 1000 * toS);
  return first === undefined ? null : first.atMs / 1000;
}

/** Every `sampleS` from a random phase on, ten seconds apart long before anything is scored; some are missed. */
function sampleInstants({ scenario, phaseS, draw }: Case): number[] {
  const instants: number[] = [];
  const coarseS = Math.max(10, scenario.sampleS);
  // What came long before the scored part need not be sampled as finely, but for what teaches.
  const fineFromS = scenario.bursts === null ? Math.max(scenario.scoredFromS, (scenario.onsetS ?? 0) - 20) : 0;
  for (let at = phaseS; at <= scenario.endS;) {
    const isMissed = at > fineFromS && draw.chance(scenario.missed);
    if (!isMissed) instants.push(Math.round(at * 1000));
    at += at + coarseS < fineFromS - 62 ? coarseS : scenario.sampleS;
  }
  return instants;
}

/** The timed ports of one destination, as the table has them. */
function timedOf({ outbound, outboundRows }: Snapshot, end: Case['targetEnd']): TimedPorts {
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
