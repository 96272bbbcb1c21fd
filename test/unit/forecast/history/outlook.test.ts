/** The outlook on seeded years: alarms where nothing grows, error and interval where something does, and bad input. */
import { describe, expect, it } from 'vitest';
import { foreseeOutlook, type Outlook } from '../../../../daemon/forecast/history/outlook.js';
import type { DailyPeak } from '../../../../daemon/forecast/history/types.js';
import { DAY_MS, HOUR_MS } from '../../../../daemon/units.js';

const FIRST = 20_000;
const WORKING_WEEK = [1, 0.98, 1.02, 1, 0.95, 0.4, 0.35];
const FLAT_WEEK = WORKING_WEEK.map(() => 1);

interface Shape {
  readonly days: number;
  readonly level: (day: number) => number;
  readonly noise: number;
  readonly week?: readonly number[];
  /** Correlation of one day's noise with the next one's. */
  readonly memory?: number;
  /** Share of days without a sample. */
  readonly missing?: number;
}

function peaks(seed: number, shape: Shape): DailyPeak[] {
  const { days, level, noise, week = FLAT_WEEK, memory = 0, missing = 0 } = shape;
  const random = generator(seed);
  const normal = (): number => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  const found: DailyPeak[] = [];
  let state = normal();
  for (let day = 0; day < days; day++) {
    state = memory * state + Math.sqrt(1 - memory ** 2) * normal();
    const pressure = level(day) * (week[(FIRST + day) % 7] ?? 1) * Math.exp(noise * state);
    if (random() >= missing) found.push({ dayMs: (FIRST + day) * DAY_MS, pressure, hours: 24 });
  }
  return found;
}

/** Two hours into the day after the last one. */
function judged(list: readonly DailyPeak[], days: number): Outlook {
  return foreseeOutlook(list, (FIRST + days) * DAY_MS + 2 * HOUR_MS);
}

function shareOfAlarms(shape: Shape, cases = 200): number {
  let alarms = 0;
  for (let seed = 0; seed < cases; seed++) if (judged(peaks(seed, shape), shape.days).days !== null) alarms++;
  return alarms / cases;
}

describe('where nothing grows', () => {
  it.each<[string, Omit<Shape, 'level' | 'days'>]>([
    ['calm', { noise: 0.05 }],
    ['noisy', { noise: 0.2 }],
    ['weekly', { noise: 0.1, week: WORKING_WEEK }],
    ['weekly, with days missing', { noise: 0.2, week: WORKING_WEEK, missing: 0.15 }],
    ['persistent', { noise: 0.1, memory: 0.7 }],
  ])('%s days give no outlook, however long they are watched', (_, shape) => {
    for (const days of [21, 28, 60, 365])
      expect(shareOfAlarms({ ...shape, days, level: () => 0.3 })).toBeLessThanOrEqual(0.02);
  });

  it('a step, as a deploy makes it, is no trend, and neither is a rise that has settled', () => {
    for (const days of [40, 91]) {
      for (const at of [10, 20, days - 10]) {
        const week = { days, noise: 0.05, week: WORKING_WEEK };
        expect(shareOfAlarms({ ...week, level: (day) => (day < at ? 0.3 : 0.5) }, 100)).toBeLessThanOrEqual(0.02);
        if (at > days - 20) continue;
        const settling = (day: number): number => 0.3 + 0.3 * Math.min(1, day / at);
        expect(shareOfAlarms({ ...week, level: settling }, 100)).toBeLessThanOrEqual(0.02);
      }
    }
    const step = { days: 40, noise: 0.02, week: WORKING_WEEK, level: (day: number) => (day < 28 ? 0.3 : 0.5) };
    expect(judged(peaks(1, step), 40).why).toMatch(/^daily peaks stepped from 30% to (49|50)% of capacity 12 days ago/);
    expect(judged(peaks(1, { ...step, level: () => 0.3 }), 40).why).toMatch(/^no trend in 40 days: .* near (29|30)%/);
  });

  it('a fall is told as one', () => {
    const falling = peaks(3, { days: 60, noise: 0.05, level: (day) => 0.8 - 0.01 * day });
    const outlook = judged(falling, 60);
    expect(outlook.days).toBeNull();
    expect(outlook.why).toMatch(/fall by \d.*% of capacity a day/);
  });
});

