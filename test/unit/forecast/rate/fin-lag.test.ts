/** One close, one count: a row that passes through FIN_WAIT2 on its way to TIME_WAIT, and one that stays there. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createFinLagMemory, dateByClose } from '../../../../daemon/forecast/rate/fin-lag.js';
import { boundGranularityMs } from '../../../../daemon/host/release-granularity.js';
import type { Pool } from '../../../../daemon/pool/pool.js';
import { STATE } from '../../../../daemon/snapshot/snapshot.js';
import { createPool, createTimedPorts } from '../../../builders/pool.js';
import { requireValue } from '../../../builders/require-value.js';
import { watchOn, type SampleAt } from '../../../builders/watch-on.js';
import { LEARNED, limitsOf, type World } from '../../../tools/simulator/world.js';
import { createStream, createWorld } from '../../../tools/simulator/worlds.js';

const TIME_WAIT_MS = 60_000;
const SEEDED = { seed: 33, numRuns: 60 };
/** 4,000 ports: so many that nothing is near the limit, and so few that every close is looked at. */
const FOUR_THOUSAND = { first: 20_000, last: 23_999 };

/** Closes whose other side's FIN comes so late. */
const late = (rate: number, peerFinMs: NonNullable<World['streams'][number]['peerFinMs']>, more: Partial<World> = {}) =>
  createWorld([createStream(rate, { fate: 'fin_wait2', peerFinMs })], {
    limits: limitsOf({ range: FOUR_THOUSAND }),
    ...more,
  });
const listRates = (samples: readonly SampleAt[]): number[] =>
  samples.map(({ forecast }) => requireValue(forecast.closeRate));
const findMean = (values: readonly number[]): number => values.reduce((sum, each) => sum + each, 0) / values.length;

/** A pool with these ports: of each its state, and what its timer has left. */
function createTimed(rows: readonly { port: number; state: 'TIME_WAIT' | 'FIN_WAIT2'; leftMs: number }[]): Pool {
  const ordered = [...rows].sort((a, b) => a.state.localeCompare(b.state) * -1);
  const pick = (state: string) => ordered.filter((row) => row.state === state).map(({ leftMs }) => leftMs);
  const pool = createPool({ timed: createTimedPorts({ timeWait: pick('TIME_WAIT'), finWait2: pick('FIN_WAIT2') }) });
  return { ...pool, ports: { ...pool.ports, timed: Uint16Array.from(ordered, ({ port }) => port) } };
}

