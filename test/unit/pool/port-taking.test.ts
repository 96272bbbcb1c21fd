/**
 * Which clients call bind(0) before connect(), by the ports that a simulated host gives them. The range is 20,000 to
 * 20,999 unless said, and all clients close first.
 */
import { describe, expect, it } from 'vitest';
import { createPoolMemory } from '../../../daemon/pool/pool-memory.js';
import { buildPools } from '../../../daemon/pool/build-pools.js';
import { STATE } from '../../../daemon/snapshot/snapshot.js';
import { countFrom, tableOf, type HeldPort } from '../../builders/pool-tables.js';
import { destination, namesOf, stream, usedOf, watchPools } from '../../builders/watch-pools.js';
import { steps } from '../../tools/simulator/plan.js';
import { seeded } from '../../tools/simulator/random.js';
import { limitsOf, SERVER } from '../../tools/simulator/world.js';

const BINDS = { binds: true };
const [X, Y] = [destination(1, 1), destination(1, 2)];
/** So many connections within half a second. */
const burst = (count: number, atMs = 3000) => steps([0, 0], [atMs, 2 * count], [atMs + 500, 0]);
const many = (count: number) => countFrom(1, count).map((remote) => destination(1, remote));

describe('a pool of bind(0)', () => {
  it.each([
    ['steady, two destinations', [stream([X, Y], 14, BINDS)], {}],
    ['steady, 200 destinations of a few rows each', [stream(many(200), 12, BINDS)], {}],
    [
      'steady, in a range whose first port is odd',
      [stream([X], 14, BINDS)],
      { range: { first: 20_001, last: 21_000 } },
    ],
    ['steady, in a range of odd size', [stream([X], 14, BINDS)], { range: { first: 20_000, last: 20_998 } }],
    ['a burst past half of the range', [stream([X], burst(700), BINDS)], {}],
    [
      'a burst past half of a range of odd size',
      [stream([X], burst(700), BINDS)],
      { range: { first: 20_000, last: 20_998 } },
    ],
    ['a burst of connections that stay open', [stream([X], burst(700), { ...BINDS, fate: 'kept' })], {}],
    [
      'a burst on loopback',
      [stream([{ local: '127.32.0.1', remote: '127.0.0.1', port: 80 }], burst(700), BINDS)],
      { twReuse: 2 },
    ],
    ['IPv6', [stream([{ local: 'fd00::1', remote: 'fd00::2', port: 443 }], 14, BINDS)], {}],
  ] as const)('is found from the first sample with ten rows on and stays found: %s', (_, streams, limits) => {
    const { samples } = watchPools(streams, { to: 60, limits: limitsOf(limits) });
    const rowsOf = (pools: (typeof samples)[number]['pools']) => pools.reduce((sum, pool) => sum + usedOf(pool), 0);
    const withRows = samples.filter(({ pools }) => rowsOf(pools) >= 10);
    expect(withRows.length).toBeGreaterThan(25);
    for (const { pools } of withRows) expect(pools).toMatchObject([{ kind: 'bind', reuse: 'none' }]);
  });

  it.each([300, 760, 900])('is found by a daemon that starts when about %i ports are held', (held) => {
    const from = held / 20;
    const { samples } = watchPools([stream([X, Y], 20, BINDS)], { from, to: from + 2 });
    expect(namesOf(samples[0]?.pools ?? [])).toEqual(['bind 10.0.0.1']);
  });

  it('is found with SO_REUSEADDR, which fills both parities of the lower half of the range first', () => {
    const memory = createPoolMemory();
    const lower = [...countFrom(20_001, 250, 2), ...countFrom(20_000, 250, 2)];
    const ports = [...lower, ...countFrom(20_501, 250, 2)];
    for (let held = 50, now = 0; held <= ports.length; held += 50, now += 2000) {
      const table = tableOf(
        ports.slice(0, held).map((port) => ({ port })),
        { now },
      );
      expect(buildPools(table, limitsOf(), memory).map(({ kind }) => kind)).toEqual(['bind']);
    }
  });

  it('is only that of the local addresses whose clients bind', () => {
    const { samples } = watchPools([stream([X], 5, BINDS), stream([destination(2, 1)], 5)], { to: 60 });
    expect(namesOf(samples.at(-1)?.pools ?? [])).toEqual(['bind 10.0.0.1', 'connect 10.0.0.2']);
  });

  it('follows a client that begins to bind, or no longer does', () => {
    const before = steps([0, 8], [60_000, 0]);
    const after = steps([0, 0], [60_000, 8]);
    const begins = watchPools([stream([X], before), stream([X], after, BINDS)], { to: 120 });
    const ends = watchPools([stream([X], before, BINDS), stream([X], after)], { to: 120 });
    expect(namesOf(begins.samples[25]?.pools ?? [])).toEqual(['connect 10.0.0.1']);
    expect(namesOf(begins.samples.at(-1)?.pools ?? [])).toEqual(['bind 10.0.0.1']);
    expect(namesOf(ends.samples[25]?.pools ?? [])).toEqual(['bind 10.0.0.1']);
    expect(namesOf(ends.samples.at(-1)?.pools ?? [])).toEqual(['connect 10.0.0.1']);
  });
});

