/** Socket table rows in a form that is easy to write in tests, and snapshots that are built from such rows. */
import { parseAddress } from '../../daemon/host/ip-address.js';
import { createSnapshotBuilder, type RowSink, type SnapshotMeta } from '../../daemon/snapshot/snapshot-builder.js';
import { createListenerMemory } from '../../daemon/snapshot/listener-memory.js';
import { STATE, STATE_COUNT, TCP_STATES, type Snapshot, type TcpState } from '../../daemon/snapshot/snapshot.js';

export interface Row {
  readonly local: string;
  readonly localPort: number;
  readonly remote: string;
  readonly remotePort: number;
  readonly state: TcpState;
  readonly timer?: number;
  readonly expiresMs?: number;
  readonly retransmits?: number;
}

export const META: SnapshotMeta = {
  namespace: 'host',
  takenAtMs: 1_700_000_000_000,
  monotonicMs: 1000,
  interrupted: false,
  hasTimers: true,
  hasBoundInactive: true,
};

export function addRows(sink: RowSink, rows: readonly Row[]): void {
  for (const row of rows) {
    const { local, localPort, remote, remotePort, state, timer = 0, expiresMs = 0, retransmits = 0 } = row;
    const [from, to] = [parseAddress(local), parseAddress(remote)];
    if (from === null || to === null) throw new Error(`${local} or ${remote} is not an address`);
    sink.add(...from, localPort, ...to, remotePort, STATE[state], timer, expiresMs, retransmits);
  }
}

export function snapshotOf(rows: readonly Row[], meta: Partial<SnapshotMeta> = {}): Snapshot {
  const builder = createSnapshotBuilder(createListenerMemory(60_000));
  builder.begin();
  addRows(builder, rows);
  return builder.finish({ ...META, ...meta });
}

export function listener(localPort: number, local = '0.0.0.0'): Row {
  return { local, localPort, remote: local.includes(':') ? '::' : '0.0.0.0', remotePort: 0, state: 'LISTEN' };
}

/** The outbound rows as text, one line per row, sorted as text. */
export function outboundLines({ outbound, outboundRows: rows }: Snapshot): string[] {
  const lines: string[] = [];
  for (const [group, remote] of outbound.remoteAddress.entries()) {
    for (let row = outbound.rowStart[group] ?? 0; row < (outbound.rowStart[group + 1] ?? 0); row++) {
      const state = TCP_STATES[(rows.state[row] ?? 0) - 1] ?? '?';
      const from = `${outbound.localAddress[group] ?? '?'} ${rows.localPort[row] ?? 0}`;
      const to = `${remote} ${outbound.remotePort[group] ?? 0}`;
      lines.push(`${from} > ${to} ${state} ${rows.timer[row] ?? 0}:${rows.expiresMs[row] ?? 0}`);
    }
  }
  return lines.sort();
}

/** The inbound counts above 0, by port and then by state. */
export function inboundCounts({ inbound }: Snapshot): Record<number, Partial<Record<TcpState, number>>> {
  const entries = Array.from(inbound.localPort, (port, index) => {
    const counts = Array.from(inbound.counts.subarray(index * STATE_COUNT, (index + 1) * STATE_COUNT));
    const named = counts.map((count, state) => [TCP_STATES[state], count] as const).filter(([, count]) => count > 0);
    return [port, Object.fromEntries(named) as Partial<Record<TcpState, number>>] as const;
  });
  return Object.fromEntries(entries);
}
