/** Plays one case: runs the forecaster, the reference and the baselines on the samples of a simulated host. */
import { SHOWN_ABOVE } from '../../../daemon/forecast/thresholds.js';
import { normalCdf } from '../../../daemon/forecast/rate/distribution.js';
import type { PoolForecast } from '../../../daemon/forecast/types.js';
import type { TimedPorts } from '../../../daemon/pool/pool.js';
import { TIMER_TIME_WAIT, type Snapshot } from '../../../daemon/snapshot/snapshot.js';
import { simulate, type Simulation } from '../simulator/simulate.js';
import { createBaselines, type BaselineVerdict } from './baselines.js';
import { createReference, NOT_EVALUATED, type ReferenceVerdict } from './reference.js';
import { isRamp, createWorld, type Case } from './case.js';
import { createForecastLoop, listSampleInstants, type Seen } from './forecast-loop.js';
import { firesCritical, isCalm, isRateOutside, isUnlikelyStated } from './sample-faults.js';
import type { Scenario } from './scenarios.js';
import { createInformedReference, type InformedReference } from './informed-reference.js';

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
  /** A critical alert about any pool has begun to fire since scoring began. */
  readonly critical: boolean;
  /** The pools whose stated rate lies outside its own interval, and those of which something unlikely is stated. */
  readonly rateOutside: number;
  readonly unlikely: number;
}

/** The samples from the first failure to the end of the demand, and those that say that the pool is calm. */
export interface OutageSamples {
  readonly samples: number;
  readonly calm: number;
  readonly rateOutside: number;
  readonly unlikely: number;
}

export interface WatchedCase {
  readonly case: Case;
  /** The first failed connect to the scored destination, in seconds; null where none failed. */
  readonly failedAt: number | null;
  /** From the instant at which scoring begins. */
  readonly statements: readonly Statement[];
  /** Of cases whose demand goes on after the failure. */
  readonly outage: OutageSamples | null;
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
  const { statements, outage } = collectStatements(of, simulation);
  const { bursts } = scenario;
  if (bursts === null) {
    return [{ case: of, failedAt: findFailure(simulation, of, [0, scenario.endS]), statements, outage }];
  }
  return bursts.onsetsS.map((onsetS, i) => {
    const endS = bursts.onsetsS[i + 1] ?? bursts.endS;
    const failedAt = findFailure(simulation, of, [onsetS, endS]);
    return {
      case: { ...of, scenario: { ...scenario, onsetS, endS } },
      failedAt,
      statements: statements.filter(({ at }) => at >= onsetS && at < (failedAt ?? endS)),
      outage: null,
    };
  });
}

/**
 * The statements at all samples after scoring begins, up to the first failure where only that one is scored. Where the
 * demand goes on after it, the samples until its end are counted.
 */
function collectStatements(
  of: Case,
  simulation: Simulation,
): { statements: Statement[]; outage: OutageSamples | null } {
  const { scenario } = of;
  const { demand } = scenario.program ?? {};
  const outage = demand === undefined ? null : { samples: 0, calm: 0, rateOutside: 0, unlikely: 0 };
  const forecast = createForecastLoop(of, simulation);
  const state = {
    reference: createReference(of),
    informed: createInformedReference(of),
    baselines: createBaselines(of.capacity),
  };
  const statements: Statement[] = [];
  for (const atMs of listSampleInstants(of)) {
    simulation.runTo(atMs);
    const hasFailed = scenario.bursts === null && hasFailedBy(simulation, of);
    if (hasFailed && (demand === undefined || atMs > 1000 * demand.untilS)) break;
    const seen = forecast();
    if (hasFailed && outage !== null && demand !== undefined) {
      outage.samples += 1;
      if (isCalm(findScoredPool(of, seen.pools), demand.perSecond)) outage.calm += 1;
      outage.rateOutside += seen.pools.filter(isRateOutside).length;
      outage.unlikely += seen.pools.filter(isUnlikelyStated).length;
    } else if (atMs >= 1000 * scoredFromS(scenario)) {
      statements.push(createStatement({ of, atMs, simulation, ...seen, ...state }));
    }
  }
  if (scenario.bursts !== null || !hasFailedBy(simulation, of)) simulation.runTo(scenario.endS * 1000);
  return { statements, outage };
}

function hasFailedBy(simulation: Simulation, { scenario, target }: Case): boolean {
  return simulation.failedAt(scenario.program === null ? target : undefined) !== null;
}

/** The pool that runs out or could: that of the scored destination, or the worst one. */
function findScoredPool({ scenario, targetEnd }: Case, pools: readonly PoolForecast[]): PoolForecast | null {
  if (scenario.program?.ofAnyPool === true) return pools[0] ?? null;
  const { address, port } = targetEnd;
  return pools.find((each) => each.remoteAddress === address && each.remotePort === port) ?? null;
}

/** When scoring begins, in seconds after the start. */
export function scoredFromS({ bursts, scoredFromS: settledS, onsetS }: Scenario): number {
  return bursts?.onsetsS[0] ?? Math.min(settledS, onsetS ?? Infinity);
}

interface Moment extends Seen {
  readonly of: Case;
  readonly atMs: number;
  readonly simulation: Simulation;
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
  const pool = findScoredPool(of, pools);
  const seconds = (epochMs: number | null | undefined): number | null =>
    epochMs == null || pool === null ? null : (epochMs - pool.sampledAtMs + atMs) / 1000;
  const counts = { used: pool?.used ?? 0, timeWait: pool?.timeWait ?? 0 };
  const timed = pool === null ? null : readTimedPorts(snapshot, of.targetEnd);
  const verdicts = baselines.judge(atMs / 1000, counts, timed);
  const anyPool = of.scenario.program?.ofAnyPool === true;
  const alarmed = active.some(
    ({ rule, state, poolId }) => rule === 'imminent' && state === 'firing' && (anyPool || poolId === pool?.id),
  );
  // The reference is expensive. It is evaluated where a warning is given and where errors are measured.
  const warned = alarmed || (pool?.probability ?? 0) > SHOWN_ABOVE || verdicts.some((each) => each.alarmed);
  const { bursts, onsetS, program } = of.scenario;
  // No reference is given the truth of a program.
  const asks =
    program === null && (warned || bursts !== null || (onsetS !== null && atMs > 1000 * onsetS && !isRamp(of)));
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
    critical: firesCritical(active, snapshot.takenAtMs - atMs + 1000 * scoredFromS(of.scenario)),
    rateOutside: pools.filter(isRateOutside).length,
    unlikely: pools.filter(isUnlikelyStated).length,
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
function findFailure(
  simulation: Simulation,
  { target, scenario }: Case,
  [fromS, toS]: readonly [number, number],
): number | null {
  const first = simulation
    .failures()
    .find(
      ({ atMs, to }) =>
        (scenario.program !== null || to.port === target.port) && atMs >= 1000 * fromS && atMs < 1000 * toS,
    );
  return first === undefined ? null : first.atMs / 1000;
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
