import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { buildPools } from '../../../daemon/pool/build-pools.js';
import { countUnusedCapacity } from '../../../daemon/pool/capacity.js';
import type { HostLimits } from '../../../daemon/host/limits.js';
import { createPoolMemory, observeCounters } from '../../../daemon/pool/pool-memory.js';
import { STATE, STATE_COUNT, TIMER_TIME_WAIT, type Snapshot } from '../../../daemon/snapshot/snapshot.js';
import { simulate } from '../../tools/simulator/simulate.js';
import { toSnapshot } from '../../tools/simulator/snapshot.js';
import { LEARNED, limitsOf, MONOTONIC_START, SERVER, type Destination } from '../../tools/simulator/world.js';

interface Held {
  readonly port: number;
  readonly state?: number;
  readonly to?: Destination;
  readonly expiresMs?: number;
}

function table(
  held: readonly Held[],
  more: { now?: number; listeners?: readonly number[]; bound?: readonly number[] } = {},
) {
  const now = more.now ?? 0;
  const rows = held.map(({ port, state = STATE.TIME_WAIT, to = SERVER, expiresMs = 30_000 }) => ({
    to,
    localPort: port,
    state,
    expiresAt: now + expiresMs,
    releasedAt: state === STATE.TIME_WAIT ? now + expiresMs : Infinity,
  }));
  const snapshot = toSnapshot(rows, now, more.listeners ?? []);
  return { ...snapshot, boundPorts: Uint16Array.from(more.bound ?? []) };
}
const build = (snapshot: Snapshot, limits: HostLimits = limitsOf()) => buildPools(snapshot, limits, createPoolMemory());
const timeWaits = (ports: readonly number[], to: Destination = SERVER): Held[] => ports.map((port) => ({ port, to }));
const series = (first: number, count: number, step = 1): number[] =>
  Array.from({ length: count }, (_, i) => first + i * step);

describe('what a pool is', () => {
  it('is one per local address, remote address and remote port', () => {
    const others = [
      { ...SERVER, local: '10.0.0.9' },
      { ...SERVER, remote: '10.0.0.3' },
      { ...SERVER, port: 8443 },
      { local: 'fd00::1', remote: 'fd00::2', port: 443 },
    ];
    const pools = build(table([SERVER, ...others].flatMap((to) => timeWaits([20_000, 20_002], to))));
    expect(pools.map(({ id }) => id)).toEqual([
      'connect_host_10.0.0.1_10.0.0.2_443',
      'connect_host_10.0.0.9_10.0.0.2_443',
      'connect_host_10.0.0.1_10.0.0.3_443',
      'connect_host_10.0.0.1_10.0.0.2_8443',
      'connect_host_fd00--1_fd00--2_443',
    ]);
    expect(pools.map(({ family }) => family)).toEqual(['ipv4', 'ipv4', 'ipv4', 'ipv4', 'ipv6']);
  });

  it('counts every state but those that hold nothing, and only inside the range', () => {
    const holding = [1, 2, 4, 5, 6, 8, 9, 11];
    const rows = series(1, STATE_COUNT).map((state) => ({ port: 20_000 + 2 * state, state }));
    const [pool] = build(table([...rows, { port: 19_999 }, { port: 21_000 }]));
    for (const state of holding) expect(pool?.states[state - 1], `state ${state}`).toBe(1);
    for (const state of [STATE.CLOSE, STATE.LISTEN, STATE.BOUND_INACTIVE]) expect(pool?.states[state - 1]).toBe(0);
    expect(pool?.timed.state.length).toBe(1);
  });

  it('takes FIN_WAIT2 as timed with the TIME_WAIT timer only', () => {
    const snapshot = table([
      { port: 20_000, state: STATE.FIN_WAIT2 },
      { port: 20_002, state: STATE.FIN_WAIT2 },
    ]);
    snapshot.outboundRows.timer[0] = TIMER_TIME_WAIT;
    expect(build(snapshot)[0]).toMatchObject({ live: 1, timed: { state: Uint8Array.of(STATE.FIN_WAIT2) } });
  });

  it('makes no pool of rows outside the range, which may have moved', () => {
    const rows = timeWaits(series(20_000, 10));
    expect(build(table(rows), limitsOf({ range: { first: 30_000, last: 30_999 } }))).toEqual([]);
    expect(build(table(rows), limitsOf({ range: { first: 20_004, last: 30_999 } }))[0]?.timed.state.length).toBe(6);
  });
});

