/** `portcast silence add|list|remove`: for a time nothing is told of the alerts that a silence matches. */
import type { Command } from 'commander';
import { PortcastError } from '../errors.js';
import { describeMatchers, type Matchers } from '../incident/matchers.js';
import { HOUR_MS, SECOND_MS } from '../units.js';
import type { WireSilence } from '../wire/silence.js';
import { EXIT, parseDurationArgument, printJson, type CliContext, type CliIo } from './context.js';
import { fetchDocument, isObject, sendChange } from './daemon-client.js';
import { addDaemonOptions, askRunning, findAuthor, type DaemonOptions } from './running-daemon.js';
import { escapeStrings } from './terminal.js';

const PATH = '/api/v1/silences';
const DEFAULT_MS = HOUR_MS;

interface SilenceOptions extends DaemonOptions {
  readonly json?: boolean;
}

interface AddOptions extends SilenceOptions, Matchers {
  readonly for?: number;
  readonly comment?: string;
  readonly author?: string;
}

export function addSilence(program: Command, context: CliContext): void {
  const silence = program.command('silence').description('tell nothing of some alerts for a time');
  const add = silence
    .command('add')
    .description('add a silence, which ends by itself; all options that say what it is about must hold')
    .option('--pool <id>', 'the id of a pool')
    .option('--destination <address>', 'the remote address, with or without a port: 10.0.0.2:443')
    .option('--process <name>', 'a process that holds the ports')
    .option('--rule <rule>', 'a rule, such as imminent')
    .option('--namespace <name>', 'a network namespace')
    .option('--incident <id>', 'one incident')
    .option('--for <duration>', 'how long, such as 30m or 8h (default: 1h)', parseDurationArgument)
    .option('--comment <text>', 'why')
    .option('--author <name>', 'who says so (default: the user of this shell)')
    .option('--json', 'as JSON');
  addDaemonOptions(add).action(async (options: AddOptions) => {
    context.finish(await addCommand(context.io, options));
  });
  const list = silence.command('list').description('list the silences, the newest first').option('--json', 'as JSON');
  addDaemonOptions(list).action(async (options: SilenceOptions) => {
    context.finish(await listCommand(context.io, options));
  });
  const remove = silence
    .command('remove')
    .description('end a silence now')
    .argument('<id>', 'the id of a silence')
    .option('--json', 'as JSON');
  addDaemonOptions(remove).action(async (id: string, options: SilenceOptions) => {
    const request = { method: 'DELETE', path: `${PATH}/${encodeURIComponent(id)}` } as const;
    const ended = await askRunning(context.io, options, (daemon) => sendChange(daemon, request, isSilence));
    context.finish(print(context.io, options, ended, format));
  });
}

async function addCommand(io: CliIo, options: AddOptions): Promise<number> {
  const { pool, destination, process, rule, namespace, incident, comment } = options;
  const given = Object.entries({ pool, destination, process, rule, namespace, incident });
  const matchers = Object.fromEntries(given.filter(([, value]) => value !== undefined));
  if (Object.keys(matchers).length === 0) {
    const names = given.map(([name]) => `--${name}`).join(', ');
    throw new PortcastError('USAGE', `found nothing that says what to silence; allowed at least one of ${names}`);
  }
  const body = {
    matchers,
    durationSeconds: (options.for ?? DEFAULT_MS) / SECOND_MS,
    author: findAuthor(io, options.author),
    ...(comment === undefined ? {} : { comment }),
  };
  const request = { method: 'POST', path: PATH, body } as const;
  const added = await askRunning(io, options, (daemon) => sendChange(daemon, request, isSilence));
  return print(io, options, added, format);
}

async function listCommand(io: CliIo, options: SilenceOptions): Promise<number> {
  const isList = (value: unknown): value is WireSilence[] => Array.isArray(value) && value.every(isSilence);
  const silences = await askRunning(io, options, (daemon) => fetchDocument(daemon, PATH, isList));
  return print(io, options, silences, (list) =>
    list.length === 0 ? 'There is no silence.' : list.map(format).join('\n'),
  );
}

function print<T extends object>(
  io: CliIo,
  { json }: SilenceOptions,
  found: T,
  describe: (found: T) => string,
): number {
  if (json === true) printJson(io, found);
  else io.out(`${describe(escapeStrings(found))}\n`);
  return EXIT.ok;
}

function format({ id, state, matchers, beginAt, endAt, author, comment }: WireSilence): string {
  const by = author === null ? '' : ` by ${author}`;
  return `${state}, ${beginAt} to ${endAt}${by}: ${describeMatchers(matchers)}\n  ${id}${comment === '' ? '' : `\n  ${comment}`}`;
}

function isSilence(value: unknown): value is WireSilence {
  return isObject(value) && typeof value['id'] === 'string' && isObject(value['matchers']);
}
