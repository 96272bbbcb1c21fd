/**
 * A tracing instance of portcast's own in tracefs: what is switched on in it, and the way there, as system calls for a
 * daemon that runs as root and as a shell script for a service manager that hands the instance over to one that does not.
 */
import { mkdirSync, readdirSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { codeOf } from '../../../errors.js';

/** Where tracefs may be mounted. It is never mounted by us: that is the administrator's. */
export const TRACEFS = ['/sys/kernel/tracing', '/sys/kernel/debug/tracing'] as const;

const BIND_EVENT = 'events/syscalls/sys_exit_bind';
const CONNECT_EVENT = 'events/sock/inet_sock_set_state';

/** The files of the instance and what is written to them, in this order. */
const SETTINGS: readonly (readonly [file: string, value: string])[] = [
  ['trace_clock', 'mono'],
  // For each CPU: about 1,500 events between two reads; what is overwritten is counted.
  ['buffer_size_kb', '128'],
  // SYN_SENT to CLOSE without a source port, over TCP.
  [`${CONNECT_EVENT}/filter`, 'oldstate == 2 && newstate == 7 && sport == 0 && protocol == 6'],
  [`${CONNECT_EVENT}/enable`, '1'],
];
/** -EADDRINUSE. Set before the event is switched on. */
const BIND_FILTER = 'ret == -98';

/** A fresh instance for this process, after those of earlier daemons that could not clean up. @returns its folder. */
export function createInstance(root: string, pid: number): string {
  const instances = join(root, 'instances');
  for (const name of readdirSync(instances)) {
    const owner = Number(/^portcast-(\d+)$/.exec(name)?.[1] ?? NaN);
    if (owner === pid || (Number.isInteger(owner) && !isAlive(owner))) removeFolder(join(instances, name));
  }
  const folder = join(instances, `portcast-${pid}`);
  // Not fresh where somebody holds the old one open; it is ours all the same.
  mkdirSync(folder, { recursive: true });
  try {
    for (const [file, value] of SETTINGS) set(folder, file, value);
    ifThere(() => set(folder, `${BIND_EVENT}/filter`, BIND_FILTER));
  } catch (error) {
    removeFolder(folder);
    throw error;
  }
  return folder;
}

/** Never throws. Whoever reads it must have closed it: an instance that is open cannot be removed. */
export function removeInstance(folder: string): void {
  try {
    // So that nothing goes on where somebody else looks into the instance and it stays.
    set(folder, 'events/enable', '0');
  } catch {
    // Without it there is nothing to end.
  }
  removeFolder(folder);
}

/**
 * Failing binds are watched on request only: while any event of the group `syscalls` is on, every system call of every
 * process takes the slow path. A kernel without that group counts no binds.
 */
export function watchBinds(folder: string, wanted: boolean): void {
  ifThere(() => set(folder, `${BIND_EVENT}/enable`, wanted ? '1' : '0'));
}

/** Where the service has an instance that its unit prepared: in its own mount namespace only. */
export const HANDED_OVER = '/run/portcast/tracing';

/**
 * The same instance for a service without any rights: its user may read the events and switch those of binds, no more.
 * @returns two commands of a POSIX shell for root, the folder that the first one makes, and where the daemon looks for it.
 */
export function tracingScripts(user: string, root: string = TRACEFS[0]) {
  const [instances, name] = [`${root}/instances`, 'portcast'];
  const write = ([file, value]: readonly [string, string]): string => `echo '${value}' > ${file}`;
  const bindSwitch = ['events', 'events/syscalls', BIND_EVENT, `${BIND_EVENT}/enable`].join(' ');
  const prepareBinds = `${write([`${BIND_EVENT}/filter`, BIND_FILTER])} && chown ${user} ${bindSwitch}`;
  return {
    prepare: [
      `cd ${instances}`,
      `mkdir -p ${name}`,
      `cd ${name}`,
      ...SETTINGS.map(write),
      `chown ${user} . trace_pipe`,
      `if [ -d ${BIND_EVENT} ]; then ${prepareBinds}; fi`,
    ].join(' && '),
    remove: `cd ${instances} && echo 0 > ${name}/events/enable && rmdir ${name}`,
    folder: `${instances}/${name}`,
    place: HANDED_OVER,
  };
}

function set(folder: string, file: string, value: string): void {
  writeFileSync(join(folder, file), value, { flag: 'r+' });
}

function ifThere(write: () => void): void {
  try {
    write();
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw error;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return codeOf(error) !== 'ESRCH';
  }
}

/** Leaves one alone that somebody holds open: another daemon, of a pid namespace of its own. */
function removeFolder(folder: string): void {
  try {
    rmdirSync(folder);
  } catch {
    // Busy, or gone already.
  }
}
