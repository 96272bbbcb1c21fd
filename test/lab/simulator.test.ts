/**
 * The simulator against real sockets: the same connections are opened and closed in a namespace of 300 ports, and the
 * kernel's table is compared with the simulator's a few times a second.
 */
import { describe, expect, it } from 'vitest';
import { STATE } from '../../daemon/snapshot/snapshot.js';
import { steps } from '../tools/simulator/plan.js';
import { simulate, type Simulation } from '../tools/simulator/simulate.js';
import { LEARNED, limitsOf, MONOTONIC_START, SERVER, type World } from '../tools/simulator/world.js';
import {
  boundaryOf,
  CHURN,
  CLOSES,
  FIRST,
  HOLDS,
  RANGE,
  releasesIn,
  STEP_MS,
  UNDER_WAY,
  watchKernel,
  type Case,
  type Seen,
} from './kernel-watch.js';
import { labScript } from './namespaces.js';
import type { Look } from './table-watch.js';

/** A pause begins this long before the connection that was late was due, so that this one comes after the pause. */
const BEFORE_STALL_MS = 5;

/** The same traffic in the simulator: a connection is opened at the same instant on both sides. */
function worldOf({ traffic }: Case, { stalls }: Seen, more: Partial<World> & { readonly boundaryMs: number }): World {
  const { boundaryMs, ...rest } = more;
  return {
    limits: limitsOf({ range: RANGE }),
    granularity: { ...LEARNED, phaseMs: (MONOTONIC_START + boundaryMs) % STEP_MS },
    streams: traffic.flatMap(({ port, fate, perSecond }, index) => {
      const gapMs = 1000 / perSecond;
      // In the order in which the client alternates its streams. The first connection of a plan comes one gap after its
      // start.
      const firstMs = (index / traffic.length) * gapMs;
      const pauses = stalls.flatMap(({ fromMs, toMs }): [atMs: number, rate: number][] => [
        [fromMs - BEFORE_STALL_MS, 0],
        [toMs - BEFORE_STALL_MS, perSecond],
      ]);
      const rate = steps([firstMs - gapMs, perSecond], ...pauses);
      return fate === null ? [] : [{ to: [{ ...SERVER, port }], rate, fate }];
    }),
    ...rest,
  };
}

/**
 * Every reading in which the simulator differs from the kernel by more than a connection or two in progress. A reading
 * takes time, so the kernel's figure has to lie between the simulator's at its start and at its end.
 */
function differences({ looks }: Seen, simulation: Simulation, boundaryMs: number | null) {
  const differing: unknown[] = [];
  let largest = 0;
  let compared = 0;
  for (const { afterMs, endedAfterMs, states, overflow } of looks) {
    if (afterMs < 0) continue;
    const simulated = [afterMs, endedAfterMs].map((ms) => figuresOf(simulation, ms));
    if (boundaryMs !== null && isNearBoundary(afterMs, endedAfterMs, boundaryMs)) continue;
    compared += 1;
    const seen = figuresIn({ states, overflow });
    const off = Math.max(
      ...seen.map((value, index) =>
        outside(
          value,
          simulated.map((figures) => figuresIn(figures)[index] ?? 0),
        ),
      ),
    );
    largest = Math.max(largest, off);
    if (off > UNDER_WAY) differing.push({ afterMs, endedAfterMs, states, overflow, simulated });
  }
  return { differing, largest, compared };
}

const COMPARED = [STATE.ESTABLISHED, STATE.FIN_WAIT2, STATE.TIME_WAIT];

/**
 * What is compared. At the cap a close either holds a port or overflows, and which one depends on whether a release came just
 * before it. So the two are compared together, and the overflow by itself.
 */
function figuresIn({ states, overflow }: Pick<Look, 'states' | 'overflow'>): number[] {
  const [established = 0, finWait2 = 0, timeWait = 0] = COMPARED.map((state) => states[state] ?? 0);
  return [established, finWait2, timeWait + overflow, overflow];
}

function figuresOf(simulation: Simulation, ms: number): Pick<Look, 'states' | 'overflow'> {
  simulation.runTo(ms);
  const states: Record<string, number> = {};
  for (const state of simulation.snapshot().outboundRows.state) states[state] = (states[state] ?? 0) + 1;
  return { states, overflow: simulation.counters().twOverflow ?? 0 };
}

/** How far a value lies outside of the span of others. */
function outside(value: number, span: readonly number[]): number {
  return Math.max(0, Math.min(...span) - value, value - Math.max(...span));
}

/** Near a boundary it is not known on which side of it a row was read. */
function isNearBoundary(fromMs: number, toMs: number, boundaryMs: number): boolean {
  const nextMs = boundaryMs + Math.ceil((fromMs - NEAR_MS - boundaryMs) / STEP_MS) * STEP_MS;
  return nextMs <= toMs + NEAR_MS;
}

const NEAR_MS = 300;

