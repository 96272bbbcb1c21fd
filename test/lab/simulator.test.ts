/**
 * The simulator against real sockets: the same connections are opened and closed in a namespace of 300 ports, and the
 * kernel's table is compared with the simulator's a few times a second.
 */
import { describe, expect, it } from 'vitest';
import { median } from '../../daemon/forecast/history/trend.js';
import { STATE } from '../../daemon/snapshot/snapshot.js';
import { steps } from '../tools/simulator/plan.js';
import { simulate, type Simulation } from '../tools/simulator/simulate.js';
import { LEARNED, limitsOf, MONOTONIC_START, SERVER, type Fate, type World } from '../tools/simulator/world.js';
import type { ClientEvent, ClientOrder } from '../tools/league/client.js';
import type { Stream } from '../tools/league/traffic.js';
import { createLab, labScript, SERVER_ADDRESS, type Lab, type LabOptions } from './namespaces.js';
import type { Look } from './table-watch.js';

const FIRST = 20_000;
const PORTS = 300;
const RANGE = { first: FIRST, last: FIRST + PORTS - 1 };
const STEP_MS = LEARNED.timeWaitMs;
/** One server answers a FIN with its own, the other never does. */
const CLOSES = 7000;
const HOLDS = 7001;

/** Connections that both sides make. `fate` is the state that the kernel should leave; null where it is not TCP. */
interface Traffic extends Pick<Stream, 'port' | 'ending'> {
  readonly perSecond: number;
  readonly fate: Fate | null;
}
const CHURN: Omit<Traffic, 'perSecond'> = { port: CLOSES, ending: 'close', fate: 'time_wait' };

interface Case {
  readonly lab: LabOptions;
  readonly traffic: readonly Traffic[];
  readonly seconds: number;
  /** Executed in the client's namespace before the traffic starts, and once it has started. */
  readonly before?: (lab: Lab) => Promise<void>;
  readonly meanwhile?: (lab: Lab, startedAtMs: number) => Promise<void>;
}

interface Seen {
  readonly looks: readonly (Look & { readonly afterMs: number })[];
  readonly startedAtMs: number;
  readonly failedAfterMs: number | null;
}

/** How many connections may be in progress in one reading or the other. */
const UNDER_WAY = 2;

async function watchKernel({ lab: options, traffic, seconds, ...also }: Case): Promise<Seen> {
  const lab = createLab(options);
  try {
    const server = labScript('tools/league/server.ts');
    const servers = [
      lab.start('server', [...server, String(CLOSES)]),
      lab.start('server', [...server, String(HOLDS), '{"kind":"holds","holdSeconds":null}']),
    ];
    await Promise.all(servers.map((each) => each.line(/listening/, 30_000)));
    await also.before?.(lab);
    const watch = lab.start('client', labScript('lab/table-watch.ts'));
    await watch.line(/states/, 30_000);
    const streams = traffic.map(({ port, ending, fate, perSecond }): Stream => ({
      address: SERVER_ADDRESS,
      port,
      by: fate === null ? 'udp' : 'ipv4',
      bindTo: null,
      ending,
      phases: [{ perSecond, seconds }],
    }));
    const order: ClientOrder = { streams, lingerSeconds: seconds };
    const client = lab.start('client', [...labScript('tools/league/client.ts'), JSON.stringify(order)]);
    const first = JSON.parse(await client.line(/"changed"/, 30_000)) as ClientEvent;
    await also.meanwhile?.(lab, first.atMs);
    const ended = JSON.parse(await client.line(/"ended"/, (seconds + 30) * 1000)) as ClientEvent;
    await watch.stop();
    // A stall moves the schedule, so every instant is relative to the final schedule.
    const startedAtMs = ended.atMs - ended.afterMs;
    const looks = watch.lines.map((line) => JSON.parse(line) as Look);
    const failed = client.lines.map((line) => JSON.parse(line) as ClientEvent).find(({ event }) => event === 'failed');
    return {
      looks: looks.map((look) => ({ ...look, afterMs: look.atMs - startedAtMs })),
      startedAtMs,
      failedAfterMs: failed?.afterMs ?? null,
    };
  } finally {
    await lab.close();
  }
}

/** The same traffic in the simulator: a connection is due at the same instant on both sides. */
function worldOf({ traffic }: Case, more: Partial<World> & { readonly boundaryMs: number }): World {
  const { boundaryMs, ...rest } = more;
  return {
    limits: limitsOf({ range: RANGE }),
    granularity: { ...LEARNED, phaseMs: (MONOTONIC_START + boundaryMs) % STEP_MS },
    streams: traffic.flatMap(({ port, fate, perSecond }, index) => {
      const gapMs = 1000 / perSecond;
      // In the order in which the client alternates its streams. The first connection of a plan comes one gap after its
      // start.
      const firstMs = (index / traffic.length) * gapMs;
      return fate === null ? [] : [{ to: [{ ...SERVER, port }], rate: steps([firstMs - gapMs, perSecond]), fate }];
    }),
    ...rest,
  };
}

const timedOf = ({ states }: Look): number => (states[STATE.TIME_WAIT] ?? 0) + (states[STATE.FIN_WAIT2] ?? 0);

