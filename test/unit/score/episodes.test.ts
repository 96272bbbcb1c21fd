import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  judgeEpisode,
  measureLead,
  MERGE_GAP_MS,
  mergeEpisodes,
  type Episode,
} from '../../../daemon/score/episodes.js';

/** Episodes from pairs of seconds. */
const episodes = (...spans: readonly (readonly [number, number])[]): Episode[] =>
  spans.map(([from, to]) => ({ fromMs: from * 1000, toMs: to * 1000 }));

/** Up to 20 episodes that ascend and do not overlap. */
const ascending = fc
  .array(fc.tuple(fc.integer({ min: 0, max: 200_000 }), fc.integer({ min: 0, max: 200_000 })), { maxLength: 20 })
  .map((pairs) => {
    let endMs = 0;
    return pairs.map(([gapMs, durationMs]): Episode => {
      const fromMs = endMs + gapMs;
      endMs = fromMs + durationMs;
      return { fromMs, toMs: endMs };
    });
  });

describe('episodes', () => {
  it.each([
    ['less than a minute apart are one', episodes([0, 10], [69, 80]), episodes([0, 80])],
    ['a minute apart stay two', episodes([0, 10], [70, 80]), episodes([0, 10], [70, 80])],
    ['merge in a chain', episodes([0, 10], [60, 70], [120, 130]), episodes([0, 130])],
    ['that lie inside another one do not shorten it', episodes([0, 100], [20, 30]), episodes([0, 100])],
    ['of none are none', [], []],
  ])('%s', (_name, given, expected) => expect(mergeEpisodes(given)).toEqual(expected));

  it('that are merged cover all given ones, are a minute apart, and do not merge further (property)', () => {
    fc.assert(
      fc.property(ascending, (given) => {
        const merged = mergeEpisodes(given);
        expect(merged.length).toBeLessThanOrEqual(given.length);
        for (const { fromMs, toMs } of given) {
          expect(merged.some((episode) => episode.fromMs <= fromMs && episode.toMs >= toMs)).toBe(true);
        }
        merged.slice(1).forEach((episode, index) => {
          expect(episode.fromMs - (merged[index]?.toMs ?? NaN)).toBeGreaterThanOrEqual(MERGE_GAP_MS);
        });
        expect(mergeEpisodes(merged)).toEqual(merged);
      }),
    );
  });
});

describe('a warning', () => {
  const WARNING = { fromMs: 10_000, toMs: 20_000 };

  it.each([
    ['fulfilled by a failure at its beginning', 10_000, 0.1, 'fulfilled'],
    ['fulfilled by a failure at its end', 20_000, 0.1, 'fulfilled'],
    ['unjustified where the failure came before it, and the reference is below one half', 9999, 0.49, 'unjustified'],
    ['unfulfilled where the failure came after it, and the reference is one half', 20_001, 0.5, 'unfulfilled'],
    ['unfulfilled without a failure where the reference is above one half', null, 0.9, 'unfulfilled'],
    ['unjustified without a failure where the reference is below one half', null, 0.1, 'unjustified'],
  ])('is %s', (_name, failedAtMs, referenceAtStart, verdict) => {
    expect(judgeEpisode(WARNING, { failedAtMs, referenceAtStart })).toBe(verdict);
  });
});

describe('the lead of a failure', () => {
  const FAILURE = { onsetMs: 0, failedAtMs: 100_000 };

  it.each([
    ['runs from the beginning of the stretch that it falls into', episodes([60, 100]), 40_000],
    ['is not extended by an earlier stretch', episodes([10, 50], [60, 120]), 40_000],
    ['is 0 where the last stretch ended before the failure', episodes([60, 99]), 0],
    ['is 0 without a warning', [], 0],
    ['is 0 where the warning began with the failure', episodes([100, 120]), 0],
    ['is at most the time since the traffic changed', episodes([-50, 120]), 100_000],
  ])('%s', (_name, unbroken, leadMs) => {
    expect(measureLead(unbroken, FAILURE)).toEqual({ leadMs, possibleMs: 100_000 });
  });

  it('is never possible where the traffic changed after the failure', () => {
    const late = { onsetMs: 110_000, failedAtMs: 100_000 };
    expect(measureLead(episodes([60, 120]), late)).toEqual({ leadMs: 0, possibleMs: 0 });
  });

  it('is from 0 to what was possible (property)', () => {
    const instant = fc.integer({ min: 0, max: 4_000_000 });
    fc.assert(
      fc.property(ascending, instant, instant, (unbroken, onsetMs, failedAtMs) => {
        const { leadMs, possibleMs } = measureLead(unbroken, { onsetMs, failedAtMs });
        expect(leadMs).toBeGreaterThanOrEqual(0);
        expect(leadMs).toBeLessThanOrEqual(possibleMs);
        const isWarned = unbroken.some(({ fromMs, toMs }) => fromMs <= failedAtMs && toMs >= failedAtMs);
        if (!isWarned) expect(leadMs).toBe(0);
      }),
    );
  });
});
