/** Finds the processes that own the live rows of pools, by one bounded scan of /proc for all of them. */
import { readdirSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { MAX_KEPT_PROCESSES, NO_OWNER_FOUND, WITHOUT_OWNERS, type OwnerReport } from '../../alert/alert.js';
import type { OwnerQuery } from '../../contracts.js';
import { codeOf, messageOf } from '../../errors.js';
import { readOpenFiles, type OpenFiles } from './open-files.js';
import { readLiveInodes } from './owner-inodes.js';
import { readProcessName } from './process-name.js';

/** A scan ends at the first of these bounds that it reaches. The next scan goes on from there. */
export interface OwnerBounds {
  readonly maxProcesses: number;
  readonly maxDescriptors: number;
  /** CPU time. */
  readonly maxMs: number;
}

const DEFAULT_BOUNDS: OwnerBounds = { maxProcesses: 5000, maxDescriptors: 200_000, maxMs: 200 };
/** Processes that were owners in earlier scans and are looked at first. */
const MAX_REMEMBERED = 500;
/** The share of the processes of a scan that is kept for the newest ones. */
const NEWEST_SHARE = 1 / 25;
/** From this share of the rows on, no reason is given why the rest has no owner. */
const NEARLY_ALL = 0.999;
const ENDED_PROCESS = '(ended)';
/** Owners of one scan whose limit of descriptors is read. */
const MAX_LIMITS_READ = 50;
const NOTHING_FOUND: ProcessScan = { owners: new Map(), refused: 0, cutShort: null };

interface OwnerScanOptions {
  readonly procRoot: string;
  /** The CPU time of the thread: on a busy host a limit of elapsed time would end the scan before it has looked. */
  readonly readCpuMs: () => number;
  readonly bounds?: OwnerBounds;
}

/** Finds owners again and again, and remembers which processes were owners. */
interface OwnerScanner {
  /**
   * A report for each query, in their order: the processes that hold the pool's live rows, the one with the most rows
   * first, or why none could be found. Never throws.
   */
  findOwners(queries: readonly OwnerQuery[]): OwnerReport[];
}

interface ScannerMemory {
  /** Owners of earlier scans, the latest last. */
  readonly known: Set<number>;
  /** The process at which the latest scan was cut short; null when it was complete. */
  resumeAt: number | null;
}

export function createOwnerScanner(scan: OwnerScanOptions): OwnerScanner {
  const memory: ScannerMemory = { known: new Set(), resumeAt: null };
  return {
    findOwners(queries) {
      try {
        const inodes = readLiveInodes(queries, scan.procRoot);
        const found = inodes.size === 0 ? NOTHING_FOUND : scanProcesses(inodes, scan, memory);
        return reportEach(queries, inodes, found);
      } catch (error) {
        const why = `the search for owners failed: ${messageOf(error)}`;
        return queries.map(() => ({ processes: [], why }));
      }
    },
  };
}

interface OwningProcess {
  readonly name: string;
  /** The inodes that it holds. */
  readonly held: ReadonlySet<string>;
  /** Null for the owners beyond the bound. */
  readonly files: OpenFiles | null;
}

interface ProcessScan {
  readonly owners: ReadonlyMap<number, OwningProcess>;
  /** Processes whose descriptors may not be read. */
  readonly refused: number;
  /** The bound that ended the scan early; null when it was complete. */
  readonly cutShort: string | null;
}

/**
 * Looks at the processes that were owners before, then at all others, the newest first: a short-lived client has ended
 * a moment later. Where the earlier owners hold every row, the others are left out, which makes the scan cheap.
 */
function scanProcesses(
  inodes: ReadonlyMap<string, unknown>,
  scan: OwnerScanOptions,
  memory: ScannerMemory,
): ProcessScan {
  const { procRoot, readCpuMs, bounds = DEFAULT_BOUNDS } = scan;
  const beganAtMs = readCpuMs();
  const owners = new Map<number, OwningProcess>();
  const unowned = new Set(inodes.keys());
  let [refused, processes, descriptors] = [0, 0, 0];
  const endAt = (pid: number, cutShort: string): ProcessScan => {
    memory.resumeAt = pid;
    return { owners, refused, cutShort };
  };
  const isKnown = new Set(memory.known);
  for (const pid of listProcesses(procRoot, memory, Math.floor(bounds.maxProcesses * NEWEST_SHARE))) {
    if (unowned.size === 0 && isKnown.size > 0 && !isKnown.has(pid)) break;
    if (!isKnown.has(pid) && processes++ >= bounds.maxProcesses) return endAt(pid, `${bounds.maxProcesses} processes`);
    // Half of the time is left for the others, however many descriptors the earlier owners have.
    const maxMs = isKnown.has(pid) ? bounds.maxMs / 2 : bounds.maxMs;
    const folder = join(procRoot, String(pid), 'fd');
    const names = listDescriptors(folder);
    if (names === null) {
      refused++;
      continue;
    }
    // A process may have several descriptors of one socket, which counts once.
    const held = new Set<string>();
    for (const name of names) {
      if (descriptors++ >= bounds.maxDescriptors) return endAt(pid, `${bounds.maxDescriptors} descriptors`);
      if (readCpuMs() - beganAtMs > maxMs) {
        if (isKnown.has(pid)) break;
        return endAt(pid, `${bounds.maxMs} ms`);
      }
      const inode = readSocketInode(join(folder, name));
      if (inode === null || !inodes.has(inode)) continue;
      held.add(inode);
      unowned.delete(inode);
      if (held.size > 1) continue;
      // The name is read now, because a short-lived client may have ended when the scan does.
      const files = owners.size < MAX_LIMITS_READ ? readOpenFiles(procRoot, pid, names.length) : null;
      owners.set(pid, { name: readProcessName(procRoot, pid) ?? ENDED_PROCESS, held, files });
      remember(memory, pid);
    }
  }
  memory.resumeAt = null;
  return { owners, refused, cutShort: null };
}

/** The order of the scan. After a scan that was cut short the others begin where that one ended, the newest excepted. */
function listProcesses(procRoot: string, { known, resumeAt }: ScannerMemory, newest: number): number[] {
  const pids = readdirSync(procRoot)
    .filter((name) => /^\d+$/.test(name))
    .map(Number);
  const alive = new Set(pids);
  const earlier = [...known].reverse().filter((pid) => alive.has(pid));
  for (const pid of known) if (!alive.has(pid)) known.delete(pid);
  const others = pids.filter((pid) => !known.has(pid)).sort((a, b) => b - a);
  const rest = others.slice(newest);
  const resumeIndex = resumeAt === null ? 0 : rest.findIndex((pid) => pid <= resumeAt);
  const from = Math.max(0, resumeIndex);
  return [...earlier, ...others.slice(0, newest), ...rest.slice(from), ...rest.slice(0, from)];
}

function remember({ known }: ScannerMemory, pid: number): void {
  known.delete(pid);
  known.add(pid);
  const [oldest] = known;
  if (known.size > MAX_REMEMBERED && oldest !== undefined) known.delete(oldest);
}

/** Null when they may not be read. A process that has ended has none. */
function listDescriptors(folder: string): string[] | null {
  try {
    return readdirSync(folder);
  } catch (error) {
    const code = codeOf(error);
    return code === 'EACCES' || code === 'EPERM' ? null : [];
  }
}

/** The inode of the socket that a descriptor leads to; null when it is no socket, or is closed by now. */
function readSocketInode(path: string): string | null {
  try {
    return /^socket:\[(\d+)\]$/.exec(readlinkSync(path))?.[1] ?? null;
  } catch {
    return null;
  }
}

function reportEach(
  queries: readonly OwnerQuery[],
  inodes: ReadonlyMap<string, readonly number[]>,
  found: ProcessScan,
): OwnerReport[] {
  const rows = queries.map(() => 0);
  for (const indexes of inodes.values()) for (const index of indexes) rows[index] = (rows[index] ?? 0) + 1;
  const rowsOf = queries.map(() => new Map<number, number>());
  for (const [pid, { held }] of found.owners) {
    for (const inode of held) {
      for (const index of inodes.get(inode) ?? []) rowsOf[index]?.set(pid, (rowsOf[index].get(pid) ?? 0) + 1);
    }
  }
  return rowsOf.map((held, index): OwnerReport => {
    const total = rows[index] ?? 0;
    if (total === 0) return WITHOUT_OWNERS;
    const processes = [...held]
      .map(([pid, count]) => ({
        pid,
        name: found.owners.get(pid)?.name ?? ENDED_PROCESS,
        confidence: count / total,
        ...found.owners.get(pid)?.files,
      }))
      .sort((a, b) => b.confidence - a.confidence || a.pid - b.pid)
      .slice(0, MAX_KEPT_PROCESSES);
    const owned = [...held.values()].reduce((sum, count) => sum + count, 0);
    return { processes, why: owned / total >= NEARLY_ALL ? null : explain(processes.length, found) };
  });
}

/** Why rows have no owner. That nothing is known is no reason, unless no owner at all was found. */
function explain(named: number, { refused, cutShort }: ProcessScan): string | null {
  const obstacles: string[] = [];
  if (refused > 0) {
    obstacles.push(`${refused} processes of other users cannot be read (needs root or CAP_SYS_PTRACE)`);
  }
  if (cutShort !== null) obstacles.push(`the scan ended at its limit of ${cutShort}`);
  if (obstacles.length > 0) return obstacles.join('; ');
  return named === 0 ? NO_OWNER_FOUND : null;
}
