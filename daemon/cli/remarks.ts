/** `portcast acknowledge` and `portcast comment`: what a person says of an incident, through the running daemon. */
import type { Command } from 'commander';
import type { WireIncident } from '../wire/incident.js';
import { EXIT, printJson, type CliContext, type CliIo } from './context.js';
import { isObject, sendChange } from './daemon-client.js';
import { addDaemonOptions, askRunning, findAuthor, type DaemonOptions } from './running-daemon.js';
import { escapeControls } from './terminal.js';

interface RemarkOptions extends DaemonOptions {
  readonly json?: boolean;
  readonly author?: string;
}

interface AcknowledgeOptions extends RemarkOptions {
  readonly comment?: string;
  readonly undo?: boolean;
}

export function addAcknowledge(program: Command, context: CliContext): void {
  const command = program
    .command('acknowledge')
    .description(
      'say that somebody has taken an incident on: its reminders stop until it is over or becomes more severe',
    )
    .argument('<id>', 'the id of an incident, or of an alert of it')
    .option('--comment <text>', 'what is being done about it')
    .option('--author <name>', 'who says so (default: the user of this shell)')
    .option('--undo', 'withdraw the acknowledgement')
    .option('--json', 'as JSON');
  addDaemonOptions(command).action(async (id: string, options: AcknowledgeOptions) => {
    context.finish(await acknowledgeCommand(context.io, id, options));
  });
}

export function addComment(program: Command, context: CliContext): void {
  const command = program
    .command('comment')
    .description('add a comment to an incident')
    .argument('<id>', 'the id of an incident')
    .argument('<text>', 'at most 2,000 characters')
    .option('--author <name>', 'who says so (default: the user of this shell)')
    .option('--json', 'as JSON');
  addDaemonOptions(command).action(async (id: string, text: string, options: RemarkOptions) => {
    const body = { text, author: findAuthor(context.io, options.author) };
    const path = `/api/v1/incidents/${encodeURIComponent(id)}/comments`;
    const change = (incident: WireIncident): string => `comment ${incident.comments.length} of ${incident.id}`;
    context.finish(await sendRemark(context.io, options, { method: 'POST', path, body, describe: change }));
  });
}

async function acknowledgeCommand(io: CliIo, id: string, options: AcknowledgeOptions): Promise<number> {
  // The id of an alert begins with its rule.
  const noun = id.startsWith('incident_') ? 'incidents' : 'alerts';
  const path = `/api/v1/${noun}/${encodeURIComponent(id)}/acknowledge`;
  if (options.undo === true) {
    const describe = (incident: WireIncident): string => `not acknowledged: ${incident.id}`;
    return await sendRemark(io, options, { method: 'DELETE', path, describe });
  }
  const { comment } = options;
  const body = { author: findAuthor(io, options.author), ...(comment === undefined ? {} : { comment }) };
  const describe = ({ id: incidentId, acknowledgement }: WireIncident): string =>
    `acknowledged${acknowledgement?.author == null ? '' : ` by ${acknowledgement.author}`}: ${incidentId}`;
  return await sendRemark(io, options, { method: 'POST', path, body, describe });
}

interface RemarkRequest {
  readonly method: 'POST' | 'DELETE';
  readonly path: string;
  readonly body?: object;
  readonly describe: (incident: WireIncident) => string;
}

async function sendRemark(io: CliIo, options: RemarkOptions, { describe, ...request }: RemarkRequest): Promise<number> {
  const incident = await askRunning(io, options, (daemon) => sendChange(daemon, request, isIncident));
  if (options.json === true) printJson(io, incident);
  else io.out(`${escapeControls(describe(incident))}\n`);
  return EXIT.ok;
}

function isIncident(value: unknown): value is WireIncident {
  return isObject(value) && typeof value['id'] === 'string' && Array.isArray(value['comments']);
}
