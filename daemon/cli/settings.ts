/** `portcast settings`: what the kernel is set to, and what each setting means on this host. */
import type { Command } from 'commander';
import type { WireSetting, WireSettings } from '../wire/setting.js';
import { createCommandLog, EXIT, loadConfigFor, printJson, type CliContext, type CliIo } from './context.js';
import { fetchDocument, isObject } from './daemon-client.js';
import { addDaemonOptions, askRunning, type DaemonOptions } from './running-daemon.js';
import { escapeStrings } from './terminal.js';
import { PortcastError } from '../errors.js';

/** Reads the settings of this host without the daemon. */
type ReadSettings = (options: { hostName: string; io: CliIo }) => Promise<WireSettings>;

interface SettingsOptions extends DaemonOptions {
  readonly json?: boolean;
  /** False with `--no-daemon`. */
  readonly daemon: boolean;
}

export function addSettings(program: Command, context: CliContext): void {
  const command = program
    .command('settings')
    .description('show the kernel settings that limit ports, their defaults, and what they mean on this host')
    .option('--no-daemon', 'read this host, even while the daemon runs; since when a value holds is then not known')
    .option('--json', 'as JSON');
  addDaemonOptions(command).action(async (options: SettingsOptions) => {
    context.finish(await settingsCommand(context.io, options, readOwnSettings));
  });
}

/** @throws PortcastError from the daemon that `--url` names, and LIMITS_UNREADABLE. */
export async function settingsCommand(io: CliIo, options: SettingsOptions, read: ReadSettings): Promise<number> {
  const { settings, isFromDaemon } = await findSettings(io, options, read);
  if (options.json === true) printJson(io, settings);
  else io.out(`${formatSettings(escapeStrings(withoutTabs(settings)), isFromDaemon)}\n`);
  return EXIT.ok;
}

async function findSettings(io: CliIo, options: SettingsOptions, read: ReadSettings) {
  if (options.daemon) {
    try {
      const ask = async (daemon: Parameters<typeof fetchDocument>[0]): Promise<WireSettings> =>
        await fetchDocument(daemon, '/api/v1/settings', isSettings);
      return { settings: await askRunning(io, options, ask), isFromDaemon: true };
    } catch (error) {
      // Who names a daemon means the host of that daemon, not this one.
      const canRead = error instanceof PortcastError && error.code === 'DAEMON_UNREACHABLE';
      if (options.url !== undefined || !canRead) throw error;
    }
  }
  const { config } = loadConfigFor(io, options.config);
  return { settings: await read({ hostName: config.host.name, io }), isFromDaemon: false };
}

/** The source loads native code, which an answer of the daemon makes unnecessary. */
async function readOwnSettings({ hostName, io }: { hostName: string; io: CliIo }): Promise<WireSettings> {
  const { startSource } = await import('../source/worker/supervisor.js');
  const { settingsToWire } = await import('../wire/setting.js');
  const { countUnusedCapacity } = await import('../pool/capacity.js');
  const source = await startSource({ source: 'auto', namespace: 'host', log: createCommandLog(io) });
  try {
    const reading = await source.readHost();
    const { snapshot } = await source.readTable();
    const unusedCapacity = countUnusedCapacity(snapshot, reading.limits);
    return settingsToWire({ host: hostName, reading, unusedCapacity, seen: [] });
  } finally {
    await source.stop();
  }
}

function isSettings(value: unknown): value is WireSettings {
  return isObject(value) && Array.isArray(value['settings']) && value['settings'].every(isObject);
}

/** The kernel writes tabs, which would be escaped for the terminal. */
function withoutTabs(document: WireSettings): WireSettings {
  const settings = document.settings.map((setting) => ({ ...setting, value: setting.value.replaceAll('\t', ' ') }));
  return { ...document, settings };
}

/** One block for each setting: its name and value, the default, since when, and what it means. */
function formatSettings({ host, kernel, settings, problems }: WireSettings, isFromDaemon: boolean): string {
  const origin = isFromDaemon ? 'from the running daemon' : 'read from this host, where since when is not known';
  return [
    `${host}${kernel === null ? '' : `, Linux ${kernel}`} (${origin})`,
    ...settings.flatMap((setting) => formatSetting(setting, isFromDaemon)),
    ...problems.map((problem) => `note: ${problem}`),
  ].join('\n');
}

function formatSetting(setting: WireSetting, isFromDaemon: boolean): string[] {
  const { name, value, meaning } = setting;
  const facts = [describeDefault(setting), ...(isFromDaemon ? [describeSince(setting)] : [])];
  return ['', `${name} = ${value === '' ? '(empty)' : value}`, `  ${facts.join('; ')}`, `  ${meaning}`];
}

function describeDefault({ isDefault, default: standard, defaultNote }: WireSetting): string {
  const note = defaultNote === null ? '' : ` (${defaultNote})`;
  if (isDefault === null) return `no fixed default${note}`;
  if (isDefault) return 'the default';
  return `changed; the default is ${standard === '' ? 'empty' : standard}${note}`;
}

function describeSince({ since, sinceNotBefore, firstSeenAt }: WireSetting): string {
  if (since === null) return firstSeenAt === null ? 'fixed' : `since before portcast first saw it at ${firstSeenAt}`;
  return sinceNotBefore === null ? `since ${since}` : `changed between ${sinceNotBefore} and ${since}`;
}
