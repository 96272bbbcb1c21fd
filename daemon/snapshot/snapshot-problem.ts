/** What is wrong with a snapshot that was taken all the same. */
import type { Snapshot } from './snapshot.js';

/** @returns a text for the health of portcast, or null when the snapshot is complete. */
export function describeSnapshotProblem({ malformed, rows, interrupted }: Snapshot): string | null {
  if (malformed > 0) {
    return `${malformed} of ${rows + malformed} rows of the socket table could not be parsed and were left out`;
  }
  return interrupted ? 'the socket table changed while it was read: counts may be a few rows off' : null;
}
