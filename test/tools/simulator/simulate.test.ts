import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { STATE } from '../../../daemon/snapshot/snapshot.js';
import { steps } from './plan.js';
import { simulate } from './simulate.js';
import { LEARNED, limitsOf, SERVER, type Stream, type World } from './world.js';

const OTHER = { ...SERVER, remote: '10.0.0.3' };
const churn = (rate: Stream['rate'], more: Partial<Stream> = {}): Stream => ({
  to: [SERVER],
  rate,
  fate: 'time_wait',
  ...more,
});
const world = (streams: readonly Stream[], more: Partial<World> = {}): World => ({
  limits: limitsOf(),
  granularity: LEARNED,
  streams,
  ...more,
});
const at = (of: World, ms: number) => {
  const simulation = simulate(of);
  simulation.runTo(ms);
  return simulation;
};
const portsOf = (of: World, ms: number): number[] => [...at(of, ms).snapshot().outboundRows.localPort];

describe('any world (property)', () => {
  const stream: fc.Arbitrary<Stream> = fc.record(
    {
      to: fc.constantFrom([SERVER], [OTHER], [SERVER, OTHER]),
      rate: fc.integer({ min: 0, max: 40 }),
      fate: fc.constantFrom('time_wait', 'fin_wait2', 'kept', 'server_closes', 'reset'),
      life: fc.constantFrom({ forMs: 500 }, { meanMs: 2000 }, { untilMs: 20_000 }, { untilMs: 9000, overMs: 5000 }),
      peerFinMs: fc.constantFrom(100, 5000, 90_000),
      binds: fc.boolean(),
    },
    { requiredKeys: ['to', 'rate', 'fate'] },
  );
  const any: fc.Arbitrary<World> = fc
    .record({
      streams: fc.array(stream, { minLength: 1, maxLength: 4 }),
      size: fc.integer({ min: 1, max: 300 }),
      twReuse: fc.constantFrom(0 as const, 1 as const, 2 as const),
      maxTwBuckets: fc.constantFrom(262_144, 50),
      finTimeoutMs: fc.constantFrom(3000, 10_000, 60_000, 90_000),
      kind: fc.constantFrom('paced' as const, 'poisson' as const),
      moves: fc.boolean(),
      seed: fc.integer(),
    })
    .map(({ streams, size, kind, moves, seed, ...limits }) =>
      world(streams, {
        limits: limitsOf({ ...limits, range: { first: 20_000, last: 19_999 + size } }),
        changes: moves ? [{ atMs: 30_000, limits: { range: { first: 20_010, last: 20_110 } } }] : [],
        arrivals: { kind },
        listeners: size > 10 ? [20_003, 20_004] : [],
        seed,
      }),
    );

  it('holds each port at most once per destination, at most all of them, and its counters agree', () => {
    fc.assert(
      fc.property(any, (of) => {
        const simulation = simulate(of);
        for (let ms = 0; ms <= 130_000; ms += 6500) {
          simulation.runTo(ms);
          const { outbound, outboundRows } = simulation.snapshot();
          const { range } = simulation.limits();
          const counters = simulation.counters();
          expect((counters.timeWait ?? 0) + (counters.inUse ?? 0)).toBe(outboundRows.state.length);
          expect(counters.timeWait ?? 0).toBeLessThanOrEqual(of.limits.maxTwBuckets ?? Infinity);
          outbound.remoteAddress.forEach((_, group) => {
            const ports = outboundRows.localPort.subarray(outbound.rowStart[group], outbound.rowStart[group + 1]);
            expect(new Set(ports).size).toBe(ports.length);
            const inside = ports.filter((port) => port >= range.first && port <= range.last);
            const blocked = (of.listeners ?? []).filter((port) => port >= range.first && port <= range.last);
            expect(inside.length).toBeLessThanOrEqual(range.last - range.first + 1 - blocked.length);
            if (of.changes?.length === 0) expect(inside.length).toBe(ports.length);
          });
          for (const listener of of.listeners ?? []) expect(outboundRows.localPort).not.toContain(listener);
        }
        const failures = simulation.failures();
        expect(simulation.failedAt()).toBe(failures[0]?.atMs ?? null);
        expect(simulation.failureCount()).toBe(failures.length);
      }),
      { numRuns: 40 },
    );
  });

  it('gives the same bytes twice, however often it is read', () => {
    fc.assert(
      fc.property(any, (of) => {
        const watched = simulate(of);
        for (let ms = 0; ms <= 70_000; ms += 1700) {
          watched.runTo(ms);
          watched.snapshot();
        }
        watched.runTo(70_000);
        const once = at(of, 70_000);
        expect(watched.snapshot()).toEqual(once.snapshot());
        expect(watched.counters()).toEqual(once.counters());
        expect(watched.failures()).toEqual(once.failures());
      }),
      { numRuns: 20 },
    );
  });
});

