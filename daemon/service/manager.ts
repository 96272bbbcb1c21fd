/** Installs, removes and inspects the systemd service. systemd-unit.ts decides what is installed. */
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { PortcastError } from '../errors.js';
import type { RunCommand } from './commands.js';
import { explainTamperable, explainUnreadable } from './placement.js';
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

/** The parts of the machine that a service needs. They are an argument, so that tests need neither root nor systemd. */
export interface ServiceHost {
  readonly platform: NodeJS.Platform;
  readonly isRoot: boolean;
  /** Whether systemd is the running service manager. */
  readonly hasSystemd: boolean;
  readonly run: RunCommand;
  readonly printLine: (line: string) => void;
  /** Is put before every path that is written or read; empty on a real machine. */
  readonly root: string;
}

const PROPERTIES =
  'LoadState,ActiveState,SubState,Result,MainPID,User,ControlGroup,FragmentPath,UnitFileState,NRestarts';
const UNIT_FILE_MODE = 0o644;
/** The place of the program in the package. */
const MAIN_FILE = '/dist/daemon/main.js';

interface FileChange {
  readonly path: string;
  readonly text: string;
}
type Command = readonly [string, ...string[]];
/** Also deletes its group. */
const DELETE_USER: Command = ['userdel', SERVICE_USER];

/** The state of the unit by `systemctl show`. */
interface ServiceState {
  readonly loaded: boolean;
  readonly active: boolean;
  readonly properties: Readonly<Record<string, string>>;
}

/**
 * Writes the unit and the user, starts the service and checks with systemd that it runs. It may be repeated, to update them.
 * @returns false for a dry run of what would be refused.
 * @throws PortcastError SERVICE_FAILED with what to do; PLATFORM_UNSUPPORTED on other systems than Linux.
 */
export async function installService(host: ServiceHost, unit: UnitOptions, dryRun: boolean): Promise<boolean> {
  requireLinux(host);
  const unitFile: FileChange = { path: UNIT_FILE, text: renderUnit(unit) };
  const files: FileChange[] = [{ path: SYSUSERS_FILE, text: renderSysusers() }, unitFile];
  // A unit that is replaced is stopped first: its ExecStopPost has to undo what it prepared, and the reload replaces that.
  const before: Command[] = compareFile(host, unitFile) === 'another' ? [['systemctl', 'stop', UNIT_NAME]] : [];
  const commands: Command[] = [
    ['systemd-sysusers', SYSUSERS_FILE],
    ['systemctl', 'daemon-reload'],
    ['systemctl', 'enable', UNIT_NAME],
    ['systemctl', 'restart', UNIT_NAME],
  ];
  const obstacles = listObstacles(unit);
  if (dryRun) {
    for (const obstacle of obstacles) host.printLine(`would be refused: ${obstacle}`);
    printPlan(host, { before, files, commands });
    return obstacles.length === 0;
  }
  requireRights(host, 'install');
  if (obstacles.length > 0) throw serviceError(obstacles.join('\n'));
  for (const command of before) await runOrFail(host, command);
  for (const file of files) host.printLine(`${writeChanged(host, file)} ${file.path}`);
  for (const command of commands) await runOrFail(host, command);
  await verifyRunning(host);
  return true;
}

/**
 * Stops and removes the service. Data, configuration and user stay, and the output shows where they are.
 * @param purge removes them too.
 */
export async function uninstallService(host: ServiceHost, dryRun: boolean, purge = false): Promise<void> {
  requireLinux(host);
  const stop: Command = ['systemctl', 'disable', '--now', UNIT_NAME];
  const reload: Command = ['systemctl', 'daemon-reload'];
  if (dryRun) {
    const lines = [stop.join(' '), `rm ${UNIT_FILE}`, `rm ${SYSUSERS_FILE}`, reload.join(' ')];
    const purged = [`rm -r ${STATE_DIRECTORY}`, `rm -r ${CONFIG_DIRECTORY}`, DELETE_USER.join(' ')];
    for (const line of purge ? [...lines, ...purged] : lines) host.printLine(line);
    return;
  }
  requireRights(host, 'uninstall');
  const present = [UNIT_FILE, SYSUSERS_FILE].filter((path) => existsSync(host.root + path));
  if (present.includes(UNIT_FILE)) await runOrFail(host, stop);
  for (const path of present) removePath(host, path);
  if (present.length === 0) host.printLine('no service was installed');
  else await runOrFail(host, reload);
  if (purge) {
    await purgeService(host);
    return;
  }
  host.printLine(
    `kept: the data in ${STATE_DIRECTORY}, the configuration in ${CONFIG_DIRECTORY} and the user ${SERVICE_USER}`,
  );
  host.printLine('to remove them too: portcast service uninstall --purge');
}

