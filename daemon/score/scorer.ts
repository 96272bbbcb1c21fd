/**
 * Holds each forecast and each warning against what happened, sample by sample: for the running daemon and for `replay`.
 * Instants inside are monotonic; where a failure is known within bounds only, it is taken to have come in the middle.
 */
import { createUnsettled } from './settle.js';
import {
  createPoolState,
  abandonPool,
  isEventful,
  isFinished,
  leadOfKind,
  observeAbsent,
  observePool,
  type Outcome,
  type PoolState,
  type ScoreSample,
  type Step,
} from './pool-score.js';
import type { FiringWarning, KeptForecast, ScoredEpisode, ScoreOutcome } from './types.js';
import { beginWarning, judgeWarning, judgeAsUnknown, type Moment } from './warning.js';

/** What a daemon that stopped had not settled. */
export interface Unsettled {
  /** The newest sample stored. */
  readonly lastAtMs: number | null;
  readonly forecasts: readonly KeptForecast[];
  readonly episodes: readonly ScoredEpisode[];
  /** Pools that were failing then. */
  readonly failing: readonly string[];
}

export interface Scorer {
  observe(sample: ScoreSample): ScoreOutcome;
  /** Judges what is open by what there is: a warning that is still on stays unknown. */
  finish(): ScoreOutcome;
}

/** Where samples come more slowly than the settings say, as in a recording: a pause this much longer than the one before is a gap. */
const BLIND_FACTOR = 1.5;
/** At most this many pools are followed at once, so that a host with many destinations costs a bounded time and memory. */
const MAX_FOLLOWED_POOLS = 2000;

export function createScorer(unsettled: Unsettled | null = null): Scorer {
  const states = new Map<string, PoolState>();
  let restored = unsettled;
  let previous: Moment | null = null;
  let gapMs = 0;
  return {
    observe(sample) {
      const outcome = nothingYet();
      if (restored !== null) previous = resume(states, restored, sample);
      restored = null;
      const nextGapMs: number = previous === null ? 0 : sample.monotonicMs - previous.monotonicMs;
      const blind = nextGapMs > Math.max(sample.maxSampleAgeMs, BLIND_FACTOR * gapMs);
      gapMs = nextGapMs;
      const kept = new Map(sample.kept.map((forecast) => [forecast.poolId, forecast]));
      const step: Step = { sample, kept, alarmed: byPool(sample.alarmed), previous: blind ? null : previous, outcome };
      if (step.previous === null) for (const [id, state] of states) abandonPool(id, state, step);
      const absent = new Set(states.keys());
      for (const pool of sample.pools) {
        absent.delete(pool.id);
        const isFollowed = states.has(pool.id) || (states.size < MAX_FOLLOWED_POOLS && isEventful(pool, step));
        if (isFollowed) observePool(stateOf(states, pool.id), pool, step);
      }
      for (const id of absent) observeAbsent(id, stateOf(states, id), step);
      for (const [id, state] of states) if (isFinished(state, step) && !sample.evidence.has(id)) states.delete(id);
      previous = { monotonicMs: sample.monotonicMs, atMs: sample.atMs };
      return outcome;
    },
    finish() {
      const outcome = nothingYet();
      for (const [id, { warnings }] of states) {
        for (const warning of warnings.values()) {
          if (warning.isJudged) continue;
          const isOn = warning.lastOnMs >= (previous?.monotonicMs ?? 0);
          outcome.episodes.push(isOn ? judgeAsUnknown(id, warning) : judgeWarning(id, warning, null));
        }
      }
      states.clear();
      return outcome;
    },
  };
}

function nothingYet(): Outcome {
  return { settled: [], episodes: [], failures: [], failing: [] };
}

function byPool(alarmed: readonly FiringWarning[]): Map<string, FiringWarning[]> {
  const grouped = new Map<string, FiringWarning[]>();
  for (const one of alarmed) grouped.set(one.poolId, [...(grouped.get(one.poolId) ?? []), one]);
  return grouped;
}

/** @returns the last sample before the restart. What a longer gap leaves open is given up by the caller. */
function resume(states: Map<string, PoolState>, unsettled: Unsettled, now: Moment): Moment | null {
  const offsetMs = now.monotonicMs - now.atMs;
  const lastAtMs = unsettled.lastAtMs ?? -Infinity;
  // A clock that went back makes nonsense of what is stored: as if there had been a gap.
  const lastMs = lastAtMs <= now.atMs ? lastAtMs + offsetMs : -Infinity;
  for (const forecast of unsettled.forecasts) {
    stateOf(states, forecast.poolId).pending.push(createUnsettled(forecast, forecast.madeAtMs + offsetMs, []));
  }
  for (const { poolId, kind, fromMs, start, reference } of unsettled.episodes) {
    const known = { start, isLate: false, reference, isAnswered: reference !== null };
    const warning = beginWarning(kind, { monotonicMs: fromMs + offsetMs, atMs: fromMs }, known);
    warning.lastOnMs = Math.max(warning.fromMs, lastMs);
    const { warnings, stretches } = stateOf(states, poolId);
    warnings.set(kind, warning);
    stretches.set(leadOfKind(kind), { fromMs: warning.fromMs, lastOnMs: warning.lastOnMs });
  }
  for (const id of unsettled.failing) stateOf(states, id).failedMs = lastMs;
  return Number.isFinite(lastMs) ? { monotonicMs: lastMs, atMs: lastAtMs } : null;
}

function stateOf(states: Map<string, PoolState>, id: string): PoolState {
  const known = states.get(id);
  if (known !== undefined) return known;
  const fresh = createPoolState();
  states.set(id, fresh);
  return fresh;
}
