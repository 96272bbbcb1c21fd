/** Finds the processes that own the live rows of a pool, by one bounded scan of /proc from socket inodes to processes. */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { WITHOUT_OWNERS, type OwnerReport, type PoolProcess } from '../../alert/alert.js';
import type { OwnerQuery } from '../../contracts.js';
import { codeOf, messageOf } from '../../errors.js';
import { parseAddress } from '../../host/ip-address.js';
import { swapNetworkWord } from './byte-order.js';
import { PROC_FILES } from './proc-paths.js';
import { readProcessName } from './process-name.js';

/** The scan ends at the first of these bounds that it reaches. */
export interface OwnerBounds {
  readonly maxProcesses: number;
  readonly maxDescriptors: number;
  readonly maxMs: number;
}

const DEFAULT_BOUNDS: OwnerBounds = { maxProcesses: 5000, maxDescriptors: 200_000, maxMs: 200 };
/** Processes that a report names at most: those with the most rows. */
const MAX_NAMED = 10;
/** From this share of the rows on, no reason is given why the rest has no owner. */
const NEARLY_ALL = 0.999;
const ENDED_PROCESS = '(ended)';

interface OwnerScanOptions {
  readonly procRoot: string;
  readonly readMonotonicMs: () => number;
  readonly bounds?: OwnerBounds;
}

/** The processes that hold the pool's live rows, the one with the most rows first, or why none could be found. Never throws. */
export function findOwners(query: OwnerQuery, scan: OwnerScanOptions): OwnerReport {
  try {
    const inodes = readLiveInodes(query, scan.procRoot);
    if (inodes.size === 0) return WITHOUT_OWNERS;
    const found = scanProcesses(inodes, scan);
    const processes = [...found.owners]
      .map(([pid, rows]) => ({
        pid,
        name: readProcessName(scan.procRoot, pid) ?? ENDED_PROCESS,
        confidence: rows / inodes.size,
      }))
      .sort((a, b) => b.confidence - a.confidence || a.pid - b.pid)
      .slice(0, MAX_NAMED);
    return { processes, why: explain(processes, found) };
  } catch (error) {
    return { processes: [], why: `the search for owners failed: ${messageOf(error)}` };
  }
}

/** The inodes of the pool's rows. TIME_WAIT rows and orphans have none, which the table shows as 0 (kernel rule 14). */
function readLiveInodes(query: OwnerQuery, procRoot: string): Set<string> {
  const inodes = new Set<string>();
  // The pool of binds to the wildcard address has the rows of every local address.
  const isWildcard = query.localAddress === '0.0.0.0' || query.localAddress === '::';
  const local = isWildcard ? null : new Set(listProcForms(query.localAddress));
  const remote = query.remoteAddress === null ? null : new Set(listProcForms(query.remoteAddress));
  const port = query.remotePort === null ? null : query.remotePort.toString(16).toUpperCase().padStart(4, '0');
  for (const file of [PROC_FILES.tcp, PROC_FILES.tcp6]) {
    for (const line of readLines(join(procRoot, file))) {
      const [, localEnd = '', remoteEnd = '', , , , , , , inode = '0'] = line.trim().split(/ +/);
      const [localAddress = ''] = localEnd.split(':');
      const [remoteAddress = '', remotePort = ''] = remoteEnd.split(':');
      if (inode === '0' || remotePort === '0000') continue;
      if (local !== null && !local.has(localAddress)) continue;
      if (remote !== null && !remote.has(remoteAddress)) continue;
      if (port === null || port === remotePort) inodes.add(inode);
    }
  }
  return inodes;
}

/** An address as the tables print it, which is as words in host order. An IPv4 address also has its v4-mapped form in tcp6. */
function listProcForms(address: string): string[] {
  const words = parseAddress(address);
  if (words === null) return [];
  const printed = words.map((word) => (swapNetworkWord(word) >>> 0).toString(16).toUpperCase().padStart(8, '0'));
  return address.includes(':') ? [printed.join('')] : [printed.join(''), printed[3] ?? ''];
}

/** The lines of a table without its header. Where IPv6 is off there is no tcp6, so it has no lines. */
function readLines(path: string): string[] {
  try {
    return readFileSync(path, 'latin1').split('\n').slice(1);
  } catch (error) {
    if (path.endsWith('6')) return [];
    throw error;
  }
}

interface ProcessScan {
  /** The number of rows that each pid holds. */
  readonly owners: ReadonlyMap<number, number>;
  /** Processes whose descriptors may not be read. */
  readonly refused: number;
  /** The bound that ended the scan early; null when it was complete. */
  readonly cutShort: string | null;
}

function scanProcesses(inodes: ReadonlySet<string>, scan: OwnerScanOptions): ProcessScan {
  const { procRoot, readMonotonicMs, bounds = DEFAULT_BOUNDS } = scan;
  const deadline = readMonotonicMs() + bounds.maxMs;
  const owners = new Map<number, number>();
  let [refused, processes, descriptors] = [0, 0, 0];
  const pids = readdirSync(procRoot).filter((name) => /^\d+$/.test(name));
  for (const pid of pids) {
    if (processes++ >= bounds.maxProcesses) return { owners, refused, cutShort: `${bounds.maxProcesses} processes` };
    const folder = join(procRoot, pid, 'fd');
    const names = listDescriptors(folder);
    if (names === null) {
      refused++;
      continue;
    }
    // A process may have several descriptors of one socket, which counts once.
    const held = new Set<string>();
    for (const name of names) {
      if (descriptors++ >= bounds.maxDescriptors) {
        return { owners, refused, cutShort: `${bounds.maxDescriptors} descriptors` };
      }
      if (readMonotonicMs() > deadline) return { owners, refused, cutShort: `${bounds.maxMs} ms` };
      const inode = readSocketInode(join(folder, name));
      if (inode !== null && inodes.has(inode)) held.add(inode);
      if (held.size > 0) owners.set(Number(pid), held.size);
    }
  }
  return { owners, refused, cutShort: null };
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

/** Why not all rows have an owner; null when they have. */
function explain(processes: readonly PoolProcess[], { refused, cutShort }: ProcessScan): string | null {
  const owned = processes.reduce((sum, { confidence }) => sum + confidence, 0);
  if (owned >= NEARLY_ALL) return null;
  const obstacles: string[] = [];
  if (refused > 0) {
    obstacles.push(`${refused} processes of other users cannot be read (needs root or CAP_SYS_PTRACE)`);
  }
  if (cutShort !== null) obstacles.push(`the scan ended at its limit of ${cutShort}`);
  if (obstacles.length > 0) return obstacles.join('; ');
  return processes.length === 0 ? 'no process holds them: they are orphans, or belong to another pid namespace' : null;
}
