import { describe, expect, it } from 'vitest';
import { createForecaster } from '../../../daemon/forecast/forecaster.js';
import type { PoolForecast } from '../../../daemon/forecast/types.js';
import type { Snapshot } from '../../../daemon/snapshot/snapshot.js';
import { EXPIRES_UNKNOWN } from '../../../daemon/snapshot/snapshot.js';
import { watch } from '../../builders/measured-traffic.js';
import { steps } from '../../tools/simulator/plan.js';
import { simulate } from '../../tools/simulator/simulate.js';
import { LEARNED, limitsOf, SERVER, type Stream, type World } from '../../tools/simulator/world.js';

const churn = (rate: number, more: Partial<Stream> = {}): Stream => ({
  to: [SERVER],
  rate,
  fate: 'time_wait',
  ...more,
});
const world = (streams: readonly Stream[], more: Partial<World> = {}): World => ({
  limits: limitsOf(),
  granularity: LEARNED,
  streams,
  ...more,
});
const last = (of: World, seconds: number): PoolForecast => {
  const forecast = watch(of, { seconds }).stated.at(-1)?.forecast;
  if (forecast === undefined) throw new Error('nothing was forecast');
  return forecast;
};

describe('a leak beside closes', () => {
  it.each([0, 250, 500, 750, 1000, 1250, 1500, 1750])(
    'is dated from its second sample on, within one of them and a release: it begins %d ms past one',
    (pastMs) => {
      const rate = steps([4700 + pastMs, 6]);
      const of = world([churn(0, { rate }), churn(0, { rate, fate: 'kept' })]);
      const { stated, failedAt } = watch(of, {
        seconds: 180,
        granularity: { ...LEARNED, phaseMs: null, learned: false },
      });
      expect(stated.length).toBeGreaterThan(50);
      for (const { exhaustsAt } of stated.slice(1)) {
        expect(Math.abs((exhaustsAt ?? Infinity) - (failedAt ?? 0))).toBeLessThan(2 + 2.048);
      }
    },
  );
});

describe('a few closes after a burst', () => {
  it.each([1040, 1080, 1120, 1160, 1200])('are dated by their instants: it comes %d ms past a sample', (pastMs) => {
    const rate = steps([4000 + pastMs, 90_000], [4010 + pastMs, 2.5]);
    const granularity = { ...LEARNED, phaseMs: null, learned: false };
    const { stated, failedAt } = watch(world([churn(0, { rate })]), { seconds: 60, firstMs: 0, granularity });
    expect(stated.length).toBeGreaterThan(15);
    for (const { exhaustsAt } of stated.slice(1)) {
      expect(Math.abs((exhaustsAt ?? Infinity) - (failedAt ?? 0))).toBeLessThan(2 + 2.048);
    }
  });
});

describe('an even pace of closes', () => {
  it('does not change with the one whose FIN is just being answered', () => {
    const of = world([churn(6, { fate: 'fin_wait2', peerFinMs: 40 })]);
    const { stated } = watch(of, { seconds: 120, firstMs: 20, stepMs: 2017 });
    const settled = stated.filter(({ at }) => at > 20);
    expect(settled.length).toBeGreaterThan(40);
    for (const { forecast } of settled) expect(Math.abs((forecast.closeRate ?? 0) - 6)).toBeLessThan(0.1);
  });
});

describe('the words of a forecast', () => {
  it.each([
    [
      'churn',
      [churn(25)],
      13,
      /^25\.0 closes\/s hold a port for 62\.0 s each: 1,000 ports sustain 16\.1\/s, so they run out in 2\d s \(90%: between .* and .*\)\.$/,
    ],
    [
      'steady',
      [churn(5)],
      30,
      /^5\.0 closes\/s hold a port for 62\.0 s each: use settles at 31% of 1,000 ports, 16\.1\/s would fill them\.$/,
    ],
    [
      'churn',
      [churn(0, { rate: (ms) => 5 + 0.06 * (ms / 1000) })],
      150,
      /^13\.\d closes\/s, climbing by 3\.\d\/s each minute, hold a port for 62\.0 s each: 1,000 ports sustain 16\.1\/s, so they run out in /,
    ],
    [
      'steady',
      [churn(0, { rate: (ms) => 4 + 0.004 * (ms / 1000) })],
      800,
      /^\d\.\d closes\/s, climbing by 0\.\d+\/s each minute, hold a port for 62\.0 s each: without the climb, use would settle at \d\d% of 1,000 ports, 16\.1\/s would fill them\.$/,
    ],
    [
      'leak',
      [churn(6, { fate: 'kept' })],
      30,
      /^Live connections grow by 6\/s and hold \d+ of 1,000 ports: the ports run out in 2 min/,
    ],
    [
      'idle',
      [churn(5, { fate: 'kept', rate: (ms) => (ms < 4000 ? 5 : 0) })],
      40,
      /^No closes and no growth: 20 of 1,000 ports are held\.$/,
    ],
  ] as const)('%s', (mode, streams, seconds, why) => {
    const forecast = last(world(streams), seconds);
    expect(forecast.why).toMatch(why);
    expect(forecast.mode).toBe(mode);
  });

  it('say when the pool is exhausted, with certainty', () => {
    const simulation = simulate(world([churn(25)]));
    simulation.runTo(50_000);
    const [forecast] = createForecaster().update({
      snapshot: simulation.snapshot(),
      limits: limitsOf(),
      granularity: LEARNED,
      counters: simulation.counters(),
      intervalMs: 2000,
    }).pools;
    expect(forecast).toMatchObject({ mode: 'exhausted', available: 0, probability: 1 });
    expect(forecast?.exhaustsAtMs).toBe(forecast?.sampledAtMs);
    expect(forecast?.why).toContain('connects fail');
  });

  it.each([
    [1, true, true],
    [1, false, undefined],
    [2, true, undefined],
    [0, true, undefined],
  ] as const)('say that reuse may show: tcp_tw_reuse %d, timestamps %s', (twReuse, timestamps, mayShow) => {
    expect(last(world([churn(25)], { limits: limitsOf({ twReuse, timestamps }) }), 6).reuseMayShow).toBe(mayShow);
  });

  it('never call a full table exhausted where its ports are reused', () => {
    const limits = limitsOf({ twReuse: 1, range: { first: 20_000, last: 20_099 } });
    const { stated, failedAt } = watch(world([churn(60)], { limits, arrivals: { kind: 'poisson' } }), {
      seconds: 30,
      firstMs: 500,
    });
    expect(failedAt).toBeNull();
    const settled = stated.slice(6);
    expect(settled.at(-1)?.forecast.used).toBe(100);
    for (const { forecast } of settled) {
      expect(forecast.mode).toBe('steady');
      expect(forecast.used).toBeGreaterThan(95);
      expect(forecast.available).toBeGreaterThan(25);
      expect(forecast.holdMs).toBe(1000);
    }
  });
});

