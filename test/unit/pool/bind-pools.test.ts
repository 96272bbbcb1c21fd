/**
 * Pools of clients that call bind(address, 0) before connect(). The range is 20,000 to 20,999, so connect() takes even
 * ports first.
 */
import { describe, expect, it } from 'vitest';
import type { HostLimits } from '../../../daemon/host/limits.js';
import { buildPools } from '../../../daemon/pool/build-pools.js';
import { createPoolMemory } from '../../../daemon/pool/pool-memory.js';
import type { Snapshot } from '../../../daemon/snapshot/snapshot.js';
import { countFrom, tableOf, timeWaitsOn } from '../../builders/pool-tables.js';
import { limitsOf, SERVER } from '../../tools/simulator/world.js';

/** The pools of a single table. */
const buildOnce = (snapshot: Snapshot, limits: HostLimits = limitsOf()) =>
  buildPools(snapshot, limits, createPoolMemory());

describe('explicit binds', () => {
  const OTHER = { ...SERVER, remote: '10.0.0.3' };
  const odd = (count: number): number[] => countFrom(20_001, count, 2);

  it('are inferred from ports of the other parity, make one pool for all destinations, and reduce the capacity of connects', () => {
    const plain = { ...SERVER, local: '10.0.0.9' };
    const pools = buildOnce(
      tableOf([
        ...timeWaitsOn(odd(20)),
        ...timeWaitsOn(countFrom(20_041, 20, 2), OTHER),
        ...timeWaitsOn(countFrom(20_000, 30, 2), plain),
      ]),
    );
    expect(pools.map(({ id, capacity }) => [id, capacity])).toEqual([
      ['connect_host_10.0.0.9_10.0.0.2_443', 960],
      ['bind_host_10.0.0.1', 1000],
    ]);
    expect(pools[1]).toMatchObject({ kind: 'bind', remoteAddress: null, remotePort: null, reuse: 'none' });
    expect(pools[1]?.timed.state.length).toBe(40);
  });

  it('count a port that two destinations share once', () => {
    const pools = buildOnce(tableOf([...timeWaitsOn(odd(20)), ...timeWaitsOn(odd(20), OTHER)]));
    expect(pools[0]?.timed.state.length).toBe(20);
  });

  it.each([
    ['fewer than ten rows', odd(9)],
    ['mixed parities', [...odd(20), ...countFrom(20_000, 8, 2)]],
    ['connect() parity', countFrom(20_000, 40, 2)],
    ['more than half of the range', countFrom(20_000, 700)],
  ])('are not inferred from %s', (_, ports) => {
    expect(buildOnce(tableOf(timeWaitsOn(ports))).map(({ kind }) => kind)).toEqual(['connect']);
  });

  it('stay inferred when the pool fills and takes ports of the first parity too', () => {
    const memory = createPoolMemory();
    buildPools(tableOf(timeWaitsOn(odd(100))), limitsOf(), memory);
    const full = buildPools(tableOf(timeWaitsOn(countFrom(20_000, 900)), { now: 2000 }), limitsOf(), memory);
    expect(full.map(({ id }) => id)).toEqual(['bind_host_10.0.0.1']);
  });

  it('are not inferred from the rows that a burst of connects beyond half of the range leaves behind', () => {
    const memory = createPoolMemory();
    buildPools(tableOf(timeWaitsOn(countFrom(20_000, 500, 2))), limitsOf(), memory);
    buildPools(tableOf(timeWaitsOn(countFrom(20_000, 900)), { now: 2000 }), limitsOf(), memory);
    const [left] = buildPools(tableOf(timeWaitsOn(odd(80)), { now: 62_000 }), limitsOf(), memory);
    expect(left?.kind).toBe('connect');
  });

  it('are not inferred from the rows that a stopped server has left towards the ports of its clients', () => {
    const left = countFrom(0, 30).flatMap((i) => timeWaitsOn([20_001 + 2 * i], { ...SERVER, port: 20_500 + 2 * i }));
    const plain = timeWaitsOn(countFrom(20_100, 6, 2), OTHER);
    const pools = buildOnce(tableOf([...left, ...plain]));
    expect(pools.map(({ kind }) => kind)).not.toContain('bind');
    expect(pools.find(({ id }) => id.includes('10.0.0.3'))?.capacity).toBe(1000);
  });

  it('are not inferred for a destination whose own rows follow the parity of connect()', () => {
    const many = countFrom(0, 30).flatMap((i) => timeWaitsOn([20_001 + 2 * i], { ...SERVER, port: 1000 + i }));
    const pools = buildOnce(tableOf([...many, ...timeWaitsOn(countFrom(20_100, 6, 2), OTHER)]));
    expect(pools.map(({ id }) => id)).toEqual(['connect_host_10.0.0.1_10.0.0.3_443', 'bind_host_10.0.0.1']);
  });

  it('are not inferred on a system without tcp_tw_reuse, where the parity rule does not hold', () => {
    expect(buildOnce(tableOf(timeWaitsOn(odd(40))), limitsOf({ twReuse: null }))[0]?.kind).toBe('connect');
  });
});