describe('plain connects make no pool of bind(0)', () => {
  const flippedAt = (atMs: number) => [{ atMs, limits: { range: { first: 19_999, last: 20_998 } } }];
  it.each([
    ['below half of the range', [stream([X], 5)], {}],
    ['past half of the range', [stream([X, Y], 26)], {}],
    ['with ten destinations past half', [stream(many(10), 120)], {}],
    ['in bursts past half', [stream([X], burst(900)), stream([X], burst(900, 75_000))], {}],
    ['after the parity of the first port has changed', [stream([X], 5)], { changes: flippedAt(61_000) }],
    [
      'after the range has shrunk',
      [stream([X], 5)],
      { changes: [{ atMs: 61_000, limits: { range: { first: 20_001, last: 20_500 } } }] },
    ],
    ['that the peers close, 600 at a time', [stream([X], 300, { fate: 'server_closes', life: { forMs: 2000 } })], {}],
    [
      'that reuse TIME_WAIT',
      [stream([{ local: '127.0.0.1', remote: '127.0.0.1', port: 80 }], 700)],
      { limits: limitsOf({ twReuse: 2 }) },
    ],
    ['at a daemon that starts while a pool drains', [stream([X], steps([0, 15], [58_000, 0]))], { from: 95 }],
    ['at a daemon that starts while a burst drains', [stream([X], steps([0, 25], [38_000, 0]))], { from: 85 }],
  ] as const)('%s', (_, streams, more) => {
    const { samples } = watchPools(streams, { to: 140, ...more });
    for (const { second, pools } of samples) {
      expect(
        pools.map(({ kind }) => kind),
        `after ${second} s`,
      ).not.toContain('bind');
    }
  });
});

describe('ports that an application chooses itself make no pool of bind(0)', () => {
  const random = seeded(7);
  const ANY = (): number => 20_000 + Math.floor(1000 * random());
  let next = 0;
  const IN_TURN = (): number => 20_000 + (next++ % 1000);
  it.each([
    ['at random, one destination', 1, ANY],
    ['at random, five destinations', 5, ANY],
    ['in turn, one destination', 1, IN_TURN],
    ['in turn, five destinations', 5, IN_TURN],
  ])('%s', (_, destinations, choose) => {
    const memory = createPoolMemory();
    let held: (HeldPort & { readonly until: number })[] = [];
    for (let now = 0; now < 200_000; now += 2000) {
      held = held.filter(({ until }) => until > now);
      for (let opened = 0; opened < 10; opened += 1) {
        const to = { ...SERVER, remote: `10.0.0.${2 + (opened % destinations)}` };
        const port = choose();
        if (held.some((other) => other.port === port && other.to?.remote === to.remote)) continue;
        held.push({ port, to, state: STATE.TIME_WAIT, until: now + 60_000 });
      }
      const table = tableOf(
        held.map(({ port, to = SERVER, until }) => ({ port, to, expiresMs: until - now })),
        { now },
      );
      expect(buildPools(table, limitsOf(), memory).map(({ kind }) => kind)).not.toContain('bind');
    }
  });
});

describe('two programs at one destination, of which one binds,', () => {
  it.each([
    [9, 3],
    [3, 9],
  ])('at %i connects/s and %i binds/s have a pool each, and together hold every row', (connects, binds) => {
    const { samples } = watchPools([stream([X], connects), stream([X], binds, BINDS)], { to: 40 });
    const [connect, bind] = samples.at(-1)?.pools ?? [];
    if (connect === undefined || bind === undefined) throw new Error('there are not two pools');
    expect([connect.kind, bind.kind]).toEqual(['connect', 'bind']);
    // Each program is blocked by the rows of the other.
    const lost = bind.capacity - connect.capacity;
    expect(usedOf(connect) + lost).toBe(usedOf(bind));
    expect(lost / usedOf(bind)).toBeCloseTo(binds / 12, 1);
  });

  it('equally often are not told from chosen ports: one pool holds every row, and its forecast is the same', () => {
    const { samples } = watchPools([stream([X], 5), stream([X], 5, BINDS)], { to: 40 });
    const [only, ...others] = samples.at(-1)?.pools ?? [];
    expect(others).toEqual([]);
    expect(only?.capacity).toBe(1000);
  });

  it('equally often at two destinations are told, because bound ports are never shared', () => {
    const { samples } = watchPools([stream([X, Y], 5), stream([X, Y], 5, BINDS)], { to: 40 });
    expect(namesOf(samples.at(-1)?.pools ?? [])).toEqual(['bind 10.0.0.1', 'connect 10.0.0.1', 'connect 10.0.0.1']);
  });
});