/**
 * The readings between which ports were released, each with the instants before and after. A connection in progress
 * shows as FIN_WAIT2, and one that exceeds the bucket limit is gone in the next reading, so a fall this small is no
 * release.
 */
function releasesIn({ looks }: Seen): { readonly beforeMs: number; readonly afterMs: number }[] {
  return looks.flatMap((look, i) => {
    const previous = looks[i - 1];
    return previous !== undefined && timedOf(look) < timedOf(previous) - UNDER_WAY
      ? [{ beforeMs: previous.afterMs, afterMs: look.afterMs }]
      : [];
  });
}

/**
 * The phase of the boundaries is unknown. Each fall gives it to a quarter of a second, and the median of all is taken.
 */
function boundaryOf(seen: Seen): number {
  const falls = releasesIn(seen).map(({ beforeMs, afterMs }) => (beforeMs + afterMs) / 2);
  const [first] = falls;
  if (first === undefined) throw new Error(`no port was released:\n${JSON.stringify(seen.looks)}`);
  const offsets = falls.map((fall) => fall - first - Math.round((fall - first) / STEP_MS) * STEP_MS);
  return first + median(offsets);
}

/** Every reading in which the simulator differs from the kernel by more than a connection or two in progress. */
function differences({ looks }: Seen, simulation: Simulation, boundaryMs: number | null) {
  const differing: unknown[] = [];
  let largest = 0;
  for (const { afterMs, states, overflow } of looks) {
    if (afterMs < 0) continue;
    simulation.runTo(afterMs);
    const simulated: Record<string, number> = {};
    for (const state of simulation.snapshot().outboundRows.state) simulated[state] = (simulated[state] ?? 0) + 1;
    const sinceBoundary = boundaryMs === null ? STEP_MS / 2 : (((afterMs - boundaryMs) % STEP_MS) + STEP_MS) % STEP_MS;
    // Near a boundary it is not known on which side of it the reading was taken.
    if (Math.min(sinceBoundary, STEP_MS - sinceBoundary) < 300) continue;
    const off = [STATE.ESTABLISHED, STATE.FIN_WAIT2, STATE.TIME_WAIT].map((state) =>
      Math.abs((simulated[state] ?? 0) - (states[state] ?? 0)),
    );
    off.push(Math.abs((simulation.counters().twOverflow ?? 0) - overflow));
    largest = Math.max(largest, ...off);
    if (Math.max(...off) > UNDER_WAY) differing.push({ afterMs, states, overflow, simulated });
  }
  return { differing, largest };
}

function report(name: string, seen: Seen, simulation: Simulation, largest: number): void {
  const at = (ms: number | null): string => (ms === null ? 'never' : `${ms.toFixed(0)} ms`);
  console.log(
    `${name}: ${seen.looks.length} looks, ${releasesIn(seen).length} releases, largest difference ${largest}; ` +
      `first failure: kernel ${at(seen.failedAfterMs)}, simulator ${at(simulation.failedAt())}`,
  );
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
    const simulation = simulate(worldOf(of, { boundaryMs }));
    const { differing, largest } = differences(seen, simulation, boundaryMs);
    report('just above', seen, simulation, largest);
    expect(differing).toEqual([]);
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
    const simulation = simulate(worldOf(of, { boundaryMs, limits }));
    const { differing, largest } = differences(seen, simulation, boundaryMs);
    report('capped', seen, simulation, largest);
    expect(differing).toEqual([]);
    expect(seen.looks.at(-1)?.overflow).toBeGreaterThan(200);
    expect([seen.failedAfterMs, simulation.failedAt()]).toEqual([null, null]);
  });

  it('agrees on bound ports and on a reserved list that changes', async () => {
    const rate = 5;
    const bound = Array.from({ length: 20 }, (_, i) => FIRST + i);
    const reserved = { first: FIRST + 100, last: FIRST + 149 };
    // 140 ports of the parity that is tried first are free. When all of them are held, it is certain which ports are
    // held.
    const changesAfterMs = (140 * 1000) / rate - 100;
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
      async meanwhile(lab, startedAtMs) {
        const waitS = (startedAtMs + changesAfterMs - Date.now()) / 1000;
        const list = '/proc/sys/net/ipv4/ip_local_reserved_ports';
        const change = `sleep ${waitS.toFixed(3)}; echo ${reserved.first}-${reserved.last} > ${list}; date +%s%3N`;
        changedAtMs = Number(await lab.start('client', ['sh', '-c', change]).line(/^\d+$/, 60_000));
      },
    };
    const seen = await watchKernel(of);
    const changes = [{ atMs: changedAtMs - seen.startedAtMs, limits: { reservedPorts: [reserved] } }];
    const simulation = simulate(worldOf(of, { boundaryMs: 0, bound, changes }));
    const { differing, largest } = differences(seen, simulation, null);
    report('reserved', seen, simulation, largest);
    expect(differing).toEqual([]);
    // 255 connections: 140 before the change, of which 25 hold a port that is reserved now, and 115 after it.
    expect(Math.abs((seen.failedAfterMs ?? Infinity) - 255 * (1000 / rate))).toBeLessThan(1000 / rate + 50);
    expect(Math.abs((simulation.failedAt() ?? Infinity) - (seen.failedAfterMs ?? 0))).toBeLessThan(1000 / rate + 50);
  });
});
