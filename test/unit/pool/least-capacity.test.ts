/** The least capacity of a pool on kernels that skip ports which were bound before. */
import { describe, expect, it } from 'vitest';
import type { HostLimits } from '../../../daemon/host/limits.js';
import { buildPools } from '../../../daemon/pool/build-pools.js';
import { createPoolMemory } from '../../../daemon/pool/pool-memory.js';
import type { Pool } from '../../../daemon/pool/pool.js';
import { STATE } from '../../../daemon/snapshot/snapshot.js';
import { countFrom, tableOf, timeWaitsOn, type HeldPort } from '../../builders/pool-tables.js';
import { limitsOf, SERVER } from '../../tools/simulator/world.js';

const FIRST = 20_000;
const D1 = { ...SERVER, remote: '10.0.1.1' };
const D2 = { ...SERVER, remote: '10.0.1.2' };
const OF_OTHER_ADDRESS = { ...D2, local: '10.0.0.9' };
const V6 = { local: 'fd00::1', remote: 'fd00::2', port: 443 };
const OLD: Partial<HostLimits> = { range: { first: FIRST, last: FIRST + 99 }, skipsBoundPorts: true };

/** The pools of one table that shows rows of long ago, so that no bind is inferred. */
const build = (held: readonly HeldPort[], limits: Partial<HostLimits> = {}): Pool[] =>
  buildPools(
    tableOf(held.map((each) => ({ ...each, expiresMs: 10_000 }))),
    limitsOf({ ...OLD, ...limits }),
    createPoolMemory(),
  );
const boundTo = (remote: typeof D1, pools: readonly Pool[]): number | undefined =>
  pools.find(({ localAddress, remoteAddress }) => localAddress === remote.local && remoteAddress === remote.remote)
    ?.capacityLow;

describe('the least capacity below Linux 6.18', () => {
  const full = timeWaitsOn(countFrom(FIRST, 100), D1);

  it('leaves out the ports of the parity of bind(0) that other pools hold: 50 of 100, the least that was measured', () => {
    const pools = build([...full, ...timeWaitsOn([FIRST], D2)]);
    expect(boundTo(D2, pools)).toBe(50);
    expect(pools.map(({ capacity }) => capacity)).toEqual([100, 100]);
  });

  it('is 70 of 100 where 30 of the 80 ports held are of that parity', () => {
    const ports = [...countFrom(FIRST, 50, 2), ...countFrom(FIRST + 1, 30, 2)];
    expect(boundTo(D2, build([...timeWaitsOn(ports, D1), ...timeWaitsOn([FIRST], D2)]))).toBe(70);
  });

  it('is the capacity where only ports of the other parity are held', () => {
    const pools = build([...timeWaitsOn(countFrom(FIRST, 40, 2), D1), ...timeWaitsOn([FIRST], D2)]);
    expect(boundTo(D2, pools)).toBe(100);
  });

  it('goes by the parity of the first port of the range', () => {
    const range = { first: FIRST + 1, last: FIRST + 100 };
    const held = [...timeWaitsOn(countFrom(FIRST + 2, 20, 2), D1), ...timeWaitsOn([FIRST + 1], D2)];
    expect(boundTo(D2, build(held, { range }))).toBe(80);
  });

  it('holds for other local addresses and for IPv6, because all addresses share the bucket of a port', () => {
    const pools = build([...full, ...timeWaitsOn([FIRST], OF_OTHER_ADDRESS), ...timeWaitsOn([FIRST], V6)]);
    expect([boundTo(OF_OTHER_ADDRESS, pools), boundTo(V6, pools)]).toEqual([50, 50]);
  });

  it('counts ports that rows of IPv6 hold', () => {
    const pools = build([...timeWaitsOn(countFrom(FIRST + 1, 10, 2), V6), ...timeWaitsOn([FIRST], D2)]);
    expect(boundTo(D2, pools)).toBe(90);
  });

  it('does not count the ports that only the pool itself holds, and counts a port of several pools once', () => {
    const pools = build([
      ...timeWaitsOn(countFrom(FIRST + 1, 20, 2), D1),
      ...timeWaitsOn(countFrom(FIRST + 1, 5, 2), D2),
      ...timeWaitsOn(countFrom(FIRST + 1, 5, 2), V6),
    ]);
    expect(boundTo(D1, pools)).toBe(95);
    expect(boundTo(D2, pools)).toBe(80);
    expect(boundTo(V6, pools)).toBe(80);
  });

  it('counts no port that is blocked, outside of the range, or held by a closed socket', () => {
    const held: HeldPort[] = [
      ...timeWaitsOn([FIRST + 1, FIRST + 3, FIRST + 101], D1),
      { port: FIRST + 5, to: D1, state: STATE.CLOSE },
      ...timeWaitsOn([FIRST], D2),
    ];
    const reservedPorts = [{ first: FIRST + 3, last: FIRST + 3 }];
    expect(boundTo(D2, build(held, { reservedPorts }))).toBe(98);
  });

  it('is that of old kernels where the version is not known', () => {
    const pools = build([...full, ...timeWaitsOn([FIRST], D2)], { skipsBoundPorts: undefined });
    expect(boundTo(D2, pools)).toBe(50);
  });

  it.each<[string, Partial<HostLimits>]>([
    ['from Linux 6.18 on', { skipsBoundPorts: false }],
    ['on a system that is not Linux', { twReuse: null, skipsBoundPorts: undefined }],
  ])('is the capacity %s', (_, limits) => {
    const pools = build([...full, ...timeWaitsOn([FIRST], D2)], limits);
    expect(pools.map(({ capacity, capacityLow }) => capacityLow - capacity)).toEqual([0, 0]);
  });
});
