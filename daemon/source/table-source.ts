/** What every source of the socket table gives the worker, whatever the platform. */
import type { SourceName } from '../contracts.js';
import type { RowSink } from '../snapshot/snapshot-builder.js';

export interface DumpOutcome {
  /** The table changed underneath in a way the kernel says it could not hide. */
  readonly interrupted: boolean;
}

export interface TableSource {
  readonly name: Exclude<SourceName, 'recording'>;
  /** Whether timed rows carry their remaining time. */
  readonly hasTimers: boolean;
  /** Whether BOUND_INACTIVE sockets are visible (kernel rule 6). */
  readonly hasBoundInactive: boolean;
  /**
   * One full dump into `sink`, which it begins itself (an interrupted dump is begun again).
   * Throws SOURCE_UNAVAILABLE, SOURCE_MALFORMED or SOURCE_TIMEOUT.
   */
  dump(sink: RowSink): DumpOutcome | Promise<DumpOutcome>;
  close(): void;
}
