/** `portcast incidents`: what people were told of, and why something was told or not. */
import { Option, type Command } from 'commander';
import { PortcastError } from '../errors.js';
import { formatEndpoint } from '../host/endpoint.js';
import { formatCount, SECOND_MS } from '../units.js';
import type { WireDecision, WireIncident, WireIncidentDetails } from '../wire/incident.js';
import { addConfigOption, EXIT, loadConfigFor, printJson, type CliContext, type CliIo } from './context.js';
import { fetchDocument, isObject } from './daemon-client.js';
import { parseUrlArgument } from './status.js';
import { escapeStrings } from './terminal.js';

const TIMEOUT_MS = 5 * SECOND_MS;
/** Pools of an incident that are listed. */
const MAX_POOLS = 20;

interface IncidentsOptions {
  readonly config?: string;
  readonly json?: boolean;
  readonly url?: string;
  readonly alert?: string;
}

export function addIncidents(program: Command, context: CliContext): void {
  const command = program
    .command('incidents')
    .description('list the incidents of the running daemon, or show one with every decision to tell of it or not')
    .argument('[id]', 'the id of an incident')
    .addOption(new Option('--alert <id>', 'why an alert was told or not'))
    .option('--json', 'as JSON')
    .option('--url <url>', 'ask the daemon at this address in place of the configured one', parseUrlArgument);
  addConfigOption(command).action(async (id: string | undefined, options: IncidentsOptions) => {
    if (id !== undefined && options.alert !== undefined) {
      throw new PortcastError('USAGE', 'found an incident and --alert; allowed one of them');
    }
    context.finish(await incidentsCommand(context.io, id ?? null, options));
  });
}

async function incidentsCommand(io: CliIo, id: string | null, options: IncidentsOptions): Promise<number> {
  const { address, port } =
    options.url === undefined ? loadConfigFor(io, options.config).config.http : { address: '', port: 0 };
  const base = options.url ?? `http://${formatEndpoint(address, port)}`;
  const daemon = { base, timeoutMs: TIMEOUT_MS, signal: io.signal };
  const print = <T extends object>(document: T, format: (document: T) => string): number => {
    if (options.json === true) printJson(io, document);
    else io.out(`${format(escapeStrings(document))}\n`);
    return EXIT.ok;
  };
  if (options.alert !== undefined) {
    const path = `/api/v1/alerts/${encodeURIComponent(options.alert)}/decisions`;
    return print(await fetchDocument(daemon, path, isList<WireDecision>), formatDecisions);
  }
  if (id === null) return print(await fetchDocument(daemon, '/api/v1/incidents', isList<WireIncident>), formatList);
  return print(await fetchDocument(daemon, `/api/v1/incidents/${encodeURIComponent(id)}`, isDetails), formatDetails);
}

function isList<T>(value: unknown): value is T[] {
  return Array.isArray(value) && value.every(isObject);
}

function isDetails(value: unknown): value is WireIncidentDetails {
  return isObject(value) && isList(value['decisions']) && isList(value['pools']);
}

function formatList(incidents: readonly WireIncident[]): string {
  if (incidents.length === 0) return 'There has been no incident.';
  return incidents.map((incident) => `${formatHead(incident)}\n  ${incident.summary}`).join('\n');
}

function formatHead({ state, severity, openedAt, resolvedAt, id, messages, pools }: WireIncident): string {
  const until = resolvedAt === null ? '' : ` to ${resolvedAt}`;
  const count = `${formatCount(pools.length)} ${pools.length === 1 ? 'pool' : 'pools'}`;
  const told = `${formatCount(messages)} ${messages === 1 ? 'message' : 'messages'} to each recipient`;
  return `${state} ${severity}, ${openedAt}${until}, ${count}, ${told}\n  ${id}`;
}

function formatDetails(incident: WireIncidentDetails): string {
  const { cause, pools, recurrences, nextReminderAt, decisions } = incident;
  const listed = pools.slice(0, MAX_POOLS);
  return [
    formatHead(incident),
    `  ${incident.summary}`,
    `cause        ${cause.kind}${cause.key === '' ? '' : ` ${cause.key}`}`,
    ...(recurrences === 0 ? [] : [`came back    ${formatCount(recurrences)} times`]),
    ...(nextReminderAt === null || incident.state === 'resolved' ? [] : [`reminder     ${nextReminderAt}`]),
    ...listed.map(
      ({ name, peakUsed, capacity, joinedAt }) =>
        `pool         ${name}: at most ${formatCount(peakUsed)} of ${formatCount(capacity)} ports, since ${joinedAt}`,
    ),
    ...(pools.length === listed.length
      ? []
      : [`             and ${formatCount(pools.length - listed.length)} more pools`]),
    '',
    formatDecisions(decisions),
  ].join('\n');
}

function formatDecisions(decisions: readonly WireDecision[]): string {
  if (decisions.length === 0) return 'Nothing has been decided about it.';
  return decisions.map(formatDecision).join('\n');
}

/** `2026-01-05T14:02:54.000Z  told ops@example.org: first`, `... not told: inhibited by imminent_...`. */
function formatDecision({ at, told, reason, by, recipient, kind, alertId }: WireDecision): string {
  const whom = recipient === null ? '' : ` ${recipient}`;
  const what = told
    ? reason
    : `${reason}${by === null ? '' : ` by ${by}`} (${kind}${alertId === null ? '' : ` of ${alertId}`})`;
  return `${at}  ${told ? 'told' : 'not told'}${whom}: ${what}`;
}
