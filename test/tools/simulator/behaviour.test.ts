/** Late FINs, clients, retries and unanswered SYNs: what the rules of the kernel make of them, in closed form. */
import { describe, expect, it } from 'vitest';
import { STATE } from '../../../daemon/snapshot/snapshot.js';
import type { Simulation } from './simulate.js';
import { findSynTimer, SYN_GIVEN_UP_MS } from './behaviour.js';
import { steps } from './plan.js';
import { limitsOf, SERVER } from './world.js';
import { createStream, createWorld, simulateTo } from './worlds.js';

const countState = (simulation: Simulation, state: number): number =>
  simulation.snapshot().outboundRows.state.filter((each) => each === state).length;
const MANY = limitsOf({ range: { first: 20_000, last: 49_999 } });

describe('a late FIN of the peer', () => {
  it('of 400 ms at 40/s leaves 16 orphan FIN_WAIT2 rows, and each close is one row and one entry into TIME_WAIT', () => {
    const late = createStream(40, { fate: 'fin_wait2', peerFinMs: 400 });
    const simulation = simulateTo(createWorld([late], { limits: MANY }), 30_010);
    expect(countState(simulation, STATE.FIN_WAIT2)).toBe(16);
    expect([simulation.used(), simulation.counters().tw, simulation.counters().timeWait]).toEqual([1200, 1200, 1200]);
    // The timer restarts at 60 s when the FIN arrives, so no row in TIME_WAIT has waited longer than the rest.
    const { state, expiresMs } = simulation.snapshot().outboundRows;
    const left = [...expiresMs].filter((_, row) => state[row] === STATE.TIME_WAIT);
    expect(Math.min(...left)).toBeGreaterThan(30_300);
    expect(Math.max(...left)).toBeGreaterThan(59_900);
  });

  it('that is random has the mean of its distribution', () => {
    for (const lag of [
      { fromMs: 0, toMs: 2000 },
      { meanMs: 1000 },
      { medianMs: 1000 * Math.exp(-0.125), sigma: 0.5 },
    ]) {
      const late = createStream(200, { fate: 'fin_wait2', peerFinMs: { lag } });
      const waiting = countState(simulateTo(createWorld([late], { limits: MANY }), 50_000), STATE.FIN_WAIT2);
      expect(Math.abs(waiting - 200)).toBeLessThan(4 * Math.sqrt(200));
    }
  });

  it('that never comes leaves the row for tcp_fin_timeout', () => {
    const late = createStream(100, { fate: 'fin_wait2', peerFinMs: { lag: { forMs: 100 }, neverShare: 0.2 } });
    const limits = limitsOf({ ...MANY, finTimeoutMs: 10_000 });
    // 10 are on their way to TIME_WAIT, and 20 a second stay for 10 s and the granularity of so long a timer.
    const waiting = countState(simulateTo(createWorld([late], { limits }), 59_000), STATE.FIN_WAIT2);
    expect(waiting).toBeGreaterThan(8 + 20 * 10 - 60);
    expect(waiting).toBeLessThan(10 + 20 * 10.3 + 60);
  });

  it('grows with the number of connections in flight, and is no lag at all below the load', () => {
    const busy = (rate: number) =>
      createStream(rate, {
        fate: 'fin_wait2',
        life: { forMs: 1000 },
        peerFinMs: { lag: { forMs: 0 }, perOpenMs: 10, idleUpTo: 50 },
      });
    expect(countState(simulateTo(createWorld([busy(40)], { limits: MANY }), 30_000), STATE.FIN_WAIT2)).toBe(0);
    // In flight are n = rate x (1 + 0.01 (n - 50)), so n = 75 and 15 of them wait for the FIN.
    expect(countState(simulateTo(createWorld([busy(60)], { limits: MANY }), 40_000), STATE.FIN_WAIT2)).toBe(15);
  });
});

