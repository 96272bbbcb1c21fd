import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { steps } from './plan.js';
import { simulate } from './simulate.js';
import { limitsOf, SERVER, type Stream, type World } from './world.js';
import { createStream, createWorld, simulateTo, listPorts, OTHER } from './worlds.js';

describe('any world (property)', () => {
  const stream: fc.Arbitrary<Stream> = fc.record(
    {
      to: fc.constantFrom([SERVER], [OTHER], [SERVER, OTHER]),
      rate: fc.integer({ min: 0, max: 40 }),
      fate: fc.constantFrom('time_wait', 'fin_wait2', 'kept', 'server_closes', 'reset'),
      life: fc.constantFrom({ forMs: 500 }, { meanMs: 2000 }, { untilMs: 20_000 }, { untilMs: 9000, overMs: 5000 }),
      peerFinMs: fc.constantFrom(100, 5000, 90_000, { lag: { meanMs: 300 }, perOpenMs: 20, neverShare: 0.1 }),
      binds: fc.constantFrom(false, true, 'wildcard' as const),
      otherFates: fc.constant([{ fate: 'fin_wait2' as const, share: 0.5 }]),
      clients: fc.constant({ counts: [{ atMs: 0, clients: 9 }], pause: { forMs: 300 } }),
      retry: fc.constant({ firstMs: 200, factor: 2, maxMs: 3000, jitterFrom: 0.5, attempts: 6 }),
      syn: fc.constantFrom({ share: 0.5 }, { share: 0.5, answeredAfterMs: 1000 }, { share: 1, timeoutMs: 3000 }),
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
      createWorld(streams, {
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
        const once = simulateTo(of, 70_000);
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
    expect(new Set(listPorts(createWorld([createStream(25)]), 19_900).map((port) => port % 2))).toEqual(new Set([0]));
    expect(
      new Set(listPorts(createWorld([createStream(25, { binds: true })]), 19_900).map((port) => port % 2)),
    ).toEqual(new Set([1]));
    expect(listPorts(createWorld([createStream(25)]), 24_000).filter((port) => port % 2 === 1)).toHaveLength(100);
  });

  it('are shared by connects to two destinations, and not by binds before them', () => {
    const both = (binds: boolean) => createWorld([createStream(50, { to: [SERVER, OTHER], binds })]);
    expect(simulateTo(both(false), 30_000).failedAt()).toBeNull();
    const bound = simulateTo(both(true), 30_000);
    expect(bound.failures()[0]).toMatchObject({ atMs: 20_020, syscall: 'bind' });
  });

  it('that bind(0) took are lost to connects to every destination, from other addresses too', () => {
    const elsewhere = { ...OTHER, local: '10.0.0.9' };
    const of = createWorld([
      createStream(steps([0, 50], [10_010, 0]), { binds: true }),
      createStream(25, { to: [elsewhere] }),
    ]);
    // 500 ports are bound, so 500 are left.
    expect(simulateTo(of, 40_000).failedAt(elsewhere)).toBe(20_040);
    expect(simulateTo(of, 40_000).failedAt(SERVER)).toBeNull();
  });

  it('of a range of odd size run out one port early at most', () => {
    const limits = limitsOf({ range: { first: 20_000, last: 20_004 } });
    const taken = Array.from({ length: 60 }, (_, seed) => {
      const failed = simulateTo(createWorld([createStream(10)], { limits, seed }), 20_000).failedAt() ?? Infinity;
      return Math.round(failed / 100) - 1;
    });
    expect(new Set(taken)).toEqual(new Set([4, 5]));
  });

  it('are those of the range in force: held ports outside of it do not count', () => {
    const of = createWorld([createStream(25)], {
      changes: [{ atMs: 20_001, limits: { range: { first: 30_000, last: 30_499 } } }],
    });
    const simulation = simulateTo(of, 39_990);
    expect(simulation.used()).toBe(499);
    expect(simulation.snapshot().rows).toBe(999);
    simulation.runTo(50_000);
    expect(simulation.failedAt()).toBe(40_040);
    expect(simulation.limits().range.first).toBe(30_000);
  });
});

describe('what keeps ports from being held', () => {
  it('beyond tcp_max_tw_buckets a close is counted and leaves no row', () => {
    const simulation = simulateTo(createWorld([createStream(25)], { limits: limitsOf({ maxTwBuckets: 50 }) }), 10_000);
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
    const simulation = simulateTo(
      createWorld([createStream(25), createStream(25, { to: [OTHER], binds: true })], { bound }),
      15_000,
    );
    expect([...simulation.snapshot().boundPorts]).toEqual(bound);
    for (const port of bound) expect(simulation.snapshot().outboundRows.localPort).not.toContain(port);
    expect(simulateTo(createWorld([createStream(25)], { bound }), 60_000).failedAt()).toBe(
      (1000 - bound.length) * 40 + 40,
    );
  });

  it('a change of the reserved list counts at once, but not for ports that are held already', () => {
    const reserved = (...reservedPorts: { first: number; last: number }[]) => ({ reservedPorts });
    const of = createWorld([createStream(25)], {
      changes: [
        { atMs: 20_001, limits: reserved({ first: 20_500, last: 20_999 }) },
        { atMs: 35_001, limits: reserved() },
      ],
    });
    const simulation = simulateTo(of, 29_990);
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
    [createWorld([createStream(1, { to: [] })]), /stream 0 has no destination/],
    [createWorld([], { limits: limitsOf({ range: { first: 30, last: 20 } }) }), /range 30 to 20/],
    [
      createWorld([], {
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
