/** Installs, removes and inspects the systemd service: the thin shell around systemd.ts. */
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { PortcastError } from '../errors.js';
import type { RunCommand } from './commands.js';
import { explainUnreadable } from './placement.js';
import {
  CONFIG_DIRECTORY,
  SERVICE_USER,
  STATE_DIRECTORY,
  SYSUSERS_FILE,
  renderSysusers,
  UNIT_FILE,
  UNIT_NAME,
  renderUnit,
  type UnitOptions,
} from './systemd-unit.js';

/** The machine, as far as a service is concerned; an argument, so that tests need no root and no systemd. */
export interface ServiceHost {
  readonly platform: NodeJS.Platform;
  readonly isRoot: boolean;
  /** Whether systemd is the running service manager. */
  readonly hasSystemd: boolean;
  readonly run: RunCommand;
  readonly say: (line: string) => void;
  /** Put before every path that is written or read; empty on a real machine. */
  readonly root: string;
}

interface FileChange {
  readonly path: string;
  readonly text: string;
}
type Command = readonly [string, ...string[]];

/** What `systemctl show` says of the unit. */
export interface ServiceState {
  readonly loaded: boolean;
  readonly active: boolean;
  readonly properties: Readonly<Record<string, string>>;
}

const PROPERTIES =
  'LoadState,ActiveState,SubState,Result,MainPID,User,ControlGroup,FragmentPath,UnitFileState,NRestarts';

/**
 * Writes unit and user, starts the service and asks systemd whether it runs. Running it again is safe.
 * @throws PortcastError SERVICE_FAILED with what to do, PLATFORM_UNSUPPORTED elsewhere than on Linux with systemd.
 */
export async function installService(host: ServiceHost, unit: UnitOptions, dryRun: boolean): Promise<void> {
  requireLinux(host);
  const unitFile: FileChange = { path: UNIT_FILE, text: renderUnit(unit) };
  const files: FileChange[] = [{ path: SYSUSERS_FILE, text: renderSysusers() }, unitFile];
  // The unit that is replaced has to undo what it prepared: after the reload systemd no longer knows how.
  const before: Command[] = standing(host, unitFile) === 'another' ? [['systemctl', 'stop', UNIT_NAME]] : [];
  const commands: Command[] = [
    ['systemd-sysusers', SYSUSERS_FILE],
    ['systemctl', 'daemon-reload'],
    ['systemctl', 'enable', UNIT_NAME],
    ['systemctl', 'restart', UNIT_NAME],
  ];
  const obstacles = obstaclesOf(unit);
  if (dryRun) {
    sayPlan(host, before, files, commands);
    for (const obstacle of obstacles) host.say(`would be refused: ${obstacle}`);
    return;
  }
  requireRights(host, 'install');
  if (obstacles.length > 0) throw failed(obstacles.join('\n'));
  for (const command of before) await must(host, command);
  for (const file of files) host.say(`${writeChanged(host, file)} ${file.path}`);
  for (const command of commands) await must(host, command);
  await verify(host);
}

/** Stops and removes the service; data, configuration and user stay, and it says where they are. */
export async function uninstallService(host: ServiceHost, dryRun: boolean): Promise<void> {
  requireLinux(host);
  const stop: Command = ['systemctl', 'disable', '--now', UNIT_NAME];
  const reload: Command = ['systemctl', 'daemon-reload'];
  if (dryRun) {
    for (const line of [stop.join(' '), `rm ${UNIT_FILE}`, `rm ${SYSUSERS_FILE}`, reload.join(' ')]) host.say(line);
    return;
  }
  requireRights(host, 'uninstall');
  const present = [UNIT_FILE, SYSUSERS_FILE].filter((path) => existsSync(host.root + path));
  if (present.includes(UNIT_FILE)) await must(host, stop);
  for (const path of present) {
    rmSync(host.root + path);
    host.say(`removed ${path}`);
  }
  if (present.length === 0) host.say('no service was installed');
  else await must(host, reload);
  host.say(
    `kept: the data in ${STATE_DIRECTORY}, the configuration in ${CONFIG_DIRECTORY} and the user ${SERVICE_USER}`,
  );
  host.say(`to remove them too: rm -r ${STATE_DIRECTORY} ${CONFIG_DIRECTORY} && userdel ${SERVICE_USER}`);
}

