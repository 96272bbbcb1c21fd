/** The limits of a Linux host, from /proc/sys/net. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { codeOf, messageOf, PortcastError } from '../../errors.js';
import {
  DEFAULT_REUSE_DELAY_MS,
  LAST_PORT,
  LONGEST_REUSE_DELAY_MS,
  LONGEST_TIME_WAIT_MS,
  TIME_WAIT_MS,
} from '../../host/kernel-constants.js';
import { skipsBoundPorts } from '../../host/kernel-release.js';
import type { HostLimits, PortRange } from '../../host/limits.js';
import type { PortLimits } from '../../host/local-ports.js';
import { mergeRanges, parseKernelPortRange } from '../../host/port-range.js';
import { SECOND_MS } from '../../units.js';
import { PROC_FILES } from './proc-paths.js';

const DEFAULT_FIN_TIMEOUT_SECONDS = 60;
/** The largest value of a sysctl that the kernel keeps as an int, and of one that it keeps in a byte. */
const LARGEST_INT = 0x7fff_ffff;
const LARGEST_BYTE = 0xff;
/** How much of a malformed file an error quotes. */
const MAX_QUOTED_CHARACTERS = 80;

interface LimitsReading {
  readonly limits: HostLimits;
  /** Whether `timeWaitMs` is the value of `tcp_tw_timeout`, which vendors' kernels have. */
  readonly hasTimeWaitSysctl: boolean;
  /** One sentence for each sysctl that exists and cannot be used, with what is used in its place. */
  readonly problems: readonly string[];
}

/**
 * Reads the sysctls of the calling thread's network namespace. A sysctl that a kernel lacks has its documented default
 * or is null, and so has one that cannot be read or parsed, as where SELinux hides it; `problems` says the latter.
 * @throws PortcastError LIMITS_UNREADABLE only for the port range, without which there is no forecast.
 */
export function readLinuxLimits(procRoot: string): LimitsReading {
  const folder = join(procRoot, PROC_FILES.ipv4Sysctls);
  const problems: string[] = [];
  /** Null where there is no such file; null with a problem where `parse` or the reading throws. */
  const readAt = <T>(path: string, parse: (text: string, path: string) => T, instead: string): T | null => {
    try {
      const text = readOptional(path);
      return text === null ? null : parse(text, path);
    } catch (error) {
      problems.push(`${messageOf(error)}; ${instead}`);
      return null;
    }
  };
  const read = <T>(name: string, parse: (text: string, path: string) => T, instead: string): T | null =>
    readAt(join(folder, name), parse, instead);
  const whole = (name: string, { min = 0, max = LARGEST_INT }, instead: string): number | null =>
    read(name, (text, path) => parseWhole(text, path, { min, max }), instead);

  const finSeconds = whole('tcp_fin_timeout', {}, `${DEFAULT_FIN_TIMEOUT_SECONDS} s is assumed`);
  const timeWaitRange = { min: 1, max: LONGEST_TIME_WAIT_MS / SECOND_MS };
  const timeWaitProblems = problems.length;
  const timeWaitSeconds = whole('tcp_tw_timeout', timeWaitRange, `${TIME_WAIT_MS / SECOND_MS} s is assumed`);
  const timeWaitAssumed = problems.length > timeWaitProblems;
  const delayProblems = problems.length;
  const delayMs = whole(
    'tcp_tw_reuse_delay',
    { min: 1, max: LONGEST_REUSE_DELAY_MS },
    `${DEFAULT_REUSE_DELAY_MS} ms is assumed`,
  );
  const bytes = { max: LARGEST_BYTE };
  const limits: HostLimits = {
    range: readRange(join(folder, 'ip_local_port_range')),
    reservedPorts: read('ip_local_reserved_ports', parsePortList, 'no port is taken as reserved') ?? [],
    twReuse: read('tcp_tw_reuse', parseReuse, 'ports in TIME_WAIT are taken as not reusable'),
    twReuseDelayMs: delayMs ?? DEFAULT_REUSE_DELAY_MS,
    // A sysctl that exists and cannot be read is that of a kernel which counts milliseconds.
    twReuseBySecond: delayMs === null && problems.length === delayProblems,
    skipsBoundPorts:
      readAt(
        join(procRoot, PROC_FILES.kernelRelease),
        skipsBoundPorts,
        'the version of the kernel is taken as unknown',
      ) ?? undefined,
    timestamps: whole('tcp_timestamps', {}, 'timestamps are taken as on') !== 0,
    maxTwBuckets: whole('tcp_max_tw_buckets', {}, 'the number of sockets in TIME_WAIT is taken as not limited'),
    finTimeoutMs: (finSeconds ?? DEFAULT_FIN_TIMEOUT_SECONDS) * SECOND_MS,
    timeWaitMs: timeWaitSeconds === null ? TIME_WAIT_MS : timeWaitSeconds * SECOND_MS,
    timeWaitAssumed,
    synRetries: whole('tcp_syn_retries', bytes, 'the default of 6 is assumed'),
    synLinearTimeouts: whole('tcp_syn_linear_timeouts', bytes, '0 is assumed'),
    orphanRetries: whole('tcp_orphan_retries', bytes, 'the default of 0 is assumed'),
  };
  return { limits, hasTimeWaitSysctl: timeWaitSeconds !== null, problems };
}

/**
 * Reads only what says which ports the kernel hands out. A list of reserved ports that cannot be read counts as empty.
 * @throws PortcastError LIMITS_UNREADABLE for the port range
 */
export function readPortLimits(procRoot: string): PortLimits {
  const folder = join(procRoot, PROC_FILES.ipv4Sysctls);
  const reservedPath = join(folder, 'ip_local_reserved_ports');
  const range = readRange(join(folder, 'ip_local_port_range'));
  try {
    return { range, reservedPorts: parsePortList(readOptional(reservedPath) ?? '', reservedPath) };
  } catch {
    return { range, reservedPorts: [] };
  }
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
    });
  return mergeRanges(ranges);
}

function readRange(path: string): PortRange {
  const text = readOptional(path);
  if (text === null) throw unreadable(path, 'there is no such file');
  const range = parseKernelPortRange(text);
  if (range === null) throw unreadable(path, `${quoteText(text)} is not a range of two ports, the smaller first`);
  return range;
}

function parseReuse(text: string, path: string): 0 | 1 | 2 {
  const value = parseWhole(text, path, { min: 0, max: 2 });
  return value === 0 ? 0 : value === 1 ? 1 : 2;
}

function parseWhole(text: string, path: string, { min, max }: { min: number; max: number }): number {
  const value = /^\s*-?\d+\s*$/.test(text) ? Number(text) : NaN;
  if (value >= min && value <= max) return value;
  throw unreadable(path, `${quoteText(text)} is not a whole number from ${min} to ${max}`);
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
