/** `portcast check`: the forecast as a monitoring plug-in, one line with performance data (Nagios convention). */
import type { Command } from 'commander';
import { messageOf, PortcastError } from '../errors.js';
import { formatDuration, formatPercent } from '../units.js';
import type { WirePool, WirePools } from '../wire/pool.js';
import { parseNumberArgument, withConfig, type CliContext, type CliIo } from './context.js';
import { readingOptions, createSourceOption, type ReadForecast, type SourceSetting } from './forecast.js';
import { formatRemote } from './text.js';

/** Exit codes of a plug-in. */
const LEVELS = ['OK', 'WARNING', 'CRITICAL', 'UNKNOWN'] as const;
export const CHECK_UNKNOWN = 3;
/** Exhaustion this near is critical whatever the thresholds. */
const NEAR_SECONDS = 300;

interface CheckOptions {
  readonly config?: string;
  readonly source?: SourceSetting;
  readonly warning: number;
  readonly critical: number;
}

export function addCheck(program: Command, context: CliContext): void {
  const command = program
    .command('check')
    .description(
      'check this host as a monitoring plug-in (Nagios convention): exit 0 ok, 1 warning, 2 critical, 3 unknown',
    )
    .option('--warning <pressure>', 'pressure of the worst pool from which it warns', parseNumberArgument, 0.8)
    .option('--critical <pressure>', 'pressure of the worst pool from which it is critical', parseNumberArgument, 0.95)
    .addOption(createSourceOption());
  withConfig(command).action(async (options: CheckOptions) => {
    const { forecastOnce: readForecast } = await import('./one-shot.js');
    context.finish(await checkCommand(context.io, options, readForecast));
  });
}

/** Anything that keeps it from an answer is UNKNOWN, on standard output as plug-ins do. */
export async function checkCommand(io: CliIo, options: CheckOptions, read: ReadForecast): Promise<number> {
  try {
    if (options.warning > options.critical) {
      const found = `found --warning ${options.warning} above --critical ${options.critical}`;
      throw new PortcastError('USAGE', `${found}; allowed a warning of at most the critical pressure`);
    }
    const { exitCode, line } = judge(await read(readingOptions(io, options)), options);
    io.out(`${line}\n`);
    return exitCode;
  } catch (error) {
    io.out(`PORTCAST UNKNOWN - ${plain(messageOf(error))}\n`);
    return CHECK_UNKNOWN;
  }
}

/** The verdict on a forecast, and its line. */
export function judge({ host, pools }: WirePools, limits: { warning: number; critical: number }) {
  const worst = pools[0];
  if (worst === undefined) {
    const data = perfdata({ pressure: 0, used: 0, capacity: host.capacity, seconds: null }, limits);
    return { exitCode: 0, line: `PORTCAST OK - no outbound connection holds a port | ${data}` };
  }
  const known = pools.flatMap((pool) => (pool.pressure === null ? [] : [pool.pressure]));
  const pressure = known.length === 0 ? null : Math.max(...known);
  const near = pools.find(runsOutSoon);
  const level =
    near !== undefined || (pressure ?? 0) >= limits.critical ? 2 : (pressure ?? 0) >= limits.warning ? 1 : 0;
  const subject = near ?? pools.find((pool) => pool.pressure === pressure) ?? worst;
  const figures = { pressure, used: subject.used, capacity: subject.capacity, seconds: subject.secondsToExhaustion };
  const line = `PORTCAST ${LEVELS[level]} - ${plain(subjectText(subject))} | ${perfdata(figures, limits)}`;
  return { exitCode: level, line };
}

function runsOutSoon(pool: WirePool): boolean {
  return pool.mode === 'exhausted' || (pool.secondsToExhaustion !== null && pool.secondsToExhaustion <= NEAR_SECONDS);
}

function subjectText(pool: WirePool): string {
  const pressure = pool.pressure === null ? 'unknown' : formatPercent(pool.pressure);
  const when =
    pool.mode === 'exhausted'
      ? ', exhausted'
      : pool.secondsToExhaustion === null
        ? ''
        : `, runs out in ${formatDuration(pool.secondsToExhaustion * 1000)}`;
  const use = `${pool.used} of ${pool.capacity} ports used`;
  return `${pool.localAddress} to ${formatRemote(pool)}: pressure ${pressure}, ${use}${when}`;
}

interface Figures {
  readonly pressure: number | null;
  readonly used: number;
  readonly capacity: number;
  readonly seconds: number | null;
}

/** `label=value[unit];warning;critical;min;max`; U is an unknown value. */
function perfdata(
  { pressure, used, capacity, seconds }: Figures,
  limits: { warning: number; critical: number },
): string {
  const parts = [`pressure=${pressure ?? 'U'};${limits.warning};${limits.critical};0;`, `used=${used};;;0;${capacity}`];
  return seconds === null ? parts.join(' ') : [...parts, `exhaustion=${seconds}s;;;0;`].join(' ');
}

/** One line, without the bar that starts performance data. */
function plain(text: string): string {
  return text.replace(/\s*\n\s*/g, '; ').replaceAll('|', '/');
}
