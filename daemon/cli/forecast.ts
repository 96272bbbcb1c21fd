/** `portcast forecast`: the pools of this host now, and when they run out of ports. */
import { Option, type Command } from 'commander';
import { SOURCE_SETTINGS } from '../config/schema.js';
import { formatCount } from '../units.js';
import type { WirePools } from '../wire/pool.js';
import { EXIT, printJson, addConfigOption, type CliContext, type CliIo } from './context.js';
import { createReadingParts, takeReading, type OriginOptions, type ReadingParts } from './reading.js';
import { escapeStrings } from './terminal.js';
import { formatHost, formatPools } from './text.js';

const SHOWN_POOLS = 20;

interface ForecastOptions extends OriginOptions {
  readonly json?: boolean;
}

export function addForecast(program: Command, context: CliContext): void {
  const command = program
    .command('forecast')
    .description('show the pools of this host now: use, capacity, close rate, pressure and when they run out of ports')
    .option('--json', 'as JSON');
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
  const { forecast, origin, daemonProblem } = await takeReading(io, options, parts);
  if (options.json === true) {
    if (daemonProblem !== null) io.err(`portcast: read from this host: ${daemonProblem}\n`);
    printJson(io, forecast);
  } else {
    io.out(`${formatForecast(escapeStrings(forecast), origin)}\n`);
  }
  return EXIT.ok;
}

/** The forecast as text. `origin` says where the figures come from. */
export function formatForecast({ host, pools }: WirePools, origin: string): string {
  const head = [`${host.name} at ${host.sampledAt ?? 'an unknown time'}, ${origin}`, '', ...formatHost(host), ''];
  if (pools.length > 0) return [...head, ...formatPools(pools, SHOWN_POOLS)].join('\n');
  const none = 'No outbound connection uses a port.';
  const limit = ` A new destination could use ${formatCount(host.capacity)} ports.`;
  return [...head, host.noPortWhy === null ? none + limit : none].join('\n');
}
