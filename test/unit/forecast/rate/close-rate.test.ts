/** The close rate from the ages of timed ports: closed forms, coverage of its interval, and the order of rows. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  countAges,
  estimateCloseRate,
  estimateRateFromWindows,
  type CloseRate,
} from '../../../../daemon/forecast/rate/close-rate.js';
import { STATE } from '../../../../daemon/snapshot/snapshot.js';
import { drawCloses, listAges, paceAges } from '../../../builders/closes.js';
import { createTimedPorts, createTimeWaitPorts } from '../../../builders/pool.js';

const SEEDED = { seed: 13, numRuns: 60 };
const POISSON = { phi: 1, evidence: 1e12, rate: 0 };
const countTimeWait = (agesMs: readonly number[]) => countAges(createTimeWaitPorts(agesMs), STATE.TIME_WAIT, 60_000);
const estimate = (agesMs: readonly number[]): CloseRate => estimateCloseRate(countTimeWait(agesMs), 'fine', null);

describe('the ages of closes', () => {
  it('are counted in half seconds, with the oldest of each and the newest of all', () => {
    const { counts, oldestMs, newestMs, windowMs } = countTimeWait([20, 100, 499, 500, 59_999]);
    expect([...counts.slice(0, 3), counts.at(-1)]).toEqual([3, 1, 0, 1]);
    expect([...oldestMs.slice(0, 3), oldestMs.at(-1)]).toEqual([499, 500, 0, 59_999]);
    expect({ newestMs, windowMs, bins: counts.length }).toEqual({ newestMs: 20, windowMs: 60_000, bins: 120 });
  });

  it('are those of one kind, by the time that this kind is held', () => {
    const ports = createTimedPorts({ timeWait: [59_000, 10_000], finWait2: [9000] });
    const timeWait = countAges(ports, STATE.TIME_WAIT, 60_000);
    const finWait2 = countAges(ports, STATE.FIN_WAIT2, 10_000);
    expect(timeWait.counts.reduce((sum, count) => sum + count, 0)).toBe(2);
    expect({ newestMs: finWait2.newestMs, bins: finWait2.counts.length }).toEqual({ newestMs: 1000, bins: 20 });
  });

  it('of rows whose timer has expired are left out: they are older than the window', () => {
    expect(countTimeWait([60_000, 61_000]).counts.every((count) => count === 0)).toBe(true);
  });

  it('do not depend on the order of the rows (property)', () => {
    const ages = fc.array(fc.integer({ min: 0, max: 59_999 }), { minLength: 1, maxLength: 300 });
    fc.assert(
      fc.property(ages, fc.integer({ min: 0, max: 1000 }), (agesMs, rotation) => {
        const turned = agesMs.map((_, i) => agesMs[(i + rotation) % agesMs.length] ?? NaN).reverse();
        expect(countTimeWait(turned)).toEqual(countTimeWait(agesMs));
        expect(estimate(turned)).toEqual(estimate(agesMs));
      }),
      SEEDED,
    );
  });
});

describe('the rate', () => {
  it.each([0.5, 2, 7, 16.1, 25, 400])('of paced closes is exact: %d/s', (perSecond) => {
    const { rate, low, high, phi } = estimate(paceAges(perSecond));
    // Timers are whole milliseconds.
    expect(rate / perSecond).toBeCloseTo(1, 3);
    expect(low).toBeLessThan(perSecond);
    expect(high).toBeGreaterThan(perSecond);
    expect(phi).toBeLessThan(perSecond >= 2 ? 0.5 : 1.1);
  });

  it('of a rate that changed 10 s ago is the new one', () => {
    const { rate, runs } = estimate([...paceAges(25, 0, 10_000), ...paceAges(5, 10_000, 60_000)]);
    expect(rate).toBeCloseTo(25, 0);
    expect(runs.length).toBeGreaterThan(0);
  });

  it.each(['fine', 'coarse'] as const)('of a burst that ended within a bin is not that of the bin (%s)', (detail) => {
    // 300/s for a second, until 420 ms ago: the newest half second holds 24 closes.
    const ages = countTimeWait(Array.from({ length: 300 }, (_, i) => 420 + (1000 / 300) * i));
    expect(ages.counts[0]).toBeGreaterThan(20);
    expect(estimateCloseRate(ages, detail, POISSON).rate).toBe(0);
    // A full pool holds up the clients, so nothing shows that they stopped.
    const heldUp = estimateCloseRate({ ...ages, isHeldUp: true }, detail, POISSON).rate;
    expect(heldUp).toBeGreaterThan(30);
  });

  it.each([14.4, 100, 480])('of %d/s does not fall in a silence of some gaps', (perSecond) => {
    const gapMs = 1000 / perSecond;
    const ages = Array.from({ length: Math.floor(50 * perSecond) }, (_, i) => (3 + i) * gapMs);
    expect(estimate(ages).rate).toBeGreaterThan(0.8 * perSecond);
  });

  it('of 500/s does not end in a pause of 100 ms, which is fifty gaps', () => {
    const ages = Array.from({ length: 25_000 }, (_, i) => 100 + 2 * i);
    expect(estimate(ages).rate).toBeGreaterThan(0.7 * 500);
  });

  it('of no closes is 0, and below 3 per window with probability 0.95', () => {
    expect(estimate([])).toMatchObject({ rate: 0, low: 0, high: 3 / 60 });
  });

  it('has an interval of the gamma distribution with one more close than was seen', () => {
    for (const seed of [1, 2, 3]) {
      const ages = listAges(drawCloses(20, { seconds: 60, seed }), 60_000);
      const { low, high, runs } = estimateCloseRate(countTimeWait(ages), 'fine', POISSON);
      expect(runs).toHaveLength(1);
      // Two thousandths for the rounding of timers and the quantile search.
      const mean = runs[0]?.mean ?? NaN;
      const half = 1.645 / Math.sqrt(ages.length + 1);
      expect(Math.abs(low / mean - (1 - half + 0.7 / ages.length))).toBeLessThan(0.004);
      expect(Math.abs(high / mean - (1 + half + 0.7 / ages.length))).toBeLessThan(0.004);
    }
  });

  it('grows in proportion when all closes come faster by one factor', () => {
    // The same 300 instants within 60 s, and within 30 s: twice the rate over half of the window.
    const times = drawCloses(5, { seconds: 60, seed: 5 });
    const slow = estimateCloseRate(countTimeWait(listAges(times, 60_000)), 'fine', POISSON);
    const faster = listAges(times, 60_000).map((age) => age / 2);
    const fast = estimateCloseRate(
      countAges(createTimedPorts({ timeWait: faster.map((age) => 30_000 - age) }), STATE.TIME_WAIT, 30_000),
      'fine',
      POISSON,
    );
    expect(fast.rate / slow.rate).toBeCloseTo(2, 1);
  });

  it.each(['fine', 'coarse'] as const)(
    'has an interval that contains the truth in about 90%% of all minutes: %s',
    (detail) => {
      let inside = 0;
      for (let seed = 1; seed <= 400; seed += 1) {
        const { low, high } = estimateCloseRate(
          countTimeWait(listAges(drawCloses(8, { seconds: 60, seed }), 60_000)),
          detail,
          null,
        );
        if (low <= 8 && 8 <= high) inside += 1;
      }
      expect(inside / 400).toBeGreaterThan(0.83);
      expect(inside / 400).toBeLessThan(0.99);
    },
  );
});

describe('the rate from counted windows', () => {
  it('is the mean of equal counts, whatever the width of the windows', () => {
    const windows = Array.from({ length: 30 }, () => ({ widthMs: 500, count: 4 }));
    const { rate, low, high } = estimateRateFromWindows(windows, 0);
    expect(rate).toBeCloseTo(8, 6);
    expect(low).toBeLessThan(8);
    expect(high).toBeGreaterThan(8);
  });

  it('has a wider interval with a greater least phi', () => {
    const windows = Array.from({ length: 30 }, () => ({ widthMs: 2000, count: 20 }));
    const [narrow, wide] = [1, 2].map((minPhi) => estimateRateFromWindows(windows, minPhi));
    expect(narrow?.phi).toBe(1);
    expect(wide?.phi).toBe(2);
    const width = (rate: CloseRate | undefined): number => (rate?.high ?? NaN) - (rate?.low ?? NaN);
    expect(width(wide) / width(narrow)).toBeCloseTo(Math.SQRT2, 1);
  });

  it('of empty windows is 0, with an upper end above 0', () => {
    const { rate, low, high } = estimateRateFromWindows([{ widthMs: 2000, count: 0 }], 1);
    expect({ rate, low }).toEqual({ rate: 0, low: 0 });
    expect(high).toBeGreaterThan(0);
  });
});
