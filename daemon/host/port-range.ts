/** The one place that reads a range of ports from text: as people write it, and as the kernel prints it. */
import { LAST_PORT } from './kernel-constants.js';
import type { PortRange } from './limits.js';

/** `FIRST-LAST`, without spaces. */
const WRITTEN_RANGE = /^(\d{1,5})-(\d{1,5})$/;
/** Two numbers that are separated by a tab or by spaces, as `net.ipv4.ip_local_port_range` prints them. */
const KERNEL_RANGE = /^\s*(\d{1,5})\s+(\d{1,5})\s*$/;

/**
 * Reads a port range as people write it in a query or on the command line, such as `1024-5000`.
 * @returns null unless the text is two port numbers from 1 to 65535 joined by `-`, the smaller first.
 */
export function parsePortRange(text: string): PortRange | null {
  return createRange(WRITTEN_RANGE.exec(text), 1);
}

/**
 * Reads a port range as the kernel prints `net.ipv4.ip_local_port_range`: `32768\t60999\n`.
 * The kernel itself refuses ports below 1 there; port 0 is accepted here because it adds no usable port.
 * @returns null unless the text is two port numbers up to 65535, the smaller first.
 */
export function parseKernelPortRange(text: string): PortRange | null {
  return createRange(KERNEL_RANGE.exec(text), 0);
}

/** The same ports as ranges that ascend and do not touch each other. A range whose first port is above its last has none. */
export function mergeRanges(ranges: readonly PortRange[]): PortRange[] {
  const merged: PortRange[] = [];
  const ascending = ranges.filter(({ first, last }) => first <= last).sort((a, b) => a.first - b.first);
  for (const range of ascending) {
    const previous = merged.at(-1);
    if (previous === undefined || range.first > previous.last + 1) merged.push(range);
    else merged[merged.length - 1] = { first: previous.first, last: Math.max(previous.last, range.last) };
  }
  return merged;
}

function createRange(match: RegExpExecArray | null, lowestPort: number): PortRange | null {
  if (match === null) return null;
  const [first, last] = [Number(match[1]), Number(match[2])];
  return first >= lowestPort && first <= last && last <= LAST_PORT ? { first, last } : null;
}
