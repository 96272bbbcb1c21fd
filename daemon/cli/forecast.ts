/** `portcast forecast`: the pools of this host now, and when they run out of ports. */
import { Option, type Command } from 'commander';
import { SOURCE_SETTINGS } from '../config/schema.js';
import { formatCount } from '../units.js';
import type { WirePools } from '../wire/pool.js';
import {
  createCommandLog,
  loadConfigFor,
  EXIT,
  printJson,
  addConfigOption,
  type CliContext,
  type CliIo,
} from './context.js';
import type { ReadingOptions } from './one-shot.js';
import { formatHost, formatPools } from './text.js';

const SHOWN_POOLS = 20;

export type ReadForecast = (options: ReadingOptions) => Promise<WirePools>;
export type SourceSetting = (typeof SOURCE_SETTINGS)[number];

interface ForecastOptions {
  readonly config?: string;
  readonly source?: SourceSetting;
  readonly json?: boolean;
}

export function addForecast(program: Command, context: CliContext): void {
  const command = program
    .command('forecast')
    .description('show the pools of this host now: use, capacity, close rate, pressure and when they run out of ports')
    .addOption(createSourceOption())
    .option('--json', 'as JSON');
  addConfigOption(command).action(async (options: ForecastOptions) => {
    const { forecastOnce: readForecast } = await import('./one-shot.js');
    context.finish(await forecastCommand(context.io, options, readForecast));
  });
}

export function createSourceOption(): Option {
  return new Option('--source <name>', 'how to read the socket table (default: as configured)').choices(
    SOURCE_SETTINGS,
  );
}

export async function forecastCommand(io: CliIo, options: ForecastOptions, read: ReadForecast): Promise<number> {
  const forecast = await read(createReadingOptions(io, options));
  if (options.json === true) printJson(io, forecast);
  else io.out(`${formatForecast(forecast)}\n`);
  return EXIT.ok;
}

export function createReadingOptions(io: CliIo, options: { config?: string; source?: SourceSetting }): ReadingOptions {
  const { config } = loadConfigFor(io, options.config);
  const source = options.source ?? config.sampling.source;
  return { source, hostName: config.host.name, log: createCommandLog(io), signal: io.signal };
}

/** The forecast as text. */
export function formatForecast({ host, pools }: WirePools): string {
  const head = [`${host.name} at ${host.sampledAt ?? 'an unknown time'}`, '', ...formatHost(host), ''];
  if (pools.length > 0) return [...head, ...formatPools(pools, SHOWN_POOLS)].join('\n');
  const none = `No outbound connection uses a port. A new destination could use ${formatCount(host.capacity)} ports.`;
  return [...head, none].join('\n');
}
