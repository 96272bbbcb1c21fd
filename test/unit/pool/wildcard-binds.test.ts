/** Binds to 0.0.0.0 or ::, which share one pool of ports over all local addresses. The range is 20,000 to 20,999. */
import { describe, expect, it } from 'vitest';
import { createPoolMemory } from '../../../daemon/pool/pool-memory.js';
import { buildPools } from '../../../daemon/pool/build-pools.js';
import { countFrom, tableOf, timeWaitsOn, type HeldPort } from '../../builders/pool-tables.js';
import { destination, namesOf, stream, usedOf, watchPools } from '../../builders/watch-pools.js';
import { steps } from '../../tools/simulator/plan.js';
import { limitsOf, type Destination, type Stream } from '../../tools/simulator/world.js';

const WILDCARD = { binds: 'wildcard' } as const;
const BINDS = { binds: true };
const [A, B, C] = [destination(1, 1), destination(2, 2), destination(3, 3)];
const [V6, OTHER_V6]: [Destination, Destination] = [
  { local: 'fd00::1', remote: 'fd00::2', port: 443 },
  { local: 'fd01::1', remote: 'fd01::2', port: 443 },
];
const lastPools = (streams: readonly Stream[], to = 40) => watchPools(streams, { to }).samples.at(-1)?.pools ?? [];

describe('the pool of binds to the wildcard address', () => {
  it.each([
    ['of two addresses', [A, B], '0.0.0.0'],
    ['of twenty addresses with few rows each', countFrom(1, 20).map((local) => destination(local, 1)), '0.0.0.0'],
    ['of an IPv4 and an IPv6 address', [A, V6], '::'],
    ['of two IPv6 addresses', [V6, OTHER_V6], '::'],
  ])('is one pool %s, well before it is full', (_, to, localAddress) => {
    const { samples, failedAt } = watchPools([stream(to, 20, WILDCARD)], { to: 60 });
    const found = samples.find(({ pools }) => namesOf(pools).join() === `bind ${localAddress}`);
    expect(found?.second).toBeLessThanOrEqual(12);
    expect(failedAt).toBeGreaterThan(40);
    for (const { second, pools } of samples.filter((sample) => sample.second >= (found?.second ?? 0))) {
      expect(namesOf(pools), `after ${second} s`).toEqual([`bind ${localAddress}`]);
      expect(pools[0]).toMatchObject({ capacity: 1000, remoteAddress: null, remotePort: null, reuse: 'none' });
    }
    expect(samples.at(-1)?.pools.map(usedOf)).toEqual([1000]);
  });

  it('is found from one sample on where a burst has taken most of the range', () => {
    const burst = steps([0, 0], [3000, 1400], [3500, 0]);
    const { samples } = watchPools([stream([A, B], burst, WILDCARD)], { to: 10 });
    expect(samples[2]?.pools.map(({ id }) => id)).toEqual(['bind_host_0.0.0.0']);
  });

  it('has an id that is safe in a URL', () => {
    expect(lastPools([stream([V6, OTHER_V6], 20, WILDCARD)]).map(({ id }) => id)).toEqual(['bind_host_--']);
  });

  it('holds the rows of plain connects as well, which lose its ports', () => {
    const pools = lastPools([stream([A, B], 8, WILDCARD), stream([destination(1, 4)], 4)]);
    expect(namesOf(pools)).toEqual(['bind 0.0.0.0', 'connect 10.0.0.1']);
    const [connect, bind] = pools;
    if (connect === undefined || bind === undefined) throw new Error('there are not two pools');
    expect(usedOf(bind)).toBe(usedOf(connect) + bind.capacity - connect.capacity);
  });

  it('leaves out an address to which another program binds', () => {
    const pools = lastPools([stream([A, B], 10, WILDCARD), stream([C], 8, BINDS)]);
    expect(namesOf(pools)).toEqual(['bind 0.0.0.0', 'bind 10.0.0.3']);
    // A port of that address is missing to the wildcard too, but not the reverse.
    const [own, wildcard] = pools.map(usedOf);
    expect(own).toBeLessThan(360);
    expect(wildcard).toBeGreaterThan(500);
  });

  it('stays while the rows of one of its addresses drain', () => {
    const both = steps([0, 10], [40_000, 0]);
    const { samples } = watchPools([stream([A], 5, WILDCARD), stream([B], both, WILDCARD)], { to: 140 });
    expect(namesOf(samples.at(-1)?.pools ?? [])).toEqual(['bind 0.0.0.0']);
  });
});

describe('binds to several addresses', () => {
  it.each([
    ['two addresses', [A, B], 9],
    ['two addresses, few rows', [A, B], 1],
    ['fifty addresses', countFrom(1, 50).map((local) => destination(local, 1)), 2],
  ])('have a pool each: %s', (_, to, ratePerAddress) => {
    const streams = to.map((each) => stream([each], ratePerAddress, BINDS));
    const { samples } = watchPools(streams, { to: 60 });
    for (const { pools } of samples) expect(namesOf(pools)).not.toContain('bind 0.0.0.0');
    expect(namesOf(samples.at(-1)?.pools ?? [])).toEqual(to.map(({ local }) => `bind ${local}`).sort());
  });

  it('are no longer one pool once a port stands under two of them', () => {
    const memory = createPoolMemory();
    const odd = (first: number, count: number, to: Destination): HeldPort[] =>
      timeWaitsOn(countFrom(first, count, 2), to);
    const apart = [...odd(20_001, 100, A), ...odd(20_201, 100, B)];
    const build = (held: readonly HeldPort[], now: number) =>
      namesOf(buildPools(tableOf(held, { now }), limitsOf(), memory));
    expect(build(apart, 0)).toEqual(['bind 0.0.0.0']);
    expect(build([...apart, ...odd(20_001, 60, B)], 2000)).toEqual(['bind 10.0.0.1', 'bind 10.0.0.2']);
  });
});
