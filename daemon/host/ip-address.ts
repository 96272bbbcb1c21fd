/**
 * IP addresses in two forms: as four 32-bit words in network order, as the kernel's tables hold them (`127.0.0.1` is
 * `0x7f000001`), and as canonical text. An IPv4 address has the words of its IPv4-mapped form, `0, 0, 0xffff, address`:
 * then an IPv4 row and a `::ffff:` row of the same peer are equal, as both take ports from one pool (kernel rule 2).
 * The words are signed (`word | 0`), because V8 stores a signed 32-bit number without allocating memory.
 */

import { isV4Words, V4_MAPPED_WORD } from './ipv4-mapped.js';

/** The canonical text of an address: a dotted quad for IPv4 and IPv4-mapped words, else as RFC 5952 demands. */
export function formatAddress(w0: number, w1: number, w2: number, w3: number): string {
  if (isV4Words(w0, w1, w2)) return formatV4(w3);
  const groups = [w0, w1, w2, w3].flatMap((word) => [word >>> 16, word & 0xffff]);
  const gap = findLongestZeroRun(groups);
  const hex = (part: readonly number[]): string => part.map((group) => group.toString(16)).join(':');
  if (gap === null) return hex(groups);
  return `${hex(groups.slice(0, gap.start))}::${hex(groups.slice(gap.start + gap.length))}`;
}

/** Whether the text is an address in 127.0.0.0/8 or is `::1`. A host name, `localhost` included, is not. */
export function isLoopback(address: string): boolean {
  return address === '::1' || (address.startsWith('127.') && parseAddress(address) !== null);
}

/**
 * Reads an address: everything that `formatAddress` writes, and every other valid spelling of an address without a
 * zone.
 * @returns its four words, signed; null when the text is no address.
 */
export function parseAddress(text: string): [number, number, number, number] | null {
  if (!text.includes(':')) {
    const v4 = parseV4(text);
    return v4 === null ? null : [0, 0, V4_MAPPED_WORD, v4];
  }
  const halves = text.split('::');
  if (halves.length > 2) return null;
  const head = parseGroups(halves[0] ?? '', halves.length === 1);
  const tail = halves.length === 2 ? parseGroups(halves[1] ?? '', true) : [];
  if (head === null || tail === null) return null;
  const missing = 8 - head.length - tail.length;
  if (halves.length === 1 ? missing !== 0 : missing < 1) return null;
  const groups = [...head, ...new Array<number>(missing).fill(0), ...tail];
  const word = (index: number): number => ((groups[index * 2] ?? 0) << 16) | (groups[index * 2 + 1] ?? 0);
  return [word(0), word(1), word(2), word(3)];
}

function formatV4(word: number): string {
  return `${word >>> 24}.${(word >>> 16) & 255}.${(word >>> 8) & 255}.${word & 255}`;
}

/**
 * The zeros that `::` stands for (RFC 5952, 4.2): the longest run of at least two zero groups, the first of equal ones.
 */
function findLongestZeroRun(groups: readonly number[]): { start: number; length: number } | null {
  let best: { start: number; length: number } | null = null;
  let length = 0;
  for (const [index, group] of groups.entries()) {
    length = group === 0 ? length + 1 : 0;
    if (length >= 2 && (best === null || length > best.length)) best = { start: index - length + 1, length };
  }
  return best;
}

function parseV4(text: string): number | null {
  const match = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(text);
  if (match === null) return null;
  let word = 0;
  for (const part of match.slice(1)) {
    const value = Number(part);
    if (value > 255 || (part.length > 1 && part.startsWith('0'))) return null;
    word = (word << 8) | value;
  }
  return word;
}

/** Reads groups of 16 bits. A dotted quad at the end makes two groups, where `mayEndInV4` allows it. */
function parseGroups(text: string, mayEndInV4: boolean): number[] | null {
  if (text === '') return [];
  const groups: number[] = [];
  const parts = text.split(':');
  for (const [index, part] of parts.entries()) {
    if (mayEndInV4 && index === parts.length - 1 && part.includes('.')) {
      const v4 = parseV4(part);
      if (v4 === null) return null;
      groups.push(v4 >>> 16, v4 & 0xffff);
    } else if (/^[0-9a-fA-F]{1,4}$/.test(part)) groups.push(parseInt(part, 16));
    else return null;
  }
  return groups;
}
