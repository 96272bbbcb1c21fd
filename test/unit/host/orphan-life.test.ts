/** How long a closed connection whose peer is gone holds its port: the sum of the steps of its retransmissions. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { findOrphanLifeMs } from '../../../daemon/host/orphan-life.js';

const SEEDED = { seed: 31, numRuns: 100 };
const lifeOf = (orphanRetries: number | null): number => findOrphanLifeMs({ orphanRetries });

describe('the life of an orphan whose peer is gone', () => {
  it.each([
    // TCP_RTO_MIN is 200 ms. After each of n retransmissions the step doubles: 200 ms x (2^(n + 1) - 1).
    [1, 600],
    [2, 1400],
    [3, 3000],
    [7, 51_000],
    [8, 102_200],
    // The step after the ninth is 102.4 s; from the tenth on it is TCP_RTO_MAX.
    [9, 204_600],
    [10, 324_600],
    [12, 564_600],
  ])('with %d retransmissions is %d ms', (retries, lifeMs) => {
    expect(lifeOf(retries)).toBe(lifeMs);
  });

  it.each([0, null, -1])('is that of 8 retransmissions where tcp_orphan_retries is %s', (retries) => {
    expect(lifeOf(retries)).toBe(lifeOf(8));
  });

  it('grows with each further retransmission by a step that is never longer than two minutes', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 250 }), (retries) => {
        const stepMs = lifeOf(retries + 1) - lifeOf(retries);
        expect(stepMs).toBe(Math.min(120_000, 200 * 2 ** (retries + 1)));
      }),
      SEEDED,
    );
  });
});
