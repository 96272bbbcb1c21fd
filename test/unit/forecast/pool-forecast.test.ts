/** The forecast of one pool: its definitions, its modes, and what is null while it is unknown. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { boundUse, type PoolFacts, type SampleFacts } from '../../../daemon/forecast/pool-facts.js';
import { forecastPool } from '../../../daemon/forecast/pool-forecast.js';
import { isNotable } from '../../../daemon/forecast/thresholds.js';
import type { PoolForecast } from '../../../daemon/forecast/types.js';
import { paceAges } from '../../builders/closes.js';
import {
  CERTAIN,
  createClimb,
  createInflow,
  createPoolFacts,
  createSampleFacts,
  SAMPLED_AT_MS,
  TIMINGS,
} from '../../builders/pool-facts.js';
import { predictGrowthLasts } from '../../builders/persistence.js';
import { createPoolForecast } from '../../builders/pool-forecast.js';
import { createPool, createTimedPorts, createTimeWaitPorts } from '../../builders/pool.js';
import { requireValue } from '../../builders/require-value.js';
import { limitsOf } from '../../tools/simulator/world.js';

const SEEDED = { seed: 21, numRuns: 60 };
const forecast = (facts: Partial<PoolFacts>, sample: Partial<SampleFacts> = {}): PoolForecast =>
  forecastPool(createPoolFacts(facts), createSampleFacts(sample));
/** A pool without reuse that holds this many ports in TIME_WAIT. */
const createHeld = (ports: number) => createPool({ timed: createTimeWaitPorts(new Array<number>(ports).fill(30_000)) });

describe('the ports of a forecast', () => {
  it('are those of the table: live, timed, used and available', () => {
    const pool = createPool({ live: 12, timed: createTimedPorts({ timeWait: [100, 200], finWait2: [300] }) });
    expect(forecast({ pool, inflow: createInflow(1) })).toMatchObject({
      capacity: 1000,
      live: 12,
      timeWait: 3,
      used: 15,
      reusable: 0,
      available: 985,
      holdMs: 62_048,
      sampledAtMs: SAMPLED_AT_MS,
    });
  });

  it('include TIME_WAIT ports past the delay as available where reuse is effective', () => {
    const timed = createTimeWaitPorts([100, 900, 1000, 5000]);
    const pool = createPool({ capacity: 4, reuse: 'after_delay', timed });
    const timings = { ...TIMINGS, timeWait: { durationMs: 1000, roundingMs: 0, grid: null } };
    expect(forecast({ pool, timed, timings, inflow: createInflow(1) })).toMatchObject({
      used: 4,
      reusable: 2,
      available: 2,
      holdMs: 1000,
    });
  });

  it('are never available below 0, even when the range has shrunk below what is held', () => {
    const { available, sustainableRate } = forecast({
      pool: createPool({ capacity: 5, live: 9 }),
      inflow: createInflow(1),
    });
    expect({ available, sustainableRate }).toEqual({ available: 0, sustainableRate: 0 });
  });
});

describe('the numbers of a forecast', () => {
  it('are null while the close rate is unknown', () => {
    expect(forecast({ growth: null })).toMatchObject({
      closeRate: null,
      closeRateLow: null,
      closeRateHigh: null,
      liveGrowth: null,
      pressure: null,
      exhaustsAtMs: null,
      probability: null,
      probabilityIfHeld: null,
    });
  });

  it('foresee an exhaustion by growth although the close rate is unknown', () => {
    const growth = { perSecond: 5, lastedMs: 60_000, ports: 300 };
    const { exhaustsAtMs, mode, closeRate, probability } = forecast({ pool: createPool({ live: 500 }), growth });
    expect(requireValue(exhaustsAtMs) - SAMPLED_AT_MS).toBe(100_000);
    expect({ mode, closeRate, probability }).toEqual({
      mode: 'leak',
      closeRate: null,
      probability: predictGrowthLasts(60, 100),
    });
  });

  it('have instants in epoch ms that enclose the exhaustion', () => {
    const { exhaustsAtMs, earliestAtMs, latestAtMs } = forecast({ inflow: createInflow(25) });
    expect(Math.abs(requireValue(exhaustsAtMs) - SAMPLED_AT_MS - 40_000)).toBeLessThan(300);
    expect(requireValue(earliestAtMs)).toBeLessThanOrEqual(requireValue(exhaustsAtMs));
    expect(requireValue(latestAtMs)).toBeGreaterThanOrEqual(requireValue(exhaustsAtMs));
  });

  it('clear a pool by the cheap bound where even the fastest closes cannot fill it', () => {
    const inflow = createInflow(9, { high: 10 });
    expect(boundUse(createPoolFacts({ inflow }))).toBeCloseTo(1.5 * 10 * 62.048, 9);
    expect(forecast({ inflow })).toMatchObject({ exhaustsAtMs: null, probability: 0, mode: 'steady' });
  });

  it('have the basis of the probability: the rate, a climb, or the history', () => {
    const burst = { count: 12, probabilityToLast: () => 0.5 };
    const climb = createClimb({ rate: 12, perSecond: 0.05 });
    expect(forecast({ inflow: createInflow(25) })).toMatchObject({ probabilityBasis: 'rate', burstsKnown: 0 });
    expect(forecast({ inflow: createInflow(25), burst })).toMatchObject({
      probabilityBasis: 'history',
      burstsKnown: 12,
    });
    expect(forecast({ inflow: createInflow(12, { climb }) })).toMatchObject({ probabilityBasis: 'climb' });
  });

  it('carry the outlook and the failures with their processes', () => {
    const processes = [{ pid: 7, name: 'curl', failed: 3 }];
    const seen = forecast({
      inflow: createInflow(1),
      outlook: { days: 40, why: 'daily peaks rise' },
      failures: { count: 3, recent: 0, processes },
    });
    expect(seen).toMatchObject({
      outlookDays: 40,
      outlookWhy: 'daily peaks rise',
      failedConnects: 3,
      failedBy: processes,
    });
    const quiet = forecast({ inflow: createInflow(1), failures: { count: 0, recent: 0, processes: [] } });
    expect(quiet).toMatchObject({ outlookDays: null, outlookWhy: null, failedConnects: 0 });
    expect(quiet).not.toHaveProperty('failedBy');
  });

  it('announce that reuse may show only where it may, and not as false', () => {
    const inflow = createInflow(1);
    expect(forecast({ inflow }, { limits: limitsOf({ twReuse: 1 }) }).reuseMayShow).toBe(true);
    expect(forecast({ inflow }, { limits: limitsOf({ twReuse: 0 }) })).not.toHaveProperty('reuseMayShow');
  });
});