/** Compares kernel and simulator, prints what was seen, and expects no difference. */
function expectNoDifference(name: string, seen: Seen, simulation: Simulation, boundaryMs: number | null): void {
  const { differing, largest, compared } = differences(seen, simulation, boundaryMs);
  const at = (ms: number | null): string => (ms === null ? 'never' : `${ms.toFixed(0)} ms`);
  console.log(
    `${name}: ${seen.looks.length} looks, ${compared} compared, ${releasesIn(seen).length} releases, ` +
      `${seen.stalls.length} stalls, largest difference ${largest}; first failure: kernel ${at(seen.failedAfterMs)}, simulator ${at(simulation.failedAt())}`,
  );
  expect(differing).toEqual([]);
  // A machine too busy for its readings to tell anything is no proof. Without a stall two thirds are compared.
  expect(compared).toBeGreaterThan(seen.looks.length / 2);
}

describe.concurrent('the simulator holds and lets go of as many ports as the kernel', () => {
  it('agrees on TIME_WAIT just above the sustainable rate, orphan FIN_WAIT2, kept connections and UDP', async () => {
    // 300 ports sustain 300 / 62.048 = 4.83/s, so the instant of the first release decides.
    const rate = 4.9;
    const of: Case = {
      lab: { name: 'sim', range: [RANGE.first, RANGE.last] },
      traffic: [
        { ...CHURN, perSecond: rate },
        { port: HOLDS, ending: 'close', fate: 'fin_wait2', perSecond: 2 },
        { port: HOLDS, ending: 'keep', fate: 'kept', perSecond: 1 },
        { port: CLOSES, ending: 'close', fate: null, perSecond: 5 },
      ],
      seconds: 85,
    };
    const seen = await watchKernel(of);
    const boundaryMs = boundaryOf(seen);
    const simulation = simulate(worldOf(of, seen, { boundaryMs }));
    expectNoDifference('just above', seen, simulation, boundaryMs);
    expect(releasesIn(seen).length).toBeGreaterThanOrEqual(10);
    const failedAt = simulation.failedAt();
    expect(seen.failedAfterMs === null).toBe(failedAt === null);
    // One gap between two connections, and the quarter of a second by which the boundary is uncertain.
    if (failedAt !== null) expect(Math.abs((seen.failedAfterMs ?? 0) - failedAt)).toBeLessThan(1000 / rate + 300);
  });

  it('agrees on tcp_max_tw_buckets: which closes leave no TIME_WAIT, before and after the first release', async () => {
    const of: Case = {
      lab: { name: 'cap', range: [RANGE.first, RANGE.last], sysctls: { tcp_max_tw_buckets: '100' } },
      traffic: [{ ...CHURN, perSecond: 5 }],
      seconds: 80,
    };
    const seen = await watchKernel(of);
    const boundaryMs = boundaryOf(seen);
    const limits = limitsOf({ range: RANGE, maxTwBuckets: 100 });
    const simulation = simulate(worldOf(of, seen, { boundaryMs, limits }));
    expectNoDifference('capped', seen, simulation, boundaryMs);
    expect(seen.looks.at(-1)?.overflow).toBeGreaterThan(150);
    expect([seen.failedAfterMs, simulation.failedAt()]).toEqual([null, null]);
  });

  it('agrees on bound ports and on a reserved list that changes', async () => {
    const rate = 5;
    const bound = Array.from({ length: 20 }, (_, i) => FIRST + i);
    const reserved = { first: FIRST + 100, last: FIRST + 149 };
    // This many ports of the parity that is tried first are free. When all of them are held, it is certain which ports
    // are held.
    const heldAtChange = 140;
    let changedAtMs = NaN;
    const of: Case = {
      lab: { name: 'res', range: [RANGE.first, RANGE.last] },
      traffic: [{ ...CHURN, perSecond: rate }],
      seconds: 58,
      async before(lab) {
        await lab
          .start('client', [...labScript('lab/binder.ts'), String(FIRST), String(FIRST + bound.length - 1)])
          .line(/bound/, 30_000);
      },
      async meanwhile(lab) {
        const list = '/proc/sys/net/ipv4/ip_local_reserved_ports';
        const held = "sed -n 's/^TCP:.* tw \\([0-9]*\\).*/\\1/p' /proc/net/sockstat";
        const change =
          `until [ "$(${held})" -ge ${heldAtChange} ]; do sleep 0.02; done; ` +
          `echo ${reserved.first}-${reserved.last} > ${list}; date +%s%3N`;
        changedAtMs = Number(await lab.start('client', ['sh', '-c', change]).line(/^\d+$/, 60_000));
      },
    };
    const seen = await watchKernel(of);
    const changes = [{ atMs: changedAtMs - seen.startedAtMs, limits: { reservedPorts: [reserved] } }];
    const simulation = simulate(worldOf(of, seen, { boundaryMs: 0, bound, changes }));
    expectNoDifference('reserved', seen, simulation, null);
    // 255 connections: 140 before the change, of which 25 hold a port that is reserved now, and 115 after it.
    const stalledMs = seen.stalls.reduce((sum, { fromMs, toMs }) => sum + toMs - fromMs, 0);
    const expectedMs = 255 * (1000 / rate) + stalledMs;
    expect(Math.abs((seen.failedAfterMs ?? Infinity) - expectedMs)).toBeLessThan(1000 / rate + 50);
    expect(Math.abs((simulation.failedAt() ?? Infinity) - (seen.failedAfterMs ?? 0))).toBeLessThan(1000 / rate + 50);
  });
});
