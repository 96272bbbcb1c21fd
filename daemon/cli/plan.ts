/** `portcast plan`: what a range, a TIME_WAIT and a close rate come to, and what each remedy would change. */
import { InvalidArgumentError, type Command } from 'commander';
import { planWhatIf } from '../advice/plan.js';
import { formatCount, formatDuration, formatPercent } from '../units.js';
import type { WirePlan, WireRemedy } from '../wire/plan.js';
import {
  parseDurationArgument,
  EXIT,
  parseNumberArgument,
  printJson,
  withConfig,
  type CliContext,
  type CliIo,
} from './context.js';
import { formatTable } from './text.js';

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
    .description('what-if: the close rate a range sustains, where use settles, when it runs out, what remedies change')
    .requiredOption('--ports <first-last>', 'the ports, such as 32768-60999', portsArgument)
    .requiredOption(
      '--time-wait <duration>',
      'how long a closed connection holds its port, such as 60s',
      parseDurationArgument,
    )
    .requiredOption('--rate <per second>', 'closes per second', parseNumberArgument)
    .option('--live <connections>', 'connections that stay open', countArgument, 0)
    .option('--json', 'as JSON');
  withConfig(command).action((options: PlanOptions) => context.finish(planCommand(context.io, options)));
}

function planCommand(io: CliIo, options: PlanOptions): number {
  const { ports, timeWait: timeWaitMs, rate, live } = options;
  const plan = planWhatIf({ ports, timeWaitMs, rate, live });
  if (options.json === true) printJson(io, plan);
  else io.out(`${planText(plan)}\n`);
  return EXIT.ok;
}

/** The plan for people. Rates keep two decimals: a hundredth decides between never and soon. */
function planText(plan: WirePlan): string {
  const { input } = plan;
  const [first, last] = input.ports;
  const held = input.live > 0 ? `, ${formatCount(input.live)} of them held open` : '';
  const lines = [
    `ports        ${first} to ${last}: ${formatCount(plan.capacity)} ports${held}`,
    `hold         ${formatDuration(input.timeWaitSeconds * 1000)} after each close`,
    `sustainable  ${twoDecimals(plan.sustainableRate)} closes per second at most`,
    `planned      ${twoDecimals(input.rate)} closes per second, settling at ${formatCount(plan.settlesAt)} ports ` +
      `(pressure ${formatPercent(plan.pressure)})`,
    `runs out     ${exhaustionText(plan.secondsToExhaustion)}`,
    '',
    plan.why,
  ];
  if (plan.remedies.length === 0) return lines.join('\n');
  const headings = ['REMEDY', 'SUSTAINABLE', 'PRESSURE', 'RUNS OUT'];
  const [heading = '', ...rows] = formatTable(headings, plan.remedies.map(remedyCells), ['SUSTAINABLE', 'PRESSURE']);
  const remedies = rows.flatMap((row, index) => [row, `  ${plan.remedies[index]?.detail ?? ''}`]);
  return [...lines, '', heading, ...remedies].join('\n');
}

function remedyCells(remedy: WireRemedy): string[] {
  const { title, sustainableRate, pressure, secondsToExhaustion } = remedy;
  // A remedy whose effect cannot be stated as a number has neither a pressure nor an instant.
  const runsOut = pressure === null ? '-' : exhaustionText(secondsToExhaustion);
  return [
    title,
    sustainableRate === null ? '-' : `${twoDecimals(sustainableRate)}/s`,
    pressure === null ? '-' : formatPercent(pressure),
    runsOut,
  ];
}

function exhaustionText(seconds: number | null): string {
  if (seconds === null) return 'never at this rate';
  // Founding figures are stated in seconds, whatever the length: they are compared with TIME_WAIT.
  const exact = `${formatCount(seconds)} s`;
  const friendly = formatDuration(seconds * 1000);
  return seconds < 120 ? `after ${friendly}` : `after about ${exact} (${friendly})`;
}

function twoDecimals(value: number): string {
  return value >= 1000 ? formatCount(value) : String(Number(value.toFixed(2)));
}

function portsArgument(text: string): [number, number] {
  const match = /^(\d{1,5})-(\d{1,5})$/.exec(text);
  const [first, last] = [Number(match?.[1]), Number(match?.[2])];
  if (match !== null && first >= 1 && last <= 65535 && first <= last) return [first, last];
  throw new InvalidArgumentError(`found "${text}"; allowed FIRST-LAST within 1-65535, such as 1024-5000.`);
}

function countArgument(text: string): number {
  if (/^\d{1,5}$/.test(text)) return Number(text);
  throw new InvalidArgumentError(`found "${text}"; allowed a whole number from 0 to 99999.`);
}