/** Asks systemd. @throws PortcastError when systemd cannot be asked. */
export async function readServiceState(host: ServiceHost): Promise<ServiceState> {
  requireLinux(host);
  if (!host.hasSystemd) throw failed('systemd does not run this host, so there is no service to ask about');
  const { stdout } = await must(host, ['systemctl', 'show', UNIT_NAME, `--property=${PROPERTIES}`]);
  const properties: Record<string, string> = {};
  for (const line of stdout.split('\n')) {
    const at = line.indexOf('=');
    if (at > 0) properties[line.slice(0, at)] = line.slice(at + 1);
  }
  const { LoadState, ActiveState } = properties;
  return { loaded: LoadState === 'loaded', active: ActiveState === 'active', properties };
}

/** Where the service runs, in one line. */
export function formatServiceState({ loaded, properties }: ServiceState): string {
  if (!loaded) return 'portcast is not installed as a service';
  const {
    ActiveState = '?',
    SubState = '?',
    MainPID = '0',
    User = '?',
    ControlGroup = '',
    UnitFileState = '?',
  } = properties;
  const where = MainPID === '0' ? '' : `, process ${MainPID} of user ${User} in ${ControlGroup}`;
  return `${UNIT_NAME}: ${ActiveState} (${SubState})${where}; ${UnitFileState} at boot`;
}

async function verify(host: ServiceHost): Promise<void> {
  // Type=notify: restart returned only after the first sample, or after the failure.
  const state = await readServiceState(host);
  host.say(formatServiceState(state));
  if (state.active && state.properties['FragmentPath'] === UNIT_FILE) return;
  throw failed(
    `systemd does not run it from ${UNIT_FILE} (result ${state.properties['Result'] ?? 'unknown'}): journalctl -u portcast`,
  );
}

function obstaclesOf({ nodePath, mainFile, configFile }: UnitOptions): string[] {
  const obstacles: string[] = [];
  const look = (path: string, remedy: string) => {
    const why = explainUnreadable(path);
    if (why !== null) obstacles.push(`the service user could not read ${path}: ${why}; ${remedy}`);
  };
  const moveCheckout = 'put portcast into a folder of its own under /opt or /usr/local, and install from there';
  // The Node.js that npx starts is usually the one in the checkout's own node_modules.
  const ownNode = nodePath.includes('/node_modules/');
  look(nodePath, ownNode ? moveCheckout : 'install Node.js for the whole system, in /usr or /opt');
  look(mainFile, moveCheckout);
  if (configFile !== null) look(configFile, `put it into ${CONFIG_DIRECTORY}`);
  return obstacles;
}

function sayPlan(
  host: ServiceHost,
  before: readonly Command[],
  files: readonly FileChange[],
  commands: readonly Command[],
): void {
  if (before.length > 0) host.say('# run');
  for (const command of before) host.say(command.join(' '));
  for (const { path, text } of files) host.say(`# write ${path}\n${text}`);
  host.say('# run');
  for (const command of commands) host.say(command.join(' '));
}

/** What stands where the file is to be written. */
function standing({ root }: ServiceHost, { path, text }: FileChange): 'none' | 'the same' | 'another' {
  if (!existsSync(root + path)) return 'none';
  return readFileSync(root + path, 'utf8') === text ? 'the same' : 'another';
}

function writeChanged(host: ServiceHost, { path, text }: FileChange): 'unchanged' | 'wrote' {
  if (standing(host, { path, text }) === 'the same') return 'unchanged';
  const place = host.root + path;
  mkdirSync(dirname(place), { recursive: true });
  writeFileSync(place, text, { mode: 0o644 });
  return 'wrote';
}

async function must(host: ServiceHost, [file, ...args]: Command) {
  const result = await host.run(file, args);
  if (result.exitCode === 0) return result;
  const reason = result.stderr.trim() || `exit code ${String(result.exitCode)}`;
  throw failed(`${[file, ...args].join(' ')} failed: ${reason}`);
}

function requireLinux(host: ServiceHost): void {
  if (host.platform === 'linux') return;
  throw new PortcastError(
    'PLATFORM_UNSUPPORTED',
    `a service on ${host.platform} is not yet supported: only systemd on Linux is`,
  );
}

function requireRights(host: ServiceHost, action: string): void {
  if (!host.hasSystemd)
    throw failed('systemd does not run this host: start `portcast run` from its own service manager');
  if (!host.isRoot) throw failed(`service ${action} writes to /etc and needs root: run it with sudo`);
}

function failed(message: string): PortcastError {
  return new PortcastError('SERVICE_FAILED', message);
}
