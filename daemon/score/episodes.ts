/**
 * When a warning was right. One set of definitions for the scoreboard, for the score of the running daemon and for
 * `replay`: an episode is a stretch during which something was shown or alarmed.
 */
import type { EpisodeVerdict } from './types.js';
import { SHOWN_ABOVE } from '../forecast/thresholds.js';

/** Gaps shorter than this do not end an episode. */
export const MERGE_GAP_MS = 60_000;

export interface Episode {
  readonly fromMs: number;
  readonly toMs: number;
}

/** Puts together what is separated by less than a minute. `episodes` ascend. */
export function mergeEpisodes(episodes: readonly Episode[], gapMs = MERGE_GAP_MS): Episode[] {
  const merged: Episode[] = [];
  for (const episode of episodes) {
    const last = merged.at(-1);
    if (last !== undefined && episode.fromMs - last.toMs < gapMs) {
      merged[merged.length - 1] = { fromMs: last.fromMs, toMs: Math.max(last.toMs, episode.toMs) };
    } else merged.push(episode);
  }
  return merged;
}

/** @param referenceAtStart probability of exhaustion at its start by the true rate, frozen. */
export function judgeEpisode(
  episode: Episode,
  truth: { readonly failedAtMs: number | null; readonly referenceAtStart: number },
): EpisodeVerdict {
  const { failedAtMs, referenceAtStart } = truth;
  if (failedAtMs !== null && failedAtMs >= episode.fromMs && failedAtMs <= episode.toMs) return 'fulfilled';
  return referenceAtStart < SHOWN_ABOVE ? 'unjustified' : 'unfulfilled';
}

/**
 * Lead of the last unbroken stretch before the failure, at most what was possible; a miss leads by 0.
 * @param unbroken stretches as they were, not merged, up to the failure.
 */
export function measureLead(
  unbroken: readonly Episode[],
  truth: { readonly onsetMs: number; readonly failedAtMs: number },
): { leadMs: number; possibleMs: number } {
  const possibleMs = Math.max(0, truth.failedAtMs - truth.onsetMs);
  const last = unbroken.findLast(({ fromMs, toMs }) => fromMs <= truth.failedAtMs && toMs >= truth.failedAtMs);
  return { leadMs: last === undefined ? 0 : Math.min(possibleMs, truth.failedAtMs - last.fromMs), possibleMs };
}
