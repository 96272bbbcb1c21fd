/** What the worker reads of the host besides the socket table. Each platform folder has one implementation. */
import type { OwnerReport } from '../alert/alert.js';
import type { OwnerQuery } from '../contracts.js';
import type { Granularity } from '../host/release-granularity.js';
import type { SettingValues } from '../host/limit-settings.js';
import type { HostLimits } from '../host/limits.js';
import type { Native } from './linux/netlink-native.js';
import { type CounterValues } from '../host/counters.js';
import type { Snapshot } from '../snapshot/snapshot.js';

export interface HostSourceOptions {
  readonly procRoot: string;
  readonly native: Native | { readonly problem: string };
  /** What an earlier worker had learned; null for the first. */
  readonly granularity: Granularity | null;
}

interface HostFacts {
  readonly limits: HostLimits;
  readonly counters: CounterValues;
  readonly granularity: Granularity;
  /** As the kernel writes them; absent on a platform whose settings are not read. */
  readonly settings?: SettingValues;
  /** What could not be read, and what is used in its place, one sentence each. */
  readonly problems: readonly string[];
}

export interface HostSource {
  /** Cheap: called on every beat. Throws LIMITS_UNREADABLE. */
  readFacts(): HostFacts;
  /** A report for each query on who holds the live rows. Never throws: `why` says what could not be found out. */
  findOwners(queries: readonly OwnerQuery[]): OwnerReport[];
  /**
   * To be called after each dump of the table, which takes the thread for many milliseconds.
   * @param table what it showed; null after a dump that failed. `hasTicks` says that its timers are whole ticks of the
   * kernel in ms, as those of sock_diag are; procfs rounds them to hundredths of a second.
   */
  noteTableRead(table: { readonly snapshot: Snapshot; readonly hasTicks: boolean } | null): void;
  stop(): void;
}
