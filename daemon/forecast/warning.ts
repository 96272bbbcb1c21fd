/** One kind of warning of one pool, as it comes and goes: its episode, judged when it is over. Instants are monotonic ms. */
import { judgeEpisode, MERGE_GAP_MS } from './episodes.js';
import { FOLLOWING_SAMPLES, oracleProbability, type OracleStart, type Traffic } from './oracle.js';
import type { EpisodeKind, ScoredEpisode } from './score.js';

export interface Warning {
  readonly kind: EpisodeKind;
  readonly fromMs: number;
  /** Wall time of `fromMs`: with pool and kind the key of the episode. */
  readonly fromAtMs: number;
  readonly start: OracleStart;
  readonly following: Traffic[];
  /** Start of the unbroken stretch that is on, or was last. */
  stretchMs: number;
  lastOnMs: number;
  /** It has come true already, or began when the pool was failing: nothing is left to judge. */
  spent: boolean;
}

export interface Moment {
  readonly monotonicMs: number;
  readonly atMs: number;
}

export function beginWarning(
  kind: EpisodeKind,
  from: Moment,
  with_: { readonly start: OracleStart; readonly spent: boolean },
): Warning {
  const { monotonicMs: fromMs, atMs } = from;
  const fromAtMs = Math.round(atMs);
  return { kind, fromMs, fromAtMs, following: [], stretchMs: fromMs, lastOnMs: fromMs, ...with_ };
}

/** @param previousMs the sample before: a warning that was off then begins a new stretch. */
export function continueWarning(
  warning: Warning,
  on: boolean,
  at: { readonly nowMs: number; readonly previousMs: number; readonly traffic: Traffic },
): void {
  if (warning.following.length < FOLLOWING_SAMPLES && at.nowMs > warning.fromMs) warning.following.push(at.traffic);
  if (!on) return;
  if (warning.lastOnMs < at.previousMs) warning.stretchMs = at.nowMs;
  warning.lastOnMs = at.nowMs;
}

export function isGone(warning: Warning, nowMs: number): boolean {
  return nowMs - warning.lastOnMs >= MERGE_GAP_MS;
}

/** As it stands: begun, and not judged. */
export function openEpisode(poolId: string, warning: Warning): ScoredEpisode {
  const { kind, fromAtMs: fromMs, start } = warning;
  return { poolId, kind, fromMs, toMs: null, failedAtMs: null, oracle: null, leadMs: null, verdict: null, start };
}

/** @param failed the failure that ends it, with the lead it gave; null when it went away without one. */
export function judge(
  poolId: string,
  warning: Warning,
  failed: { readonly ms: number; readonly leadMs: number } | null,
): ScoredEpisode {
  const wall = (ms: number): number => Math.round(warning.fromAtMs + ms - warning.fromMs);
  const oracle = oracleProbability(warning.start, warning.following);
  const toMs = failed === null ? warning.lastOnMs : Math.max(failed.ms, warning.fromMs);
  const episode = { fromMs: warning.fromMs, toMs };
  const truth = { failedAtMs: failed === null ? null : toMs, oracleAtStart: oracle ?? 1 };
  return {
    ...openEpisode(poolId, warning),
    toMs: wall(toMs),
    failedAtMs: failed === null ? null : wall(toMs),
    oracle,
    leadMs: failed?.leadMs ?? null,
    verdict: failed === null && oracle === null ? 'unknown' : judgeEpisode(episode, truth),
  };
}

export function judgeUnknown(poolId: string, warning: Warning): ScoredEpisode {
  const toMs = Math.round(warning.fromAtMs + warning.lastOnMs - warning.fromMs);
  return { ...openEpisode(poolId, warning), toMs, verdict: 'unknown' };
}
