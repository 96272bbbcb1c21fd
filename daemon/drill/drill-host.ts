/** What a drill watches: a host on which a client takes ports until none is left. */
import type { HostReader, OwnerFinder, TableReader } from '../contracts.js';

/** Its client has begun when it is opened. */
export interface DrillHost extends HostReader, TableReader, OwnerFinder {
  /** The client takes no port any more. */
  stopBurning(): void;
  /** The wall clock at the first connect that found no port; null before. */
  firstFailureMs(): number | null;
  close(): Promise<void>;
}
