/** A sink that keeps rows as text, for the tests of codecs, and a snapshot of a table source. */
import { formatAddress } from '../../daemon/host/ip-address.js';
import { createSnapshotBuilder, type RowSink } from '../../daemon/snapshot/snapshot-builder.js';
import { createListenerMemory } from '../../daemon/snapshot/listener-memory.js';
import type { Snapshot } from '../../daemon/snapshot/snapshot.js';
import type { TableSource } from '../../daemon/source/table-source.js';

export interface RowLog extends RowSink {
  /** `local port > remote port state timer expiresMs`, then the retransmissions where there were any. */
  readonly lines: string[];
}

export function rowLog(): RowLog {
  const lines: string[] = [];
  let malformed = 0;
  return {
    lines,
    begin() {
      lines.length = 0;
      malformed = 0;
    },
    add(l0, l1, l2, l3, localPort, r0, r1, r2, r3, remotePort, state, timer, expiresMs, retransmits) {
      const from = `${formatAddress(l0, l1, l2, l3)} ${localPort}`;
      const again = retransmits === 0 ? '' : ` sent again ${retransmits} times`;
      const to = `${formatAddress(r0, r1, r2, r3)} ${remotePort}`;
      lines.push(`${from} > ${to} state ${state} timer ${timer} ${expiresMs}${again}`);
    },
    addMalformed: (count) => void (malformed += count),
    rows: () => lines.length,
    malformed: () => malformed,
  };
}

/** One dump of the source, as a snapshot. */
export async function snapshotFrom(table: TableSource): Promise<Snapshot> {
  const builder = createSnapshotBuilder(createListenerMemory(60_000));
  const { interrupted } = await table.dump(builder);
  const { hasTimers, hasBoundInactive } = table;
  return builder.finish({ namespace: 'host', takenAtMs: 0, monotonicMs: 0, interrupted, hasTimers, hasBoundInactive });
}
