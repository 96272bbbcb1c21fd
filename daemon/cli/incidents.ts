/** `portcast incidents`: what people were told of, and why something was told or not. */
import type { Command } from 'commander';
import { PortcastError } from '../errors.js';
import { formatCount } from '../units.js';
import type { WireDecision, WireIncident, WireIncidentDetails } from '../wire/incident.js';
import { EXIT, printJson, type CliContext, type CliIo } from './context.js';
import { fetchDocument, isObject } from './daemon-client.js';
import { addDaemonOptions, askRunning, type DaemonOptions } from './running-daemon.js';
import { escapeStrings } from './terminal.js';

/** Pools of an incident that are listed. */
const MAX_POOLS = 20;

interface IncidentsOptions extends DaemonOptions {
  readonly json?: boolean;
  readonly alert?: string;
}

export function addIncidents(program: Command, context: CliContext): void {
  const command = program
    .command('incidents')
    .description('list the incidents of the running daemon, or show one with every decision to tell of it or not')
    .argument('[id]', 'the id of an incident')
    .option('--alert <id>', 'show why an alert was told or not')
    .option('--json', 'as JSON');
  addDaemonOptions(command).action(async (id: string | undefined, options: IncidentsOptions) => {
    context.finish(await incidentsCommand(context.io, id, options));
  });
}

async function incidentsCommand(io: CliIo, id: string | undefined, options: IncidentsOptions): Promise<number> {
  const { alert } = options;
  const show = async <T extends object>(path: string, isExpected: Guard<T>, format: (found: T) => string) => {
    const found = await askRunning(io, options, (daemon) => fetchDocument(daemon, `/api/v1/${path}`, isExpected));
    if (options.json === true) printJson(io, found);
    else io.out(`${format(escapeStrings(found))}\n`);
    return EXIT.ok;
  };
  if (id !== undefined && alert !== undefined) {
    throw new PortcastError('USAGE', `found the incident "${id}" and --alert "${alert}"; allowed one of them`);
  }
  if (alert !== undefined) {
    return await show(`alerts/${encodeURIComponent(alert)}/decisions`, isList<WireDecision>, formatDecisions);
  }
  if (id === undefined) return await show('incidents', isList<WireIncident>, formatList);
  return await show(`incidents/${encodeURIComponent(id)}`, isDetails, formatDetails);
}

type Guard<T> = (value: unknown) => value is T;

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
    ...formatStanding(incident),
    ...listed.map(
      ({ name, peakUsed, capacity, joinedAt }) =>
        `pool         ${name}: at most ${formatCount(peakUsed)} of ${formatCount(capacity)} ports, since ${joinedAt}`,
    ),
    ...(pools.length === listed.length
      ? []
      : [`             and ${formatCount(pools.length - listed.length)} more pools`]),
    ...formatComments(incident),
    '',
    formatDecisions(decisions),
  ].join('\n');
}

/** Who has taken it on, and what keeps it from being told. A daemon of an older version does not say it. */
function formatStanding({ acknowledgement, silencedBy, maintenance }: Partial<WireIncidentDetails>): string[] {
  const lines: string[] = [];
  if (acknowledgement != null) {
    const { at, author, comment } = acknowledgement;
    lines.push(`acknowledged ${at}${author === null ? '' : ` by ${author}`}${comment === '' ? '' : `: ${comment}`}`);
  }
  if (silencedBy != null) lines.push(`silenced     by ${silencedBy}`);
  if (maintenance != null) lines.push(`silenced     by maintenance ${maintenance}`);
  return lines;
}

function formatComments({ comments = [] }: Partial<WireIncidentDetails>): string[] {
  return comments.map(({ at, author, text }) => `comment      ${at}${author === null ? '' : ` ${author}`}: ${text}`);
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
