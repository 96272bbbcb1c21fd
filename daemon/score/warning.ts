/** One warning of one pool, as it comes and goes: its episode, judged when it is over. Instants are monotonic ms. */
import { SECOND_MS } from '../units.js';
import { judgeEpisode, MERGE_GAP_MS } from './episodes.js';
import type { PoolForecast } from '../forecast/types.js';
import { referenceWindowMs, referenceProbability } from './reference.js';
import type { CountedCloses, WarningStart } from './types.js';
import { middleOf, type FailedBetween, type Traffic } from './settle.js';
import type { EpisodeKind, ScoredEpisode, ScoreVerdict } from './types.js';

export interface Warning {
  readonly kind: EpisodeKind;
  readonly fromMs: number;
  /** Wall time of `fromMs`: with pool and kind the key of the episode. */
  readonly fromAtMs: number;
  readonly start: WarningStart;
  /** It began when the ports had run out. */
  readonly isLate: boolean;
  lastOnMs: number;
  /** Null until anything has followed. */
  reference: number | null;
  /** Nothing that follows changes the reference. */
  isAnswered: boolean;
  /** It has come true: nothing is left to judge. */
  isJudged: boolean;
}

export interface Moment {
  readonly monotonicMs: number;
  readonly atMs: number;
}

export function describeStart(
  { capacity, holdMs, live, mode }: PoolForecast,
  at: { fromMs: number; isLeak: boolean; withinMs: number; counted: readonly CountedCloses[] },
): WarningStart {
  const { fromMs, isLeak, withinMs, counted } = at;
  const past = counted.flatMap((one) => {
    const toMs = Math.min(one.toMs, fromMs);
    if (one.fromMs >= toMs || toMs <= fromMs - holdMs) return [];
    const closes = (one.closes * (toMs - one.fromMs)) / (one.toMs - one.fromMs);
    return [{ fromMs: one.fromMs - fromMs, toMs: toMs - fromMs, closes }];
  });
  return { capacity, holdMs, live, isLeak: isLeak || mode === 'leak', withinMs, counted: past };
}

export function beginWarning(
  kind: EpisodeKind,
  { monotonicMs: fromMs, atMs }: Moment,
  known: Pick<Warning, 'start' | 'isLate' | 'reference' | 'isAnswered'>,
): Warning {
  return { kind, fromMs, fromAtMs: Math.round(atMs), lastOnMs: fromMs, isJudged: false, ...known };
}

/**
 * What who knew the true rate would have said at its start, as more and more of it is seen.
 * @returns whether this sample settled it.
 */
export function updateReference(warning: Warning, { nowMs, live, counted }: Omit<Traffic, 'fresh'>): boolean {
  const { start, fromMs } = warning;
  const afterMs = nowMs - fromMs;
  if (warning.isAnswered || afterMs <= 0) return false;
  const grown = start.isLeak ? Math.max(0, live - start.live) : 0;
  const following = counted
    .filter(({ toMs }) => toMs > fromMs)
    .map((one) => ({ ...one, fromMs: one.fromMs - fromMs, toMs: one.toMs - fromMs }));
  const seen = [...start.counted, ...following];
  const input = { ...start, liveGrowth: (SECOND_MS * grown) / afterMs, counted: seen };
  warning.reference = referenceProbability(input, 0, start.withinMs) ?? warning.reference;
  warning.isAnswered = afterMs >= referenceWindowMs(start.isLeak);
  return warning.isAnswered;
}

export function hasEnded(warning: Warning, nowMs: number): boolean {
  return nowMs - warning.lastOnMs >= MERGE_GAP_MS;
}

/** As it stands: begun, and not judged. */
export function createOpenEpisode(
  poolId: string,
  { kind, fromAtMs: fromMs, reference, start }: Warning,
): ScoredEpisode {
  return { poolId, kind, fromMs, toMs: null, failedAtMs: null, reference, leadMs: null, verdict: null, start };
}

/** @param failed the failure that ends it, with the lead it gave; null when it went away without one. */
export function judgeWarning(
  poolId: string,
  warning: Warning,
  failed: (FailedBetween & { readonly leadMs: number }) | null,
): ScoredEpisode {
  const toMs = failed === null ? warning.lastOnMs : Math.max(middleOf(failed), warning.fromMs);
  const atMs = Math.round(warning.fromAtMs + toMs - warning.fromMs);
  return {
    ...createOpenEpisode(poolId, warning),
    toMs: atMs,
    failedAtMs: failed === null ? null : atMs,
    leadMs: failed?.leadMs ?? null,
    verdict: verdictOf(warning, { toMs, failedMs: failed === null ? null : toMs }),
  };
}

function verdictOf(
  { isLate, fromMs, reference }: Warning,
  { toMs, failedMs }: { toMs: number; failedMs: number | null },
): ScoreVerdict {
  if (isLate) return 'late';
  if (failedMs === null && reference === null) return 'unknown';
  return judgeEpisode({ fromMs, toMs }, { failedAtMs: failedMs, referenceAtStart: reference ?? 1 });
}

/** Portcast was blind meanwhile, or the end came before the outcome. */
export function judgeAsUnknown(poolId: string, warning: Warning): ScoredEpisode {
  const toMs = Math.round(warning.fromAtMs + warning.lastOnMs - warning.fromMs);
  return { ...createOpenEpisode(poolId, warning), toMs, verdict: warning.isLate ? 'late' : 'unknown' };
}
