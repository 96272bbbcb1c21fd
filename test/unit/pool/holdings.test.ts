/** What holds the ports of a pool: one row per port, and the rows by state, timer and port. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { buildPools } from '../../../daemon/pool/build-pools.js';
import { createPoolMemory } from '../../../daemon/pool/pool-memory.js';
import type { Pool } from '../../../daemon/pool/pool.js';
import { STATE } from '../../../daemon/snapshot/snapshot.js';
import { countFrom, tableOf, timeWaitsOn, type HeldPort } from '../../builders/pool-tables.js';
import { requireValue } from '../../builders/require-value.js';
import { limitsOf } from '../../tools/simulator/world.js';

const SEEDED = { seed: 41, numRuns: 100 };
/** The pool of a table all of whose rows go to one destination. */
const poolOf = (rows: readonly HeldPort[]): Pool =>
  requireValue(buildPools(tableOf(rows), limitsOf(), createPoolMemory())[0]);
const live = (port: number, state: number = STATE.ESTABLISHED): HeldPort => ({ port, state });
const timed = (port: number, expiresMs: number): HeldPort => ({ port, expiresMs });

describe('a port that several rows hold', () => {
  it.each([
    ['the live row first', [live(20_000), timed(20_000, 50_000)]],
    ['the live row last', [timed(20_000, 50_000), live(20_000)]],
    ['the live row between two others', [timed(20_000, 10), live(20_000), timed(20_000, 50_000)]],
  ])('counts once, as live: %s', (_, rows) => {
    const { live: count, timed: timers, ports, states } = poolOf(rows);
    expect([count, timers.state.length]).toEqual([1, 0]);
    expect([...ports.live]).toEqual([20_000]);
    expect([states[STATE.ESTABLISHED - 1], states[STATE.TIME_WAIT - 1]]).toEqual([1, 0]);
  });

  it.each([[[10_000, 40_000, 30_000]], [[40_000, 30_000, 10_000]], [[10_000, 30_000, 40_000]]])(
    'without a live row is released with the last of them: %j',
    (lefts) => {
      const { live: count, timed: timers, ports } = poolOf(lefts.map((left) => timed(20_000, left)));
      expect(count).toBe(0);
      expect([...timers.expiresMs]).toEqual([40_000]);
      expect([...ports.timed]).toEqual([20_000]);
    },
  );
});

describe('the rows of a pool', () => {
  const row = fc.record({
    port: fc.integer({ min: 20_000, max: 20_019 }),
    state: fc.constantFrom(STATE.TIME_WAIT, STATE.ESTABLISHED, STATE.SYN_SENT, STATE.CLOSE_WAIT),
    expiresMs: fc.integer({ min: 1, max: 60_000 }),
  });

  it('are as many as ports are held, each port in one list, with its own state and timer', () => {
    fc.assert(
      fc.property(fc.array(row, { minLength: 1, maxLength: 60 }), (rows) => {
        const { live: count, timed: timers, ports, states } = poolOf(rows);
        const liveOn = new Set(rows.filter(({ state }) => state !== STATE.TIME_WAIT).map(({ port }) => port));
        const timedOn = new Set(rows.map(({ port }) => port).filter((port) => !liveOn.has(port)));
        expect(count).toBe(liveOn.size);
        expect(new Set(ports.live)).toEqual(liveOn);
        expect(ports.live).toHaveLength(liveOn.size);
        expect(new Set(ports.timed)).toEqual(timedOn);
        expect(ports.timed).toHaveLength(timedOn.size);
        ports.timed.forEach((port, i) => {
          const last = Math.max(...rows.filter((each) => each.port === port).map(({ expiresMs }) => expiresMs));
          expect(timers.expiresMs[i]).toBe(last);
          expect(timers.state[i]).toBe(STATE.TIME_WAIT);
        });
        ports.live.forEach((port, i) => {
          expect(rows).toContainEqual(expect.objectContaining({ port, state: ports.liveState[i] }));
        });
        expect(states.reduce((sum, each) => sum + each, 0)).toBe(liveOn.size + timedOn.size);
      }),
      SEEDED,
    );
  });

  it('of one table are not taken for those of the next', () => {
    expect(poolOf(timeWaitsOn(countFrom(20_000, 500))).timed.state).toHaveLength(500);
    const { live: count, timed: timers, ports } = poolOf([live(20_007), timed(20_003, 5)]);
    expect([count, [...ports.live], [...ports.timed], [...timers.expiresMs]]).toEqual([1, [20_007], [20_003], [5]]);
  });
});
