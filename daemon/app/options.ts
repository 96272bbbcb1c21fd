/** What the daemon is started with. Tests and tools replace the clock and the host. */
import type { Config } from '../config/config.js';
import type { Clock } from '../contracts.js';
import type { GlanceReader } from '../dump-contracts.js';
import type { Log } from '../log.js';
import type { startSource } from '../source/worker/supervisor.js';

export interface AppOptions {
  readonly config: Config;
  readonly version: string;
  readonly log: Log;
  readonly clock?: Clock;
  /** Opens another source than this host: for development on a simulated host. */
  readonly openSource?: typeof startSource;
  /** The same for what is read between two beats. */
  readonly openGlances?: () => GlanceReader;
  /** Measures the event loop all the time, which takes 3% of a core: for benchmarks. */
  readonly watchLoopContinuously?: boolean;
}
