/** The process behind a traced thread, and whether it lives in our network namespace. */
import { readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { PROC_FILES } from '../proc-paths.js';

export interface TracedProcess {
  readonly pid: number;
  readonly name: string;
  /** True only when it was seen to be in another network namespace. */
  readonly elsewhere: boolean;
}

/** Looks at most so many threads up; a storm of short-lived ones must not hold the cycle up. */
const MAX_LOOKUPS = 200;

/** For one reading: every thread is looked up once. */
export function createProcessLookup(procRoot: string): (threadId: number, threadName: string) => TracedProcess {
  const own = link(join(procRoot, PROC_FILES.networkNamespace));
  const known = new Map<string, TracedProcess>();
  return (threadId, threadName) => {
    const key = `${threadId} ${threadName}`;
    const seen = known.get(key);
    if (seen !== undefined) return seen;
    const unknown = { pid: threadId, name: threadName, elsewhere: false };
    if (known.size >= MAX_LOOKUPS) return unknown;
    const found = lookUp(join(procRoot, String(threadId)), { threadName, own, procRoot }) ?? unknown;
    known.set(key, found);
    return found;
  };
}

/** Null where it has ended, or where our ids are not those of the kernel (another pid namespace): then the names differ. */
function lookUp(folder: string, at: { threadName: string; own: string | null; procRoot: string }) {
  const comm = text(join(folder, 'comm'))?.replace(/\n$/, '');
  if (comm !== at.threadName) return null;
  const namespace = link(join(folder, 'ns/net'));
  const pid = Number(/^Tgid:\t(\d+)$/m.exec(text(join(folder, 'status')) ?? '')?.[1] ?? NaN);
  if (!Number.isInteger(pid)) return null;
  const name = text(join(at.procRoot, String(pid), 'comm'))?.replace(/\n$/, '') ?? comm;
  return { pid, name, elsewhere: namespace !== null && at.own !== null && namespace !== at.own };
}

function text(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return null;
  }
}

function link(path: string): string | null {
  try {
    return readlinkSync(path);
  } catch {
    return null;
  }
}