describe('ports', () => {
  it('of connect() have the parity of the first port of the range until half is used, of bind(0) the other parity', () => {
    expect(new Set(portsOf(world([churn(25)]), 19_900).map((port) => port % 2))).toEqual(new Set([0]));
    expect(new Set(portsOf(world([churn(25, { binds: true })]), 19_900).map((port) => port % 2))).toEqual(new Set([1]));
    expect(portsOf(world([churn(25)]), 24_000).filter((port) => port % 2 === 1)).toHaveLength(100);
  });

  it('are shared by connects to two destinations, and not by binds before them', () => {
    const both = (binds: boolean) => world([churn(50, { to: [SERVER, OTHER], binds })]);
    expect(at(both(false), 30_000).failedAt()).toBeNull();
    const bound = at(both(true), 30_000);
    expect(bound.failures()[0]).toMatchObject({ atMs: 20_020, syscall: 'bind' });
  });

  it('that bind(0) took are lost to connects to every destination, from other addresses too', () => {
    const elsewhere = { ...OTHER, local: '10.0.0.9' };
    const of = world([churn(steps([0, 50], [10_010, 0]), { binds: true }), churn(25, { to: [elsewhere] })]);
    // 500 ports are bound, so 500 are left.
    expect(at(of, 40_000).failedAt(elsewhere)).toBe(20_040);
    expect(at(of, 40_000).failedAt(SERVER)).toBeNull();
  });

  it('of a range of odd size run out one port early at most', () => {
    const limits = limitsOf({ range: { first: 20_000, last: 20_004 } });
    const taken = Array.from({ length: 60 }, (_, seed) => {
      const failed = at(world([churn(10)], { limits, seed }), 20_000).failedAt() ?? Infinity;
      return Math.round(failed / 100) - 1;
    });
    expect(new Set(taken)).toEqual(new Set([4, 5]));
  });

  it('are those of the range in force: held ports outside of it do not count', () => {
    const of = world([churn(25)], { changes: [{ atMs: 20_001, limits: { range: { first: 30_000, last: 30_499 } } }] });
    const simulation = at(of, 39_990);
    expect(simulation.used()).toBe(499);
    expect(simulation.snapshot().rows).toBe(999);
    simulation.runTo(50_000);
    expect(simulation.failedAt()).toBe(40_040);
    expect(simulation.limits().range.first).toBe(30_000);
  });
});

describe('what keeps ports from being held', () => {
  it('beyond tcp_max_tw_buckets a close is counted and leaves no row', () => {
    const simulation = at(world([churn(25)], { limits: limitsOf({ maxTwBuckets: 50 }) }), 10_000);
    expect(simulation.counters()).toMatchObject({ timeWait: 50, tw: 50, twOverflow: 200, activeOpens: 250 });
    expect([simulation.used(), simulation.snapshot().rows]).toEqual([50, 50]);
    // The first rows are released after 61 to 62 s, and as many may enter again.
    simulation.runTo(63_000);
    const { timeWait, tw, twOverflow } = simulation.counters();
    expect(timeWait).toBe(50);
    expect((tw ?? 0) + (twOverflow ?? 0)).toBe(1575);
    expect(tw).toBeGreaterThan(75);
  });

  it('a bound port that is not connected is taken by no connect, and is in the table', () => {
    const bound = [20_000, 20_001, 20_002, 20_500];
    const simulation = at(world([churn(25), churn(25, { to: [OTHER], binds: true })], { bound }), 15_000);
    expect([...simulation.snapshot().boundPorts]).toEqual(bound);
    for (const port of bound) expect(simulation.snapshot().outboundRows.localPort).not.toContain(port);
    expect(at(world([churn(25)], { bound }), 60_000).failedAt()).toBe((1000 - bound.length) * 40 + 40);
  });

  it('a change of the reserved list counts at once, but not for ports that are held already', () => {
    const reserved = (...reservedPorts: { first: number; last: number }[]) => ({ reservedPorts });
    const of = world([churn(25)], {
      changes: [
        { atMs: 20_001, limits: reserved({ first: 20_500, last: 20_999 }) },
        { atMs: 35_001, limits: reserved() },
      ],
    });
    const simulation = at(of, 29_990);
    // By now the 500 even ports and 249 of the odd ones below the list are held: 499 of the 500 that still count.
    expect([simulation.snapshot().rows, simulation.used(), simulation.failedAt()]).toEqual([749, 499, null]);
    simulation.runTo(35_000);
    expect(simulation.failedAt()).toBe(30_040);
    const failed = simulation.failureCount();
    simulation.runTo(45_000);
    expect([simulation.failureCount(), simulation.used()]).toEqual([failed, 1000]);
  });
});

