/** What the daemon is started with. Tests and tools replace the clock and the host. */
import type { Config } from '../config/config.js';
import type { Clock } from '../contracts.js';
import type { GlanceReader } from '../dump-contracts.js';
import type { Log } from '../log.js';
import type { startFailureSource } from '../source/linux/tracing/failed-connects.js';
import type { startSource } from '../source/worker/supervisor.js';

/** What a past is played with, in any number and order; each call is awaited before the next. */
interface PastLine {
  /** One cycle, as at a beat of the schedule. */
  beat(): Promise<void>;
  /** What the daemon does once a second: stores what is pending, and sends messages. */
  tick(): Promise<void>;
}

export interface AppOptions {
  readonly config: Config;
  readonly version: string;
  readonly log: Log;
  readonly clock?: Clock;
  /** Opens another source than this host: for development on a simulated host. */
  readonly openSource?: typeof startSource;
  /** The same for what is read between two beats. */
  readonly openGlances?: () => GlanceReader;
  /** The same for the connects that fail. */
  readonly openFailures?: typeof startFailureSource;
  /** Plays a simulated past before the schedule begins, on a `clock` that it moves itself: for demos. */
  readonly playPast?: (line: PastLine) => Promise<void>;
  /** Measures the event loop all the time, which takes 3% of a core: for benchmarks. */
  readonly watchLoopContinuously?: boolean;
}
