/** The growth that the first two samples of a pool show, by the ports that were taken and given up between them. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createForecastMemories } from '../../../daemon/forecast/forecast-memory.js';
import { NO_GROWTH, type Growth } from '../../../daemon/forecast/leak.js';
import type { RateContext } from '../../../daemon/forecast/rate/rate-memory.js';
import { gatherTableFacts } from '../../../daemon/forecast/table-facts.js';
import { STATE } from '../../../daemon/snapshot/snapshot.js';
import { createPool } from '../../builders/pool.js';
import { TIMINGS } from '../../builders/pool-facts.js';
import { countFrom } from '../../builders/pool-tables.js';
import { limitsOf } from '../../tools/simulator/world.js';

const SEEDED = { seed: 47, numRuns: 100 };
const KEPT = 100;

/** A pool whose live ports are these. */
function createLivePool(ports: readonly number[]) {
  const pool = createPool({ live: ports.length });
  return { ...pool, ports: { ...pool.ports, live: Uint16Array.from(ports) } };
}

/** The growth after each of these samples of live ports, 2 s apart. */
function followLive(samples: readonly (readonly number[])[], hasTimers = true): (Growth | null)[] {
  const memory = createForecastMemories().find('pool');
  return samples.map((ports, i) => {
    const context: RateContext = {
      monotonicMs: 100_000 + 2000 * i,
      hasTimers,
      timeWaitMs: 60_000,
      timings: TIMINGS,
      detail: 'coarse',
    };
    return gatherTableFacts(createLivePool(ports), memory, {
      limits: limitsOf(),
      hz: 100,
      context,
      failures: null,
      opens: null,
    }).growth;
  });
}

/** 100 kept ports, of which `givenUp` are given up and `opened` others are taken before the second sample. */
function growBy(opened: number, givenUp: number): Growth | null | undefined {
  const before = countFrom(20_000, KEPT);
  return followLive([before, [...before.slice(givenUp), ...countFrom(20_500, opened)]])[1];
}

describe('the growth of the first two samples', () => {
  it.each([
    ['24 ports taken and none given up', 24, 0, 24],
    ['5 ports taken and none given up: more than twice their root', 5, 0, 5],
    ['4 ports taken and none given up: no more than twice their root', 4, 0, 0],
    ['40 ports taken and 20 given up: more than twice the root of 60', 40, 20, 20],
    ['40 ports taken and 25 given up: less than twice the root of 65', 40, 25, 0],
    ['as many taken as given up', 30, 30, 0],
    ['more given up than taken', 5, 40, 0],
    ['none of either', 0, 0, 0],
  ])('is by the ports that were taken: %s', (_, opened, givenUp, ports) => {
    const expected = ports === 0 ? NO_GROWTH : { perSecond: ports / 2, lastedMs: 2000, ports };
    expect(growBy(opened, givenUp)).toEqual(expected);
  });

  it('leaves out the ports of connects that wait for an answer', () => {
    const memory = createForecastMemories().find('pool');
    const [first, second] = [[], countFrom(20_500, 24)].map((ports, i) => {
      const pool = createLivePool(ports);
      pool.states[STATE.ESTABLISHED - 1] = 0;
      pool.states[STATE.SYN_SENT - 1] = ports.length;
      pool.ports.liveState.fill(STATE.SYN_SENT);
      const context = { monotonicMs: 100_000 + 2000 * i, hasTimers: true, timeWaitMs: 60_000, timings: TIMINGS };
      return gatherTableFacts(pool, memory, {
        limits: limitsOf(),
        hz: 100,
        context: { ...context, detail: 'coarse' },
        failures: null,
        opens: null,
      });
    });
    expect(first?.growth ?? null).toBeNull();
    expect(second?.growth).toEqual(NO_GROWTH);
  });

  it('is above 0 exactly where the excess is above two standard deviations', () => {
    const count = fc.integer({ min: 0, max: KEPT });
    fc.assert(
      fc.property(count, count, (opened, givenUp) => {
        const isBeyondChance = opened - givenUp > 2 * Math.sqrt(opened + givenUp);
        expect((growBy(opened, givenUp)?.perSecond ?? 0) > 0).toBe(isBeyondChance);
      }),
      SEEDED,
    );
  });

  it('is not known from one sample, nor where no timers show which ports were closed', () => {
    const kept = countFrom(20_000, KEPT);
    expect(followLive([kept])).toEqual([null]);
    expect(followLive([kept, countFrom(20_000, 2 * KEPT)], false)).toEqual([null, null]);
  });

  it('goes on from the first sample where later ones grow as well', () => {
    const growth = followLive([1, 25, 49, 73].map((live) => countFrom(20_000, live)));
    expect(growth.slice(1).map((each) => each?.lastedMs)).toEqual([2000, 4000, 6000]);
    for (const each of growth.slice(1)) expect(each?.perSecond).toBeCloseTo(12, 6);
  });
});
