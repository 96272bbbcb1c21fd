/**
 * Episodes and leads. An episode is a stretch of time in which a pool was warned of: its forecast was shown with a
 * probability above the 50% line, or an alert was firing. The scoreboard, the score of the running daemon and `replay`
 * use these definitions.
 */
import { SHOWN_ABOVE } from '../forecast/thresholds.js';
import { MINUTE_MS } from '../units.js';
import type { EpisodeVerdict } from './types.js';

/** A gap shorter than this does not end an episode: the stretches on both sides of it are one warning. */
export const MERGE_GAP_MS = MINUTE_MS;

export interface Episode {
  readonly fromMs: number;
  readonly toMs: number;
}

/** Merges the episodes that are separated by a gap shorter than `gapMs`. The episodes must ascend. */
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

/**
 * Judges a warning that is over. It is fulfilled when the first failure fell into it. Else the reference decides: the
 * probability of exhaustion at the start of the warning, by the rate that was seen afterwards. From the 50% line on the
 * warning was right when it was given, and is unfulfilled; below it the warning is unjustified.
 */
export function judgeEpisode(
  episode: Episode,
  outcome: { readonly failedAtMs: number | null; readonly referenceAtStart: number },
): EpisodeVerdict {
  const { failedAtMs, referenceAtStart } = outcome;
  if (failedAtMs !== null && failedAtMs >= episode.fromMs && failedAtMs <= episode.toMs) return 'fulfilled';
  return referenceAtStart < SHOWN_ABOVE ? 'unjustified' : 'unfulfilled';
}

/**
 * The lead: how long before the failure the last unbroken stretch of warning began. It is 0 where no warning was on
 * when the failure came, which is a miss.
 * @param unbroken the stretches of warning up to the failure, not merged.
 * @param failure `onsetMs` is when the traffic that led to the failure began: no lead can be longer than the time from
 * then to the failure, which is `possibleMs`.
 */
export function measureLead(
  unbroken: readonly Episode[],
  failure: { readonly onsetMs: number; readonly failedAtMs: number },
): { leadMs: number; possibleMs: number } {
  const { onsetMs, failedAtMs } = failure;
  const possibleMs = Math.max(0, failedAtMs - onsetMs);
  const last = unbroken.findLast(({ fromMs, toMs }) => fromMs <= failedAtMs && toMs >= failedAtMs);
  return { leadMs: last === undefined ? 0 : Math.min(possibleMs, failedAtMs - last.fromMs), possibleMs };
}
