/** Where `forecast` and `check` get their figures: from the running daemon, or by reading this host. */
import { loadConfigFor, createCommandLog, type CliIo } from './context.js';
import type { Config } from '../config/config.js';
import type { SOURCE_SETTINGS } from '../config/schema.js';
import type { PortRange } from '../host/limits.js';
import { readLinuxLimits } from '../source/linux/limits.js';
import { PROC_ROOT } from '../source/linux/proc-paths.js';
import { formatDuration, SECOND_MS } from '../units.js';
import type { WirePools } from '../wire/pool.js';
import { askDaemon, type AskDaemon } from './daemon-forecast.js';
import { locateDaemon } from './daemon-login.js';
import type { ReadingOptions } from './one-shot.js';

/** The time within which the daemon must have answered. */
const DAEMON_TIMEOUT_MS = SECOND_MS;

export type ReadForecast = (options: ReadingOptions) => Promise<WirePools>;
export type SourceSetting = (typeof SOURCE_SETTINGS)[number];

/** The options that say where the figures come from. */
export interface OriginOptions {
  readonly config?: string;
  readonly source?: SourceSetting;
  /** False with `--no-daemon`. */
  readonly daemon?: boolean;
}

export interface ReadingParts {
  readonly version: string;
  readonly read: ReadForecast;
  readonly ask: AskDaemon;
}

interface Reading {
  readonly forecast: WirePools;
  readonly isFromDaemon: boolean;
  /** Where the figures come from, as a clause: `from the running daemon, sampled 0.8 s ago`. */
  readonly origin: string;
  /** Why the answer at the address of the daemon was not used; null when it was, or when no daemon runs. */
  readonly daemonProblem: string | null;
}

export function createReadingParts(version: string): ReadingParts {
  return {
    version,
    // The source loads native code, which an answer of the daemon makes unnecessary.
    read: async (options) => (await import('./one-shot.js')).forecastOnce(options),
    ask: askDaemon,
  };
}

/**
 * Asks the daemon, unless the options forbid it or name a source, and reads this host where its answer cannot be used.
 * @throws PortcastError CONFIG_INVALID, and the errors of the source.
 */
export async function takeReading(io: CliIo, options: OriginOptions, parts: ReadingParts): Promise<Reading> {
  const { config } = loadConfigFor(io, options.config);
  const { forecast, origin, daemonProblem } = await askFirst(io, options, { config, ...parts });
  if (forecast !== null) return { forecast, isFromDaemon: true, origin, daemonProblem };
  const source = options.source ?? config.sampling.source;
  const log = createCommandLog(io);
  const read = await parts.read({ source, hostName: config.host.name, log, signal: io.signal });
  return { forecast: read, isFromDaemon: false, origin, daemonProblem };
}

/** Without a forecast this host is to be read, for the reason that `origin` has. */
type FirstAnswer = Pick<Reading, 'origin' | 'daemonProblem'> & { readonly forecast: WirePools | null };

/** Asks the daemon, unless the options forbid it or name a source. */
export async function askFirst(
  io: CliIo,
  options: OriginOptions,
  { config, version, ask }: Pick<ReadingParts, 'version' | 'ask'> & { readonly config: Config },
): Promise<FirstAnswer> {
  const readHost = (why: string, daemonProblem: string | null = null): FirstAnswer => {
    return { forecast: null, origin: `read from this host${why}`, daemonProblem };
  };
  if (options.source !== undefined) return readHost(` (--source ${options.source})`);
  if (options.daemon === false) return readHost(' (--no-daemon)');
  const place = locateDaemon(io, config);
  const answer = await ask(createQuestion({ config, place, version, signal: io.signal }));
  switch (answer.kind) {
    case 'forecast': {
      const origin = `from the running daemon, sampled ${formatAge(answer.ageMs)} ago`;
      return { forecast: answer.forecast, origin, daemonProblem: null };
    }
    case 'absent':
      return readHost(`: no daemon answers at ${place.base}`);
    case 'unusable':
      return readHost(`: ${answer.why}`, answer.why);
  }
}

/** In seconds even below one: `0.8 s`. */
function formatAge(ms: number): string {
  return ms < SECOND_MS ? `${(ms / SECOND_MS).toFixed(1)} s` : formatDuration(ms);
}

type Place = ReturnType<typeof locateDaemon>;

/** What a daemon must answer so that its figures can stand for this host now. */
function createQuestion(of: { config: Config; place: Place; version: string; signal: AbortSignal }) {
  const address = { ...of.place, timeoutMs: DAEMON_TIMEOUT_MS, signal: of.signal };
  return { address, version: of.version, hostName: of.config.host.name, range: readOwnRange(), nowMs: Date.now };
}

/** Null where it cannot be read without starting a source; then the name alone tells the host. */
function readOwnRange(): PortRange | null {
  if (process.platform !== 'linux') return null;
  try {
    return readLinuxLimits(PROC_ROOT).limits.range;
  } catch {
    return null;
  }
}
