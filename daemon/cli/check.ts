/** `portcast check`: the forecast as a monitoring plug-in: one line with performance data (Nagios convention). */
import type { Command } from 'commander';
import { messageOf, PortcastError } from '../errors.js';
import { maskSecrets } from '../secrets.js';
import { formatDuration, formatPercent, MINUTE_MS, SECOND_MS } from '../units.js';
import type { WirePool, WirePools } from '../wire/pool.js';
import { parseRatioArgument, type CliContext, type CliIo } from './context.js';
import { addOriginOptions } from './forecast.js';
import { createReadingParts, takeReading, type OriginOptions, type ReadingParts } from './reading.js';
import { escapeStrings } from './terminal.js';
import { formatRemote } from './text.js';

/** The index is the exit code of the plug-in. */
const LEVELS = ['OK', 'WARNING', 'CRITICAL', 'UNKNOWN'] as const;
const CHECK_UNKNOWN = 3;
/** An exhaustion within this time is critical, whatever the thresholds. */
const NEAR_SECONDS = (5 * MINUTE_MS) / SECOND_MS;

interface Limits {
  readonly warning: number;
  readonly critical: number;
}

interface CheckOptions extends OriginOptions, Limits {}

export function addCheck(program: Command, context: CliContext): void {
  const command = program
    .command('check')
    .description(
      'check this host as a monitoring plug-in (Nagios convention): exit 0 ok, 1 warning, 2 critical, 3 unknown',
    )
    .option('--warning <pressure>', 'exit 1 from this pressure of the worst pool: 0.8 or 80%', parseRatioArgument, 0.8)
    .option('--critical <pressure>', 'exit 2 from this pressure of the worst pool', parseRatioArgument, 0.95);
  addOriginOptions(command).action(async (options: CheckOptions) => {
    context.finish(await checkCommand(context.io, options, createReadingParts(context.version)));
  });
}

/** Every error is UNKNOWN with exit code 3, on standard output, where a monitoring system reads it. */
export async function checkCommand(io: CliIo, options: CheckOptions, parts: ReadingParts): Promise<number> {
  try {
    if (options.warning > options.critical) {
      const found = `found --warning ${options.warning} above --critical ${options.critical}`;
      throw new PortcastError('USAGE', `${found}; --warning must not be above --critical`);
    }
    const { forecast, isFromDaemon, origin, daemonProblem } = await takeReading(io, options, parts);
    if (daemonProblem !== null) io.err(`portcast: read from this host: ${daemonProblem}\n`);
    const { exitCode, line } = evaluateForecast(escapeStrings(forecast), options, isFromDaemon ? `; ${origin}` : '');
    io.out(`${line}\n`);
    return exitCode;
  } catch (error) {
    return reportUnknown(io, messageOf(error));
  }
}

/** The line of an error. @returns the exit code */
export function reportUnknown(io: CliIo, message: string): number {
  io.out(`PORTCAST UNKNOWN - ${toOneLine(maskSecrets(message))}\n`);
  return CHECK_UNKNOWN;
}

/** @returns the exit code and the line for a forecast. `note` ends the text, before the performance data. */
export function evaluateForecast({ host, pools }: WirePools, limits: Limits, note = '') {
  const worst = pools[0];
  if (host.noPortWhy !== null) {
    const data = formatPerformanceData({ pressure: null, used: 0, capacity: 0, seconds: 0 }, limits);
    return { exitCode: 2, line: `PORTCAST CRITICAL - ${toOneLine(host.noPortWhy)}${note} | ${data}` };
  }
  if (worst === undefined) {
    const data = formatPerformanceData({ pressure: 0, used: 0, capacity: host.capacity, seconds: null }, limits);
    return { exitCode: 0, line: `PORTCAST OK - no outbound connection uses a port${note} | ${data}` };
  }
  const pressures = pools.flatMap((pool) => (pool.pressure === null ? [] : [pool.pressure]));
  const pressure = pressures.length === 0 ? null : Math.max(...pressures);
  const urgent = pools.find(runsOutSoon);
  const exitCode =
    urgent !== undefined || (pressure ?? 0) >= limits.critical ? 2 : (pressure ?? 0) >= limits.warning ? 1 : 0;
  const shown = urgent ?? pools.find((pool) => pool.pressure === pressure) ?? worst;
  // The text and the performance data show the same pool.
  const seconds = shown.mode === 'exhausted' ? 0 : shown.secondsToExhaustion;
  const figures = { pressure: shown.pressure, used: shown.used, capacity: shown.capacity, seconds };
  const line = `PORTCAST ${LEVELS[exitCode]} - ${toOneLine(formatPool(shown))}${note} | ${formatPerformanceData(figures, limits)}`;
  return { exitCode, line };
}

function runsOutSoon(pool: WirePool): boolean {
  return pool.mode === 'exhausted' || (pool.secondsToExhaustion !== null && pool.secondsToExhaustion <= NEAR_SECONDS);
}

/** What happens comes first: an alert list often cuts the line. */
function formatPool(pool: WirePool): string {
  const { mode, used, capacity, secondsToExhaustion, localAddress } = pool;
  const remote = formatRemote(pool);
  if (mode === 'exhausted') return `OUT OF PORTS to ${remote}: ${used} of ${capacity}, from ${localAddress}`;
  const when = secondsToExhaustion === null ? '' : ` run out in ${formatDuration(secondsToExhaustion * SECOND_MS)}`;
  const pressure = pool.pressure === null ? 'unknown' : formatPercent(pool.pressure);
  return `ports to ${remote}${when}: ${used} of ${capacity} used, pressure ${pressure}, from ${localAddress}`;
}

interface Figures {
  readonly pressure: number | null;
  readonly used: number;
  readonly capacity: number;
  readonly seconds: number | null;
}

/** `label=value[unit];warning;critical;min;max`; the value U means unknown. */
function formatPerformanceData({ pressure, used, capacity, seconds }: Figures, limits: Limits): string {
  const parts = [`pressure=${pressure ?? 'U'};${limits.warning};${limits.critical};0;`, `used=${used};;;0;${capacity}`];
  return seconds === null ? parts.join(' ') : [...parts, `exhaustion=${seconds}s;;;0;`].join(' ');
}

/** A plug-in prints one line, and a bar in it starts the performance data. */
function toOneLine(text: string): string {
  return text.replace(/\s*\n\s*/g, '; ').replaceAll('|', '/');
}
