/** `portcast forecast`: the pools of this host now, and when they run out of ports. */
import { Option, type Command } from 'commander';
import { SOURCE_SETTINGS } from '../config/schema.js';
import { formatDurationValue, parseDuration, parseWithin } from '../quantities.js';
import { DAY_MS, formatCount, SECOND_MS } from '../units.js';
import type { WirePools } from '../wire/pool.js';
import { EXIT, pause, printJson, addConfigOption, takeParsed, type CliContext, type CliIo } from './context.js';
import { createReadingParts, takeReading, type OriginOptions, type ReadingParts } from './reading.js';
import { escapeStrings } from './terminal.js';
import { formatHost, formatPools } from './text.js';

const SHOWN_POOLS = 20;

/** Reading this host more often would take more of it than the daemon does. */
const MIN_WATCH_MS = SECOND_MS;

interface ForecastOptions extends OriginOptions {
  readonly json?: boolean;
  /** Repeats the forecast with this time between two, in ms. */
  readonly watch?: number;
}

export function addForecast(program: Command, context: CliContext): void {
  const command = program
    .command('forecast')
    .description('show the pools of this host now: use, capacity, close rate, pressure and when they run out of ports')
    .option('--json', 'as JSON')
    .addOption(
      new Option('--watch [every]', 'repeat it until Ctrl-C (with --json one line each); every 2s unless given')
        .preset('2s')
        .argParser(parseWatchArgument),
    );
  addOriginOptions(command).action(async (options: ForecastOptions) => {
    context.finish(await forecastCommand(context.io, options, createReadingParts(context.version)));
  });
}

/** Adds the options that say where the figures come from. */
export function addOriginOptions(command: Command): Command {
  return addConfigOption(
    command
      .option('--no-daemon', 'read this host even where the running daemon could be asked')
      .addOption(createSourceOption('read this host, and by this source')),
  );
}

export function createSourceOption(description = 'how to read the socket table (default: as configured)'): Option {
  return new Option('--source <name>', description).choices(SOURCE_SETTINGS);
}

/** Exits 0 whatever is forecast. @throws PortcastError CONFIG_INVALID, and the errors of the source. */
export async function forecastCommand(io: CliIo, options: ForecastOptions, parts: ReadingParts): Promise<number> {
  const { watch } = options;
  await printForecast(io, options, parts);
  if (watch === undefined) return EXIT.ok;
  for (;;) {
    await pause(watch, io.signal);
    if (io.signal.aborted) return EXIT.ok;
    if (options.json !== true) io.out('\n');
    await printForecast(io, options, parts);
  }
}

async function printForecast(io: CliIo, options: ForecastOptions, parts: ReadingParts): Promise<void> {
  const { forecast, origin, daemonProblem } = await takeReading(io, options, parts);
  if (options.json !== true) {
    io.out(`${formatForecast(escapeStrings(forecast), origin)}\n`);
    return;
  }
  if (daemonProblem !== null) io.err(`portcast: read from this host: ${daemonProblem}\n`);
  if (options.watch === undefined) printJson(io, forecast);
  else io.out(`${JSON.stringify(forecast)}\n`);
}

function parseWatchArgument(text: string): number {
  const bounds = { min: MIN_WATCH_MS, max: DAY_MS, text: formatDurationValue };
  return takeParsed(text, parseWithin(parseDuration, bounds)(text));
}

/** The forecast as text. `origin` says where the figures come from. */
export function formatForecast({ host, pools }: WirePools, origin: string): string {
  const head = [`${host.name} at ${host.sampledAt ?? 'an unknown time'}, ${origin}`, '', ...formatHost(host), ''];
  if (pools.length > 0) return [...head, ...formatPools(pools, SHOWN_POOLS)].join('\n');
  const none = 'No outbound connection uses a port.';
  const limit = ` A new destination could use ${formatCount(host.capacity)} ports.`;
  return [...head, host.noPortWhy === null ? none + limit : none].join('\n');
}