describe('the lag of the other side, from one sample to the next', () => {
  const at = (monotonicMs: number, finWait2Ms = 60_000) => ({ monotonicMs, timeWaitMs: TIME_WAIT_MS, finWait2Ms });

  it('is the time from the close to TIME_WAIT of the same port, and dates the row in TIME_WAIT by its close', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 9000 }), fc.integer({ min: 0, max: 900 }), (lagMs, ageMs) => {
        const memory = createFinLagMemory();
        const seenMs = Math.min(ageMs, lagMs);
        dateByClose(createTimed([{ port: 7, state: 'FIN_WAIT2', leftMs: 60_000 - seenMs }]), memory, at(100_000));
        const laterMs = lagMs - seenMs + 500;
        const inTimeWait = createTimed([{ port: 7, state: 'TIME_WAIT', leftMs: TIME_WAIT_MS - 500 }]);
        const dated = dateByClose(inTimeWait, memory, at(100_000 + laterMs));
        expect(dated.lagMs).toBeCloseTo(lagMs, 6);
        expect(dated.timed).toBe(inTimeWait.timed);
      }),
      SEEDED,
    );
  });

  it.each([
    ['10 s', 10_000],
    ['60 s', 60_000],
  ])('is not taken from a port that the timer of %s had released and another connection used', (_, finWait2Ms) => {
    const memory = createFinLagMemory();
    const before = createTimed([{ port: 7, state: 'FIN_WAIT2', leftMs: 500 }]);
    dateByClose(before, memory, at(100_000, finWait2Ms));
    const after = createTimed([{ port: 7, state: 'TIME_WAIT', leftMs: TIME_WAIT_MS - 100 }]);
    expect(dateByClose(after, memory, at(101_000, finWait2Ms)).lagMs).toBe(0);
  });

  it('is forgotten two minutes after it was last seen', () => {
    const memory = createFinLagMemory();
    dateByClose(createTimed([{ port: 7, state: 'FIN_WAIT2', leftMs: 60_000 }]), memory, at(0));
    const after = createTimed([{ port: 7, state: 'TIME_WAIT', leftMs: TIME_WAIT_MS - 600 }]);
    expect(dateByClose(after, memory, at(1000)).lagMs).toBe(400);
    expect(dateByClose(createPool(), memory, at(120_900)).lagMs).toBe(400);
    expect(dateByClose(createPool(), memory, at(121_000)).lagMs).toBe(0);
  });

  it('makes a passing row the TIME_WAIT row that it will be, and leaves it out of the counts until it is', () => {
    const memory = createFinLagMemory();
    dateByClose(createTimed([{ port: 7, state: 'FIN_WAIT2', leftMs: 60_000 }]), memory, at(0));
    const pool = createTimed([
      { port: 7, state: 'TIME_WAIT', leftMs: TIME_WAIT_MS - 1600 },
      { port: 8, state: 'FIN_WAIT2', leftMs: 59_700 },
    ]);
    const { timed, lagMs, counted } = dateByClose(pool, memory, at(2000));
    expect(lagMs).toBe(400);
    expect([...timed.state]).toEqual([STATE.TIME_WAIT, STATE.TIME_WAIT]);
    // Closed 300 ms ago, so it is in TIME_WAIT in 100 ms and ends 60 s after that.
    expect([...timed.expiresMs]).toEqual([TIME_WAIT_MS - 1600, TIME_WAIT_MS + 100]);
    expect(requireValue(counted.expiresMs[1])).toBeGreaterThan(TIME_WAIT_MS);
    expect([...pool.timed.state]).toEqual([STATE.TIME_WAIT, STATE.FIN_WAIT2]);
  });

  it('leaves a row that is older than any lag in FIN_WAIT2, with a hold of its own', () => {
    const memory = createFinLagMemory();
    dateByClose(createTimed([{ port: 7, state: 'FIN_WAIT2', leftMs: 60_000 }]), memory, at(0));
    const pool = createTimed([
      { port: 7, state: 'TIME_WAIT', leftMs: TIME_WAIT_MS - 1600 },
      { port: 8, state: 'FIN_WAIT2', leftMs: 40_000 },
    ]);
    const { timed } = dateByClose(pool, memory, at(2000));
    expect([...timed.state]).toEqual([STATE.TIME_WAIT, STATE.FIN_WAIT2]);
    expect(timed.expiresMs[1]).toBe(40_000);
  });

  it.each([
    [12, 3, 'stay where four of five closes never reached TIME_WAIT'],
    [3, 12, 'pass, all but a few, where four of five closes did'],
  ])('of young rows, %i old ones in FIN_WAIT2 and %i in TIME_WAIT show: they %s', (stay, reached) => {
    const memory = createFinLagMemory();
    dateByClose(createTimed([{ port: 7, state: 'FIN_WAIT2', leftMs: 60_000 }]), memory, at(0));
    const listRows = (state: 'TIME_WAIT' | 'FIN_WAIT2', count: number, firstMs: number) =>
      Array.from({ length: count }, (_, i) => ({
        port: 1000 * count + firstMs + i,
        state,
        leftMs: 60_000 - firstMs - 100 * i,
      }));
    const pool = createTimed([
      { port: 7, state: 'TIME_WAIT', leftMs: TIME_WAIT_MS - 1600 },
      ...listRows('TIME_WAIT', reached, 5000),
      ...listRows('FIN_WAIT2', 10, 20),
      ...listRows('FIN_WAIT2', stay, 5000),
    ]);
    const { timed } = dateByClose(pool, memory, at(2000));
    const passing = timed.state.filter((state) => state === STATE.TIME_WAIT).length - reached - 1;
    // The lag that was seen is 400 ms, so the youngest four of the ten are not older than that.
    expect(passing).toBe(stay > reached ? 1 : 3);
    expect([...timed.state.slice(-stay)]).toEqual(new Array<number>(stay).fill(STATE.FIN_WAIT2));
  });

  it('may become longer than any that was seen: the rows pass although they are older than those', () => {
    const memory = createFinLagMemory();
    dateByClose(createTimed([{ port: 7, state: 'FIN_WAIT2', leftMs: 60_000 }]), memory, at(0));
    const pool = createTimed([
      // A lag of 4 ms was seen.
      { port: 7, state: 'TIME_WAIT', leftMs: TIME_WAIT_MS - 1996 },
      ...Array.from({ length: 300 }, (_, i) => ({
        port: 1000 + i,
        state: 'TIME_WAIT' as const,
        leftMs: 59_990 - 5 * i,
      })),
      ...Array.from({ length: 10 }, (_, i) => ({
        port: 2000 + i,
        state: 'FIN_WAIT2' as const,
        leftMs: 59_999 - 3 * i,
      })),
    ]);
    const { timed } = dateByClose(pool, memory, at(2000));
    expect(timed.state.every((state) => state === STATE.TIME_WAIT)).toBe(true);
  });

  it('is 0, and the timed ports are the same, where no row was ever in FIN_WAIT2', () => {
    const pool = createTimed([{ port: 7, state: 'TIME_WAIT', leftMs: 100 }]);
    expect(dateByClose(pool, createFinLagMemory(), at(0))).toEqual({
      timed: pool.timed,
      lagMs: 0,
      counted: pool.timed,
    });
  });
});

