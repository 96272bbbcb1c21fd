/** Whether connect() may take the TIME_WAIT ports of a pool again. */
import { describe, expect, it } from 'vitest';
import { buildPools } from '../../../daemon/pool/build-pools.js';
import { createPoolMemory, observeCounters } from '../../../daemon/pool/pool-memory.js';
import { STATE } from '../../../daemon/snapshot/snapshot.js';
import { tableOf, timeWaitsOn, type HeldPort } from '../../builders/pool-tables.js';
import { simulate } from '../../tools/simulator/simulate.js';
import { LEARNED, limitsOf, MONOTONIC_START, SERVER } from '../../tools/simulator/world.js';

describe('the reuse of a pool', () => {
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
    const [pool] = buildPools(tableOf(timeWaitsOn([20_000], to)), limitsOf(limits), createPoolMemory());
    expect(pool?.reuse).toBe(expected);
  });

  it.each([
    [true, 'after_delay'],
    [false, 'none'],
  ])('off loopback follows what the tables show: peers with timestamps %s give %s', (timestamps, expected) => {
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

  it('counts for two minutes after ports were last seen to be reused, and only while tcp_tw_reuse is 1', () => {
    const limits = limitsOf({ twReuse: 1 });
    const memory = createPoolMemory();
    const steps: [number, number, HeldPort][] = [
      [0, 0, { port: 20_000, expiresMs: 50_000 }],
      [2000, 1, { port: 20_000, expiresMs: 59_000, state: STATE.ESTABLISHED }],
      [130_000, 1, { port: 20_000, state: STATE.ESTABLISHED }],
    ];
    const reuses = steps.map(([now, twRecycled, held]) => {
      const snapshot = tableOf([held], { now });
      observeCounters(memory, { ...simulate({ limits, granularity: LEARNED, streams: [] }).counters(), twRecycled });
      return buildPools(snapshot, limits, memory)[0]?.reuse;
    });
    expect(reuses).toEqual(['none', 'after_delay', 'none']);
    memory.reuseSeenAt.set('connect_host_10.0.0.1_10.0.0.2_443', MONOTONIC_START);
    const restricted = buildPools(tableOf([{ port: 20_000 }]), limitsOf({ twReuse: 2 }), memory);
    expect(restricted[0]?.reuse).toBe('none');
  });
});
