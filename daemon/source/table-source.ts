/** The interface of the sources of the socket table. The worker uses one of them. */
import type { SourceName } from '../contracts.js';
import type { RowSink } from '../snapshot/snapshot-builder.js';

export interface DumpOutcome {
  /** The table changed during the dump, so a row may be missing or appear twice (NLM_F_DUMP_INTR). */
  readonly interrupted: boolean;
}

export interface TableSource {
  readonly name: Exclude<SourceName, 'recording'>;
  /** Whether timed rows carry their remaining time, as far as the format goes: some systems leave it at 0. */
  readonly hasTimers: boolean;
  /** Whether BOUND_INACTIVE sockets are visible (kernel rule 6). */
  readonly hasBoundInactive: boolean;
  /**
   * Dumps the whole table into `sink`. It calls `sink.begin()` itself, and again when it repeats an interrupted dump.
   * Throws SOURCE_UNAVAILABLE, SOURCE_MALFORMED or SOURCE_TIMEOUT.
   */
  dump(sink: RowSink): DumpOutcome | Promise<DumpOutcome>;
  close(): void;
}
