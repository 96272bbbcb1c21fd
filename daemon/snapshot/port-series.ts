/**
 * The port series of a snapshot. A port series is the count of sockets per state of one service port: a port of this
 * host that clients connect to (inbound), or a port of another host that this host connects to (outbound).
 */
import { formatAddressIdPart, formatIdPart } from './id-parts.js';
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
 * Every series of a snapshot: the inbound ones by local port, then one outbound series per destination for all local
 * addresses.
 */
export function listPortSamples(snapshot: Snapshot): PortSeriesSample[] {
  return [...listInboundSamples(snapshot), ...listOutboundSamples(snapshot)];
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

function listOutboundSamples({ namespace, outbound, outboundRows }: Snapshot): PortSeriesSample[] {
  const series = new Map<string, PortSeriesSample>();
  const prefix = `out_${formatIdPart(namespace)}_`;
  for (const [group, address] of outbound.remoteAddress.entries()) {
    const port = outbound.remotePort[group] ?? 0;
    const id = `${prefix}${formatAddressIdPart(address)}_${port}`;
    let sample = series.get(id);
    if (sample === undefined) {
      sample = { id, direction: 'out', namespace, address, port, states: new Uint32Array(STATE_COUNT) };
      series.set(id, sample);
    }
    countStates(sample.states, outboundRows.state.subarray(outbound.rowStart[group], outbound.rowStart[group + 1]));
  }
  return [...series.values()];
}

function countStates(counts: Uint32Array, states: Uint8Array): void {
  for (const state of states) counts[state - 1] = (counts[state - 1] ?? 0) + 1;
}
