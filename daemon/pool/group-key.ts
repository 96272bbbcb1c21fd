/** Finding a group of one snapshot again in another. */
import type { Snapshot } from '../snapshot/snapshot.js';

export function groupKey({ outbound }: Snapshot, group: number): string {
  return `${outbound.localAddress[group] ?? ''} ${outbound.remoteAddress[group] ?? ''} ${outbound.remotePort[group] ?? 0}`;
}

/** The rows of a group: from the first up to, not including, the second. */
export function groupRows({ outbound }: Snapshot, group: number): readonly [number, number] {
  return [outbound.rowStart[group] ?? 0, outbound.rowStart[group + 1] ?? 0];
}