describe('numbers of a forecast', () => {
  it('keep their definitions', () => {
    const forecast = last(world([churn(10), churn(2, { fate: 'kept', rate: (ms) => (ms < 10_000 ? 5 : 0) })]), 100);
    expect(forecast.live).toBe(50);
    expect(forecast.closeRate).toBeCloseTo(10, 1);
    expect(forecast.sustainableRate).toBeCloseTo(950 / 62.048, 6);
    expect(forecast.pressure).toBeCloseTo((50 + 10 * 62.048) / 1000, 2);
    expect(forecast.available).toBe(forecast.capacity - forecast.used);
    expect(forecast.closeRateLow ?? NaN).toBeLessThan(10);
    expect(forecast.closeRateHigh ?? NaN).toBeGreaterThan(10);
  });

  it('draw the worst ten pools ahead, within their band and capacity', () => {
    const destinations = Array.from({ length: 14 }, (_, i) => ({ ...SERVER, port: 1000 + i }));
    const simulation = simulate(world(destinations.map((to, i) => churn(2 + i, { to: [to] }))));
    simulation.runTo(20_000);
    const { pools } = createForecaster().update({
      snapshot: simulation.snapshot(),
      limits: limitsOf(),
      granularity: LEARNED,
      counters: simulation.counters(),
      intervalMs: 2000,
    });
    expect(pools).toHaveLength(14);
    expect(pools.filter(({ ahead }) => ahead.length > 0)).toHaveLength(10);
    expect(pools.map(({ pressure }) => pressure ?? 0)).toEqual(
      pools.map(({ pressure }) => pressure ?? 0).sort((a, b) => b - a),
    );
    for (const { ahead, capacity, used } of pools.slice(0, 10)) {
      expect(ahead[0]?.used).toBeCloseTo(used, 6);
      for (const point of ahead) {
        expect(point.low).toBeLessThanOrEqual(point.used + 1e-6);
        expect(point.used).toBeLessThanOrEqual(point.high + 1e-6);
        expect(point.high).toBeLessThanOrEqual(capacity);
      }
    }
  });

  it('follow a drop of the rate from 25/s to 5/s within 3 s', () => {
    const drop = world([churn(25, { rate: (ms) => (ms < 20_000 ? 25 : 5) })]);
    for (const { at, forecast } of watch(drop, { seconds: 60 }).stated.filter(({ at }) => at >= 23)) {
      expect(Math.abs((forecast.closeRate ?? NaN) - 5), `at ${at} s`).toBeLessThan(1);
    }
  });

  it('take batches every few seconds for their mean', () => {
    const batches = world([churn(0, { rate: (ms) => (ms % 5000 < 200 ? 250 : 0) })]);
    for (const { at, forecast } of watch(batches, { seconds: 120, firstMs: 40_100, stepMs: 1700 }).stated) {
      expect(forecast.closeRate ?? NaN, `at ${at} s`).toBeGreaterThan(7);
      expect(forecast.closeRate ?? NaN, `at ${at} s`).toBeLessThan(14);
    }
  });

  it('remain when a pool is seen for the first time without a rate: null, never 0', () => {
    const simulation = simulate(world([churn(10)]));
    const forecaster = createForecaster();
    const limits = limitsOf({ twReuse: null, maxTwBuckets: null });
    const seen = [40_000, 42_000, 44_000].map((at) => {
      simulation.runTo(at);
      const update = { limits, granularity: LEARNED, counters: simulation.counters(), intervalMs: 2000 };
      return forecaster.update({ ...update, snapshot: withoutTimers(simulation.snapshot()) }).pools[0];
    });
    expect(seen[0]).toMatchObject({ closeRate: null, pressure: null, probability: null, exhaustsAtMs: null });
    expect(seen[0]?.why).toContain('unknown until a second sample');
    expect(seen[2]?.closeRate ?? 0).toBeGreaterThan(8);
    expect(seen[2]?.why).toContain('shows no timers');
  });
});

function withoutTimers(snapshot: Snapshot): Snapshot {
  const { outboundRows } = snapshot;
  return {
    ...snapshot,
    hasTimers: false,
    outboundRows: {
      ...outboundRows,
      timer: new Uint8Array(outboundRows.timer.length),
      expiresMs: new Int32Array(outboundRows.expiresMs.length).fill(EXPIRES_UNKNOWN),
    },
  };
}
