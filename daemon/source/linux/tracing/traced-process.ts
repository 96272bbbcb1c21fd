/** The process of a traced thread, and whether it is in our network namespace. */
import { readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { PROC_FILES } from '../proc-paths.js';
import { readProcessName } from '../process-name.js';

interface TracedProcess {
  readonly pid: number;
  readonly name: string;
  /** True only when the process was seen in another network namespace. */
  readonly elsewhere: boolean;
}

/** The limit of threads that one reading looks up: many short-lived threads must not delay the cycle. */
const MAX_LOOKUPS = 200;

/** Creates a lookup for one reading, in which every thread is looked up once. */
export function createProcessLookup(procRoot: string): (threadId: number, threadName: string) => TracedProcess {
  const ownNamespace = readLink(join(procRoot, PROC_FILES.networkNamespace));
  const found = new Map<string, TracedProcess>();
  return (threadId, threadName) => {
    const key = `${threadId} ${threadName}`;
    const earlier = found.get(key);
    if (earlier !== undefined) return earlier;
    const unidentified = { pid: threadId, name: threadName, elsewhere: false };
    if (found.size >= MAX_LOOKUPS) return unidentified;
    const traced = lookUp({ threadId, threadName, ownNamespace, procRoot }) ?? unidentified;
    found.set(key, traced);
    return traced;
  };
}

interface Thread {
  readonly threadId: number;
  readonly threadName: string;
  readonly ownNamespace: string | null;
  readonly procRoot: string;
}

/**
 * Null when the thread has ended, and when portcast runs in another pid namespace than the initial one, where the kernel's
 * thread id names another thread or none: the thread names differ then.
 */
function lookUp({ threadId, threadName, ownNamespace, procRoot }: Thread): TracedProcess | null {
  const folder = join(procRoot, String(threadId));
  // The trace pads a name with spaces, so the spaces at its beginning are not known.
  if (readProcessName(procRoot, threadId)?.replace(/^ +/, '') !== threadName) return null;
  const namespace = readLink(join(folder, 'ns/net'));
  const pid = Number(/^Tgid:\t(\d+)$/m.exec(readText(join(folder, 'status')) ?? '')?.[1] ?? NaN);
  if (!Number.isInteger(pid)) return null;
  const name = readProcessName(procRoot, pid) ?? threadName;
  return { pid, name, elsewhere: namespace !== null && ownNamespace !== null && namespace !== ownNamespace };
}

function readText(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return null;
  }
}

function readLink(path: string): string | null {
  try {
    return readlinkSync(path);
  } catch {
    return null;
  }
}
