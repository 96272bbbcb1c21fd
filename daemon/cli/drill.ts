/** `portcast drill`: proves the chain from the socket table to the mail server, on a host of its own. */
import { join } from 'node:path';
import { Option, type Command } from 'commander';
import { SYSTEM_CLOCK } from '../clock.js';
import { listRecipients } from '../app/channel-options.js';
import type { Config } from '../config/config.js';
import type { Clock } from '../contracts.js';
import type { DrillReport } from '../drill/report.js';
import { channelOf, type ChannelName } from '../incident/recipients.js';
import { createLog } from '../log.js';
import type { Channel } from '../notify-contracts.js';
import { PACKAGE_ROOT } from '../paths.js';
import { formatDurationValue } from '../quantities.js';
import { formatDuration, MINUTE_MS, SECOND_MS } from '../units.js';
import {
  addConfigOption,
  EXIT,
  loadConfigFor,
  parseDurationArgument,
  pause,
  printJson,
  type CliContext,
  type CliIo,
} from './context.js';
import { escapeControls, escapeLines } from './terminal.js';

const DEFAULT_LIMIT_MS = 5 * MINUTE_MS;
/** A synthetic drill is over sooner. Its clock begins so far in the past, so that no message is from the future. */
const SYNTHETIC_SPAN_MS = 2 * MINUTE_MS;
const MAIN_FILE = join(PACKAGE_ROOT, 'dist', 'daemon', 'main.js');

interface DrillCommandOptions {
  readonly config?: string;
  readonly synthetic?: boolean;
  /** False with `--no-send`. */
  readonly send: boolean;
  readonly json?: boolean;
  readonly timeLimit: number;
}

export function addDrill(program: Command, context: CliContext): void {
  const command = program
    .command('drill')
    .description('let ports run out in a network namespace of its own, and prove that the warning and its end arrive')
    .option('--synthetic', 'with a synthetic socket table in place of real ports; the default without root or Linux')
    .option('--no-send', 'print the messages in place of sending them')
    .addOption(
      new Option('--time-limit <duration>', 'give up after this time')
        .argParser(parseDurationArgument)
        .default(DEFAULT_LIMIT_MS, formatDurationValue(DEFAULT_LIMIT_MS)),
    )
    .option('--json', 'as JSON');
  addConfigOption(command).action(async (options: DrillCommandOptions) => {
    context.finish(await drillCommand(context.io, options));
  });
  program.command('drill-agent', { hidden: true }).action(async () => {
    const { runDrillAgent } = await import('./drill-agent.js');
    context.finish(await runDrillAgent(context.io));
  });
}

/** @returns 0 when every step held, else 1. */
async function drillCommand(io: CliIo, options: DrillCommandOptions): Promise<number> {
  const { config } = loadConfigFor(io, options.config);
  const recipients = listRecipients(config);
  if (options.send && recipients.length === 0) {
    io.err(
      'portcast: no channel is configured (mail.smtp, webhook, slack, exec, syslog); --no-send runs the drill without sending\n',
    );
    return EXIT.failed;
  }
  if (recipients.length > 0 && !recipients.some(({ severities }) => severities.includes('critical'))) {
    io.err(
      'portcast: nobody is told of critical incidents (severities, mail.toBySeverity), so a drill would prove nothing\n',
    );
    return EXIT.failed;
  }
  const isRoot = process.platform === 'linux' && process.getuid?.() === 0;
  const isSynthetic = options.synthetic === true || !isRoot;
  const mode = describeMode({ isSynthetic, isRoot, options });
  if (options.json !== true) for (const line of mode) io.out(`${line}\n`);
  const report = await run(io, options, { config: withRecipients(config), isSynthetic });
  if (options.json === true) printJson(io, { synthetic: isSynthetic, sent: options.send, ...report, notes: mode });
  else io.out(`${formatReport(report, io.signal.aborted)}\n`);
  return report.held ? EXIT.ok : EXIT.failed;
}

/** Without a recipient there would be nothing to print. */
function withRecipients(config: Config): Config {
  if (listRecipients(config).length > 0) return config;
  const { to } = config.mail;
  const smtp = {
    host: 'localhost',
    port: 25,
    security: 'none',
    user: null,
    password: null,
    from: { name: 'portcast', address: 'portcast@example.org' },
    allowSelfSigned: false,
    timeoutMs: SECOND_MS,
    name: null,
  } as const;
  return { ...config, mail: { ...config.mail, smtp, to: to.length > 0 ? to : ['ops@example.org'] } };
}