async function purgeService(host: ServiceHost): Promise<void> {
  for (const path of [STATE_DIRECTORY, CONFIG_DIRECTORY]) if (existsSync(host.root + path)) removePath(host, path);
  if ((await host.run('getent', ['passwd', SERVICE_USER])).exitCode !== 0) return;
  await runOrFail(host, DELETE_USER);
  host.printLine(`removed the user ${SERVICE_USER}`);
}

function removePath(host: ServiceHost, path: string): void {
  rmSync(host.root + path, { recursive: true });
  host.printLine(`removed ${path}`);
}

/** Reads the state of the unit from systemd. @throws PortcastError SERVICE_FAILED when systemctl fails. */
export async function readServiceState(host: ServiceHost): Promise<ServiceState> {
  requireLinux(host);
  if (!host.hasSystemd) throw serviceError('this host does not run systemd, so it has no service of portcast');
  const { stdout } = await runOrFail(host, ['systemctl', 'show', UNIT_NAME, `--property=${PROPERTIES}`]);
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

async function verifyRunning(host: ServiceHost): Promise<void> {
  // With Type=notify `systemctl restart` returns after the first sample or after the failure, so the state is final.
  const state = await readServiceState(host);
  host.printLine(formatServiceState(state));
  if (state.active && state.properties['FragmentPath'] === UNIT_FILE) return;
  throw serviceError(
    `systemd does not run it from ${UNIT_FILE} (result ${state.properties['Result'] ?? 'unknown'}): journalctl -u portcast`,
  );
}

/** What prevents the service user from running the unit, as lines with a remedy. */
function listObstacles({ nodePath, mainFile, configFile }: UnitOptions): string[] {
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
  const system = `${CONFIG_DIRECTORY}/config.yaml`;
  // Whoever may write to the configuration can have the password of the mail server sent to another server.
  const used = configFile ?? (existsSync(system) ? system : null);
  for (const path of [nodePath, findProgramFolder(mainFile), ...(used === null ? [] : [used])]) {
    const why = explainTamperable(path);
    if (why !== null) obstacles.push(`another user than root could change what the service runs: ${why}`);
  }
  return obstacles;
}

/** The folder with all code that the daemon loads: the outermost node_modules where portcast lies in one, else its own. */
function findProgramFolder(mainFile: string): string {
  const [before, ...rest] = mainFile.split('/node_modules/');
  if (rest.length > 0) return `${before ?? ''}/node_modules`;
  return mainFile.endsWith(MAIN_FILE) ? mainFile.slice(0, -MAIN_FILE.length) : mainFile;
}

interface InstallPlan {
  /** Commands that run before the files are written. */
  readonly before: readonly Command[];
  readonly files: readonly FileChange[];
  readonly commands: readonly Command[];
}

function printPlan(host: ServiceHost, { before, files, commands }: InstallPlan): void {
  if (before.length > 0) host.printLine('# run');
  for (const command of before) host.printLine(command.join(' '));
  for (const { path, text } of files) host.printLine(`# write ${path}\n${text}`);
  host.printLine('# run');
  for (const command of commands) host.printLine(command.join(' '));
}

/** Whether the path has no file, the same text or another one. */
function compareFile({ root }: ServiceHost, { path, text }: FileChange): 'none' | 'the same' | 'another' {
  if (!existsSync(root + path)) return 'none';
  return readFileSync(root + path, 'utf8') === text ? 'the same' : 'another';
}

function writeChanged(host: ServiceHost, { path, text }: FileChange): 'unchanged' | 'wrote' {
  if (compareFile(host, { path, text }) === 'the same') return 'unchanged';
  const target = host.root + path;
  mkdirSync(dirname(target), { recursive: true });
  writeFileSync(target, text, { mode: UNIT_FILE_MODE });
  return 'wrote';
}

/** Runs a command. @throws PortcastError SERVICE_FAILED with its error output when it fails. */
async function runOrFail(host: ServiceHost, [file, ...args]: Command) {
  const result = await host.run(file, args);
  if (result.exitCode === 0) return result;
  const reason = result.stderr.trim() || `exit code ${String(result.exitCode)}`;
  throw serviceError(`${[file, ...args].join(' ')} failed: ${reason}`);
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
    throw serviceError('systemd does not run this host: start `portcast run` from its own service manager');
  if (!host.isRoot) throw serviceError(`service ${action} writes to /etc and needs root: run it with sudo`);
}

function serviceError(message: string): PortcastError {
  return new PortcastError('SERVICE_FAILED', message);
}
