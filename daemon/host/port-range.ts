/** A range of ports as people and the kernel write it: `1024-5000`. */
import { LAST_PORT } from './kernel-constants.js';
import type { PortRange } from './limits.js';

/** Parses `FIRST-LAST`, both ports included. @returns null unless 1 <= first <= last <= 65535. */
export function parsePortRange(text: string): PortRange | null {
  const match = /^(\d{1,5})-(\d{1,5})$/.exec(text);
  if (match === null) return null;
  const [first, last] = [Number(match[1]), Number(match[2])];
  return first >= 1 && first <= last && last <= LAST_PORT ? { first, last } : null;
}
