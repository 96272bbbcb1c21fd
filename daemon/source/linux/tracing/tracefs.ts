/** Makes and removes a tracing instance of portcast's own in tracefs, for a daemon that has the right to do so. */
import { mkdirSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { codeOf } from '../../../errors.js';
import { BIND_EVENT, BIND_FILTER, CONNECT_EVENT, listInstanceSettings } from './tracepoint-filter.js';
import { parseFormatFields } from './tracepoint-format.js';

/** Where tracefs may be mounted. portcast never mounts it: that is for the administrator to decide. */
export const TRACEFS = ['/sys/kernel/tracing', '/sys/kernel/debug/tracing'] as const;

/**
 * Makes the instance of this process, after removing the instances of earlier daemons that ended without doing so.
 * Throws the error of the file system when that is not possible, and leaves nothing behind then.
 * @returns the folder of the instance.
 */
export function createInstance(root: string, pid: number): string {
  const instances = join(root, 'instances');
  for (const name of readdirSync(instances)) {
    const owner = Number(/^portcast-(\d+)$/.exec(name)?.[1] ?? NaN);
    if (owner === pid || (Number.isInteger(owner) && !isAlive(owner))) removeFolder(join(instances, name));
  }
  const folder = join(instances, `portcast-${pid}`);
  // The folder may exist still, when some program holds a file of the earlier instance open. It can be used all the same.
  mkdirSync(folder, { recursive: true });
  try {
    for (const [file, value] of listInstanceSettings(readEventFields(folder))) writeSetting(folder, file, value);
    ignoreMissing(() => writeSetting(folder, `${BIND_EVENT}/filter`, BIND_FILTER));
  } catch (error) {
    removeFolder(folder);
    throw error;
  }
  return folder;
}

/** Never throws. Close `trace_pipe` before: the kernel does not remove an instance of which a file is open. */
export function removeInstance(folder: string): void {
  try {
    // Another program may hold a file of the instance open, so that it stays. No event is written to it after this.
    writeSetting(folder, 'events/enable', '0');
  } catch {
    // The instance was removed already, so it has no events to switch off.
  }
  removeFolder(folder);
}

/**
 * Switches the event for failed binds on or off. It is on only on request: while any event of the group `syscalls` is on,
 * every system call of every process takes the slow path. On a kernel without that group this does nothing.
 */
export function watchBinds(folder: string, wanted: boolean): void {
  ignoreMissing(() => writeSetting(folder, `${BIND_EVENT}/enable`, wanted ? '1' : '0'));
}

/** The fields of the event for connects on this kernel; null where its format file shows none. */
function readEventFields(folder: string): ReadonlySet<string> | null {
  try {
    const fields = parseFormatFields(readFileSync(join(folder, CONNECT_EVENT, 'format'), 'latin1'));
    return fields.size === 0 ? null : fields;
  } catch {
    return null;
  }
}

function writeSetting(folder: string, file: string, value: string): void {
  writeFileSync(join(folder, file), value, { flag: 'r+' });
}

function ignoreMissing(write: () => void): void {
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

/** Never throws. An instance of which a file is open stays: it belongs to a daemon in a pid namespace of its own. */
function removeFolder(folder: string): void {
  try {
    rmdirSync(folder);
  } catch {
    // Busy, or removed already.
  }
}