describe('capacity', () => {
  it('is the range less reserved, listening and bound ports, each counted once, whatever their family', () => {
    const limits = limitsOf({
      reservedPorts: [
        { first: 19_990, last: 20_009 },
        { first: 20_500, last: 20_509 },
      ],
    });
    const snapshot = table(timeWaits([20_100]), { listeners: [20_005, 20_300, 80], bound: [20_300, 20_301, 20_505] });
    expect(build(snapshot, limits)[0]?.capacity).toBe(1000 - 20 - 2);
    expect(countUnusedCapacity(snapshot, limits)).toBe(978);
    expect(countUnusedCapacity(null, limits)).toBe(980);
  });

  it('leaves rows on blocked ports out of use as well', () => {
    const [pool] = build(table(timeWaits([20_000, 20_002, 20_004]), { listeners: [20_002] }));
    expect(pool).toMatchObject({ capacity: 999, live: 0 });
    expect(pool?.timed.state.length).toBe(2);
  });

  it('is never below use, for any table (property)', () => {
    const port = fc.integer({ min: 19_990, max: 20_110 });
    const rows = fc.array(
      fc.record({ port, state: fc.integer({ min: 1, max: 13 }), to: fc.constantFrom(SERVER, { ...SERVER, port: 80 }) }),
      { maxLength: 300 },
    );
    const blocked = fc.uniqueArray(port, { maxLength: 60 });
    fc.assert(
      fc.property(rows, blocked, blocked, fc.boolean(), (held, listeners, bound, reuse) => {
        const limits = limitsOf({ range: { first: 20_000, last: 20_099 }, twReuse: reuse ? 1 : 0 });
        for (const pool of build(table(held, { listeners, bound }), limits)) {
          const counted = pool.states.reduce((sum, count) => sum + count, 0);
          expect(pool.live + pool.timed.state.length).toBe(counted);
          expect(counted).toBeGreaterThan(0);
          expect(counted).toBeLessThanOrEqual(pool.capacity);
        }
      }),
    );
  });
});

describe('ids', () => {
  it('tell any two pools apart (property)', () => {
    const address = fc.oneof(fc.ipV4(), fc.ipV6());
    const end = fc.record({ local: address, remote: address, port: fc.integer({ min: 1, max: 65_535 }) });
    fc.assert(
      fc.property(
        fc.uniqueArray(end, { maxLength: 20, selector: (e) => `${e.local} ${e.remote} ${e.port}` }),
        (ends) => {
          const pools = build(table(ends.map((to) => ({ port: 20_000, to }))));
          expect(new Set(pools.map(({ id }) => id)).size).toBe(ends.length);
          for (const { id } of pools) expect(encodeURIComponent(id)).toBe(id);
        },
      ),
    );
  });
});

describe('explicit binds', () => {
  const OTHER = { ...SERVER, remote: '10.0.0.3' };
  const odd = (count: number): number[] => series(20_001, count, 2);

  it('are inferred from the other parity, make one pool for all destinations, and are lost to connects', () => {
    const plain = { ...SERVER, local: '10.0.0.9' };
    const pools = build(
      table([
        ...timeWaits(odd(20)),
        ...timeWaits(series(20_041, 20, 2), OTHER),
        ...timeWaits(series(20_000, 30, 2), plain),
      ]),
    );
    expect(pools.map(({ id, capacity }) => [id, capacity])).toEqual([
      ['connect_host_10.0.0.9_10.0.0.2_443', 960],
      ['bind_host_10.0.0.1', 1000],
    ]);
    expect(pools[1]).toMatchObject({ kind: 'bind', remoteAddress: null, remotePort: null, reuse: 'none' });
    expect(pools[1]?.timed.state.length).toBe(40);
  });

  it('count a port once that two destinations share', () => {
    const pools = build(table([...timeWaits(odd(20)), ...timeWaits(odd(20), OTHER)]));
    expect(pools[0]?.timed.state.length).toBe(20);
  });

  it.each([
    ['fewer than ten rows', odd(9)],
    ['mixed parities', [...odd(20), ...series(20_000, 8, 2)]],
    ['connect() parity', series(20_000, 40, 2)],
    ['more than half of the range', series(20_000, 700)],
  ])('are not inferred from %s', (_, ports) => {
    expect(build(table(timeWaits(ports))).map(({ kind }) => kind)).toEqual(['connect']);
  });

  it('are remembered when the pool fills and takes the first parity too', () => {
    const memory = createPoolMemory();
    buildPools(table(timeWaits(odd(100))), limitsOf(), memory);
    const full = buildPools(table(timeWaits(series(20_000, 900)), { now: 2000 }), limitsOf(), memory);
    expect(full.map(({ id }) => id)).toEqual(['bind_host_10.0.0.1']);
  });

  it('are not inferred from what a burst of connects beyond half the range leaves behind', () => {
    const memory = createPoolMemory();
    buildPools(table(timeWaits(series(20_000, 500, 2))), limitsOf(), memory);
    buildPools(table(timeWaits(series(20_000, 900)), { now: 2000 }), limitsOf(), memory);
    const [left] = buildPools(table(timeWaits(odd(80)), { now: 62_000 }), limitsOf(), memory);
    expect(left?.kind).toBe('connect');
  });

  it('are not inferred from what servers that are gone have left towards the ports of their clients', () => {
    const left = series(0, 30).flatMap((i) => timeWaits([20_001 + 2 * i], { ...SERVER, port: 20_500 + 2 * i }));
    const plain = timeWaits(series(20_100, 6, 2), OTHER);
    const pools = build(table([...left, ...plain]));
    expect(pools.map(({ kind }) => kind)).not.toContain('bind');
    expect(pools.find(({ id }) => id.includes('10.0.0.3'))?.capacity).toBe(1000);
  });

  it('are not said of a destination whose own rows follow the parity of connect()', () => {
    const many = series(0, 30).flatMap((i) => timeWaits([20_001 + 2 * i], { ...SERVER, port: 1000 + i }));
    const pools = build(table([...many, ...timeWaits(series(20_100, 6, 2), OTHER)]));
    expect(pools.map(({ id }) => id)).toEqual(['connect_host_10.0.0.1_10.0.0.3_443', 'bind_host_10.0.0.1']);
  });

  it('are not looked for where the parity rule does not hold', () => {
    expect(build(table(timeWaits(odd(40))), limitsOf({ twReuse: null }))[0]?.kind).toBe('connect');
  });
});

