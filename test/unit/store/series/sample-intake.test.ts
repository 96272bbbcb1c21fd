/** The limit on the number of series, the sum of the others, and zeros for series that have just gone. */
import { describe, expect, it } from 'vitest';

import { createSampleIntake, type SampleIntake } from '../../../../daemon/store/series/sample-intake.js';
import { KIND } from '../../../../daemon/store/series/series-kinds.js';
import { selectSeries, type KeptSeries } from '../../../../daemon/store/series/series-limit.js';
import { MINUTE_MS } from '../../../../daemon/units.js';
import { createCycleRecord, pool, createPortSeries } from '../../../builders/records.js';
import { openTestStore } from '../../../builders/stores.js';
import { fakeClock } from '../../../fakes.js';

const clock = fakeClock();

/** The totals that are stored, by name. */
function takePorts(intake: SampleIntake, sockets: Record<string, number>, monotonicMs = 0) {
  const ports = Object.entries(sockets).map(([id, ESTABLISHED]) => createPortSeries(id, { ESTABLISHED }));
  const { samples } = intake.take(createCycleRecord(clock, { ports }), monotonicMs);
  return Object.fromEntries(
    samples.filter(({ kind }) => kind === KIND.port).map(({ name, values }) => [name, values[0]]),
  );
}

describe('the limit on series', () => {
  it.each([
    ['fewer series than the limit', { a: 1, b: 2 }, { a: 1, b: 2, other: 0 }],
    ['more series than the limit', { a: 1, b: 9, c: 5, d: 7, e: 2 }, { b: 9, c: 5, d: 7, other: 3 }],
    ['more series, all of the same size, in order of name', { d: 1, c: 1, b: 1, a: 1 }, { a: 1, b: 1, c: 1, other: 1 }],
  ])('%s: the largest are stored, the others summed', (_, sockets, expected) => {
    expect(takePorts(createSampleIntake(3), sockets)).toEqual(expected);
  });

  it('loses no socket: the series and the sum of the others add up to the table, whatever its changes', () => {
    const intake = createSampleIntake(7);
    for (let round = 0; round < 200; round++) {
      const sockets = Object.fromEntries(
        Array.from({ length: 5 + (round % 31) }, (_, index) => [`p${(index * 17 + round) % 60}`, (index * round) % 97]),
      );
      const stored = takePorts(intake, sockets, round * 2000);
      const sum = (counts: Record<string, number | undefined>): number =>
        Object.values(counts).reduce<number>((total, count) => total + (count ?? 0), 0);
      expect(sum(stored)).toBe(sum(sockets));
      expect(Object.keys(stored).length).toBeLessThanOrEqual(7 + 1);
    }
  });

  it('keeps a series against one that is slightly larger, and gives its place to one that is clearly larger', () => {
    const intake = createSampleIntake(1);
    expect(takePorts(intake, { a: 10, b: 9 })).toEqual({ a: 10, other: 9 });
    expect(takePorts(intake, { a: 10, b: 12 })).toEqual({ a: 10, other: 12 });
    expect(takePorts(intake, { a: 10, b: 14 })).toEqual({ b: 14, other: 10 });
    expect(takePorts(intake, { a: 15, b: 14 })).toEqual({ b: 14, other: 15 });
  });

  it('stores zeros for five minutes after a series ends, then nothing; another series gets its place at once', () => {
    const intake = createSampleIntake(2);
    takePorts(intake, { a: 3 }, 0);
    expect(takePorts(intake, {}, 2000)).toEqual({ a: 0, other: 0 });
    expect(takePorts(intake, {}, 5 * MINUTE_MS)).toEqual({ other: 0 });
    takePorts(intake, { a: 3 }, 5 * MINUTE_MS);
    expect(takePorts(intake, { b: 1, c: 1 }, 5 * MINUTE_MS + 2000)).toEqual({ b: 1, c: 1, other: 0 });
  });

  it('bounds the set of names in memory', () => {
    const names: KeptSeries = new Map();
    for (let round = 0; round < 500; round++) {
      selectSeries(names, new Map([[`n${round}`, 1]]), { max: 10, monotonicMs: round });
      expect(names.size).toBeLessThanOrEqual(10);
    }
  });

  it('sums pools too: quantities add up, and the pressure is that of all of them taken as one', () => {
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

  it('holds in the database too: the sum has a history, and so many series beside it', () => {
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
