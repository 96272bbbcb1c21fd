import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  beginWarning,
  createOpenEpisode,
  describeStart,
  hasEnded,
  judgeAsUnknown,
  judgeWarning,
  updateReference,
  type Warning,
} from '../../../daemon/score/warning.js';
import type { CountedCloses, WarningStart } from '../../../daemon/score/types.js';
import { pool } from '../../builders/records.js';

const FROM_MS = 1_000_000;
const FROM_AT_MS = Date.UTC(2026, 0, 5, 12);
/** A pool of 1,000 ports with a hold of 62 s, so 16.1 closes per second are the limit. */
const START: WarningStart = {
  capacity: 1000,
  holdMs: 62_000,
  live: 0,
  isLeak: false,
  withinMs: 600_000,
  counted: [],
};

function warningOf(changes: Partial<Warning> = {}): Warning {
  const beginning = { start: START, isLate: false, reference: null, isReferenceFinal: false };
  const moment = { monotonicMs: FROM_MS, atMs: FROM_AT_MS };
  return { ...beginWarning('alarm', moment, beginning), ...changes };
}

const closes = (fromMs: number, toMs: number, perSecond: number): CountedCloses => ({
  fromMs: FROM_MS + fromMs,
  toMs: FROM_MS + toMs,
  closes: (perSecond * (toMs - fromMs)) / 1000,
});

describe('the start of a warning', () => {
  const describeAt = (counted: readonly CountedCloses[]) =>
    describeStart(pool('p', { holdMs: 60_000, live: 7 }), {
      fromMs: FROM_MS,
      isLeak: false,
      withinMs: 600_000,
      counted,
    });

  it('has the state of the pool, and its closes relative to the start', () => {
    expect(describeAt([closes(-4000, -2000, 5), closes(-2000, 0, 25)])).toEqual({
      capacity: 1000,
      holdMs: 60_000,
      live: 7,
      isLeak: false,
      withinMs: 600_000,
      counted: [
        { fromMs: -4000, toMs: -2000, closes: 10 },
        { fromMs: -2000, toMs: 0, closes: 50 },
      ],
    });
  });

  it('has the closes of one hold, and of a stretch across the start the part before it', () => {
    const { counted } = describeAt([closes(-70_000, -60_000, 5), closes(-61_000, -59_000, 5), closes(-1000, 1000, 25)]);
    expect(counted).toEqual([
      { fromMs: -61_000, toMs: -59_000, closes: 10 },
      { fromMs: -1000, toMs: 0, closes: 25 },
    ]);
  });

  it('has no close that comes after it (property)', () => {
    const ms = fc.integer({ min: -100_000, max: 20_000 });
    const stretches = fc.array(fc.tuple(ms, fc.integer({ min: 1, max: 5000 }), fc.integer({ min: 0, max: 100 })));
    fc.assert(
      fc.property(stretches, (all) => {
        const { counted } = describeAt(all.map(([fromMs, widthMs, rate]) => closes(fromMs, fromMs + widthMs, rate)));
        for (const { fromMs, toMs, closes: count } of counted) {
          expect(fromMs).toBeLessThan(toMs);
          expect(toMs).toBeLessThanOrEqual(0);
          expect(toMs).toBeGreaterThan(-60_000);
          expect(count).toBeGreaterThanOrEqual(0);
        }
        const within = all.filter(([fromMs, widthMs]) => fromMs < 0 && Math.min(0, fromMs + widthMs) > -60_000);
        expect(counted).toHaveLength(within.length);
      }),
    );
  });

  it.each([
    ['of the rule leak', 'churn', true],
    ['while the mode is leak', 'leak', false],
  ] as const)('is that of a leak %s', (_name, mode, isLeak) => {
    const at = { fromMs: FROM_MS, isLeak, withinMs: 0, counted: [] };
    expect(describeStart(pool('p', { mode }), at).isLeak).toBe(true);
  });
});

