/**
 * The other ends of a port series: which remote addresses are connected to an inbound port, and from which local addresses
 * an outbound series is used. They are counted only for the series that somebody asks for.
 */
import { takeFirst } from '../top-ranked.js';
import { createGroupTable } from './group-table.js';
import { STATE, STATE_COUNT, type Snapshot } from './snapshot.js';
import { PORT_COUNT } from '../host/kernel-constants.js';

/** One end, with its sockets by kernel state: `states[state - 1]`. */
interface PortEnd {
  readonly address: string;
  readonly states: Uint32Array;
  readonly total: number;
}

/** The ends with the most sockets first; `others` is the number of further ends, and of their sockets. */
interface PortEnds {
  readonly ends: readonly PortEnd[];
  readonly others: { readonly ends: number; readonly sockets: number };
}

/** The ends as of one dump. */
export interface SampledEnds extends PortEnds {
  readonly sampledAtMs: number;
}

/** The ends of one inbound port. */
export interface InboundEnds extends PortEnds {
  readonly port: number;
}

/** At most so many ends of a series are told. */
export const MAX_ENDS = 200;
/** At most so many ends are counted one by one in a dump; the sockets of further ones are counted together. */
const MAX_COUNTED = 65_536;
const FIRST_ENDS = 64;

export interface EndCounter {
  /** Begins a dump in which the ends of these local ports are counted. */
  begin(ports: readonly number[]): void;
  /** Whether the ends of this local port are counted. */
  counts(port: number): boolean;
  /** Counts one inbound row; the words of the remote address are those of host/ip-address.ts. */
  count(...row: [port: number, r0: number, r1: number, r2: number, r3: number, state: number]): void;
  /** The ends of the asked ports, in their order. */
  collect(): InboundEnds[];
}

export function createEndCounter(): EndCounter {
  const groups = createGroupTable();
  const asked = new Uint8Array(PORT_COUNT);
  const beyond = new Map<number, number>();
  let ports: readonly number[] = [];
  let states = new Uint32Array(FIRST_ENDS * STATE_COUNT);

  return {
    begin(next) {
      for (const port of ports) asked[port] = 0;
      ports = next;
      for (const port of ports) asked[port] = 1;
      states.fill(0, 0, groups.size() * STATE_COUNT);
      groups.clear();
      beyond.clear();
    },
    counts: (port) => asked[port] === 1,
    count(port, r0, r1, r2, r3, state) {
      if (state === STATE.LISTEN || state === STATE.BOUND_INACTIVE) return;
      if (groups.size() >= MAX_COUNTED) {
        beyond.set(port, (beyond.get(port) ?? 0) + 1);
        return;
      }
      const end = groups.intern(0, 0, 0, 0, r0 | 0, r1 | 0, r2 | 0, r3 | 0, port);
      if (end * STATE_COUNT >= states.length) {
        const larger = new Uint32Array(states.length * 2);
        larger.set(states);
        states = larger;
      }
      const at = end * STATE_COUNT + state - 1;
      states[at] = (states[at] ?? 0) + 1;
    },
    collect() {
      const all = Array.from({ length: groups.size() }, (_, end) => end);
      return ports.map((port) => {
        const ends = all
          .filter((end) => groups.remotePort(end) === port)
          .map((end) => {
            const counts = states.slice(end * STATE_COUNT, (end + 1) * STATE_COUNT);
            return { end, states: counts, total: sumUp(counts) };
          });
        const ranked = rankEnds(ends, (end) => groups.remoteAddress(end));
        const further = beyond.get(port) ?? 0;
        const { ends: count, sockets } = ranked.others;
        return { port, ends: ranked.ends, others: { ends: count, sockets: sockets + further } };
      });
    },
  };
}

/** The local addresses from which one outbound series is used. */
export function countOutboundEnds(snapshot: Snapshot, series: { address: string; port: number }): PortEnds {
  const { outbound, outboundRows } = snapshot;
  const byAddress = new Map<string, Uint32Array>();
  outbound.remoteAddress.forEach((address, group) => {
    if (address !== series.address || outbound.remotePort[group] !== series.port) return;
    const local = outbound.localAddress[group] ?? '';
    const counts = byAddress.get(local) ?? new Uint32Array(STATE_COUNT);
    byAddress.set(local, counts);
    for (const state of outboundRows.state.subarray(outbound.rowStart[group], outbound.rowStart[group + 1])) {
      counts[state - 1] = (counts[state - 1] ?? 0) + 1;
    }
  });
  const ends = [...byAddress].map(([end, states]) => ({ end, states, total: sumUp(states) }));
  return rankEnds(ends, (end) => end);
}

interface Counted<End> {
  readonly end: End;
  readonly states: Uint32Array;
  readonly total: number;
}

/** The text of an address is made only for the ends that are told. */
function rankEnds<End>(counted: readonly Counted<End>[], toText: (end: End) => string): PortEnds {
  const first = takeFirst(counted, MAX_ENDS, (a, b) => b.total - a.total);
  const told = first.reduce((sum, { total }) => sum + total, 0);
  const sockets = counted.reduce((sum, { total }) => sum + total, 0) - told;
  return {
    ends: first.map(({ end, states, total }) => ({ address: toText(end), states, total })),
    others: { ends: counted.length - first.length, sockets },
  };
}

function sumUp(counts: Uint32Array): number {
  let sum = 0;
  for (const count of counts) sum += count;
  return sum;
}
