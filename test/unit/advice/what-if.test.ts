import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { computeEffect } from '../../../daemon/advice/effect.js';
import { compareWith } from '../../../daemon/advice/what-if-course.js';
import { listNotes } from '../../../daemon/advice/what-if-notes.js';
import { writeComparison } from '../../../daemon/advice/what-if-sentence.js';
import { findProblems, type Settings, type Situation } from '../../../daemon/advice/what-if.js';

/** 28,232 ports, 589 closes/s: full in 48 s from an empty queue. */
function situation(changes: Partial<Situation> = {}): Situation {
  return {
    name: '10.0.0.2:443',
    ports: [32_768, 60_999],
    capacity: 28_232,
    live: 184,
    rate: 584.3,
    holdMs: 62_048,
    held: 0,
    freedBy: null,
    growth: 0,
    waiting: 0,
    reuse: { delayMs: 1000, whyNot: null },
    isLeast: false,
    ...changes,
  };
}
const whatIf = (settings: Settings, changes: Partial<Situation> = {}) => compareWith(situation(changes), settings);
const sentenceOf = (settings: Settings, changes: Partial<Situation> = {}): string =>
  writeComparison(situation(changes), settings, whatIf(settings, changes));

describe('closed forms', () => {
  it('requests divide the closes, and source addresses the closes and the live connections', () => {
    const { asIs, changed } = whatIf({ requests: 10, sources: 2 });
    expect(asIs.secondsToExhaustion).toBeCloseTo((28_232 - 184) / 584.3, 3);
    expect(changed).toMatchObject({ capacity: 28_232, live: 92, secondsToExhaustion: null });
    expect(changed.rate).toBeCloseTo(29.215, 9);
    expect(changed.settlesAt).toBeCloseTo(92 + 29.215 * 62.048, 6);
    expect(changed.sustainableRate).toBeCloseTo((28_232 - 92) / 62.048, 6);
  });

  it('a new range keeps as many blocked ports as the old one, unless their number is given', () => {
    const busy = { capacity: 28_000 };
    expect(whatIf({ ports: [1024, 65_535] }, busy).changed.capacity).toBe(64_512 - 232);
    expect(whatIf({ ports: [1024, 65_535], reserved: 12 }, busy).changed.capacity).toBe(64_500);
    expect(whatIf({ reserved: 0 }, busy).changed.capacity).toBe(28_232);
  });

  it('with reuse the hold is the delay, and ports that are older come free at once', () => {
    const { changed, lines } = whatIf({ reuse: true }, { held: 20_000 });
    expect(changed.holdSeconds).toBe(1);
    expect(lines.asIs[0]).toBe(20_184);
    expect(lines.changed[0]).toBeCloseTo(184 + 20_000 / 62.048, 6);
    expect(lines.changed.at(-1)).toBeCloseTo(184 + 584.3, 0);
  });

  it('ports that are held outside of a new range do not count', () => {
    const { lines } = whatIf({ ports: [32_768, 46_883] }, { held: 20_000 });
    expect(lines.changed[0]).toBeCloseTo(184 + 10_000, -1);
  });

  it('follows a release schedule: what is freed late keeps the pool full for longer', () => {
    const late = (ms: number): number => (ms < 60_000 ? 0 : 25_000);
    const full = whatIf({ requests: 2 }, { held: 25_000, freedBy: late });
    expect(full.changed.secondsToExhaustion).toBeCloseTo((28_232 - 184 - 25_000) / 292.15, 1);
    expect(whatIf({ requests: 2 }, { held: 25_000 }).changed.secondsToExhaustion).toBeNull();
  });

  it('growth of live connections fills the pool whatever the closes are', () => {
    const leak = { rate: 0, growth: 4, live: 1000, capacity: 3000, ports: null };
    expect(whatIf({ requests: 10 }, leak).changed.secondsToExhaustion).toBeCloseTo(500, 0);
    expect(whatIf({ sources: 2 }, leak).changed.secondsToExhaustion).toBeCloseTo(1250, 0);
    expect(listNotes(situation(leak), {}).join()).toContain('Live connections grow');
  });

  it('holds ports that wait for other reasons in the settling point', () => {
    expect(whatIf({}, { waiting: 500 }).asIs.settlesAt).toBeCloseTo(184 + 500 + 584.3 * 62.048, 6);
  });
});

