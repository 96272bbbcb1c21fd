/**
 * Identifies a group of outbound rows, so that the same group can be found in the next snapshot, and finds its rows.
 */
import type { Snapshot } from '../snapshot/snapshot.js';

/** The local address, the remote address and the remote port, joined by spaces. */
export function formatGroupKey({ outbound }: Snapshot, group: number): string {
  return `${outbound.localAddress[group] ?? ''} ${outbound.remoteAddress[group] ?? ''} ${outbound.remotePort[group] ?? 0}`;
}

/** The rows of a group: from the first index up to, not including, the second. */
export function findGroupRows({ outbound }: Snapshot, group: number): readonly [number, number] {
  return [outbound.rowStart[group] ?? 0, outbound.rowStart[group + 1] ?? 0];
}
