/**
 * Compares each forecast and each warning with what happened, sample by sample. The running daemon and `replay` use the
 * same scorer. It calculates with monotonic instants. Where only bounds of a failure are known, their middle counts as its
 * instant.
 */
import { MAX_SCORED_POOLS } from './pool-limit.js';
import { abandonPool, isEventful, observeAbsent, observePool } from './pool-score.js';
import {
  createPoolState,
  isFinished,
  type Outcome,
  type PoolState,
  type ScoreSample,
  type Step,
} from './pool-state.js';
import { leadKindOf } from './pool-warnings.js';
import { createUnsettled } from './settle.js';
import type { FiringWarning, KeptForecast, ScoredEpisode, ScoreOutcome } from './types.js';
import { beginWarning, judgeAsUnknown, judgeWarning, type Moment } from './warning.js';

/**
 * Samples may come more slowly than the schedule of the settings, as in a recording. Then a pause is a gap when it is
 * longer than the pause before it by this factor.
 */
const GAP_FACTOR = 1.5;

/** What was not settled when the daemon last stopped. */
export interface Unsettled {
  /** The instant of the newest stored sample. */
  readonly lastAtMs: number | null;
  readonly forecasts: readonly KeptForecast[];
  readonly episodes: readonly ScoredEpisode[];
  /** The ids of the pools that had no port left then. */
  readonly failing: readonly string[];
}

export interface Scorer {
  observe(sample: ScoreSample): ScoreOutcome;
  /** Judges the open warnings when no more samples come. A warning that is still on is judged as unknown. */
  finish(): ScoreOutcome;
}

/** States by pool id, of the pools that are scored at present. */
type PoolStates = Map<string, PoolState>;

export function createScorer(unsettled: Unsettled | null = null): Scorer {
  const states: PoolStates = new Map();
  let toRestore = unsettled;
  let previous: Moment | null = null;
  let pauseMs = 0;
  return {
    observe(sample) {
      if (toRestore !== null) previous = restore(states, toRestore, sample);
      toRestore = null;
      const nextPauseMs: number = previous === null ? 0 : sample.monotonicMs - previous.monotonicMs;
      const isGap = nextPauseMs > Math.max(sample.maxSampleAgeMs, GAP_FACTOR * pauseMs);
      pauseMs = nextPauseMs;
      const step = createStep(sample, isGap ? null : previous);
      observeSample(states, step);
      previous = { monotonicMs: sample.monotonicMs, atMs: sample.atMs };
      return step.outcome;
    },
    finish() {
      const outcome = createOutcome();
      judgeOpenWarnings(states, previous, outcome);
      states.clear();
      return outcome;
    },
  };
}

function createStep(sample: ScoreSample, previous: Moment | null): Step {
  const kept = new Map(sample.kept.map((forecast) => [forecast.poolId, forecast]));
  return { sample, kept, alarmed: groupByPool(sample.alarmed), previous, outcome: createOutcome() };
}

function createOutcome(): Outcome {
  return { settled: [], episodes: [], failures: [], failing: [] };
}

function groupByPool(warnings: readonly FiringWarning[]): Map<string, FiringWarning[]> {
  const byPool = new Map<string, FiringWarning[]>();
  for (const warning of warnings) byPool.set(warning.poolId, [...(byPool.get(warning.poolId) ?? []), warning]);
  return byPool;
}

function observeSample(states: PoolStates, step: Step): void {
  const { sample, previous } = step;
  if (previous === null) for (const [id, state] of states) abandonPool(id, state, step);
  const absent = new Map(states);
  for (const pool of sample.pools) {
    absent.delete(pool.id);
    const state = states.get(pool.id) ?? (isEventful(pool, step) ? addState(states, pool.id) : null);
    if (state !== null) observePool(state, pool, step);
  }
  for (const [id, state] of absent) observeAbsent(id, state, step);
  for (const [id, state] of states) if (isFinished(state, step) && !sample.evidence.has(id)) states.delete(id);
}

/** Starts to score a pool; null when as many pools as allowed are scored already. */
function addState(states: PoolStates, id: string): PoolState | null {
  if (states.size >= MAX_SCORED_POOLS) return null;
  const state = createPoolState();
  states.set(id, state);
  return state;
}

function judgeOpenWarnings(states: PoolStates, lastSample: Moment | null, outcome: Outcome): void {
  for (const [id, { warnings }] of states) {
    for (const warning of warnings.values()) {
      if (warning.isJudged) continue;
      const isOn = warning.lastOnMs >= (lastSample?.monotonicMs ?? 0);
      outcome.episodes.push(isOn ? judgeAsUnknown(id, warning) : judgeWarning(id, warning, null));
    }
  }
}

/**
 * Restores the forecasts and warnings that were not settled before the restart.
 * @returns the last sample before the restart. When it is too long ago, the caller treats the restart as a gap.
 */
function restore(states: PoolStates, unsettled: Unsettled, now: Moment): Moment | null {
  const offsetMs = now.monotonicMs - now.atMs;
  const lastAtMs = unsettled.lastAtMs ?? -Infinity;
  // A wall clock that was set back makes the stored instants meaningless, so this counts as a gap too.
  const lastMs = lastAtMs <= now.atMs ? lastAtMs + offsetMs : -Infinity;
  const restorable = selectRestorable(unsettled);
  const findState = (id: string): PoolState | null =>
    states.get(id) ?? (restorable.has(id) ? addState(states, id) : null);
  for (const forecast of unsettled.forecasts) {
    findState(forecast.poolId)?.unsettled.push(createUnsettled(forecast, forecast.madeAtMs + offsetMs, []));
  }
  for (const { poolId, kind, fromMs, start, reference } of unsettled.episodes) {
    const beginning = { start, isLate: false, reference, isReferenceFinal: reference !== null };
    const warning = beginWarning(kind, { monotonicMs: fromMs + offsetMs, atMs: fromMs }, beginning);
    warning.lastOnMs = Math.max(warning.fromMs, lastMs);
    const state = findState(poolId);
    state?.warnings.set(kind, warning);
    state?.stretches.set(leadKindOf(kind), { fromMs: warning.fromMs, lastOnMs: warning.lastOnMs });
  }
  for (const id of unsettled.failing) {
    const state = findState(id);
    if (state !== null) state.failedMs = lastMs;
  }
  return Number.isFinite(lastMs) ? { monotonicMs: lastMs, atMs: lastAtMs } : null;
}

/**
 * The pools that are restored. MAX_SCORED_POOLS limits them too: before the restart forecasts were kept of the
 * worst pools of each sample, and those may have been more pools in all. Pools with an open warning come first, because a stored
 * warning stays open until it is judged.
 */
function selectRestorable({ episodes, failing, forecasts }: Unsettled): Set<string> {
  const poolIdOf = ({ poolId }: { readonly poolId: string }): string => poolId;
  const ids = new Set([...episodes.map(poolIdOf), ...failing, ...forecasts.map(poolIdOf)]);
  return new Set([...ids].slice(0, MAX_SCORED_POOLS));
}
