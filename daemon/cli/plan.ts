/** `portcast plan`: where use settles with given ports, TIME_WAIT and close rate, and what each remedy changes. */
import { InvalidArgumentError, type Command } from 'commander';
import type { Remedy } from '../advice/effect.js';
import { planWhatIf, type Plan } from '../advice/plan.js';
import { LAST_PORT } from '../host/kernel-constants.js';
import { parsePortRange } from '../host/port-range.js';
import { parseWholeNumber } from '../quantities.js';
import { formatCount, formatDuration, formatPercent, MINUTE_MS, SECOND_MS } from '../units.js';
import {
  parseDurationArgument,
  EXIT,
  parseNumberArgument,
  printJson,
  addConfigOption,
  type CliContext,
  type CliIo,
} from './context.js';
import { formatTable } from './text.js';

/** Below this a duration is exact in seconds: `formatDuration` gives whole seconds. */
const EXACT_BELOW_SECONDS = (2 * MINUTE_MS) / SECOND_MS;
/** `--live` above the number of ports is allowed: the plan then says that the live connections take all of them. */
const MAX_LIVE = 99_999;

interface PlanOptions {
  readonly ports: [number, number];
  readonly timeWait: number;
  readonly rate: number;
  readonly live: number;
  readonly json?: boolean;
}

export function addPlan(program: Command, context: CliContext): void {
  const command = program
    .command('plan')
    .description('what-if: the close rate that a port range sustains, where use settles, and what each remedy changes')
    .requiredOption('--ports <first-last>', 'the ports, such as 32768-60999', parsePortsArgument)
    .requiredOption(
      '--time-wait <duration>',
      'how long a closed connection holds its port, such as 60s',
      parseDurationArgument,
    )
    .requiredOption('--rate <per second>', 'closes per second', parseNumberArgument)
    .option('--live <connections>', 'connections that stay open', parseCountArgument, 0)
    .option('--json', 'as JSON');
  addConfigOption(command).action((options: PlanOptions) => context.finish(planCommand(context.io, options)));
}

function planCommand(io: CliIo, options: PlanOptions): number {
  const { ports, timeWait: timeWaitMs, rate, live } = options;
  const plan = planWhatIf({ ports, timeWaitMs, rate, live });
  if (options.json === true) printJson(io, plan);
  else io.out(`${formatPlan(plan)}\n`);
  return EXIT.ok;
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
  const parsed = parseWholeNumber(text, { min: 0, max: MAX_LIVE });
  if (parsed.ok) return parsed.value;
  throw new InvalidArgumentError(`found "${text}"; allowed ${parsed.allowed}.`);
}