describe('clients', () => {
  it('of which 50 hold each connection for 0.5 s make 100 per second, and never more than 50 are open', () => {
    const simulation = simulateTo(
      createWorld([createStream(0, { clients: { counts: [{ atMs: 0, clients: 50 }] }, life: { forMs: 500 } })], {
        limits: MANY,
      }),
      10_250,
    );
    const { activeOpens, inUse, timeWait } = simulation.counters();
    expect([activeOpens, inUse, timeWait]).toEqual([50 * 21, 50, 50 * 20]);
  });

  it('follow the number that is wanted, start spread, and pause', () => {
    const counts = [
      { atMs: 0, clients: 40 },
      { atMs: 20_000, clients: 10 },
      { atMs: 40_000, clients: 20 },
    ];
    const of = createWorld(
      [
        createStream(0, {
          clients: { counts, startOverMs: 1000, pause: { forMs: 500 } },
          life: { forMs: 500 },
          fate: 'reset',
        }),
      ],
      { limits: MANY },
    );
    const simulation = simulateTo(of, 19_999);
    const opened = (): number => simulation.counters().activeOpens ?? 0;
    expect(Math.abs(opened() - 40 * 19.5)).toBeLessThanOrEqual(40);
    simulation.runTo(25_000);
    const before = opened();
    simulation.runTo(35_000);
    expect(opened() - before).toBe(100);
    simulation.runTo(45_000);
    const grown = opened();
    simulation.runTo(55_000);
    expect(opened() - grown).toBe(200);
  });

  it('repeat a failed call after a second, and stop after as many attempts as they have', () => {
    const limits = limitsOf({ range: { first: 20_000, last: 20_009 } });
    const clients = { counts: [{ atMs: 0, clients: 12 }] };
    const life = { forMs: 60_000 };
    const patient = simulateTo(createWorld([createStream(0, { clients, life, fate: 'reset' })], { limits }), 30_900);
    expect(patient.failureCount()).toBe(2 * 31);
    const retry = { firstMs: 1000, factor: 2, maxMs: 4000, attempts: 4 };
    const others = simulateTo(
      createWorld([createStream(0, { clients, life, fate: 'reset', retry })], { limits }),
      30_000,
    );
    // At 0, 1, 3 and 7 s.
    expect(others.failures().map(({ atMs }) => atMs)).toEqual([0, 0, 1000, 1000, 3000, 3000, 7000, 7000]);
  });

  it('without life or pause are refused, because no time would pass', () => {
    const clients = { counts: [{ atMs: 0, clients: 1 }] };
    expect(() => simulateTo(createWorld([createStream(0, { clients })]), 1)).toThrow(
      /stream 0 has clients without a pause/,
    );
  });
});

describe('arrivals that are repeated', () => {
  it('succeed once ports are free', () => {
    const limits = limitsOf({ range: { first: 20_000, last: 20_009 } });
    const once = steps([0, 20], [1025, 0]);
    const life = { forMs: 5000 };
    const retry = { firstMs: 1000, factor: 1, maxMs: 1000 };
    const simulation = simulateTo(
      createWorld([createStream(once, { life, fate: 'reset', retry })], { limits }),
      20_000,
    );
    // 20 connections want 10 ports: the second half succeeds when the first half has left.
    expect(simulation.counters().activeOpens).toBe(20);
    expect(simulation.failedAt()).toBe(550);
  });
});

describe('a SYN without an answer', () => {
  const silent = (share: number, more: object = {}) => createStream(0.5, { fate: 'kept', syn: { share, ...more } });

  it('holds its port for 134 s: at 0.5/s use settles at 67', () => {
    const simulation = simulateTo(createWorld([silent(1)]), 400_000);
    expect(countState(simulation, STATE.SYN_SENT)).toBe(67);
    expect(simulation.used()).toBe(67);
    expect(simulation.counters()).toMatchObject({ currEstab: 0, inUse: 67, timeWait: 0, activeOpens: 200 });
  });

  it('is given up after the time-out of the application, or answered when it was repeated', () => {
    expect(simulateTo(createWorld([silent(1, { timeoutMs: 10_000 })]), 400_000).used()).toBe(5);
    const late = simulateTo(createWorld([silent(1, { answeredAfterMs: 3000 })]), 101_000);
    expect(countState(late, STATE.SYN_SENT)).toBe(1);
    expect(countState(late, STATE.ESTABLISHED)).toBe(49);
  });

  it('shows the retransmission timer: at 1, 2, 3, 4, 5, 7, 11, 19, 35 and 67 s', () => {
    const simulation = simulateTo(createWorld([createStream(steps([0, 1], [1500, 0]), { syn: { share: 1 } })]), 7500);
    // The SYN was sent at 1 s.
    expect(simulation.snapshot().outboundRows).toMatchObject({
      timer: Uint8Array.of(1),
      expiresMs: Int32Array.of(500),
    });
    expect(findSynTimer(0)).toEqual({ retransmits: 0, leftMs: 1000 });
    expect(findSynTimer(11_000)).toEqual({ retransmits: 7, leftMs: 8000 });
    expect(findSynTimer(70_000)).toEqual({ retransmits: 10, leftMs: SYN_GIVEN_UP_MS - 70_000 });
  });
});

