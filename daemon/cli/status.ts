/** `portcast status`: prints the status of the running daemon. */
import { InvalidArgumentError, type Command } from 'commander';
import { PortcastError } from '../errors.js';
import { formatCount, formatDuration, formatPercent, SECOND_MS } from '../units.js';
import type { WireStatus } from '../wire/status.js';
import { loadConfigFor, EXIT, printJson, addConfigOption, type CliContext, type CliIo } from './context.js';
import { fetchStatus, NoAnswerError } from './daemon-client.js';
import { escapeControls, escapeStrings } from './terminal.js';
import { formatHost, formatPools } from './text.js';
import { formatEndpoint } from '../host/endpoint.js';

const TIMEOUT_MS = 5 * SECOND_MS;
/** The width of the labels, so that further lines of a value stand below its first line. */
const INDENT = ' '.repeat(13);

interface StatusOptions {
  readonly config?: string;
  readonly json?: boolean;
  /** Scheme, host and port, without a path. */
  readonly url?: string;
}

export function addStatus(program: Command, context: CliContext): void {
  const command = program
    .command('status')
    .description('show the running daemon: health, worst pools, active alerts; exit 1 when it does not answer')
    .option('--json', 'as JSON')
    .option('--url <url>', 'ask the daemon at this address in place of the configured one', parseUrlArgument);
  addConfigOption(command).action(async (options: StatusOptions) => {
    context.finish(await statusCommand(context.io, options));
  });
}

/** @throws PortcastError DAEMON_UNREACHABLE when nothing answers, or another server does. */
async function statusCommand(io: CliIo, options: StatusOptions): Promise<number> {
  const base = options.url ?? findConfiguredUrl(io, options.config);
  const status = await fetchStatus({ base, timeoutMs: TIMEOUT_MS, signal: io.signal }).catch((error: unknown) => {
    throw error instanceof NoAnswerError
      ? new PortcastError('DAEMON_UNREACHABLE', `${error.message}. Start it with: portcast run`)
      : error;
  });
  if (options.json === true) printJson(io, status);
  else io.out(`${formatStatus(escapeStrings(status))}\n`);
  return EXIT.ok;
}

function findConfiguredUrl(io: CliIo, file: string | undefined): string {
  const { address, port } = loadConfigFor(io, file).config.http;
  return `http://${formatEndpoint(address, port)}`;
}

/** Scheme, host and port, without a path. */
export function parseUrlArgument(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : null;
  const isHttp = url?.protocol === 'http:' || url?.protocol === 'https:';
  const isBare = url?.username === '' && url.password === '' && url.search === '' && url.hash === '';
  if (url !== null && isHttp && isBare && url.pathname === '/') return url.origin;
  const allowed = 'an http or https URL without a login and a path, such as http://127.0.0.1:9470';
  throw new InvalidArgumentError(`found "${escapeControls(text)}"; allowed ${allowed}.`);
}

/** The status as text: health, problems, parts, alerts, worst pools. */
export function formatStatus(status: WireStatus): string {
  const { sampling, store, mail, process: figures } = status;
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
    `mail         ${formatMail(mail)}`,
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

function formatMail(mail: WireStatus['mail']): string {
  if (!mail.configured) return 'none: no SMTP server is configured, so alerts are only shown and logged';
  const lastError = mail.lastError === null ? '' : `; last error: ${mail.lastError}`;
  return `${mail.recipients} recipients; messages: ${mail.pending} waiting, ${mail.failed} given up${lastError}`;
}

function formatMebibytes(bytes: number): string {
  return `${(bytes / 2 ** 20).toFixed(1)} MiB`;
}

function formatTracing({ on, why, failedConnects, lost }: WireStatus['tracing']): string {
  if (!on) return `not counted: ${why}`;
  const notCounted = lost === 0 ? '' : `; ${formatCount(lost)} more came too fast to be counted`;
  return `${formatCount(failedConnects)} connects failed since the start because no port was left${notCounted}`;
}
