/** What the scorer keeps of one pool from sample to sample, and what one sample brings. Instants are monotonic ms. */
import type { PoolForecast } from '../forecast/types.js';
import { MERGE_GAP_MS } from './episodes.js';
import type { Evidence } from './evidence.js';
import type { UnsettledForecast } from './settle.js';
import type {
  CountedCloses,
  EpisodeKind,
  FiringWarning,
  KeptForecast,
  ScoredEpisode,
  ScoredFailure,
  SettledForecast,
} from './types.js';
import type { Moment, Warning } from './warning.js';

export interface ScoreSample extends Moment {
  readonly pools: readonly PoolForecast[];
  /** The forecasts of these pools that are kept, to be scored when their outcome is known. */
  readonly kept: readonly KeptForecast[];
  /** By pool id. */
  readonly evidence: ReadonlyMap<string, Evidence>;
  /** A longer pause than this before the sample is a gap: what happened in it is unknown. */
  readonly maxSampleAgeMs: number;
  /** The alerts that were firing before this sample was taken. */
  readonly alarmed: readonly FiringWarning[];
}

/** What the pools of one sample add to the score. */
export interface Outcome {
  readonly settled: SettledForecast[];
  readonly episodes: ScoredEpisode[];
  readonly failures: ScoredFailure[];
  readonly failing: string[];
}

/** One sample, with what is needed to score each of its pools. */
export interface Step {
  readonly sample: ScoreSample;
  /** By pool id. */
  readonly kept: ReadonlyMap<string, KeptForecast>;
  /** By pool id. */
  readonly alarmed: ReadonlyMap<string, readonly FiringWarning[]>;
  /** The sample before; null for the first sample and after a gap. */
  readonly previous: Moment | null;
  readonly outcome: Outcome;
}

/** The lead is measured for two kinds of warning: forecasts that are shown, and alerts of either rule. */
export type LeadKind = 'shown' | 'alarm';

/** The present or the last time during which warnings of one kind were on without a break. */
interface Stretch {
  readonly fromMs: number;
  lastOnMs: number;
}

export interface PoolState {
  unsettled: UnsettledForecast[];
  readonly warnings: Map<EpisodeKind, Warning>;
  readonly stretches: Map<LeadKind, Stretch>;
  /** The closes counted lately, oldest first: as many as the reference of a warning that begins now needs. */
  counted: CountedCloses[];
  /** The forecast of the last sample that showed the pool; null before the first one. */
  latest: PoolForecast | null;
  /** The last sample in which the pool had no port left; -Infinity before the first one. */
  failedMs: number;
}

export function createPoolState(): PoolState {
  return { unsettled: [], warnings: new Map(), stretches: new Map(), counted: [], latest: null, failedMs: -Infinity };
}

/**
 * Whether the pool is failing, or was less than a minute ago: ports that run out again within a minute are one failure.
 */
export function isFailing({ failedMs }: PoolState, { monotonicMs }: Moment): boolean {
  return monotonicMs - failedMs < MERGE_GAP_MS;
}

/** Whether everything about the pool is settled and judged, so that its state can be forgotten. */
export function isFinished(state: PoolState, { sample }: Step): boolean {
  return state.unsettled.length === 0 && state.warnings.size === 0 && !isFailing(state, sample);
}
