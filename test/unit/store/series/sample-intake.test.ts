/** Bounded cardinality, zeros for what is gone, and which forecasts are kept. */
import { describe, expect, it } from 'vitest';

import { createSampleIntake } from '../../../../daemon/store/series/sample-intake.js';
import { KIND } from '../../../../daemon/store/series/series-kinds.js';
import { selectSeries, type KeptSeries } from '../../../../daemon/store/series/series-limit.js';
import { MINUTE_MS } from '../../../../daemon/units.js';
import { fakeClock } from '../../../fakes.js';
import { openTestStore } from '../../../builders/stores.js';
import { createCycleRecord, pool, createPortSeries } from '../../../builders/records.js';

const clock = fakeClock();

function kept(intake: ReturnType<typeof createSampleIntake>, sockets: Record<string, number>, monotonicMs = 0) {
  const ports = Object.entries(sockets).map(([id, ESTABLISHED]) => createPortSeries(id, { ESTABLISHED }));
  const { samples } = intake.take(createCycleRecord(clock, { ports }), monotonicMs);
  return Object.fromEntries(
    samples.filter(({ kind }) => kind === KIND.port).map(({ name, values }) => [name, values[0]]),
  );
}

describe('cardinality', () => {
  it.each([
    ['fewer than the limit', { a: 1, b: 2 }, { a: 1, b: 2, other: 0 }],
    ['more than the limit', { a: 1, b: 9, c: 5, d: 7, e: 2 }, { b: 9, c: 5, d: 7, other: 3 }],
    ['alike, by name', { d: 1, c: 1, b: 1, a: 1 }, { a: 1, b: 1, c: 1, other: 1 }],
  ])('%s: the top ones by sockets, the rest summed', (_, sockets, expected) => {
    expect(kept(createSampleIntake(3), sockets)).toEqual(expected);
  });

  it('drops nothing: what is kept and the other add up, at every instant of a changing table', () => {
    const intake = createSampleIntake(7);
    for (let round = 0; round < 200; round++) {
      const sockets = Object.fromEntries(
        Array.from({ length: 5 + (round % 31) }, (_, index) => [`p${(index * 17 + round) % 60}`, (index * round) % 97]),
      );
      const stored = kept(intake, sockets, round * 2000);
      const sum = (counts: Record<string, number | undefined>): number =>
        Object.values(counts).reduce<number>((total, count) => total + (count ?? 0), 0);
      expect(sum(stored)).toBe(sum(sockets));
      expect(Object.keys(stored).length).toBeLessThanOrEqual(7 + 1);
    }
  });

  it('does not swap two series that are nearly alike, and does swap for one that is clearly larger', () => {
    const intake = createSampleIntake(1);
    expect(kept(intake, { a: 10, b: 9 })).toEqual({ a: 10, other: 9 });
    expect(kept(intake, { a: 10, b: 12 })).toEqual({ a: 10, other: 12 });
    expect(kept(intake, { a: 10, b: 14 })).toEqual({ b: 14, other: 10 });
    expect(kept(intake, { a: 15, b: 14 })).toEqual({ b: 14, other: 15 });
  });

  it('stores zeros for five minutes after a series is gone, then a gap; and gives its place to others at once', () => {
    const intake = createSampleIntake(2);
    kept(intake, { a: 3 }, 0);
    expect(kept(intake, {}, 2000)).toEqual({ a: 0, other: 0 });
    expect(kept(intake, {}, 5 * MINUTE_MS)).toEqual({ other: 0 });
    kept(intake, { a: 3 }, 5 * MINUTE_MS);
    expect(kept(intake, { b: 1, c: 1 }, 5 * MINUTE_MS + 2000)).toEqual({ b: 1, c: 1, other: 0 });
  });

  it('keeps the set of names bounded', () => {
    const names: KeptSeries = new Map();
    for (let round = 0; round < 500; round++) {
      selectSeries(names, new Map([[`n${round}`, 1]]), { max: 10, monotonicMs: round });
      expect(names.size).toBeLessThanOrEqual(10);
    }
  });

  it('sums pools as well: quantities add up, pressure is that of all of them as one', () => {
    const { samples } = createSampleIntake(1).take(
      createCycleRecord(clock, {
        pools: [
          pool('a', { pressure: 0.9, used: 900, capacity: 1000 }),
          pool('b', { pressure: 0.5, used: 10, live: 4, timeWait: 6, capacity: 1000, closeRate: 2 }),
          pool('c', { pressure: 0.1, used: 5, live: 5, capacity: 3000, closeRate: 1.5 }),
          pool('d', { pressure: null, used: 1, capacity: 100, closeRate: null }),
        ],
      }),
      0,
    );
    const other = samples.find(({ kind, name }) => kind === KIND.pool && name === 'other');
    // used, timeWait, live, closeRate x 1000, pressure x 10,000, capacity
    expect([...(other?.values ?? [])]).toEqual([16, 6, 9, 3500, 2000, 4100]);
  });

  it('reaches the database: other has a history, at most so many series have one', () => {
    const test = openTestStore({ maxSeries: 5 });
    const fromMs = test.clock.wallMs();
    const ports = Array.from({ length: 20 }, (_, index) =>
      createPortSeries(`out_host_10.0.0.2_${index}`, { ESTABLISHED: index }),
    );
    for (let beat = 0; beat < 10; beat++) test.beat({ ports });
    const history = test.store.portHistory({ id: 'other', fromMs, toMs: fromMs + 20_000, points: 1 });
    expect(history?.mean['established']).toEqual([105]);
    expect(test.store.stats().series).toBe(5);
    test.store.flush();
    expect(test.sql().prepare('SELECT count(*) FROM series WHERE kind = 0').pluck().get()).toBe(6);
  });
});