describe('properties', () => {
  const pools = fc.record({
    capacity: fc.integer({ min: 1, max: 60_000 }),
    live: fc.integer({ min: 0, max: 60_000 }),
    rate: fc.double({ min: 0, max: 2000, noNaN: true }),
    holdMs: fc.integer({ min: 1000, max: 300_000 }),
    share: fc.double({ min: 0, max: 1, noNaN: true }),
  });
  const arbitrary = pools.map(({ capacity, live, share, ...others }) =>
    situation({
      ...others,
      ports: null,
      capacity,
      live: Math.min(live, capacity),
      held: share * Math.max(0, capacity - live),
    }),
  );

  it('unchanged settings are as it is, and settle where the queue of the plan settles', () => {
    fc.assert(
      fc.property(arbitrary, (now) => {
        const { asIs, changed, lines } = compareWith(now, { requests: 1, sources: 1 });
        expect(changed).toEqual(asIs);
        expect(lines.changed).toEqual(lines.asIs);
        const { capacity, live, rate, holdMs } = now;
        const effect = computeEffect({ capacity, live, held: live, rate, holdMs });
        expect(asIs.pressure).toBeCloseTo(effect.pressure ?? NaN, 9);
        expect(asIs.sustainableRate).toBeCloseTo(effect.sustainableRate ?? NaN, 9);
      }),
    );
  });

  it('from an empty queue it runs out when the plan says so, or never', () => {
    fc.assert(
      fc.property(arbitrary, (pool) => {
        const now = { ...pool, held: 0 };
        const { capacity, live, rate, holdMs } = now;
        const { secondsToExhaustion: seconds } = computeEffect({ capacity, live, held: live, rate, holdMs });
        const { asIs } = compareWith(now, {});
        // At the limit itself the last digit decides.
        if (Math.abs(asIs.pressure - 1) < 1e-6) return;
        if (seconds === null) expect(asIs.secondsToExhaustion).toBeNull();
        else expect(asIs.secondsToExhaustion ?? NaN).toBeCloseTo(seconds, 3);
      }),
    );
  });

  const SOONER: readonly [keyof Settings, (now: Situation, less: number, more: number) => [Settings, Settings]][] = [
    ['rate', (_, less, more) => [{ rate: 2000 * less }, { rate: 2000 * more }]],
    ['timeWaitMs', (_, less, more) => [{ timeWaitMs: 1000 + 1e5 * less }, { timeWaitMs: 1000 + 1e5 * more }]],
    [
      'live',
      ({ capacity }, less, more) => [{ live: Math.floor(capacity * less) }, { live: Math.floor(capacity * more) }],
    ],
    ['requests', (_, less, more) => [{ requests: 1 + 50 * more }, { requests: 1 + 50 * less }]],
    ['sources', (_, less, more) => [{ sources: 1 + Math.floor(9 * more) }, { sources: 1 + Math.floor(9 * less) }]],
    ['reuse', () => [{ reuse: true }, { reuse: false }]],
    [
      'ports',
      (_, less, more) => [
        { ports: [1024, 1100 + Math.floor(6e4 * more)] },
        { ports: [1024, 1100 + Math.floor(6e4 * less)] },
      ],
    ],
    ['reserved', (_, less, more) => [{ reserved: Math.floor(28_000 * less) }, { reserved: Math.floor(28_000 * more) }]],
  ];
  it.each(SOONER)('is monotone in %s: the ports never run out later, nor does use settle lower', (field, choose) => {
    const unit = fc.double({ min: 0, max: 1, noNaN: true });
    fc.assert(
      fc.property(arbitrary, unit, unit, (pool, a, b) => {
        const needsRange = field === 'ports' || field === 'reserved';
        // Which of the held ports a new range leaves out is another matter.
        const now = { ...pool, held: 0, ...(needsRange ? { ports: [32_768, 60_999] as const, capacity: 28_232 } : {}) };
        const [easy, hard] = choose(now, Math.min(a, b), Math.max(a, b)).map(
          (settings) => compareWith(now, settings).changed,
        );
        if (easy === undefined || hard === undefined) throw new Error('two settings');
        const slack = 1e-6;
        expect(easy.pressure).toBeLessThanOrEqual(hard.pressure + slack);
        if (Math.abs(easy.pressure - 1) < slack || Math.abs(hard.pressure - 1) < slack) return;
        expect(easy.secondsToExhaustion ?? Infinity).toBeGreaterThanOrEqual(
          (hard.secondsToExhaustion ?? Infinity) - slack,
        );
      }),
    );
  });
});

