import { describe, expect, it } from 'vitest';
import { createDumpBudget } from '../../../daemon/sampling/dump-budget.js';
import type { DumpBudget } from '../../../daemon/dump-contracts.js';

const SETTINGS = { ratio: 0.01, busyRatio: 0.05, maxIntervalMs: 30_000 };

/** Beats every 2 s for `seconds`. @returns the instants of the dumps in seconds. */
function run(budget: DumpBudget, options: { seconds: number; costMs: number; changed: boolean; busy?: boolean }) {
  const at: number[] = [];
  for (let second = 0; second <= options.seconds; second += 2) {
    if (budget.due({ nowMs: second * 1000, changed: options.changed, busy: options.busy ?? false })) {
      budget.spent(options.costMs);
      at.push(second);
    }
  }
  return at;
}

describe('dump budget', () => {
  it('dumps on every beat while that is cheap', () => {
    const dumps = run(createDumpBudget(SETTINGS), { seconds: 600, costMs: 10, changed: true });
    expect(dumps).toHaveLength(301);
  });

  it('dumps at the start and then every 30 s on a host where no counter moves', () => {
    expect(run(createDumpBudget(SETTINGS), { seconds: 95, costMs: 10, changed: false })).toEqual([0, 30, 60, 90]);
  });

  it.each([
    { costMs: 50, busy: false, ratio: 0.01 },
    { costMs: 150, busy: false, ratio: 0.01 },
    { costMs: 200, busy: true, ratio: 0.05 },
    { costMs: 900, busy: true, ratio: 0.05 },
  ])('keeps $costMs ms dumps at $ratio of a core on average (busy: $busy)', ({ costMs, busy, ratio }) => {
    const budget = createDumpBudget(SETTINGS);
    const seconds = 3600;
    const dumps = run(budget, { seconds, costMs, changed: true, busy });
    // The bucket is full at the start, which allows one more dump than the ratio.
    const share = (dumps.length * costMs - ratio * SETTINGS.maxIntervalMs - costMs) / (seconds * 1000);
    expect(share).toBeLessThanOrEqual(ratio);
    expect(share).toBeGreaterThan(ratio * 0.7);
    expect(budget.view().slowed).toBe(true);
    expect(budget.view().share).toBeLessThanOrEqual(ratio * 1.15);
  });

  it('dumps at least every 30 s when even one dump exceeds the budget', () => {
    const budget = createDumpBudget(SETTINGS);
    const dumps = run(budget, { seconds: 600, costMs: 3000, changed: true });
    const gaps = dumps.slice(1).map((at, index) => at - (dumps[index] ?? NaN));
    expect(gaps.length).toBeGreaterThanOrEqual(20);
    expect(Math.max(...gaps)).toBeLessThanOrEqual(30);
    expect(budget.view().slowed).toBe(true);
  });

  it('dumps on nearly every beat again within 6 s after a pool gets into trouble', () => {
    const budget = createDumpBudget(SETTINGS);
    run(budget, { seconds: 600, costMs: 100, changed: true });
    const busy: number[] = [];
    for (let second = 602; second <= 702; second += 2) {
      if (!budget.due({ nowMs: second * 1000, changed: true, busy: true })) continue;
      budget.spent(100);
      busy.push(second);
    }
    expect(busy[0]).toBeLessThanOrEqual(606);
    expect(busy.length).toBeGreaterThanOrEqual(47);
    expect(budget.view().slowed).toBe(false);
  });

  it('allows a dump between two beats as long as the dump of the next beat can be paid as well', () => {
    const budget = createDumpBudget(SETTINGS);
    budget.due({ nowMs: 0, changed: true, busy: true });
    budget.spent(120);
    // 300 ms at the start less 120 ms, and 50 ms more in each second.
    expect(budget.allowsLook(500)).toBe(true);
    budget.spent(120);
    expect(budget.allowsLook(1000)).toBe(false);
    expect(budget.due({ nowMs: 2000, changed: true, busy: true })).toBe(true);
    expect(budget.view().slowed).toBe(false);
  });
});
