/** What a failed connect tells of ports that connect() skips, in single pools and on a simulated host. */
import { describe, expect, it } from 'vitest';
import { createForecaster } from '../../../daemon/forecast/forecaster.js';
import { createSkippingMemory, leaveOutSkippedPorts } from '../../../daemon/forecast/skipped-ports.js';
import type { PoolForecast } from '../../../daemon/forecast/types.js';
import type { Pool } from '../../../daemon/pool/pool.js';
import { createPool } from '../../builders/pool.js';
import { requireValue } from '../../builders/require-value.js';
import { describeFailedConnect } from '../../tools/simulator/failed-connect.js';
import { steps } from '../../tools/simulator/plan.js';
import { simulate } from '../../tools/simulator/simulate.js';
import { LEARNED, limitsOf, SERVER, type Stream } from '../../tools/simulator/world.js';

interface Sample {
  readonly live: number;
  readonly capacityLow?: number;
  /** Failed connects of the last minute, and those since the sample before. */
  readonly failed?: readonly [count: number, recent: number] | null;
  /** Connections opened and closed since the sample before. */
  readonly closes?: number;
  /** Connections of the host opened since the sample before; null unless given. */
  readonly opens?: number;
}

/** The pools of 100 ports that follow from a series of samples. The first sample has none before it. */
function follow(samples: readonly Sample[]): Pool[] {
  const memory = createSkippingMemory();
  return samples.map(({ live, capacityLow = 50, failed = [0, 0], closes = 0, opens = null }, index) => {
    const before = samples[index - 1]?.live;
    const since =
      before === undefined
        ? undefined
        : {
            fromMs: 2000 * (index - 1),
            toMs: 2000 * index,
            closes,
            shortLived: closes,
            unreplaced: 0,
            closedMs: [],
            used: before,
            live: before,
            opened: Math.max(0, live - before),
            givenUp: Math.max(0, before - live),
          };
    const failures = failed === null ? null : { count: failed[0], recent: failed[1], processes: [] };
    return leaveOutSkippedPorts(createPool({ capacity: 100, capacityLow, live }), memory, { since, failures, opens });
  });
}
const listCapacities = (samples: readonly Sample[]): number[] => follow(samples).map(({ capacity }) => capacity);

describe('the ports in use when a connect failed', () => {
  it('are the capacity from then on, and the rest are the ports that are skipped', () => {
    const pools = follow([{ live: 60 }, { live: 60, failed: [1, 1] }, { live: 55, failed: [1, 0] }]);
    expect(pools.map(({ capacity, skippedPorts }) => [capacity, skippedPorts])).toEqual([
      [100, undefined],
      [60, 40],
      [60, 40],
    ]);
  });

  it.each<[string, Sample, number]>([
    ['at the least capacity', { live: 50, failed: [1, 1] }, 50],
    ['one below the least capacity, as by an error of another kind', { live: 49, failed: [1, 1] }, 100],
    ['with hardly any port in use', { live: 2, failed: [900, 900] }, 100],
    ['nearly full: the pool may just have been full', { live: 95, failed: [1, 1] }, 100],
    ['so many opened that it may have been full', { live: 60, closes: 35, failed: [1, 1] }, 100],
    [
      'so many opened by the host, seen or not, that it may have been full',
      { live: 60, opens: 35, failed: [1, 1] },
      100,
    ],
    ['fewer opened by the host than were free', { live: 60, opens: 34, failed: [1, 1] }, 60],
    ['where no port can be skipped', { live: 60, capacityLow: 100, failed: [1, 1] }, 100],
    ['where the failure was before the sample before', { live: 60, failed: [1, 0] }, 100],
    ['where no connect failed', { live: 60, failed: [0, 0] }, 100],
    ['where failures are not watched', { live: 60, failed: null }, 100],
  ])('%s', (_, sample, expected) => {
    const before = { live: sample.live, ...(sample.capacityLow === undefined ? {} : { capacityLow: 100 }) };
    expect(listCapacities([before, sample]).at(-1)).toBe(expected);
  });

  it('are not known at the first sample', () => expect(listCapacities([{ live: 60, failed: [1, 1] }])).toEqual([100]));

  it('are those of the sample before where ports have come free since', () => {
    expect(listCapacities([{ live: 60 }, { live: 40, failed: [1, 1] }]).at(-1)).toBe(60);
  });

  it('are compared with the least capacity of both samples, because other pools give ports up too', () => {
    expect(listCapacities([{ live: 60 }, { live: 60, capacityLow: 61, failed: [1, 1] }]).at(-1)).toBe(61);
  });

  describe('count no longer', () => {
    const failing: Sample[] = [{ live: 60 }, { live: 60, failed: [1, 1] }];
    it('than failures are counted', () => {
      expect(listCapacities([...failing, { live: 60, failed: [0, 0] }, { live: 60 }]).slice(-2)).toEqual([100, 100]);
    });
    it('than until more ports are in use, and not again when they are fewer', () => {
      const later: Sample[] = [
        { live: 61, failed: [1, 0] },
        { live: 60, failed: [1, 0] },
      ];
      expect(listCapacities([...failing, ...later]).slice(-2)).toEqual([100, 100]);
    });
    it('than the rows are there that may keep the ports', () => {
      const later: Sample[] = [80, 100].map((capacityLow) => ({ live: 60, capacityLow, failed: [1, 0] }));
      expect(listCapacities([...failing, ...later]).slice(-2)).toEqual([80, 100]);
    });
  });

  it('follow a new failure', () => {
    const later: Sample[] = [
      { live: 70, failed: [2, 1] },
      { live: 55, failed: [3, 1] },
      { live: 55, failed: [4, 1] },
    ];
    expect(listCapacities([{ live: 60 }, { live: 60, failed: [1, 1] }, ...later]).slice(-3)).toEqual([70, 70, 55]);
  });
});