describe('a world that makes no sense', () => {
  it.each([
    [world([churn(1, { to: [] })]), /stream 0 has no destination/],
    [world([], { limits: limitsOf({ range: { first: 30, last: 20 } }) }), /range 30 to 20/],
    [
      world([], {
        changes: [
          { atMs: 9, limits: {} },
          { atMs: 5, limits: {} },
        ],
      }),
      /changes at 9 and 5 ms/,
    ],
  ])('is refused: case %#', (of, message) => {
    expect(() => simulate(of)).toThrow(message);
  });
});

describe('what becomes of a connection', () => {
  it('reuse takes TIME_WAIT ports past the delay, but no FIN_WAIT2, and not for bind(0)', () => {
    const limits = limitsOf({ twReuse: 1, range: { first: 20_000, last: 20_099 } });
    const recycled = (more: Partial<Stream>) => at(world([churn(50, more)], { limits }), 10_000);
    expect(recycled({}).failedAt()).toBeNull();
    expect(recycled({}).counters().twRecycled).toBeGreaterThan(300);
    for (const more of [{ fate: 'fin_wait2' }, { binds: true }] as const) {
      expect(recycled(more).failedAt()).toBe(2020);
      expect(recycled(more).counters().twRecycled).toBe(0);
    }
    expect(at(world([churn(50)], { limits, timestamps: false }), 10_000).failedAt()).toBe(2020);
  });

  it('a peer that closes late turns an orphan FIN_WAIT2 into 60 s of TIME_WAIT', () => {
    const limits = limitsOf({ finTimeoutMs: 10_000 });
    const one = steps([0, 10], [150, 0]);
    const orphan = (peerFinMs: number) => simulate(world([churn(one, { fate: 'fin_wait2', peerFinMs })], { limits }));
    const late = orphan(5000);
    late.runTo(5000);
    expect(late.snapshot().outboundRows.state[0]).toBe(STATE.FIN_WAIT2);
    late.runTo(5200);
    expect(late.snapshot().outboundRows.state[0]).toBe(STATE.TIME_WAIT);
    late.runTo(65_000);
    expect(late.used()).toBe(1);
    expect(late.counters().tw).toBe(1);
    const never = orphan(20_000);
    never.runTo(10_500);
    expect(never.used()).toBe(0);
  });

  it('an orphan with a time-out above 60 s is a real socket first, and a mini-socket for the excess', () => {
    const limits = limitsOf({ finTimeoutMs: 90_000 });
    const simulation = at(world([churn(steps([0, 10], [150, 0]), { fate: 'fin_wait2' })], { limits }), 20_000);
    expect(simulation.snapshot().outboundRows).toMatchObject({ timer: Uint8Array.of(2) });
    expect(simulation.counters()).toMatchObject({ orphan: 1, timeWait: 0, inUse: 1 });
    simulation.runTo(40_000);
    expect(simulation.snapshot().outboundRows).toMatchObject({ timer: Uint8Array.of(3) });
    simulation.runTo(62_000);
    expect(simulation.used()).toBe(0);
  });

  it('a kept connection ends in TIME_WAIT when this side closes it, and leaves nothing when the peer does', () => {
    const leak = (fate: Stream['fate']) => simulate(world([churn(5, { fate, life: { untilMs: 30_000 } })]));
    const [byUs, byPeer] = [leak('time_wait'), leak('server_closes')];
    for (const each of [byUs, byPeer]) each.runTo(29_999);
    expect([byUs.used(), byPeer.used(), byUs.trueRate(29_000), byUs.trueGrowth(29_000)]).toEqual([149, 149, 0, 5]);
    for (const each of [byUs, byPeer]) each.runTo(30_001);
    expect([byUs.counters().timeWait, byPeer.used()]).toEqual([150, 0]);
    expect([byUs.trueRate(31_000), byUs.trueGrowth(31_000)]).toEqual([5, 0]);
  });

  it('a connection that lasts is live first', () => {
    const simulation = at(world([churn(10, { life: { meanMs: 3000 } })], { recordCloses: true, seed: 3 }), 60_000);
    const live = simulation.counters().inUse ?? 0;
    expect(live).toBeGreaterThan(10);
    expect(live).toBeLessThan(50);
    expect(simulation.closes()).toHaveLength(600 - live);
    expect(simulation.trueRate(60_000, SERVER)).toBeCloseTo(10, 6);
    expect(simulation.trueRate(3000)).toBeCloseTo(10 * (1 - Math.exp(-1)), 0);
  });
});
