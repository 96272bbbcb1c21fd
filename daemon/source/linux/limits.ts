/** The limits of a Linux host, from /proc/sys/net. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { codeOf, messageOf, PortcastError } from '../../errors.js';
import { LAST_PORT, TIME_WAIT_MS, DEFAULT_REUSE_DELAY_MS } from '../../host/kernel-constants.js';
import type { HostLimits, PortRange } from '../../host/limits.js';
import { SECOND_MS } from '../../units.js';
import { PROC_FILES } from './proc-paths.js';

const DEFAULT_FIN_TIMEOUT_SECONDS = 60;
/** How much of a malformed file an error quotes. */
const MAX_QUOTED_CHARACTERS = 80;

/**
 * Reads the sysctls of the calling thread's network namespace. Sysctls that a kernel may lack have their documented
 * defaults. The port range has none, so LIMITS_UNREADABLE is thrown without it, as for a value that cannot be parsed.
 */
export function readLinuxLimits(procRoot: string): HostLimits {
  const folder = join(procRoot, PROC_FILES.ipv4Sysctls);
  const readText = (name: string): string | null => readOptional(join(folder, name));
  const readWhole = (name: string): number | null => parseWhole(readText(name), join(folder, name));
  const reuse = readWhole('tcp_tw_reuse');
  return {
    range: readRange(join(folder, 'ip_local_port_range')),
    reservedPorts: parsePortList(readText('ip_local_reserved_ports') ?? '', join(folder, 'ip_local_reserved_ports')),
    twReuse: reuse === 0 || reuse === 1 || reuse === 2 ? reuse : null,
    twReuseDelayMs: readWhole('tcp_tw_reuse_delay') ?? DEFAULT_REUSE_DELAY_MS,
    timestamps: readWhole('tcp_timestamps') !== 0,
    maxTwBuckets: readWhole('tcp_max_tw_buckets'),
    finTimeoutMs: (readWhole('tcp_fin_timeout') ?? DEFAULT_FIN_TIMEOUT_SECONDS) * SECOND_MS,
    timeWaitMs: TIME_WAIT_MS,
    timeWaitAssumed: false,
  };
}

/**
 * Ports and ranges as the kernel prints bitmaps (`8080,30000-30010`), ascending and merged; empty text is no port.
 * @param path is named in the LIMITS_UNREADABLE error.
 */
export function parsePortList(text: string, path: string): PortRange[] {
  const ranges = text
    .split(/[\s,]+/)
    .filter((part) => part !== '')
    .map((part) => {
      const match = /^(\d{1,5})(?:-(\d{1,5}))?$/.exec(part);
      const first = Number(match?.[1]);
      const last = Number(match?.[2] ?? match?.[1]);
      if (match === null || first > last || last > LAST_PORT) {
        throw unreadable(path, `${quoteText(part)} is not a port or a range of ports from 0 to ${LAST_PORT}`);
      }
      return { first, last };
    })
    .sort((a, b) => a.first - b.first);
  const merged: PortRange[] = [];
  for (const range of ranges) {
    const previous = merged.at(-1);
    if (previous === undefined || range.first > previous.last + 1) merged.push(range);
    else merged[merged.length - 1] = { first: previous.first, last: Math.max(previous.last, range.last) };
  }
  return merged;
}

function readRange(path: string): PortRange {
  const text = readOptional(path);
  if (text === null) throw unreadable(path, 'there is no such file');
  const range = parseKernelRange(text);
  if (range === null) throw unreadable(path, `${quoteText(text)} is not a range of two ports, the smaller first`);
  return range;
}

/** `FIRST<tab>LAST`, as the kernel prints `ip_local_port_range`. */
function parseKernelRange(text: string): PortRange | null {
  const match = /^\s*(\d{1,5})\s+(\d{1,5})\s*$/.exec(text);
  const [first, last] = [Number(match?.[1]), Number(match?.[2])];
  return match === null || first > last || last > LAST_PORT ? null : { first, last };
}

function parseWhole(text: string | null, path: string): number | null {
  if (text === null) return null;
  if (!/^\s*-?\d+\s*$/.test(text)) throw unreadable(path, `${quoteText(text)} is not a whole number`);
  return Number(text);
}

/** Null when there is no such file. */
function readOptional(path: string): string | null {
  try {
    return readFileSync(path, 'latin1');
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return null;
    throw unreadable(path, messageOf(error), error);
  }
}

function unreadable(path: string, problem: string, cause?: unknown): PortcastError {
  return new PortcastError('LIMITS_UNREADABLE', `${path}: ${problem}`, { cause });
}

function quoteText(text: string): string {
  return JSON.stringify(text.trim().slice(0, MAX_QUOTED_CHARACTERS));
}