async function run(
  io: CliIo,
  options: DrillCommandOptions,
  { config, isSynthetic }: { config: Config; isSynthetic: boolean },
): Promise<DrillReport> {
  const [{ runDrill }, { createSyntheticHost }, { openNamespaceHost }] = await Promise.all([
    import('../app/drill.js'),
    import('../drill/synthetic-host.js'),
    import('../drill/namespace-host.js'),
  ]);
  const signal = AbortSignal.any([io.signal, AbortSignal.timeout(options.timeLimit)]);
  const synthetic = createSyntheticClock();
  const clock = isSynthetic ? synthetic : SYSTEM_CLOCK;
  return await runDrill({
    config,
    clock,
    openHost: () =>
      isSynthetic ? Promise.resolve(createSyntheticHost(clock)) : openNamespaceHost([MAIN_FILE, 'drill-agent']),
    pause: (ms) => (isSynthetic ? synthetic.advance(ms) : pause(ms, signal)),
    mustAwaitSending: isSynthetic,
    ...(options.send ? {} : { channels: createPrinters(io, options, config) }),
    log: createLog({ level: 'error', format: 'text', write: io.err }),
    limitMs: options.timeLimit,
    signal,
  });
}

function createSyntheticClock(): Clock & { advance(ms: number): Promise<void> } {
  let passedMs = 0;
  const beganMs = { wall: SYSTEM_CLOCK.wallMs() - SYNTHETIC_SPAN_MS, monotonic: SYSTEM_CLOCK.monotonicMs() };
  return {
    wallMs: () => beganMs.wall + passedMs,
    monotonicMs: () => beganMs.monotonic + passedMs,
    cpuMs: () => SYSTEM_CLOCK.cpuMs(),
    async advance(ms) {
      passedMs += ms;
      // Lets timers and signals through between two beats.
      await new Promise((resolve) => setImmediate(resolve));
    },
  };
}

/** One for each channel that has somebody to tell. */
function createPrinters(io: CliIo, options: DrillCommandOptions, config: Config): Map<ChannelName, Channel> {
  return new Map(listRecipients(config).map(({ name }) => [channelOf(name), createPrinter(io, options)]));
}

function createPrinter(io: CliIo, { json }: DrillCommandOptions): Channel {
  const write = json === true ? io.err : io.out;
  return {
    send({ recipient, subject, text }) {
      write(`\nTo: ${escapeControls(recipient)}\nSubject: ${escapeControls(subject)}\n\n${escapeLines(text)}\n`);
      return Promise.resolve({ ok: true, response: 'printed, not sent' });
    },
    close: () => undefined,
  };
}

interface Mode {
  readonly isSynthetic: boolean;
  readonly isRoot: boolean;
  readonly options: DrillCommandOptions;
}

function describeMode({ isSynthetic, isRoot, options }: Mode): string[] {
  const why = options.synthetic === true ? '' : isRoot ? '' : ' (real ports take root and Linux)';
  const feed = isSynthetic
    ? `a synthetic socket table of 600 ports, faster than real time${why}`
    : 'real connections in a network namespace of its own, 600 ports, 20 closes per second; takes about 80 s';
  return [
    `Drill: ${feed}.`,
    'The alert and the incident end after 5 s of quiet each, in place of alerts.imminent.clearFor and incidents.quietFor.',
    'It has a database of its own, and the running daemon does not see it.',
  ];
}

/** One line for each step. */
function formatReport({ held, steps }: DrillReport, isInterrupted: boolean): string {
  const width = Math.max(...steps.map(({ step }) => step.length));
  const lines = steps.map(({ step, at, secondsSinceStart, held: isHeld, detail }) => {
    const when = at === null ? 'never'.padStart(9) : formatDuration((secondsSinceStart ?? 0) * SECOND_MS).padStart(9);
    return `${isHeld ? 'ok    ' : 'FAILED'}  ${when}  ${step.padEnd(width)}  ${detail}`.trimEnd();
  });
  const verdict = held ? 'Every step held.' : isInterrupted ? 'The drill was interrupted.' : 'The chain does not hold.';
  return escapeLines(['', ...lines, '', verdict].join('\n'));
}
