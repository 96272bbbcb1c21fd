/** `portcast plan`: where use settles with given ports, TIME_WAIT and close rate, what each remedy and other settings change. */
import { InvalidArgumentError, type Command } from 'commander';
import type { Remedy } from '../advice/effect.js';
import { planWhatIf, type Plan } from '../advice/plan.js';
import { changesAnything, type Settings } from '../advice/what-if.js';
import { PortcastError } from '../errors.js';
import { LAST_PORT } from '../host/kernel-constants.js';
import { parsePortRange } from '../host/port-range.js';
import { countUnusedCapacity, explainNoUsablePort } from '../pool/capacity.js';
import { parseWholeNumber } from '../quantities.js';
import { formatCount, formatDuration, formatPercent, MINUTE_MS, SECOND_MS } from '../units.js';
import { planToWire, situationOfNumbers, type TypedNumbers } from '../wire/plan.js';
import {
  parseDurationArgument,
  takeParsed,
  loadConfigFor,
  createCommandLog,
  EXIT,
  parseNumberArgument,
  printJson,
  addConfigOption,
  type CliContext,
  type CliIo,
} from './context.js';
import type { StartSource } from './one-shot.js';
import { formatComparison, readChanges, refuseNonsense, type WhatIfOptions } from './plan-settings.js';
import { createReadingParts } from './reading.js';
import { formatTable } from './text.js';

/** Below this a duration is exact in seconds: `formatDuration` gives whole seconds. */
const EXACT_BELOW_SECONDS = (2 * MINUTE_MS) / SECOND_MS;
/** `--live` above the number of ports is allowed with numbers: the plan then says that the live connections take all of them. */
const MAX_LIVE = 99_999;

interface PlanOptions extends WhatIfOptions {
  readonly rate: number;
  readonly live: number;
}

export function addPlan(program: Command, context: CliContext): void {
  const command = program
    .command('plan')
    .description(
      'what-if over numbers, a pool of now or a stored incident: where use settles, when the ports run out, what would change it',
    )
    .option('--pool <id>', 'compare a pool with itself under the other options; its id, or ADDRESS:PORT')
    .option('--incident <id>', 'replay a stored incident under the other options')
    .option('--ports <first-last>', 'the ports, such as 32768-60999 (default: those of this host)', parsePortsArgument)
    .option(
      '--time-wait <duration>',
      'how long a closed connection holds its port, such as 60s (default: as on this host)',
      parseDurationArgument,
    )
    // Commander would name a missing required option before an unknown one, which is often the same option misspelt.
    .option('--rate <per second>', 'closes per second (required without a pool or an incident)', parseNumberArgument)
    .option('--live <connections>', 'connections that stay open', parseCountArgument)
    .option('--reserved <ports>', 'ports of the range that no connection may take', parseCountArgument)
    .option('--sources <addresses>', 'source addresses over which the connections are spread', parseCountArgument)
    .option('--requests <number>', 'requests that each connection serves where it serves one now', parseNumberArgument)
    .option('--reuse', 'let connect() take a TIME_WAIT port again after the reuse delay')
    .option('--json', 'as JSON');
  addConfigOption(command).action(async (given: WhatIfOptions) => {
    const { rate, live = 0, pool, incident } = given;
    if (pool !== undefined || incident !== undefined) {
      const { planStored } = await import('./plan-what-if.js');
      return context.finish(await planStored(context.io, given, createReadingParts(context.version)));
    }
    if (rate === undefined)
      return command.error("error: required option '--rate <per second>', --pool or --incident not specified");
    const options = { ...given, rate, live };
    const { startSource } = await import('../source/worker/supervisor.js');
    context.finish(await planCommand(context.io, options, startSource));
  });
}

/** @throws PortcastError USAGE for values out of their bounds, and the errors of the source. */
export async function planCommand(io: CliIo, options: PlanOptions, start: StartSource): Promise<number> {
  const { rate, live, reserved } = options;
  const input = {
    ...(await completeInput(io, options, start)),
    rate,
    live,
    ...(reserved !== undefined && { reserved }),
  };
  const changes = readChanges(options);
  if (reserved !== undefined || changesAnything(changes)) return printNumbers(io, input, { changes, options });
  const plan = planWhatIf(input);
  if (options.json === true) printJson(io, plan);
  else io.out(`${formatPlan(plan)}\n`);
  return EXIT.ok;
}

