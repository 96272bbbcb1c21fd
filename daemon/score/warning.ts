/**
 * One warning of one pool: it begins, stays on, and is judged when it ends or the ports run out. A warning is the episode
 * that is still open; `episodes.ts` defines the verdicts. Instants are monotonic ms.
 */
import type { PoolForecast } from '../forecast/types.js';
import { SECOND_MS } from '../units.js';
import { judgeEpisode, MERGE_GAP_MS } from './episodes.js';
import { referenceProbability, referenceWindowMs } from './reference.js';
import { findMiddle, type FailureBounds, type Traffic } from './settle.js';
import type { CountedCloses, EpisodeKind, ScoredEpisode, ScoreVerdict, WarningStart } from './types.js';

export interface Warning {
  readonly kind: EpisodeKind;
  readonly fromMs: number;
  /** The wall time of `fromMs`. Pool, kind and this instant are the key of the episode. */
  readonly fromAtMs: number;
  readonly start: WarningStart;
  /** It began after the ports had run out. */
  readonly isLate: boolean;
  lastOnMs: number;
  /** The probability at the start of the warning, by the rate that was seen afterwards; null until closes have been seen. */
  reference: number | null;
  /** Whether the reference is final: what is still to come does not change it. */
  isReferenceFinal: boolean;
  /** Whether it was judged already, because the ports ran out while it was on. */
  isJudged: boolean;
}

/** One instant on both clocks. */
export interface Moment {
  readonly monotonicMs: number;
  /** Epoch ms. */
  readonly atMs: number;
}

/**
 * Describes the pool at the start of a warning. The closes of the last hold are kept, relative to the start; a stretch
 * that reaches beyond the start is cut there, with its share of the closes.
 */
export function describeStart(
  { capacity, holdMs, live, mode }: PoolForecast,
  at: { fromMs: number; isLeak: boolean; withinMs: number; counted: readonly CountedCloses[] },
): WarningStart {
  const { fromMs, isLeak, withinMs } = at;
  const counted = at.counted.flatMap((stretch) => {
    const toMs = Math.min(stretch.toMs, fromMs);
    if (stretch.fromMs >= toMs || toMs <= fromMs - holdMs) return [];
    const closes = (stretch.closes * (toMs - stretch.fromMs)) / (stretch.toMs - stretch.fromMs);
    return [{ fromMs: stretch.fromMs - fromMs, toMs: toMs - fromMs, closes }];
  });
  return { capacity, holdMs, live, isLeak: isLeak || mode === 'leak', withinMs, counted };
}

export function beginWarning(
  kind: EpisodeKind,
  { monotonicMs, atMs }: Moment,
  beginning: Pick<Warning, 'start' | 'isLate' | 'reference' | 'isReferenceFinal'>,
): Warning {
  return {
    kind,
    fromMs: monotonicMs,
    fromAtMs: Math.round(atMs),
    lastOnMs: monotonicMs,
    isJudged: false,
    ...beginning,
  };
}

/**
 * Computes the reference anew from all that has been seen since the warning began.
 * @returns whether this sample made the reference final.
 */
export function updateReference(warning: Warning, { nowMs, live, counted }: Omit<Traffic, 'newCloses'>): boolean {
  const { start, fromMs } = warning;
  const afterMs = nowMs - fromMs;
  if (warning.isReferenceFinal || afterMs <= 0) return false;
  const grownPorts = start.isLeak ? Math.max(0, live - start.live) : 0;
  const following = counted
    .filter(({ toMs }) => toMs > fromMs)
    .map((stretch) => ({ ...stretch, fromMs: stretch.fromMs - fromMs, toMs: stretch.toMs - fromMs }));
  const input = {
    ...start,
    liveGrowth: (SECOND_MS * grownPorts) / afterMs,
    counted: [...start.counted, ...following],
  };
  warning.reference = referenceProbability(input, 0, start.withinMs) ?? warning.reference;
  warning.isReferenceFinal = afterMs >= referenceWindowMs(start.isLeak);
  return warning.isReferenceFinal;
}

/** Whether the warning has been off for so long that a later one is another episode. */
export function hasEnded(warning: Warning, nowMs: number): boolean {
  return nowMs - warning.lastOnMs >= MERGE_GAP_MS;
}

/** The episode of a warning that has begun and is not judged. */
export function createOpenEpisode(
  poolId: string,
  { kind, fromAtMs: fromMs, reference, start }: Warning,
): ScoredEpisode {
  return { poolId, kind, fromMs, toMs: null, failedAtMs: null, reference, leadMs: null, verdict: null, start };
}

/**
 * The episode of a warning, judged.
 * @param failed the failure that came while the warning was on, with its lead; null when the warning ended without one.
 */
export function judgeWarning(
  poolId: string,
  warning: Warning,
  failed: (FailureBounds & { readonly leadMs: number }) | null,
): ScoredEpisode {
  const toMs = failed === null ? warning.lastOnMs : Math.max(findMiddle(failed), warning.fromMs);
  const atMs = Math.round(warning.fromAtMs + toMs - warning.fromMs);
  return {
    ...createOpenEpisode(poolId, warning),
    toMs: atMs,
    failedAtMs: failed === null ? null : atMs,
    leadMs: failed?.leadMs ?? null,
    verdict: findVerdict(warning, { toMs, failedMs: failed === null ? null : toMs }),
  };
}

/** The episode of a warning whose outcome cannot be found out: samples are missing, or they ended while it was on. */
export function judgeAsUnknown(poolId: string, warning: Warning): ScoredEpisode {
  const toMs = Math.round(warning.fromAtMs + warning.lastOnMs - warning.fromMs);
  return { ...createOpenEpisode(poolId, warning), toMs, verdict: warning.isLate ? 'late' : 'unknown' };
}

function findVerdict(
  { isLate, fromMs, reference }: Warning,
  { toMs, failedMs }: { toMs: number; failedMs: number | null },
): ScoreVerdict {
  if (isLate) return 'late';
  if (failedMs === null && reference === null) return 'unknown';
  return judgeEpisode({ fromMs, toMs }, { failedAtMs: failedMs, referenceAtStart: reference ?? 1 });
}