describe('where the peaks rise', () => {
  it.each([
    [28, 40, 0.05],
    [45, 40, 0.05],
    [91, 40, 0.05],
    [91, 120, 0.1],
    [45, 120, 0.05],
    [91, 300, 0.05],
  ])(
    '%i days of history, full %i days ahead, noise %d: found, close, and inside its interval',
    (days, ahead, noise) => {
      const level = (day: number): number => 0.3 + (0.7 * day) / (days + ahead);
      const full = (day: number): boolean => level(day) * (WORKING_WEEK[(FIRST + day) % 7] ?? 1) >= 1;
      let truth = 0;
      while (!full(days + truth)) truth++;
      const errors: number[] = [];
      let [missed, held] = [0, 0];
      for (let seed = 0; seed < 150; seed++) {
        const outlook = judged(peaks(seed, { days, level, noise, week: WORKING_WEEK }), days);
        const [, low, more, high] = /90%: (\d+) to (more than )?(\d+)/.exec(outlook.why) ?? [];
        if (outlook.days === null) missed++;
        else {
          errors.push(Math.abs(outlook.days - truth) / truth);
          if (Number(low) <= truth && (more !== undefined || Number(high) >= truth)) held++;
        }
      }
      errors.sort((a, b) => a - b);
      expect(missed / 150).toBeLessThanOrEqual(0.1);
      expect(errors[Math.floor(errors.length / 2)]).toBeLessThanOrEqual(0.13);
      expect(errors[Math.floor(errors.length * 0.9)]).toBeLessThanOrEqual(0.25);
      expect(held / errors.length).toBeGreaterThanOrEqual(0.85);
    },
  );

  it('says so in numbers', () => {
    const rising = peaks(1, { days: 34, noise: 0.005, level: (day) => 0.55 + 0.006 * day });
    const outlook = judged(rising, 34);
    expect(outlook.days).toBeGreaterThanOrEqual(39);
    expect(outlook.days).toBeLessThanOrEqual(44);
    expect(outlook.why).toMatch(
      /^daily peaks rise by 0\.6% of capacity a day over 34 days: 100% in 4\d days \(90%: \d+ to \d+\)$/,
    );
  });

  it('no further than 400 days', () => {
    const slow = peaks(1, { days: 91, noise: 0.001, level: (day) => 0.1 + 0.0005 * day });
    const outlook = judged(slow, 91);
    expect(outlook.days).toBeNull();
    expect(outlook.why).toMatch(/100% is more than 400 days away$/);
  });

  it('sees a rise that began after a step', () => {
    const level = (day: number): number => (day < 30 ? 0.2 : 0.5 + 0.005 * (day - 30));
    const { days } = judged(peaks(2, { days: 80, noise: 0.01, level }), 80);
    expect(days).toBeGreaterThanOrEqual(40);
    expect(days).toBeLessThanOrEqual(60);
  });
});

describe('history as it comes', () => {
  const flat = peaks(1, { days: 40, noise: 0.05, level: () => 0.3 });

  it('needs three weeks of days seen for most of their hours', () => {
    expect(judged([], 0)).toEqual({ days: null, why: 'not enough history: 0 of 21 days' });
    expect(judged(flat.slice(0, 3), 3)).toEqual({ days: null, why: 'not enough history: 3 of 21 days' });
    const glimpsed = flat.slice(0, 25).map((day, index) => (index % 3 === 0 ? { ...day, hours: 2 } : day));
    expect(judged(glimpsed, 25).why).toBe('not enough history: 16 of 21 days');
    const officeHours = flat.slice(0, 25).map((day) => ({ ...day, hours: 9 }));
    expect(judged(officeHours, 25).why).toMatch(/^no trend/);
  });

  it('leaves out the day that is not over, unless it has reached capacity', () => {
    const today = { dayMs: (FIRST + 40) * DAY_MS, hours: 2 };
    expect(judged([...flat, { ...today, pressure: 0.01 }], 40)).toEqual(judged(flat, 40));
    expect(judged([...flat, { ...today, pressure: 1.04 }], 40)).toEqual({
      days: 0,
      why: "today's peak was 104% of capacity",
    });
    expect(judged([{ dayMs: (FIRST + 39) * DAY_MS, hours: 1, pressure: 1 }], 40)).toMatchObject({ days: 0 });
    expect(judged([...flat, { dayMs: (FIRST + 20) * DAY_MS, hours: 24, pressure: 3 }], 40).days).toBeNull();
  });

  it('takes days in any order, twice, from the future, or not a number, for what they are worth', () => {
    const bad: DailyPeak[] = [
      ...flat.slice(0, 10),
      { dayMs: (FIRST + 50) * DAY_MS, pressure: 9, hours: 24 },
      { dayMs: (FIRST + 39) * DAY_MS, pressure: NaN, hours: 24 },
      { dayMs: (FIRST + 39) * DAY_MS, pressure: Infinity, hours: 24 },
      { dayMs: (FIRST + 38) * DAY_MS, pressure: -1, hours: 24 },
      { dayMs: NaN, pressure: 0.5, hours: 24 },
    ];
    expect(judged([...bad, ...[...flat].reverse()], 40)).toEqual(judged(flat, 40));
    expect(foreseeOutlook(flat, NaN)).toEqual({ days: null, why: 'not enough history: 0 of 21 days' });
    const idle = judged(
      flat.map((day) => ({ ...day, pressure: 0 })),
      40,
    );
    expect(idle.days).toBeNull();
    expect(idle.why).toMatch(/near 0%/);
  });
});

/** A small seeded generator (mulberry32), 0 to 1. */
function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