/** The plan, and beside it what source addresses, requests and reuse change. */
function printNumbers(
  io: CliIo,
  input: TypedNumbers,
  { changes, options }: { changes: Settings; options: PlanOptions },
) {
  const now = situationOfNumbers(input);
  refuseNonsense(now, { ...input, ...changes });
  const plan = planToWire(now, changes, null);
  if (options.json === true) printJson(io, plan);
  else io.out(`${formatPlan(plan)}\n${changesAnything(changes) ? `\n${formatComparison(plan)}\n` : ''}`);
  return EXIT.ok;
}

/** Takes from this host what the options do not give. Ports that are given have no reserved ones among them. */
async function completeInput(
  io: CliIo,
  { ports, timeWait, config: file }: PlanOptions,
  start: StartSource,
): Promise<Pick<TypedNumbers, 'ports' | 'timeWaitMs' | 'reserved'>> {
  if (ports !== undefined && timeWait !== undefined) return { ports, timeWaitMs: timeWait };
  const { sampling } = loadConfigFor(io, file).config;
  const source = await start({ source: sampling.source, namespace: 'host', log: createCommandLog(io) });
  try {
    const { limits, granularity } = await source.readHost();
    const { first, last } = limits.range;
    const timeWaitMs = timeWait ?? limits.timeWaitMs + granularity.timeWaitMs;
    if (ports !== undefined) return { ports, timeWaitMs };
    const noPort = explainNoUsablePort(null, limits);
    if (noPort !== null) throw new PortcastError('USAGE', `cannot plan with the ports of this host: ${noPort}`);
    const reserved = last - first + 1 - countUnusedCapacity(null, limits);
    return { ports: [first, last] as const, timeWaitMs, reserved };
  } finally {
    await source.stop();
  }
}

/** The plan as text. Rates keep two decimals, because a difference of 0.01 decides whether the ports ever run out. */
function formatPlan(plan: Plan): string {
  const { input } = plan;
  const [first, last] = input.ports;
  const held = input.live > 0 ? `, ${formatCount(input.live)} of them in use by open connections` : '';
  const lines = [
    `ports        ${first} to ${last}: ${formatCount(plan.capacity)} ports${held}`,
    `hold         ${formatDuration(input.timeWaitSeconds * SECOND_MS)} after each close`,
    `sustainable  ${formatTwoDecimals(plan.sustainableRate)} closes per second at most`,
    `planned      ${formatTwoDecimals(input.rate)} closes per second, which need ${formatCount(plan.settlesAt)} ports ` +
      `(pressure ${formatPercent(plan.pressure)})`,
    `runs out     ${formatExhaustion(plan.secondsToExhaustion)}`,
    '',
    plan.why,
  ];
  if (plan.remedies.length === 0) return lines.join('\n');
  const headings = ['REMEDY', 'SUSTAINABLE', 'PRESSURE', 'RUNS OUT'];
  const [heading = '', ...rows] = formatTable(headings, plan.remedies.map(remedyCells), ['SUSTAINABLE', 'PRESSURE']);
  const remedies = rows.flatMap((row, index) => [row, `  ${plan.remedies[index]?.detail ?? ''}`]);
  return [...lines, '', heading, ...remedies].join('\n');
}

function remedyCells(remedy: Remedy): string[] {
  const { title, sustainableRate, pressure, secondsToExhaustion } = remedy;
  // The effect of some remedies cannot be given as a number: then pressure and exhaustion are both null.
  const runsOut = pressure === null ? '-' : formatExhaustion(secondsToExhaustion);
  return [
    title,
    sustainableRate === null ? '-' : `${formatTwoDecimals(sustainableRate)}/s`,
    pressure === null ? '-' : formatPercent(pressure),
    runsOut,
  ];
}

function formatExhaustion(seconds: number | null): string {
  if (seconds === null) return 'never at this rate';
  const duration = formatDuration(seconds * SECOND_MS);
  // Users compare this time with TIME_WAIT, which is given in seconds.
  return seconds < EXACT_BELOW_SECONDS ? `after ${duration}` : `after about ${formatCount(seconds)} s (${duration})`;
}

function formatTwoDecimals(value: number): string {
  return value >= 1000 ? formatCount(value) : String(Number(value.toFixed(2)));
}

function parsePortsArgument(text: string): [number, number] {
  const range = parsePortRange(text);
  if (range !== null) return [range.first, range.last];
  throw new InvalidArgumentError(`found "${text}"; allowed FIRST-LAST within 1-${LAST_PORT}, such as 1024-5000.`);
}

function parseCountArgument(text: string): number {
  return takeParsed(text, parseWholeNumber(text, { min: 0, max: MAX_LIVE }));
}
