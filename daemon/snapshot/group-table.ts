/**
 * Interns (local address, remote address, remote port) as a small number: open addressing over typed arrays that are
 * kept between dumps, because one Map key per row of a table of 28,000 would cost more than reading the table.
 */
import { formatAddress } from '../host/ip-address.js';
import { isV4Words } from '../host/ipv4-mapped.js';

export interface GroupTable {
  /** The number of the group, from 0 in order of first sight. Words as in address.ts. */
  intern(
    ...words: [
      l0: number,
      l1: number,
      l2: number,
      l3: number,
      r0: number,
      r1: number,
      r2: number,
      r3: number,
      port: number,
    ]
  ): number;
  clear(): void;
  size(): number;
  family(group: number): 4 | 6;
  localAddress(group: number): string;
  remoteAddress(group: number): string;
  remotePort(group: number): number;
}

/** Words per group: local, remote, remote port. */
const STRIDE = 9;

export function createGroupTable(): GroupTable {
  let keys = new Int32Array(64 * STRIDE);
  /** Group number plus one; 0 is a free slot. Always a power of two, at most half full. */
  let slots = new Int32Array(128);
  let size = 0;
  const textOf = createAddressTexts();

  /** Doubles the slots, then puts every group back. */
  const grow = (): void => {
    const larger = new Int32Array(keys.length * 2);
    larger.set(keys);
    keys = larger;
    slots = placeGroups(keys, size, slots.length * 2);
  };
  const word = (group: number, index: number): number => keys[group * STRIDE + index] ?? 0;
  const text = (group: number, at: number): string =>
    textOf(word(group, at), word(group, at + 1), word(group, at + 2), word(group, at + 3));

  return {
    intern(l0, l1, l2, l3, r0, r1, r2, r3, port) {
      let hash = mix(mix(mix(mix(0, l0), l1), l2), l3);
      hash = mix(mix(mix(mix(mix(hash, r0), r1), r2), r3), port);
      const mask = slots.length - 1;
      let slot = finish(hash) & mask;
      for (let found = slots[slot] ?? 0; found !== 0; found = slots[slot] ?? 0) {
        const at = (found - 1) * STRIDE;
        // The words that differ most often come first.
        const samePeer = keys[at + 7] === r3 && keys[at + 8] === port && keys[at + 3] === l3;
        const sameRemote = samePeer && keys[at + 6] === r2 && keys[at + 5] === r1 && keys[at + 4] === r0;
        if (sameRemote && keys[at + 2] === l2 && keys[at + 1] === l1 && keys[at] === l0) return found - 1;
        slot = (slot + 1) & mask;
      }
      const group = size++;
      slots[slot] = group + 1;
      keys.set([l0, l1, l2, l3, r0, r1, r2, r3, port], group * STRIDE);
      if (size * 2 >= slots.length) grow();
      return group;
    },
    clear() {
      slots.fill(0);
      size = 0;
    },
    size: () => size,
    family: (group) => (isV4Words(word(group, 4), word(group, 5), word(group, 6)) ? 4 : 6),
    localAddress: (group) => text(group, 0),
    remoteAddress: (group) => text(group, 4),
    remotePort: (group) => word(group, 8),
  };
}

/** Slots with the groups of `keys` in them; each holds a group number plus one. */
function placeGroups(keys: Int32Array, size: number, length: number): Int32Array<ArrayBuffer> {
  const slots = new Int32Array(length);
  for (let group = 0; group < size; group++) {
    let hash = 0;
    for (const word of keys.subarray(group * STRIDE, (group + 1) * STRIDE)) hash = mix(hash, word);
    let slot = finish(hash) & (length - 1);
    while (slots[slot] !== 0) slot = (slot + 1) & (length - 1);
    slots[slot] = group + 1;
  }
  return slots;
}

/** IPv4 texts, kept between dumps: the same few addresses come again and again. Bounded. */
function createAddressTexts(): (w0: number, w1: number, w2: number, w3: number) => string {
  const known = new Map<number, string>();
  return (w0, w1, w2, w3) => {
    if (!isV4Words(w0, w1, w2)) return formatAddress(w0, w1, w2, w3);
    let text = known.get(w3);
    if (text === undefined) {
      text = formatAddress(w0, w1, w2, w3);
      if (known.size >= 65_536) known.clear();
      known.set(w3, text);
    }
    return text;
  };
}

/** The body and the end of MurmurHash3 (32 bit). */
function mix(hash: number, word: number): number {
  const k = Math.imul(word, 0xcc9e2d51);
  const h = hash ^ Math.imul((k << 15) | (k >>> 17), 0x1b873593);
  return (Math.imul((h << 13) | (h >>> 19), 5) + 0xe6546b64) | 0;
}
function finish(hash: number): number {
  let h = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return h ^ (h >>> 16);
}
