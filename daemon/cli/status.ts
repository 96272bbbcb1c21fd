/** `portcast status`: prints the status of the running daemon. */
import type { Command } from 'commander';
import { formatCount, formatDuration, formatPercent, SECOND_MS } from '../units.js';
import type { WireStatus } from '../wire/status.js';
import { EXIT, printJson, type CliContext, type CliIo } from './context.js';
import { fetchStatus } from './daemon-client.js';
import { addDaemonOptions, askRunning, type DaemonOptions } from './running-daemon.js';
import { escapeStrings } from './terminal.js';
import { formatHost, formatPools } from './text.js';

/** The width of the labels, so that further lines of a value stand below its first line. */
const INDENT = ' '.repeat(13);

interface StatusOptions extends DaemonOptions {
  readonly json?: boolean;
}

export function addStatus(program: Command, context: CliContext): void {
  const command = program
    .command('status')
    .description('show the running daemon: health, worst pools, active alerts; exit 1 when it does not answer')
    .option('--json', 'as JSON');
  addDaemonOptions(command).action(async (options: StatusOptions) => {
    context.finish(await statusCommand(context.io, options));
  });
}

/** @throws PortcastError DAEMON_UNREACHABLE when nothing answers, or another server does. */
async function statusCommand(io: CliIo, options: StatusOptions): Promise<number> {
  const status = await askRunning(io, options, fetchStatus);
  if (options.json === true) printJson(io, status);
  else io.out(`${formatStatus(escapeStrings(status))}\n`);
  return EXIT.ok;
}

/** The status as text: health, problems, parts, alerts, worst pools. */
export function formatStatus(status: WireStatus): string {
  const { sampling, store, mail, process: figures } = status;
  // A daemon of an older version has no such list.
  const others = ((status.channels as WireStatus['channels'] | undefined) ?? []).filter(({ name }) => name !== 'mail');
  const problems = status.problems.map(({ part, message, since }) => `  ${part}: ${message} (since ${since})`);
  const alerts = status.alerts.map((alert) => `  ${alert.state} ${alert.rule}: ${alert.summary}`);
  const age = sampling.dumpAgeSeconds === null ? 'none yet' : `${sampling.dumpAgeSeconds} s old`;
  return [
    `portcast ${status.version} on ${status.host.name}: ${status.health}, up ${formatDuration(status.uptimeSeconds * SECOND_MS)}`,
    ...problems,
    '',
    ...formatHost(status.host),
    `sampling     every ${sampling.beatSeconds} s, last dump ${age}, ${formatCount(sampling.rows)} rows, ` +
      `${formatPercent(sampling.dumpShare)} of a core (budget ${formatPercent(sampling.dumpShareBudget)})`,
    ...(sampling.slowedBecause === null ? [] : [`${INDENT}${sampling.slowedBecause}`]),
    `database     ${store.path}, ${formatMebibytes(store.sizeBytes)} of ${formatMebibytes(store.capBytes)}`,
    `mail         ${formatMail(mail, others.length > 0)}`,
    ...others.map(formatChannel),
    ...formatDelivery(status),
    `failures     ${formatTracing(status.tracing)}`,
    `score        ${status.score.why.replaceAll('; ', `;\n${INDENT}`)}`,
    `process      ${formatPercent(figures.cpuRatio)} of a core, ${formatMebibytes(figures.residentBytes)} of memory`,
    '',
    `alerts       ${alerts.length === 0 ? 'none' : formatCount(alerts.length)}`,
    ...alerts,
    '',
    ...(status.poolCount === 0 ? ['No outbound connection uses a port.'] : worstLines(status)),
  ].join('\n');
}

function worstLines({ worst, poolCount }: WireStatus): string[] {
  const more = poolCount - worst.length;
  return [
    ...formatPools(worst, worst.length),
    ...(more > 0 ? [`and ${formatCount(more)} more with less pressure`] : []),
  ];
}

function formatMail(mail: WireStatus['mail'], hasOther: boolean): string {
  if (!mail.configured) {
    return `none: no SMTP server is configured${hasOther ? '' : ', so alerts are only shown and logged'}`;
  }
  const lastError = mail.lastError === null ? '' : `; last error: ${mail.lastError}`;
  return `${mail.recipients} recipients; messages: ${mail.pending} waiting, ${mail.failed} given up${lastError}`;
}

/** One line for each channel, with what was last learned of its server. */
function formatDelivery({ delivery, startedAt, uptimeSeconds }: WireStatus): string[] {
  const nowMs = Date.parse(startedAt) + uptimeSeconds * SECOND_MS;
  const ago = (at: string): string => `${formatDuration(Math.max(0, nowMs - Date.parse(at)))} ago`;
  return delivery.map(({ channel, server, address, lastTestAt, lastTestError, lastSentAt, localPorts, why }, index) => {
    const test = lastTestAt === null ? 'not tested yet' : `tested ${ago(lastTestAt)}: ${lastTestError ?? 'good'}`;
    const sent = lastSentAt === null ? '' : `, last message ${ago(lastSentAt)}`;
    const at = address === null || server === null || server.startsWith(address) ? '' : ` (${address})`;
    const to = server === null ? '' : ` to ${server}${at}`;
    const from = localPorts === null ? why : `from port ${why}`;
    return `${index === 0 ? 'delivery     ' : INDENT}${channel}${to}, ${test}${sent}; ${from}`;
  });
}

function formatChannel({ name, target, pending, failed, lastError }: WireStatus['channels'][number]): string {
  const error = lastError === null ? '' : `; last error: ${lastError}`;
  return `${name.padEnd(INDENT.length)}${target}; ${pending} waiting, ${failed} given up${error}`;
}

function formatMebibytes(bytes: number): string {
  return `${(bytes / 2 ** 20).toFixed(1)} MiB`;
}

function formatTracing({ on, why, failedConnects, lost }: WireStatus['tracing']): string {
  if (!on) return `not counted: ${why}`;
  const notCounted = lost === 0 ? '' : `; ${formatCount(lost)} more came too fast to be counted`;
  return `${formatCount(failedConnects)} connects failed since the start because no port was left${notCounted}`;
}
