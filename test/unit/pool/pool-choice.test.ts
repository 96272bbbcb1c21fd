/** Which pools are built where a host has more destinations than are listed. */
import { describe, expect, it } from 'vitest';
import { buildPools } from '../../../daemon/pool/build-pools.js';
import { MAX_LISTED_POOLS } from '../../../daemon/pool/pool-choice.js';
import { createPoolMemory } from '../../../daemon/pool/pool-memory.js';
import { tableOf, timeWaitsOn } from '../../builders/pool-tables.js';
import { limitsOf, SERVER } from '../../tools/simulator/world.js';

const PORT = 20_000;

/** One row for each of these numbers, which stand for destinations, and the rows that are given. */
const tableTo = (destinations: readonly number[], more: Parameters<typeof tableOf>[0] = []) =>
  tableOf([...destinations.flatMap((place) => timeWaitsOn([PORT], { ...SERVER, remote: remoteOf(place) })), ...more]);
const remoteOf = (place: number): string => `11.${place >> 16}.${(place >> 8) & 255}.${place & 255}`;
const idOf = (remote: string): string => `connect_host_${SERVER.local}_${remote}_${SERVER.port}`;
const range = (from: number, count: number): number[] => Array.from({ length: count }, (_, index) => from + index);

describe('the pools that are listed', () => {
  it('are all pools where there are few', () => {
    const memory = createPoolMemory();
    expect(buildPools(tableTo(range(0, MAX_LISTED_POOLS)), limitsOf(), memory)).toHaveLength(MAX_LISTED_POOLS);
    expect(memory.unlisted).toBeNull();
  });

  it('are those with the most rows, wherever they stand in the table; the others are added up', () => {
    const memory = createPoolMemory();
    const total = 50_000;
    const pools = buildPools(tableTo(range(0, total), timeWaitsOn([PORT, PORT + 2], SERVER)), limitsOf(), memory);
    expect(pools).toHaveLength(MAX_LISTED_POOLS);
    expect(pools.map(({ id }) => id)).toContain(idOf(SERVER.remote));
    const count = total + 1 - MAX_LISTED_POOLS;
    const capacity = count * (pools[0]?.capacity ?? 0);
    expect(memory.unlisted).toEqual({ count, used: count, live: 0, timeWait: count, capacity, closeRate: count / 60 });
  });

  it('stay listed while they hold as many rows as the others, although new ones stand before them', () => {
    const memory = createPoolMemory();
    const first = buildPools(tableTo(range(10_000, 5000)), limitsOf(), memory).map(({ id }) => id);
    const next = buildPools(tableTo(range(0, 15_000)), limitsOf(), memory).map(({ id }) => id);
    expect(next).toEqual(first);
  });

  it('include a watched pool that holds less than all others', () => {
    const rows = range(0, 5000).flatMap((place) =>
      timeWaitsOn([PORT, PORT + 2], { ...SERVER, remote: remoteOf(place) }),
    );
    const watched = new Set([idOf(SERVER.remote)]);
    const build = (ids: ReadonlySet<string>) =>
      buildPools(tableOf([...rows, ...timeWaitsOn([PORT], SERVER)]), limitsOf(), createPoolMemory(), ids);
    expect(build(new Set()).map(({ id }) => id)).not.toContain(idOf(SERVER.remote));
    expect(build(watched).map(({ id }) => id)).toContain(idOf(SERVER.remote));
  });
});
