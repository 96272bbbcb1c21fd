import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { HostLimits } from '../../../daemon/host/limits.js';
import { buildPools } from '../../../daemon/pool/build-pools.js';
import { countUnusedCapacity } from '../../../daemon/pool/capacity.js';
import { createPoolMemory } from '../../../daemon/pool/pool-memory.js';
import { STATE, STATE_COUNT, TIMER_TIME_WAIT, type Snapshot } from '../../../daemon/snapshot/snapshot.js';
import { countFrom, tableOf, timeWaitsOn } from '../../builders/pool-tables.js';
import { limitsOf, SERVER } from '../../tools/simulator/world.js';

/** The pools of a single table. */
const buildOnce = (snapshot: Snapshot, limits: HostLimits = limitsOf()) =>
  buildPools(snapshot, limits, createPoolMemory());

describe('a pool', () => {
  it('is built per local address, remote address and remote port', () => {
    const others = [
      { ...SERVER, local: '10.0.0.9' },
      { ...SERVER, remote: '10.0.0.3' },
      { ...SERVER, port: 8443 },
      { local: 'fd00::1', remote: 'fd00::2', port: 443 },
    ];
    const pools = buildOnce(tableOf([SERVER, ...others].flatMap((to) => timeWaitsOn([20_000, 20_002], to))));
    expect(pools.map(({ id }) => id)).toEqual([
      'connect_host_10.0.0.1_10.0.0.2_443',
      'connect_host_10.0.0.9_10.0.0.2_443',
      'connect_host_10.0.0.1_10.0.0.3_443',
      'connect_host_10.0.0.1_10.0.0.2_8443',
      'connect_host_fd00--1_fd00--2_443',
    ]);
    expect(pools.map(({ family }) => family)).toEqual(['ipv4', 'ipv4', 'ipv4', 'ipv4', 'ipv6']);
  });

  it('counts every state that holds a port, and only inside the range', () => {
    const holding = [1, 2, 4, 5, 6, 8, 9, 11];
    const rows = countFrom(1, STATE_COUNT).map((state) => ({ port: 20_000 + 2 * state, state }));
    const [pool] = buildOnce(tableOf([...rows, { port: 19_999 }, { port: 21_000 }]));
    for (const state of holding) expect(pool?.states[state - 1], `state ${state}`).toBe(1);
    for (const state of [STATE.CLOSE, STATE.LISTEN, STATE.BOUND_INACTIVE]) expect(pool?.states[state - 1]).toBe(0);
    expect(pool?.timed.state.length).toBe(1);
  });

  it('counts FIN_WAIT2 as a timed mini-socket only when it has the TIME_WAIT timer', () => {
    const snapshot = tableOf([
      { port: 20_000, state: STATE.FIN_WAIT2 },
      { port: 20_002, state: STATE.FIN_WAIT2 },
    ]);
    snapshot.outboundRows.timer[0] = TIMER_TIME_WAIT;
    expect(buildOnce(snapshot)[0]).toMatchObject({ live: 1, timed: { state: Uint8Array.of(STATE.FIN_WAIT2) } });
  });

  it('is not built from rows outside the range, which may have been changed since', () => {
    const rows = timeWaitsOn(countFrom(20_000, 10));
    expect(buildOnce(tableOf(rows), limitsOf({ range: { first: 30_000, last: 30_999 } }))).toEqual([]);
    expect(buildOnce(tableOf(rows), limitsOf({ range: { first: 20_004, last: 30_999 } }))[0]?.timed.state.length).toBe(
      6,
    );
  });
});

describe('capacity', () => {
  it('is the range less reserved, listening and bound ports; a port in several of these sets counts once', () => {
    const limits = limitsOf({
      reservedPorts: [
        { first: 19_990, last: 20_009 },
        { first: 20_500, last: 20_509 },
      ],
    });
    const snapshot = tableOf(timeWaitsOn([20_100]), {
      listeners: [20_005, 20_300, 80],
      bound: [20_300, 20_301, 20_505],
    });
    expect(buildOnce(snapshot, limits)[0]?.capacity).toBe(1000 - 20 - 2);
    expect(countUnusedCapacity(snapshot, limits)).toBe(978);
    expect(countUnusedCapacity(null, limits)).toBe(980);
  });

  it('excludes blocked ports, and their rows do not count as use', () => {
    const [pool] = buildOnce(tableOf(timeWaitsOn([20_000, 20_002, 20_004]), { listeners: [20_002] }));
    expect(pool).toMatchObject({ capacity: 999, live: 0 });
    expect(pool?.timed.state.length).toBe(2);
  });

  it('is never below the ports in use, for any table (property)', () => {
    const port = fc.integer({ min: 19_990, max: 20_110 });
    const rows = fc.array(
      fc.record({ port, state: fc.integer({ min: 1, max: 13 }), to: fc.constantFrom(SERVER, { ...SERVER, port: 80 }) }),
      { maxLength: 300 },
    );
    const blocked = fc.uniqueArray(port, { maxLength: 60 });
    let checkedPools = 0;
    fc.assert(
      fc.property(rows, blocked, blocked, fc.boolean(), (held, listeners, bound, reuse) => {
        const limits = limitsOf({ range: { first: 20_000, last: 20_099 }, twReuse: reuse ? 1 : 0 });
        for (const pool of buildOnce(tableOf(held, { listeners, bound }), limits)) {
          const counted = pool.states.reduce((sum, count) => sum + count, 0);
          expect(pool.live + pool.timed.state.length).toBe(counted);
          expect(counted).toBeGreaterThan(0);
          expect(counted).toBeLessThanOrEqual(pool.capacity);
          checkedPools += 1;
        }
      }),
    );
    expect(checkedPools).toBeGreaterThan(20);
  });
});

describe('pool ids', () => {
  it('differ between any two pools and need no escaping in a URL (property)', () => {
    const address = fc.oneof(fc.ipV4(), fc.ipV6());
    const end = fc.record({ local: address, remote: address, port: fc.integer({ min: 1, max: 65_535 }) });
    fc.assert(
      fc.property(
        fc.uniqueArray(end, { maxLength: 20, selector: (e) => `${e.local} ${e.remote} ${e.port}` }),
        (ends) => {
          const pools = buildOnce(tableOf(ends.map((to) => ({ port: 20_000, to }))));
          expect(new Set(pools.map(({ id }) => id)).size).toBe(ends.length);
          for (const { id } of pools) expect(encodeURIComponent(id)).toBe(id);
        },
      ),
    );
  });
});