/**
 * A range of 100 ports, all held by connections to one destination until 60 s. From 5 s on, so many binds to another
 * address take a port and are closed, which leaves no row. From 10 s on connections to a second destination are opened
 * and kept. The simulator keeps the buckets as Linux does below 6.18.
 */
const D1 = { ...SERVER, remote: '10.0.1.1' };
const BINDER = { local: '10.0.0.9', remote: '10.0.1.3', port: 443 };
const HELD: Stream = { to: [D1], rate: steps([0, 100], [1000, 0]), fate: 'reset', life: { untilMs: 60_000 } };
const OPENED: Stream = { to: [SERVER], rate: steps([10_000, 5], [40_000, 0]), fate: 'kept' };
const bindTimes = (count: number): Stream => ({
  to: [BINDER],
  rate: steps([5000, count], [6000, 0]),
  fate: 'reset',
  binds: true,
});
/** Ten at once, so that each takes a port of its own. */
const TEN_BINDS: Stream = { ...bindTimes(10), life: { untilMs: 8000 } };

interface Watched {
  readonly at: number;
  readonly pool: PoolForecast;
}

/** The forecasts of the second destination. */
function watch(streams: readonly Stream[], seconds: number, skipsBoundPorts: boolean | undefined = true): Watched[] {
  const limits = limitsOf({ range: { first: 20_000, last: 20_099 }, skipsBoundPorts });
  const simulation = simulate({ limits, granularity: LEARNED, streams });
  const forecaster = createForecaster();
  const watched: Watched[] = [];
  let read = 0;
  for (let atMs = 700; atMs <= seconds * 1000; atMs += 2000) {
    simulation.runTo(atMs);
    const failures = simulation.failures().map(describeFailedConnect);
    const { pools } = forecaster.update({
      snapshot: simulation.snapshot(),
      limits,
      granularity: LEARNED,
      counters: simulation.counters(),
      intervalMs: 2000,
      failures: failures.slice(read),
    });
    read = failures.length;
    const pool = pools.find(({ remoteAddress }) => remoteAddress === SERVER.remote);
    if (pool !== undefined) watched.push({ at: atMs / 1000, pool });
  }
  return watched;
}
const lastBefore = (watched: readonly Watched[], at: number): PoolForecast =>
  requireValue(watched.filter((each) => each.at < at).at(-1)).pool;

describe('a host whose ports were bound before', () => {
  it.each([
    ['ten at once', TEN_BINDS, 90],
    ['500', bindTimes(500), 50],
  ])('by binds that were closed again, %s, reads exhausted when connects fail', (_, binds, takeable) => {
    const watched = watch([HELD, binds, OPENED], 40);
    expect(watched.every(({ pool }) => (pool.capacityLow ?? pool.capacity) === 50)).toBe(true);
    const failing = lastBefore(watched, 40);
    expect(failing).toMatchObject({ mode: 'exhausted', capacity: takeable, used: takeable, available: 0 });
    expect(failing).toMatchObject({ skippedPorts: 100 - takeable, probability: 1, exhaustsAtMs: failing.sampledAtMs });
    expect(failing.why).toContain(`All ${takeable} ports that connect() can take are held`);
    expect(failing.why).toContain(
      `${100 - takeable} more ports look free, but ports that were bound before cannot be taken by connect() on this kernel until their last connection is gone`,
    );
  });

  it('has its whole capacity again once the connections are gone that kept those ports', () => {
    const after = lastBefore(watch([HELD, TEN_BINDS, OPENED], 66), 66);
    expect(after).toMatchObject({ capacity: 100, available: 10 });
    expect(after.failedConnects).toBeGreaterThan(0);
    expect(after).not.toHaveProperty('skippedPorts');
    expect(after).not.toHaveProperty('capacityLow');
  });

  it('is the same where the version of the kernel is not known', () => {
    expect(lastBefore(watch([HELD, TEN_BINDS, OPENED], 40, undefined), 40)).toMatchObject({ capacity: 90 });
  });

  it('is forecast with its whole capacity until a connect fails', () => {
    const watched = watch([HELD, { ...OPENED, rate: steps([10_000, 2], [40_000, 0]) }], 60);
    expect(lastBefore(watched, 60)).toMatchObject({ capacityLow: 50, capacity: 100, used: 60, exhaustsAtMs: null });
    const forgetsBinds = watch([HELD, { ...OPENED, rate: steps([10_000, 2], [40_000, 0]) }], 60, false);
    const withoutBound = ({ at, pool: { capacityLow, ...pool } }: Watched) => ({ at, pool, low: capacityLow !== 0 });
    expect(watched.map(withoutBound)).toEqual(forgetsBinds.map(withoutBound));
  });

  it('is not inferred where a pool really runs out beside another one', () => {
    const full: Stream = { to: [SERVER], rate: 5, fate: 'time_wait' };
    const watched = watch([{ ...HELD, life: { untilMs: 300_000 } }, full], 200);
    expect(lastBefore(watched, 200).capacityLow).toBe(50);
    expect(watched.some(({ pool }) => (pool.failedConnects ?? 0) > 0)).toBe(true);
    expect(watched.filter(({ pool }) => pool.skippedPorts !== undefined)).toEqual([]);
  });

  it('is not inferred on a kernel that forgets binds: the failures are counted as before', () => {
    const failing = lastBefore(watch([HELD, TEN_BINDS, OPENED], 40, false), 40);
    expect(failing).toMatchObject({ capacity: 100, available: 10 });
    expect(failing.failedConnects).toBeGreaterThan(0);
  });
});