describe('the close rate with late FINs', () => {
  it.each([40, 400, 3000, 8000])('of 40 closes/s is 40/s from the second sample on, with a lag of %d ms', (lagMs) => {
    for (const firstMs of [700, 25_300]) {
      const samples = watchOn(late(40, lagMs), { seconds: 150, firstMs }).slice(1);
      expect(samples.length).toBeGreaterThan(60);
      for (const { at, forecast } of samples) {
        expect(Math.abs(requireValue(forecast.closeRate) - 40), `at ${at} s from ${firstMs} ms on`).toBeLessThan(0.1);
        expect(forecast.used, 'each port is counted once').toBe(forecast.timeWait + forecast.live);
      }
    }
  });

  it.each([40, 400, 3000])('is known at the first sample of a daemon, with a lag of %d ms', (lagMs) => {
    for (const firstMs of [20_000, 20_333, 90_000]) {
      const [first] = listRates(watchOn(late(40, lagMs), { seconds: 100, firstMs }));
      expect(Math.abs(requireValue(first) - 40), `from ${firstMs} ms on`).toBeLessThan(1.5);
    }
  });

  it.each<[string, number, NonNullable<World['streams'][number]['peerFinMs']>]>([
    ['log-normal about 200 ms', 4, { lag: { medianMs: 200, sigma: 0.8 } }],
    ['exponential with a mean of 300 ms', 4, { lag: { meanMs: 300 } }],
    ['even between 0 and 2 s', 10, { lag: { fromMs: 0, toMs: 2000 } }],
  ])('of 40 closes/s with a lag that is %s strays by less than %d/s, and is right on the mean', (_, by, peerFin) => {
    const rates = listRates(watchOn(late(40, peerFin), { seconds: 200, firstMs: 30_700 })).slice(2);
    expect(rates.length).toBeGreaterThan(75);
    expect(Math.min(...rates)).toBeGreaterThan(40 - by);
    expect(Math.max(...rates)).toBeLessThan(40 + by);
    expect(Math.abs(findMean(rates) - 40)).toBeLessThan(0.6);
  });

  it.each([10_000, 60_000])(
    'counts the share whose FIN never comes once, and holds it for tcp_fin_timeout: %d ms',
    (finTimeoutMs) => {
      const limits = limitsOf({ finTimeoutMs });
      const world = late(10, { lag: { forMs: 400 }, neverShare: 0.3 }, { limits, arrivals: { kind: 'poisson' } });
      const samples = watchOn(world, { seconds: 600, firstMs: 80_000 });
      expect(samples.length).toBeGreaterThan(250);
      const rates = listRates(samples);
      expect(Math.abs(findMean(rates) - 10)).toBeLessThan(0.5);
      expect(Math.min(...rates)).toBeGreaterThan(6);
      // 7/s for 62 s and the lag, 3/s for the time-out and one step of the timer wheel.
      const needed = 7 * 62.4 + (3 * (finTimeoutMs + boundGranularityMs(finTimeoutMs, LEARNED.hz))) / 1000;
      const pressure = findMean(samples.map(({ forecast }) => requireValue(forecast.pressure)));
      expect(Math.abs(1000 * pressure - needed)).toBeLessThan(0.06 * needed);
      for (const { at, forecast } of samples) expect(forecast.probability, `at ${at} s`).toBeLessThan(0.5);
    },
  );

  it('never takes the gap of the rows that are still on their way for the end of the traffic', () => {
    // Even gaps: closes that do not come for 400 ms would be a clear end.
    const limits = limitsOf();
    const world = late(10, { lag: { forMs: 400 }, neverShare: 0.3 }, { limits });
    const rates = listRates(watchOn(world, { seconds: 300, firstMs: 20_700 })).slice(1);
    expect(rates.length).toBeGreaterThan(130);
    expect(Math.min(...rates)).toBeGreaterThan(7);
  });

  it('of nine closes within 150 ms, all still in FIN_WAIT2, is read as 60/s by neither kind', () => {
    const pace = createStream(5, { fate: 'fin_wait2', peerFinMs: 300 });
    const nine = createStream(
      [
        { atMs: 0, rate: 0 },
        { atMs: 60_540, rate: 60 },
        { atMs: 60_690, rate: 0 },
      ],
      { fate: 'fin_wait2', peerFinMs: 300 },
    );
    const world = createWorld([pace, nine], { granularity: LEARNED, arrivals: { kind: 'poisson' }, seed: 4 });
    for (const firstMs of [700, 60_700]) {
      const samples = watchOn(world, { seconds: 80, firstMs });
      const young = requireValue(samples.find(({ at }) => at === 60.7));
      expect(requireValue(young.forecast.closeRate)).toBeLessThan(40);
      for (const { at, forecast } of samples.filter((sample) => sample.at > 62)) {
        expect(requireValue(forecast.closeRate), `at ${at} s`).toBeLessThan(8);
      }
    }
  });
});