describe('the sentence', () => {
  it.each<[Settings, Partial<Situation>, string]>([
    [{}, {}, '10.0.0.2:443 runs out in 48 s.'],
    [
      { requests: 10 },
      {},
      'With 10 requests a connection 10.0.0.2:443 settles at 13% of 28,232 ports and never runs out; as it is it runs out in 48 s.',
    ],
    [
      { sources: 2, requests: 1.5 },
      {},
      'With 2 source addresses and 1.5 requests a connection 10.0.0.2:443 settles at 43% of 28,232 ports at each address and never runs out; as it is it runs out in 48 s.',
    ],
    [
      { live: 184 },
      { rate: 0 },
      'With 184 live connections 10.0.0.2:443 settles at 0.7% of 28,232 ports and never runs out, the same as it does now.',
    ],
    [
      { reuse: true },
      { rate: 1 },
      'With reuse after 1 s 10.0.0.2:443 settles at 0.7% of 28,232 ports and never runs out; as it is it settles at 0.9% of 28,232 ports and never runs out.',
    ],
    [
      { rate: 452 },
      { rate: 0 },
      'With 452 closes/s 10.0.0.2:443 settles at 99.9% of 28,232 ports and never runs out; as it is it settles at 0.7% of 28,232 ports and never runs out.',
    ],
    [
      { live: 28_232 },
      { rate: 1 },
      'With 28,232 live connections 10.0.0.2:443 is out of ports: its live connections alone take all of 28,232 ports; as it is it settles at 0.9% of 28,232 ports and never runs out.',
    ],
  ])('%j', (settings, changes, sentence) => {
    expect(sentenceOf(settings, changes)).toBe(sentence);
  });
});

describe('what makes no sense', () => {
  it.each<[Settings, string, string]>([
    [{ ports: [5000, 1024] }, 'ports', '5000-1024'],
    [{ ports: [0, 10] }, 'ports', '0-10'],
    [{ ports: [1.5, 10] }, 'ports', '1.5-10'],
    [{ reserved: -1 }, 'reserved', '-1'],
    [{ reserved: 28_232 }, 'reserved', '28,232'],
    [{ timeWaitMs: 0 }, 'timeWaitMs', '0'],
    [{ timeWaitMs: 90_000_000 }, 'timeWaitMs', '90000'],
    [{ rate: -1 }, 'rate', '-1'],
    [{ rate: NaN }, 'rate', 'NaN'],
    [{ live: 28_233 }, 'live', '28,233'],
    [{ live: 0.5 }, 'live', '0.5'],
    [{ sources: 0 }, 'sources', '0'],
    [{ sources: 1.5 }, 'sources', '1.5'],
    [{ requests: 0 }, 'requests', '0'],
    [{ requests: Infinity }, 'requests', 'Infinity'],
  ])('%j is a problem of its field', (settings, field, found) => {
    expect(findProblems(situation(), settings)).toMatchObject([{ field, found }]);
  });

  it('reuse is refused with the reason where it cannot help, and live ports are counted at each address', () => {
    const bind = situation({ reuse: { delayMs: 1000, whyNot: 'clients bind first' } });
    expect(findProblems(bind, { reuse: true })).toMatchObject([
      { field: 'reuse', allowed: 'only off: clients bind first' },
    ]);
    expect(findProblems(bind, { reuse: false })).toEqual([]);
    expect(findProblems(situation(), { live: 50_000, sources: 2 })).toEqual([]);
    const narrow = { ports: [40_000, 40_099] as const };
    expect(findProblems(situation({ capacity: 28_000 }), narrow)).toMatchObject([{ field: 'ports' }]);
  });
});
