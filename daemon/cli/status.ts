/** `portcast status`: asks the running daemon how it is. */
import type { Command } from 'commander';
import { messageOf, PortcastError } from '../errors.js';
import { formatCount, formatDuration, formatPercent } from '../units.js';
import type { WireStatus } from '../wire/status.js';
import { loadConfigFor, EXIT, printJson, withConfig, type CliContext, type CliIo } from './context.js';
import { formatHost, formatPools } from './text.js';
import { formatEndpoint } from '../host/endpoint.js';

const TIMEOUT_MS = 5000;

interface StatusOptions {
  readonly config?: string;
  readonly json?: boolean;
}

export function addStatus(program: Command, context: CliContext): void {
  const command = program
    .command('status')
    .description('ask the running daemon: health, worst pools, active alerts; exit 1 when nothing answers')
    .option('--json', 'as JSON');
  withConfig(command).action(async (options: StatusOptions) => {
    context.finish(await statusCommand(context.io, options));
  });
}

/** @throws PortcastError DAEMON_UNREACHABLE when nothing, or something else, answers. */
async function statusCommand(io: CliIo, options: StatusOptions): Promise<number> {
  const { address, port } = loadConfigFor(io, options.config).config.http;
  const status = await fetchStatus(`http://${formatEndpoint(address, port)}`);
  if (options.json === true) printJson(io, status);
  else io.out(`${statusText(status)}\n`);
  return EXIT.ok;
}

async function fetchStatus(base: string): Promise<WireStatus> {
  const response = await ask(`${base}/api/v1/status`);
  const body = await response.text().catch(() => '');
  const parsed = parseJson(body);
  if (response.ok && isStatus(parsed)) return parsed;
  if (isProblem(parsed)) throw unreachable(`portcast at ${base} answered ${response.status}: ${parsed.detail}`);
  const server = response.headers.get('server');
  const hint = server === null ? '' : ` (it calls itself ${JSON.stringify(server.slice(0, 40))})`;
  throw unreachable(`something answers at ${base}, but it is not portcast${hint}: HTTP ${response.status}`);
}

async function ask(url: string): Promise<Response> {
  try {
    return await fetch(url, { signal: AbortSignal.timeout(TIMEOUT_MS), redirect: 'manual' });
  } catch (error) {
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
    const late = error instanceof Error && error.name === 'TimeoutError';
    const why = late ? `no answer within ${TIMEOUT_MS / 1000} s` : messageOf(cause);
    throw unreachable(`no portcast answers at ${new URL(url).origin}: ${why}. Start it with portcast run`);
  }
}

/** Health first, then what is wrong, then the pools. */
export function statusText(status: WireStatus): string {
  const { sampling, store, mail, process: figures } = status;
  const problems = status.problems.map(({ part, message, since }) => `  ${part}: ${message} (since ${since})`);
  const alerts = status.alerts.map((alert) => `  ${alert.state} ${alert.rule}: ${alert.summary}`);
  const age = sampling.dumpAgeSeconds === null ? 'none yet' : `${sampling.dumpAgeSeconds} s old`;
  return [
    `portcast ${status.version} on ${status.host.name}: ${status.health}, up ${formatDuration(status.uptimeSeconds * 1000)}`,
    ...problems,
    '',
    ...formatHost(status.host),
    `sampling     every ${sampling.beatSeconds} s, last dump ${age}, ${formatCount(sampling.rows)} rows, ` +
      `${formatPercent(sampling.dumpShare)} of a core (budget ${formatPercent(sampling.dumpShareBudget)})`,
    ...(sampling.slowedBecause === null ? [] : [`slowed       ${sampling.slowedBecause}`]),
    `database     ${store.path}, ${mebibytes(store.sizeBytes)} of ${mebibytes(store.capBytes)}`,
    `mail         ${mailText(mail)}`,
    `failures     ${tracingText(status.tracing)}`,
    `score        ${status.score.why.replaceAll('; ', `;\n${' '.repeat(13)}`)}`,
    `itself       ${formatPercent(figures.cpuRatio)} of a core, ${mebibytes(figures.residentBytes)} resident`,
    '',
    `alerts       ${alerts.length === 0 ? 'none' : formatCount(alerts.length)}`,
    ...alerts,
    '',
    ...(status.poolCount === 0 ? ['No outbound connection holds a port.'] : worstLines(status)),
  ].join('\n');
}

function worstLines({ worst, poolCount }: WireStatus): string[] {
  const more = poolCount - worst.length;
  return [
    ...formatPools(worst, worst.length),
    ...(more > 0 ? [`and ${formatCount(more)} more with less pressure`] : []),
  ];
}

function mailText(mail: WireStatus['mail']): string {
  if (!mail.configured) return 'none: no SMTP server is configured, so alerts are only shown and logged';
  const trouble = mail.lastError === null ? '' : `; last error: ${mail.lastError}`;
  return `${mail.recipients} recipients, ${mail.pending} waiting, ${mail.failed} given up${trouble}`;
}

function mebibytes(bytes: number): string {
  return `${(bytes / 2 ** 20).toFixed(1)} MiB`;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return null;
  }
}

/** Enough of the document to be sure that it is ours. */
function isStatus(value: unknown): value is WireStatus {
  return (
    isObject(value) && typeof value['health'] === 'string' && isObject(value['sampling']) && isObject(value['host'])
  );
}

function isProblem(value: unknown): value is { detail: string } {
  return isObject(value) && typeof value['detail'] === 'string' && typeof value['title'] === 'string';
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

function unreachable(message: string): PortcastError {
  return new PortcastError('DAEMON_UNREACHABLE', message);
}

function tracingText({ on, why, failedConnects, lost }: WireStatus['tracing']): string {
  if (!on) return `not counted: ${why}`;
  const uncounted = lost === 0 ? '' : `, and ${formatCount(lost)} too fast to be counted`;
  return `${formatCount(failedConnects)} since the start, of connects for want of a port${uncounted}`;
}
