/** Who owns the live rows of a pool: one bounded scan of /proc, from socket inodes to processes. Never throws. */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import type { OwnerReport, PoolProcess } from '../../alert/alert.js';
import type { OwnerQuery } from '../../contracts.js';
import { codeOf, messageOf } from '../../errors.js';
import { parseAddress } from '../../host/ip-address.js';
import { swapNetworkWord } from './byte-order.js';
import { PROC_FILES } from './proc-paths.js';

export interface OwnerBounds {
  readonly maxProcesses: number;
  readonly maxDescriptors: number;
  readonly maxMs: number;
}
const DEFAULT_BOUNDS: OwnerBounds = { maxProcesses: 5000, maxDescriptors: 200_000, maxMs: 200 };

/** Processes named at most; an alert needs the ones that matter. */
const MAX_NAMED = 10;

export interface OwnerScanOptions {
  readonly procRoot: string;
  readonly readMonotonicMs: () => number;
  readonly bounds?: OwnerBounds;
}

/** The processes that hold the pool's live rows, the one with most rows first, or why they could not be named. */
export function findOwners(query: OwnerQuery, scan: OwnerScanOptions): OwnerReport {
  try {
    const inodes = liveInodes(query, scan.procRoot);
    if (inodes.size === 0) {
      return { processes: [], why: 'no live connection of this pool belongs to a process: TIME_WAIT has no owner' };
    }
    const found = scanProcesses(inodes, scan);
    const processes = [...found.owners]
      .map(([pid, rows]) => ({ pid, name: processName(scan.procRoot, pid), confidence: rows / inodes.size }))
      .sort((a, b) => b.confidence - a.confidence || a.pid - b.pid)
      .slice(0, MAX_NAMED);
    return { processes, why: explain(processes, found) };
  } catch (error) {
    return { processes: [], why: `owners could not be looked for: ${messageOf(error)}` };
  }
}

/** Inodes of the rows of the pool that have one: TIME_WAIT and orphans do not (kernel rule 14). */
function liveInodes(query: OwnerQuery, procRoot: string): Set<string> {
  const inodes = new Set<string>();
  const local = new Set(procForms(query.localAddress));
  const remote = query.remoteAddress === null ? null : new Set(procForms(query.remoteAddress));
  const port = query.remotePort === null ? null : query.remotePort.toString(16).toUpperCase().padStart(4, '0');
  for (const file of [PROC_FILES.tcp, PROC_FILES.tcp6]) {
    for (const line of readLines(join(procRoot, file))) {
      const [, localEnd = '', remoteEnd = '', , , , , , , inode = '0'] = line.trim().split(/ +/);
      const [localAddress = ''] = localEnd.split(':');
      const [remoteAddress = '', remotePort = ''] = remoteEnd.split(':');
      if (inode === '0' || remotePort === '0000' || !local.has(localAddress)) continue;
      if (remote !== null && !remote.has(remoteAddress)) continue;
      if (port === null || port === remotePort) inodes.add(inode);
    }
  }
  return inodes;
}

/** An address as the tables print it: words in host order, IPv4 also as its v4-mapped form. */
function procForms(address: string): string[] {
  const words = parseAddress(address);
  if (words === null) return [];
  const printed = words.map((word) => (swapNetworkWord(word) >>> 0).toString(16).toUpperCase().padStart(8, '0'));
  return address.includes(':') ? [printed.join('')] : [printed.join(''), printed[3] ?? ''];
}

/** No such table (IPv6 off) is no rows. */
function readLines(path: string): string[] {
  try {
    return readFileSync(path, 'latin1').split('\n').slice(1);
  } catch (error) {
    if (path.endsWith('6')) return [];
    throw error;
  }
}

interface ProcessScan {
  /** Rows by pid. */
  readonly owners: ReadonlyMap<number, number>;
  /** Processes that do not let us look. */
  readonly refused: number;
  /** Which bound ended the scan early. */
  readonly cutShort: string | null;
}

function scanProcesses(inodes: ReadonlySet<string>, scan: OwnerScanOptions): ProcessScan {
  const { procRoot, readMonotonicMs, bounds = DEFAULT_BOUNDS } = scan;
  const deadline = readMonotonicMs() + bounds.maxMs;
  const owners = new Map<number, number>();
  let [refused, looked, descriptors] = [0, 0, 0];
  const pids = readdirSync(procRoot).filter((name) => /^\d+$/.test(name));
  for (const pid of pids) {
    if (looked++ >= bounds.maxProcesses) return { owners, refused, cutShort: `${bounds.maxProcesses} processes` };
    const folder = join(procRoot, pid, 'fd');
    const names = listDescriptors(folder);
    if (names === null) {
      refused++;
      continue;
    }
    // A process may hold one socket under several descriptors: it counts once.
    const held = new Set<string>();
    for (const name of names) {
      if (descriptors++ >= bounds.maxDescriptors) {
        return { owners, refused, cutShort: `${bounds.maxDescriptors} descriptors` };
      }
      if (readMonotonicMs() > deadline) return { owners, refused, cutShort: `${bounds.maxMs} ms` };
      const inode = socketInode(join(folder, name));
      if (inode !== null && inodes.has(inode)) held.add(inode);
      if (held.size > 0) owners.set(Number(pid), held.size);
    }
  }
  return { owners, refused, cutShort: null };
}

/** Null when we may not look; a process that has ended holds nothing. */
function listDescriptors(folder: string): string[] | null {
  try {
    return readdirSync(folder);
  } catch (error) {
    const code = codeOf(error);
    return code === 'EACCES' || code === 'EPERM' ? null : [];
  }
}

function socketInode(path: string): string | null {
  try {
    return /^socket:\[(\d+)\]$/.exec(readlinkSync(path))?.[1] ?? null;
  } catch {
    return null;
  }
}

function processName(procRoot: string, pid: number): string {
  try {
    return readFileSync(join(procRoot, String(pid), 'comm'), 'utf8').replace(/\n$/, '');
  } catch {
    return '(ended)';
  }
}

function explain(processes: readonly PoolProcess[], { refused, cutShort }: ProcessScan): string | null {
  const limits = [
    ...(refused > 0 ? [`${refused} processes of other users may not be looked at (needs root or CAP_SYS_PTRACE)`] : []),
    ...(cutShort === null ? [] : [`the scan ended at its limit of ${cutShort}`]),
  ].join('; ');
  const seen = processes.reduce((sum, { confidence }) => sum + confidence, 0);
  if (seen >= 0.999) return null;
  if (limits !== '') return limits;
  return processes.length === 0 ? 'no process holds them: they are orphans, or belong to another pid namespace' : null;
}
