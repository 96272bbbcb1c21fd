/** How many descriptors a process may have open (RLIMIT_NOFILE). */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { codeOf, messageOf } from '../../errors.js';

/** The open descriptors of a process and their limit; null for what could not be read, for the reason `why`. */
export interface OpenFiles {
  readonly openFiles: number | null;
  readonly openFilesLimit: number | null;
  readonly openFilesWhy?: string;
}

const UNLIMITED = 'unlimited';

/**
 * Reads the soft limit of /proc/PID/limits. Never throws: the process may have ended, or belong to another user.
 * @param open the descriptors that were listed for the process.
 */
export function readOpenFiles(procRoot: string, pid: number, open: number): OpenFiles {
  try {
    const text = readFileSync(join(procRoot, String(pid), 'limits'), 'latin1');
    const soft = /^Max open files +(\S+)/m.exec(text)?.[1];
    if (soft === UNLIMITED) return { openFiles: open, openFilesLimit: null, openFilesWhy: 'they are not limited' };
    const limit = Number(soft);
    if (Number.isSafeInteger(limit)) return { openFiles: open, openFilesLimit: limit };
    return { openFiles: open, openFilesLimit: null, openFilesWhy: `/proc/${pid}/limits has no line "Max open files"` };
  } catch (error) {
    const code = codeOf(error);
    const why =
      code === 'EACCES' || code === 'EPERM'
        ? 'the limits of a process of another user need root or CAP_SYS_PTRACE'
        : code === 'ENOENT' || code === 'ESRCH'
          ? 'the process has ended'
          : messageOf(error);
    return { openFiles: open, openFilesLimit: null, openFilesWhy: why };
  }
}