describe('a stream of several fates', () => {
  it('leaves TIME_WAIT for the share that this side closes first', () => {
    const mixed = createStream(100, {
      otherFates: [
        { fate: 'server_closes', share: 0.7 },
        { fate: 'reset', share: 0.1 },
      ],
    });
    const simulation = simulateTo(createWorld([mixed], { limits: MANY }), 50_000);
    expect(Math.abs((simulation.counters().timeWait ?? 0) - 1000)).toBeLessThan(4 * Math.sqrt(5000 * 0.2 * 0.8));
    expect(simulation.trueRate(1000)).toBeCloseTo(20, 9);
  });
});

describe('a life', () => {
  it('that an idle time-out ends is looked at every 5 s', () => {
    const idle = createStream(10, { life: { forMs: 12_000, everyMs: 5000 } });
    const simulation = simulateTo(createWorld([idle], { limits: MANY }), 29_999);
    // Those opened up to 13 s have ended by 25 s, and the next are looked at at 30 s.
    expect(simulation.counters().timeWait).toBe(130);
    simulation.runTo(30_000);
    expect(simulation.counters().timeWait).toBe(180);
  });

  it.each([{ meanMs: 2000 }, { medianMs: 2000 * Math.exp(-0.5), sigma: 1 }, { fromMs: 1000, toMs: 3000 }])(
    'of mean 2 s keeps 2 s of arrivals open: %j',
    (life) => {
      const simulation = simulateTo(createWorld([createStream(200, { life })], { limits: MANY }), 40_000);
      expect(Math.abs((simulation.counters().inUse ?? 0) - 400)).toBeLessThan(4 * Math.sqrt(400));
      expect(simulation.trueRate(40_000, SERVER)).toBeCloseTo(200, 0);
    },
  );
});

describe('a wildcard bind', () => {
  const LOOPBACK = { local: '127.0.0.1', remote: '127.0.0.1', port: 443 };
  const both = (binds: boolean | 'wildcard') => createWorld([createStream(50, { to: [SERVER, LOOPBACK], binds })]);

  it('shares one pool over all local addresses, where bind(0) at an address has one for each', () => {
    expect(simulateTo(both(true), 39_000).failedAt()).toBeNull();
    const wildcard = simulateTo(both('wildcard'), 21_000);
    expect(wildcard.failures()[0]).toMatchObject({ atMs: 20_020, syscall: 'bind' });
    const ports = wildcard.snapshot().outboundRows.localPort;
    expect(new Set(ports).size).toBe(ports.length);
    expect(ports).toHaveLength(1000);
  });

  it('takes the ports with the parity of bind(0), and leaves those that a connection of any address holds', () => {
    const early = simulateTo(both('wildcard'), 5000).snapshot().outboundRows.localPort;
    expect(new Set([...early].map((port) => port % 2))).toEqual(new Set([1]));
    const plain = createStream(steps([0, 50], [10_010, 0]), { to: [LOOPBACK] });
    const beside = simulateTo(createWorld([plain, createStream(50, { binds: 'wildcard' })]), 12_000);
    expect(beside.failures()[0]).toMatchObject({ atMs: 10_020, syscall: 'bind' });
  });
});