describe('the reference of a warning', () => {
  const observe = (warning: Warning, afterMs: number, perSecond: number, live = 0): boolean =>
    updateReference(warning, { nowMs: FROM_MS + afterMs, live, counted: [closes(0, afterMs, perSecond)] });

  it('is not known at its start', () => {
    const warning = warningOf();
    expect(updateReference(warning, { nowMs: FROM_MS, live: 0, counted: [] })).toBe(false);
    expect(warning).toMatchObject({ reference: null, isReferenceFinal: false });
  });

  it.each([
    [25, 1],
    [12, 0],
  ])('follows the rate that is seen afterwards: %d closes per second give %d', (perSecond, reference) => {
    const warning = warningOf();
    expect(observe(warning, 2000, perSecond)).toBe(false);
    expect(warning.reference).toBeCloseTo(reference, 3);
  });

  it('is final after 10 s: what follows does not change it', () => {
    const warning = warningOf();
    expect(observe(warning, 8000, 25)).toBe(false);
    expect(observe(warning, 10_000, 25)).toBe(true);
    expect(observe(warning, 12_000, 0)).toBe(false);
    expect(warning.reference).toBeCloseTo(1, 3);
  });

  it('of a leak follows the growth of the live ports, and is final after a minute', () => {
    const warning = warningOf({ start: { ...START, isLeak: true, live: 500 } });
    expect(observe(warning, 30_000, 0, 530)).toBe(false);
    expect(warning.reference).toBe(1);
    expect(observe(warning, 60_000, 0, 515)).toBe(true);
    expect(warning.reference).toBe(0);
  });
});

describe('a warning', () => {
  it('has ended when it has been off for a minute', () => {
    const warning = warningOf({ lastOnMs: FROM_MS + 4000 });
    expect(hasEnded(warning, FROM_MS + 63_999)).toBe(false);
    expect(hasEnded(warning, FROM_MS + 64_000)).toBe(true);
  });

  it('is an open episode until it is judged', () => {
    expect(createOpenEpisode('p', warningOf())).toEqual({
      poolId: 'p',
      kind: 'alarm',
      fromMs: FROM_AT_MS,
      toMs: null,
      failedAtMs: null,
      reference: null,
      leadMs: null,
      verdict: null,
      start: START,
    });
  });

  it('that a failure fulfils ends at the failure, with its lead', () => {
    const failed = { afterMs: FROM_MS + 10_000, beforeMs: FROM_MS + 12_000, leadMs: 11_000 };
    expect(judgeWarning('p', warningOf(), failed)).toMatchObject({
      toMs: FROM_AT_MS + 11_000,
      failedAtMs: FROM_AT_MS + 11_000,
      leadMs: 11_000,
      verdict: 'fulfilled',
    });
  });

  it.each([
    ['unfulfilled where the reference is above one half', { reference: 0.9 }, 'unfulfilled'],
    ['unjustified where the reference is below one half', { reference: 0.1 }, 'unjustified'],
    ['unknown without a reference', { reference: null }, 'unknown'],
    ['late where it began after the ports had run out', { reference: 0.9, isLate: true }, 'late'],
  ])('without a failure is %s', (_name, changes, verdict) => {
    const warning = warningOf({ ...changes, lastOnMs: FROM_MS + 30_000 });
    expect(judgeWarning('p', warning, null)).toMatchObject({
      toMs: FROM_AT_MS + 30_000,
      failedAtMs: null,
      leadMs: null,
      verdict,
    });
  });

  it.each([
    [false, 'unknown'],
    [true, 'late'],
  ])('whose outcome cannot be found out (late: %s) is %s', (isLate, verdict) => {
    const warning = warningOf({ isLate, reference: 0.9, lastOnMs: FROM_MS + 30_000 });
    expect(judgeAsUnknown('p', warning)).toMatchObject({ toMs: FROM_AT_MS + 30_000, failedAtMs: null, verdict });
  });
});
