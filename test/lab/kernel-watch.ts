/**
 * Makes connections in a namespace of 300 ports and reads the kernel's table a few times a second, for the tests that
 * compare the simulator with the kernel.
 */
import { median } from '../../daemon/forecast/history/trend.js';
import { STATE } from '../../daemon/snapshot/snapshot.js';
import { LEARNED, type Fate } from '../tools/simulator/world.js';
import type { ClientEvent, ClientOrder } from '../tools/league/client.js';
import type { Stream } from '../tools/league/traffic.js';
import { createLab, labScript, SERVER_ADDRESS, type Lab, type LabOptions } from './namespaces.js';
import type { Look } from './table-watch.js';

export const FIRST = 20_000;
const PORTS = 300;
export const RANGE = { first: FIRST, last: FIRST + PORTS - 1 };
export const STEP_MS = LEARNED.timeWaitMs;
/** One server answers a FIN with its own, the other never does. */
export const CLOSES = 7000;
export const HOLDS = 7001;

/** Connections that both sides make. `fate` is the state that the kernel should leave; null where it is not TCP. */
interface Traffic extends Pick<Stream, 'port' | 'ending'> {
  readonly perSecond: number;
  readonly fate: Fate | null;
}
export const CHURN: Omit<Traffic, 'perSecond'> = { port: CLOSES, ending: 'close', fate: 'time_wait' };

export interface Case {
  readonly lab: LabOptions;
  readonly traffic: readonly Traffic[];
  readonly seconds: number;
  /** Executed in the client's namespace before the traffic starts, and once it has started. */
  readonly before?: (lab: Lab) => Promise<void>;
  readonly meanwhile?: (lab: Lab) => Promise<void>;
}

/** Instants are in ms since the first connection was due. */
export interface Seen {
  readonly looks: readonly (Look & { readonly afterMs: number; readonly endedAfterMs: number })[];
  readonly startedAtMs: number;
  readonly stalls: readonly Stall[];
  readonly failedAfterMs: number | null;
}

/** From one instant to the other the client opened nothing, although connections were due. */
interface Stall {
  readonly fromMs: number;
  readonly toMs: number;
}

/** How many connections may be in progress in one reading or the other. */
export const UNDER_WAY = 2;

export async function watchKernel({ lab: options, traffic, seconds, ...also }: Case): Promise<Seen> {
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
    await client.line(/"changed"/, 30_000);
    await also.meanwhile?.(lab);
    const ended = JSON.parse(await client.line(/"ended"/, (seconds + 30) * 1000)) as ClientEvent;
    await watch.stop();
    const events = client.lines.map((line) => JSON.parse(line) as ClientEvent);
    const stalled = events.filter((event) => event.event === 'stalled');
    // Each stall has moved the schedule by its length.
    const startedAtMs = ended.atMs - ended.afterMs - stalled.reduce((sum, { byMs }) => sum + byMs, 0);
    const looks = watch.lines.map((line) => JSON.parse(line) as Look);
    const failed = events.find(({ event }) => event === 'failed');
    return {
      looks: looks.map((look) => ({
        ...look,
        afterMs: look.atMs - startedAtMs,
        endedAfterMs: look.endedMs - startedAtMs,
      })),
      startedAtMs,
      stalls: stalled.map(({ atMs, byMs }) => ({ fromMs: atMs - byMs - startedAtMs, toMs: atMs - startedAtMs })),
      failedAfterMs: failed === undefined ? null : failed.atMs - startedAtMs,
    };
  } finally {
    await lab.close();
  }
}

const timedOf = ({ states }: Look): number => (states[STATE.TIME_WAIT] ?? 0) + (states[STATE.FIN_WAIT2] ?? 0);

/**
 * The readings between which ports were released, each with the instants before and after. A connection in progress
 * shows as FIN_WAIT2, and one that exceeds the bucket limit is gone in the next reading, so a fall this small is no
 * release.
 */
export function releasesIn({ looks }: Seen): { readonly beforeMs: number; readonly afterMs: number }[] {
  return looks.flatMap((look, i) => {
    const previous = looks[i - 1];
    return previous !== undefined && timedOf(look) < timedOf(previous) - UNDER_WAY
      ? [{ beforeMs: previous.afterMs, afterMs: look.endedAfterMs }]
      : [];
  });
}

/**
 * The phase of the boundaries is unknown. Each fall gives it to a quarter of a second, and the median of all is taken.
 */
export function boundaryOf(seen: Seen): number {
  const falls = releasesIn(seen).map(({ beforeMs, afterMs }) => (beforeMs + afterMs) / 2);
  const [first] = falls;
  if (first === undefined) throw new Error(`no port was released:\n${JSON.stringify(seen.looks)}`);
  const offsets = falls.map((fall) => fall - first - Math.round((fall - first) / STEP_MS) * STEP_MS);
  return first + median(offsets);
}