describe('the mode of a pool', () => {
  const growth = (perSecond: number) => ({ perSecond, lastedMs: CERTAIN, ports: CERTAIN });
  it.each<[string, Partial<PoolFacts>]>([
    ['idle', { inflow: createInflow(0), growth: null }],
    ['idle', { inflow: null }],
    ['steady', { inflow: createInflow(5) }],
    ['steady', { inflow: createInflow(0), growth: growth(0.0001) }],
    ['steady', { pool: createHeld(3), inflow: null }],
    ['churn', { inflow: createInflow(25) }],
    ['leak', { pool: createPool({ live: 500 }), inflow: createInflow(0), growth: growth(5) }],
    // 25/s fill the pool in 38 s with 1/s of growth, and growth alone takes 1,000 s: 4 times as long is not enough.
    ['churn', { inflow: createInflow(25), growth: growth(1) }],
    // 10/s and 10/s fill it in 50 s, growth alone in 100 s.
    ['leak', { inflow: createInflow(10), growth: growth(10) }],
    ['exhausted', { pool: createHeld(1000), inflow: createInflow(16) }],
  ])('is %s (case %#)', (mode, facts) => {
    expect(forecast(facts).mode).toBe(mode);
  });

  it('is exhausted with reuse only once a connect failed', () => {
    const timed = createTimeWaitPorts(new Array<number>(1000).fill(100));
    const pool = createPool({ reuse: 'after_delay', timed });
    const timings = { ...TIMINGS, timeWait: { durationMs: 1000, roundingMs: 0, grid: null } };
    const facts = { pool, timed, timings, inflow: createInflow(90) };
    expect(forecast(facts).mode).not.toBe('exhausted');
    const failures = { count: 1, recent: 0, processes: [{ pid: 7, name: 'curl', failed: 1 }] };
    expect(forecast({ ...facts, failures })).toMatchObject({
      mode: 'exhausted',
      exhaustsAtMs: SAMPLED_AT_MS,
      earliestAtMs: SAMPLED_AT_MS,
      latestAtMs: SAMPLED_AT_MS,
      probability: 1,
      probabilityIfHeld: 1,
    });
  });
});

describe('a forecast (properties)', () => {
  it('never moves later when closes, live ports or held ports are added', () => {
    const rate = fc.double({ min: 1, max: 60, noNaN: true });
    const instant = ({ exhaustsAtMs }: PoolForecast): number => exhaustsAtMs ?? Infinity;
    const at = (perSecond: number, live: number, held: number): number => {
      const timed = createTimeWaitPorts(paceAges(held));
      return instant(forecast({ pool: createPool({ live, timed }), timed, inflow: createInflow(perSecond) }));
    };
    fc.assert(
      fc.property(rate, fc.integer({ min: 0, max: 400 }), fc.constantFrom(0.1, 2, 6), (perSecond, live, held) => {
        const before = at(perSecond, live, held);
        expect(at(1.2 * perSecond, live, held)).toBeLessThanOrEqual(before);
        expect(at(perSecond, live + 50, held)).toBeLessThanOrEqual(before);
        expect(at(perSecond, live, held + 2)).toBeLessThanOrEqual(before);
      }),
      SEEDED,
    );
  });
});

describe('a pool matters', () => {
  it.each<[boolean, string, Partial<PoolForecast>]>([
    [false, 'when nothing happens', {}],
    [false, 'below half of its capacity', { used: 499, pressure: 0.499 }],
    [true, 'at half of its capacity in use', { used: 500 }],
    [true, 'when it settles at half of its capacity', { pressure: 0.5 }],
    [true, 'when it is foreseen to run out', { exhaustsAtMs: SAMPLED_AT_MS }],
    [true, 'when a connect failed', { failedConnects: 1 }],
    [false, 'when nothing is known of its rate and its failures', { pressure: null, failedConnects: null }],
  ])('%s: %s', (notable, _, overrides) => {
    expect(isNotable(createPoolForecast(overrides))).toBe(notable);
  });
});
