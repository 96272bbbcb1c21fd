import { describe, expect, it } from 'vitest';
import { findSynElapsedMs, findSynLifeMs } from '../../../daemon/host/syn-timing.js';

const HZ = 250;
const limitsOf = (synRetries: number | null, synLinearTimeouts: number | null) => ({ synRetries, synLinearTimeouts });

/** Measured on Linux 6.18 at 250 Hz: the instant of each retransmission, and of the failure of connect(), in seconds. */
const MEASURED = [
  { retries: 1, linear: 0, sentAgainAt: [1.007], failedAt: 3.026 },
  { retries: 2, linear: 0, sentAgainAt: [1.021, 3.033], failedAt: 7.195 },
  { retries: 3, linear: 0, sentAgainAt: [1.016, 3.033, 7.166], failedAt: 15.353 },
  { retries: 6, linear: 0, sentAgainAt: [1.04, 3.06, 7.156, 15.348, 31.458, 65.505], failedAt: 131.115 },
  { retries: 1, linear: 4, sentAgainAt: [1.023, 2.051], failedAt: 3.072 },
  { retries: 2, linear: 4, sentAgainAt: [1.02, 2.048, 3.073, 4.092, 5.113], failedAt: 7.136 },
  { retries: 3, linear: 4, sentAgainAt: [1.017, 2.04, 3.063, 4.094, 5.111, 7.131, 11.286], failedAt: 19.478 },
  {
    retries: 6,
    linear: 4,
    sentAgainAt: [1.029, 2.055, 3.086, 4.112, 5.124, 7.147, 11.244, 19.43, 35.564, 69.101],
    failedAt: 134.65,
  },
  {
    retries: 4,
    linear: 6,
    sentAgainAt: [1.014, 2.074, 3.113, 4.131, 5.117, 6.164, 7.174, 9.282, 13.237, 21.438],
    failedAt: 37.544,
  },
];

describe.each(MEASURED)('a SYN with $retries retries and $linear linear time-outs', (measured) => {
  const { retries, linear, sentAgainAt, failedAt } = measured;
  const limits = limitsOf(retries, linear);

  it('lives at most as long as is stated, and that is at most the rounding of its steps too long', () => {
    const lifeMs = findSynLifeMs(limits, HZ);
    expect(lifeMs).toBeGreaterThanOrEqual(failedAt * 1000);
    expect(lifeMs).toBeLessThan(failedAt * 1000 * 1.06);
    expect(findSynLifeMs(limits)).toBeGreaterThanOrEqual(lifeMs);
  });

  it('has existed for the time that its retransmissions and its timer tell', () => {
    expect(sentAgainAt.length).toBeGreaterThan(0);
    sentAgainAt.forEach((atSeconds, index) => {
      const nextMs = ((sentAgainAt[index + 1] ?? failedAt) - atSeconds) * 1000;
      // The rounding of a step of 32 s is up to 2.05 s at 250 Hz, and a shorter step has less.
      const toleranceMs = atSeconds > 60 ? 1600 : 260;
      for (const passedMs of [0, nextMs / 3, nextMs / 2]) {
        const stepMs = 1000 * 2 ** Math.max(0, index + 1 - linear);
        const elapsedMs = findSynElapsedMs(index + 1, stepMs - passedMs, limits, HZ);
        expect(Math.abs(elapsedMs - (atSeconds * 1000 + passedMs))).toBeLessThan(toleranceMs);
      }
    });
  });
});

describe('findSynLifeMs', () => {
  it('takes the default of the kernel where the sysctls could not be read', () => {
    expect(findSynLifeMs(limitsOf(null, null), HZ)).toBe(findSynLifeMs(limitsOf(6, 0), HZ));
  });

  it('limits a step to 120 s', () => {
    const differenceMs = findSynLifeMs(limitsOf(9, 0), HZ) - findSynLifeMs(limitsOf(8, 0), HZ);
    expect(differenceMs).toBe(120_000 + 2048);
  });
});

describe('findSynElapsedMs', () => {
  it('is 0 at the start, and does not pass the step of a timer that has expired', () => {
    expect(findSynElapsedMs(0, 1000, limitsOf(6, 4), HZ)).toBe(0);
    expect(findSynElapsedMs(0, 0, limitsOf(6, 4), HZ)).toBe(1000);
    expect(findSynElapsedMs(0, -1, limitsOf(6, 4), HZ)).toBe(1000);
    expect(findSynElapsedMs(0, 3000, limitsOf(6, 4), HZ)).toBe(0);
  });

  it('rises with the count of retransmissions up to the largest that a row tells', () => {
    const ages = Array.from({ length: 256 }, (_, count) => findSynElapsedMs(count, 0, limitsOf(6, 4), HZ));
    expect(ages).toHaveLength(256);
    expect(ages).toEqual([...ages].sort((a, b) => a - b));
  });
});
