/**
 * The port series of a snapshot. A port series is the count of sockets per state of one service port: a port of this
 * host that clients connect to (inbound), or a port of another host that this host connects to (outbound).
 */
import { formatAddressIdPart, formatIdPart } from './id-parts.js';
import { markGreatest } from '../top-ranked.js';
import { STATE_COUNT, type Snapshot } from './snapshot.js';

/** One port series at one instant. Its key is (namespace, `out`, address, port) or (namespace, `in`, port). */
export interface PortSeriesSample {
  readonly id: string;
  readonly direction: 'in' | 'out';
  readonly namespace: string;
  /** The remote address; null for an inbound series. */
  readonly address: string | null;
  readonly port: number;
  /** Sockets by kernel state: `states[state - 1]`. */
  readonly states: Uint32Array;
}

/**
 * At most this many outbound series are listed, so that a host with tens of thousands of destinations costs a bounded
 * amount of memory. There are at most as many inbound series as there are ports.
 */
export const MAX_LISTED_SERIES = 4000;

/** The outbound series that are not listed, taken together. */
export interface UnlistedSeries {
  readonly count: number;
  /** Their sockets by kernel state: `states[state - 1]`. */
  readonly states: Uint32Array;
}

export interface PortSamples {
  readonly listed: PortSeriesSample[];
  /** Null where all series are listed. */
  readonly unlisted: UnlistedSeries | null;
}

const NONE: ReadonlySet<string> = new Set();

/**
 * The series of a snapshot: the inbound ones by local port, then one outbound series per destination for all local
 * addresses. Of very many destinations those with the most sockets are listed.
 * @param listedBefore the ids of the sample before: they stay, so that series of the same size do not take turns.
 */
export function listPortSamples(snapshot: Snapshot, listedBefore: ReadonlySet<string> = NONE): PortSamples {
  const { listed, unlisted } = listOutboundSamples(snapshot, listedBefore);
  return { listed: [...listInboundSamples(snapshot), ...listed], unlisted };
}

function listInboundSamples({ namespace, inbound }: Snapshot): PortSeriesSample[] {
  return Array.from(inbound.localPort, (port, index) => ({
    id: `in_${formatIdPart(namespace)}_${port}`,
    direction: 'in',
    namespace,
    address: null,
    port,
    states: inbound.counts.slice(index * STATE_COUNT, (index + 1) * STATE_COUNT),
  }));
}

function listOutboundSamples(snapshot: Snapshot, listedBefore: ReadonlySet<string>): PortSamples {
  const { namespace, outbound, outboundRows } = snapshot;
  const { seriesOfGroup, ids, sockets } = groupBySeries(snapshot);
  const ranks = Float64Array.from(ids, (id, index) => 2 * (sockets[index] ?? 0) + (listedBefore.has(id) ? 1 : 0));
  const isListed = markGreatest(ranks, MAX_LISTED_SERIES);
  const count = Math.max(0, ids.length - MAX_LISTED_SERIES);
  const unlisted = { count, states: new Uint32Array(STATE_COUNT) };
  const samples: (PortSeriesSample | undefined)[] = [];
  for (const [group, index] of seriesOfGroup.entries()) {
    const rows = outboundRows.state.subarray(outbound.rowStart[group], outbound.rowStart[group + 1]);
    if (isListed[index] !== 1) {
      countStates(unlisted.states, rows);
      continue;
    }
    const sample = (samples[index] ??= {
      id: ids[index] ?? '',
      direction: 'out',
      namespace,
      address: outbound.remoteAddress[group] ?? '',
      port: outbound.remotePort[group] ?? 0,
      states: new Uint32Array(STATE_COUNT),
    });
    countStates(sample.states, rows);
  }
  return { listed: samples.filter((sample) => sample !== undefined), unlisted: count === 0 ? null : unlisted };
}

/** The series of each group, by its place in `ids`, and the number of sockets of each series. */
function groupBySeries({ namespace, outbound }: Snapshot) {
  const places = new Map<string, number>();
  const prefix = `out_${formatIdPart(namespace)}_`;
  const sockets: number[] = [];
  const seriesOfGroup = Uint32Array.from(outbound.remoteAddress, (address, group) => {
    const id = `${prefix}${formatAddressIdPart(address)}_${outbound.remotePort[group] ?? 0}`;
    const place = places.get(id) ?? places.size;
    places.set(id, place);
    sockets[place] = (sockets[place] ?? 0) + (outbound.rowStart[group + 1] ?? 0) - (outbound.rowStart[group] ?? 0);
    return place;
  });
  return { seriesOfGroup, ids: [...places.keys()], sockets };
}

/** The sockets of a series in all states. */
export function countSockets({ states }: PortSeriesSample): number {
  let sum = 0;
  for (const count of states) sum += count;
  return sum;
}

function countStates(counts: Uint32Array, states: Uint8Array): void {
  for (const state of states) counts[state - 1] = (counts[state - 1] ?? 0) + 1;
}
