import { describe, expect, it } from 'vitest';
import type { CaseFigures, Warnings } from './case-figures.js';
import { summarize } from './summary.js';

const warned = (leadS: number): Warnings => ({
  fulfilled: leadS > 0 ? 1 : 0,
  unjustified: 0,
  unfulfilled: 0,
  missed: leadS === 0,
  leadS,
  possibleS: 40,
});

const createFigures = (changes: Partial<CaseFigures>): CaseFigures => ({
  family: 'pool opens',
  kind: 'program',
  capacity: 1000,
  seed: 1,
  sampleS: 2,
  failedAt: null,
  far: true,
  faster: false,
  missedSamples: false,
  samples: 50,
  critical: false,
  rateOutside: 0,
  unlikely: 0,
  outage: null,
  shownElsewhere: false,
  warnings: {},
  errors: {},
  ahead300: null,
  ahead60: null,
  allowed60: null,
  held: null,
  referenceHeld: null,
  bursts: [],
  curve: [],
  ...changes,
});

const valueOf = (key: string, cases: readonly CaseFigures[]): number | undefined =>
  summarize(cases).find((figure) => figure.key === key)?.value;

describe('false critical alarms', () => {
  const harmless = [
    createFigures({ critical: true }),
    ...Array.from({ length: 3 }, () => createFigures({})),
    createFigures({ kind: 'pool', critical: true }),
    createFigures({ kind: 'pool' }),
  ];
  const failing = createFigures({ failedAt: 100, critical: true, warnings: { shown: warned(30), alarm: warned(20) } });

  it('are counted apart for pools, and not where the ports do run out', () => {
    expect(valueOf('critical_programs', [...harmless, failing])).toBe(0.25);
    expect(valueOf('critical_pools', [...harmless, failing])).toBe(0.5);
  });
});

describe('failures of programs', () => {
  const fails = (shownS: number, alarmS: number, changes: Partial<CaseFigures> = {}) =>
    createFigures({ failedAt: 100, warnings: { shown: warned(shownS), alarm: warned(alarmS) }, ...changes });
  const cases = [fails(40, 20), fails(20, 0), fails(0, 0, { faster: true })];

  it('are missed where no warning was on, and those faster than sampling are counted apart', () => {
    expect(valueOf('missed_programs', cases)).toBe(0);
    expect(valueOf('missed_alarm_programs', cases)).toBe(1);
    expect(valueOf('missed_programs_faster', cases)).toBe(1);
    expect(valueOf('lead_programs_shown', cases)).toBe(0.75);
    expect(valueOf('lead_programs_alarm', cases)).toBe(0.25);
  });

  it('do not count among those of plans, whose reference they do not have', () => {
    expect(valueOf('missed_alarm', cases)).toBe(0);
    expect(valueOf('missed_alarm', [...cases, fails(0, 0, { kind: 'plan' })])).toBe(1);
  });
});

describe('samples', () => {
  it('that say the pool is calm while connects fail are a share of all of those', () => {
    const outage = (samples: number, calm: number) =>
      createFigures({ failedAt: 100, outage: { samples, calm, rateOutside: 0, unlikely: 0 } });
    expect(valueOf('outage_calm', [outage(30, 10), outage(70, 15), createFigures({})])).toBe(0.25);
  });

  it('that state what they must not are counted over all families', () => {
    const cases = [createFigures({ kind: 'plan', rateOutside: 2, unlikely: 1 }), createFigures({ rateOutside: 3 })];
    expect([valueOf('rate_outside', cases), valueOf('unlikely_stated', cases)]).toEqual([5, 1]);
  });
});

describe('leads of alarms', () => {
  it('are those of steps by their sampling, and of leaks from empty', () => {
    const plan = (family: string, sampleS: number, leadS: number) =>
      createFigures({ kind: 'plan', family, sampleS, failedAt: 100, warnings: { alarm: warned(leadS) } });
    const cases = [plan('step', 2, 30), plan('step, every 15 s', 15, 10), plan('leak', 2, 20)];
    expect(['lead_alarm_2', 'lead_alarm_15', 'lead_alarm_leak'].map((key) => valueOf(key, cases))).toEqual([
      0.75, 0.25, 0.5,
    ]);
  });
});
