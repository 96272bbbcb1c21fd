/** What takes the ports: of the closed connections, the open ones and the unanswered connects, the kind that holds most. */
import { describe, expect, it } from 'vitest';
import { forecastPool } from '../../../daemon/forecast/pool-forecast.js';
import type { PoolFacts } from '../../../daemon/forecast/pool-facts.js';
import type { PoolForecast } from '../../../daemon/forecast/types.js';
import type { Unanswered } from '../../../daemon/forecast/unanswered.js';
import { createInflow, createPoolFacts, createSampleFacts } from '../../builders/pool-facts.js';
import { createPool, createTimeWaitPorts } from '../../builders/pool.js';
import { watchOn } from '../../builders/watch-on.js';
import { createStream, createWorld } from '../../tools/simulator/worlds.js';

const forecast = (facts: Partial<PoolFacts>): PoolForecast => forecastPool(createPoolFacts(facts), createSampleFacts());
const OLD_MS = 3_600_000;
const growth = (perSecond: number, lastedMs = OLD_MS) => ({ perSecond, lastedMs, ports: 1000 });
const unanswered = (rows: number, perSecond: number): Unanswered => ({
  agesMs: new Array<number>(rows).fill(30_000),
  perSecond,
  low: perSecond,
  high: perSecond,
  holdMs: 134_000,
  lastedMs: OLD_MS,
});
const hold = (live: number, timeWait: number) =>
  createPool({ live, timed: createTimeWaitPorts(new Array<number>(timeWait).fill(30_000)) });

describe('the cause of an exhaustion that is forecast', () => {
  it.each<[string, Partial<PoolFacts>, Partial<PoolForecast>]>([
    ['closes alone', { inflow: createInflow(25) }, { cause: 'closes', mode: 'churn' }],
    ['growth alone', { inflow: createInflow(0), growth: growth(2) }, { cause: 'growth', mode: 'leak' }],
    [
      'growth that is much slower than the closes',
      { inflow: createInflow(25), growth: growth(0.1) },
      { cause: 'closes', mode: 'churn' },
    ],
    [
      'growth with closes that settle',
      { inflow: createInflow(6), growth: growth(6) },
      { cause: 'growth', mode: 'leak' },
    ],
    [
      'unanswered connects alone',
      { pool: hold(50, 0), inflow: createInflow(0), unanswered: unanswered(50, 10) },
      { cause: 'unanswered', mode: 'churn' },
    ],
    [
      'unanswered connects beside more closes',
      { inflow: createInflow(25), unanswered: unanswered(5, 1) },
      { cause: 'closes', mode: 'churn' },
    ],
  ])('by %s', (_, facts, shown) => {
    const found = forecast(facts);
    expect(found.exhaustsAtMs).not.toBeNull();
    expect(found).toMatchObject(shown);
  });

  it.each<[string, Partial<PoolFacts>, PoolForecast['mode']]>([
    ['nothing happens', { inflow: createInflow(0) }, 'idle'],
    ['closes settle', { inflow: createInflow(10) }, 'steady'],
    ['growth is too young to be worth saying', { inflow: createInflow(0), growth: growth(2, 4000) }, 'steady'],
    ['growth is too young and no close rate is known', { growth: growth(2, 4000) }, 'steady'],
    ['unanswered connects settle', { inflow: createInflow(0), unanswered: unanswered(60, 0.5) }, 'steady'],
  ])('is null where %s', (_, facts, mode) => {
    expect(forecast(facts)).toMatchObject({ cause: null, mode, exhaustsAtMs: null });
  });
});

describe('the cause of an exhaustion that is present', () => {
  it.each<[string, Partial<PoolFacts>, PoolForecast['cause']]>([
    ['closed connections', { pool: hold(100, 900), inflow: createInflow(0) }, 'closes'],
    ['open connections', { pool: hold(900, 100), inflow: createInflow(0) }, 'growth'],
    [
      'unanswered connects',
      { pool: hold(900, 100), inflow: createInflow(0), unanswered: unanswered(700, 0) },
      'unanswered',
    ],
    [
      'open connections, with fewer unanswered ones',
      { pool: hold(900, 100), unanswered: unanswered(300, 0) },
      'growth',
    ],
  ])('is that of what holds most ports: %s', (_, facts, cause) => {
    expect(forecast(facts)).toMatchObject({ mode: 'exhausted', cause, available: 0 });
  });
});

describe('the cause in a simulated host', () => {
  const causesOf = (streams: Parameters<typeof createWorld>[0], seconds: number) =>
    new Set(
      watchOn(createWorld(streams), { seconds })
        .slice(-10)
        .map(({ forecast: { cause } }) => cause),
    );

  it.each([
    ['closes', [createStream(25)], 38],
    ['growth', [createStream(6, { fate: 'kept' })], 160],
    ['unanswered', [createStream(12, { syn: { share: 1 } })], 80],
    ['unanswered', [createStream(12, { syn: { share: 1 } }), createStream(3)], 64],
    ['closes', [createStream(20), createStream(1, { syn: { share: 1 } })], 44],
  ] as const)('is %s up to the exhaustion', (cause, streams, seconds) => {
    expect(causesOf(streams, seconds)).toEqual(new Set([cause]));
  });
});