describe('reuse', () => {
  const loopback = { local: '127.0.0.1', remote: '127.0.0.2', port: 80 };
  const loopback6 = { local: '::1', remote: '::1', port: 80 };
  const own = { ...SERVER, remote: SERVER.local };
  it.each([
    ['none', { twReuse: 0 as const }, loopback],
    ['after_delay', { twReuse: 1 as const }, loopback],
    ['after_delay', { twReuse: 2 as const }, loopback],
    ['after_delay', { twReuse: 2 as const }, loopback6],
    ['none', { twReuse: 2 as const, timestamps: false }, loopback],
    ['none', { twReuse: 2 as const }, own],
    ['none', { twReuse: 1 as const }, SERVER],
    ['unknown', { twReuse: null }, SERVER],
  ])('is %s with %o towards %o', (expected, limits, to) => {
    expect(build(table(timeWaits([20_000], to)), limitsOf(limits))[0]?.reuse).toBe(expected);
  });

  it.each([
    [true, 'after_delay'],
    [false, 'none'],
  ])('off loopback follows what is seen: peers with timestamps %s give %s', (timestamps, expected) => {
    const limits = limitsOf({ twReuse: 1, range: { first: 20_000, last: 20_099 } });
    const streams = [{ to: [SERVER], rate: 40, fate: 'time_wait' as const }];
    const world = simulate({ limits, granularity: LEARNED, streams, timestamps });
    const memory = createPoolMemory();
    let reuse = '';
    for (let at = 500; at <= 6000; at += 500) {
      world.runTo(at);
      observeCounters(memory, world.counters());
      reuse = buildPools(world.snapshot(), limits, memory)[0]?.reuse ?? '';
    }
    expect(reuse).toBe(expected);
  });

  it('seen once is not believed for ever', () => {
    const limits = limitsOf({ twReuse: 1 });
    const memory = createPoolMemory();
    const steps: [number, number, Held][] = [
      [0, 0, { port: 20_000, expiresMs: 50_000 }],
      [2000, 1, { port: 20_000, expiresMs: 59_000, state: STATE.ESTABLISHED }],
      [130_000, 1, { port: 20_000, state: STATE.ESTABLISHED }],
    ];
    const seen = steps.map(([now, twRecycled, held]) => {
      const snapshot = table([held], { now });
      observeCounters(memory, { ...simulate({ limits, granularity: LEARNED, streams: [] }).counters(), twRecycled });
      return buildPools(snapshot, limits, memory)[0]?.reuse;
    });
    expect(seen).toEqual(['none', 'after_delay', 'none']);
    memory.reuseSeenAt.set('connect_host_10.0.0.1_10.0.0.2_443', MONOTONIC_START);
    const restricted = buildPools(table([{ port: 20_000 }]), limitsOf({ twReuse: 2 }), memory);
    expect(restricted[0]?.reuse).toBe('none');
  });
});
