/** The limits of the host: from /proc/sys/net on Linux, documented values elsewhere. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { codeOf, messageOf, PortcastError } from '../../errors.js';
import type { HostLimits, PortRange } from '../../host/limits.js';
import { LAST_PORT, TIME_WAIT_MS } from '../../host/kernel-constants.js';
import { PROC_FILES } from './proc-paths.js';

/** The fixed delay of kernels without `tcp_tw_reuse_delay`, and the default of those with it. */
const DEFAULT_REUSE_DELAY_MS = 1000;
const DEFAULT_FIN_TIMEOUT_S = 60;

/**
 * Reads the sysctls of the calling thread's network namespace. Sysctls that a kernel may lack have their documented
 * defaults; the port range has none, so LIMITS_UNREADABLE is thrown without it.
 */
export function readLinuxLimits(procRoot: string): HostLimits {
  const folder = join(procRoot, PROC_FILES.ipv4Sysctls);
  const text = (name: string): string | null => readOptional(join(folder, name));
  const whole = (name: string): number | null => parseWhole(text(name), join(folder, name));
  const reuse = whole('tcp_tw_reuse');
  return {
    range: readRange(join(folder, 'ip_local_port_range')),
    reservedPorts: parsePortList(text('ip_local_reserved_ports') ?? '', join(folder, 'ip_local_reserved_ports')),
    twReuse: reuse === 0 || reuse === 1 || reuse === 2 ? reuse : null,
    twReuseDelayMs: whole('tcp_tw_reuse_delay') ?? DEFAULT_REUSE_DELAY_MS,
    timestamps: whole('tcp_timestamps') !== 0,
    maxTwBuckets: whole('tcp_max_tw_buckets'),
    finTimeoutMs: (whole('tcp_fin_timeout') ?? DEFAULT_FIN_TIMEOUT_S) * 1000,
    timeWaitMs: TIME_WAIT_MS,
    timeWaitAssumed: false,
  };
}

/** Ports and ranges as the kernel prints bitmaps (`8080,30000-30010`), ascending and merged; empty text is none. */
export function parsePortList(text: string, path: string): PortRange[] {
  const ranges = text
    .split(/[\s,]+/)
    .filter((part) => part !== '')
    .map((part) => {
      const match = /^(\d{1,5})(?:-(\d{1,5}))?$/.exec(part);
      const first = Number(match?.[1]);
      const last = Number(match?.[2] ?? match?.[1]);
      if (match === null || first > last || last > LAST_PORT) {
        throw unreadable(path, `${quote(part)} is not a port or a range of ports from 0 to ${LAST_PORT}`);
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

/**
 * What other systems document; nothing is read, so the time is marked as assumed (docs/kernel-rules.md, other systems).
 * Windows since Vista: 49152-65535 and, of the 120 to 240 s that documents name, the shorter. macOS: twice its default
 * segment lifetime of 15 s. Others: the range of IANA and twice the 30 s that the BSDs use.
 */
export function assumedLimits(platform: NodeJS.Platform): HostLimits {
  const timeWaitMs = platform === 'win32' ? 120_000 : platform === 'darwin' ? 30_000 : 60_000;
  return {
    range: { first: 49_152, last: LAST_PORT },
    reservedPorts: [],
    twReuse: null,
    twReuseDelayMs: DEFAULT_REUSE_DELAY_MS,
    timestamps: true,
    maxTwBuckets: null,
    finTimeoutMs: DEFAULT_FIN_TIMEOUT_S * 1000,
    timeWaitMs,
    timeWaitAssumed: true,
  };
}

function readRange(path: string): PortRange {
  const text = readOptional(path);
  if (text === null) throw unreadable(path, 'there is no such file');
  const match = /^\s*(\d{1,5})\s+(\d{1,5})\s*$/.exec(text);
  const [first, last] = [Number(match?.[1]), Number(match?.[2])];
  if (match === null || first > last || last > LAST_PORT) {
    throw unreadable(path, `${quote(text)} is not a range of two ports, the smaller first`);
  }
  return { first, last };
}

function parseWhole(text: string | null, path: string): number | null {
  if (text === null) return null;
  if (!/^\s*-?\d+\s*$/.test(text)) throw unreadable(path, `${quote(text)} is not a whole number`);
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

function quote(text: string): string {
  return JSON.stringify(text.trim().slice(0, 80));
}
