/**
 * Gives each distinct (local address, remote address, remote port) a small number, the number of its group. This is a
 * hash table with open addressing over typed arrays that are reused from dump to dump: building a key for a `Map` for
 * each row of a table of 28,000 rows would take longer than reading the table from the kernel.
 */
import { formatAddress } from '../host/ip-address.js';
import { isV4Words } from '../host/ipv4-mapped.js';

/** Words per group: four of the local address, four of the remote address, and the remote port. */
const STRIDE = 9;
const FIRST_GROUPS = 64;
/** Always a power of two, and at least twice the number of groups. */
const FIRST_SLOTS = 2 * FIRST_GROUPS;
/** At most this many address texts are kept, so that a host with many destinations costs a bounded amount of memory. */
const MAX_TEXTS = 16_384;

export interface GroupTable {
  /**
   * The number of a group: 0 for the first that was passed since `clear`, 1 for the second, and so on. The words of the
   * addresses are those of host/ip-address.ts.
   */
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

export function createGroupTable(): GroupTable {
  let keys = new Int32Array(FIRST_GROUPS * STRIDE);
  /** Each slot holds the number of a group plus one; 0 is a free slot. At most half of them are taken. */
  let slots = new Int32Array(FIRST_SLOTS);
  let size = 0;
  const toText = createAddressFormatter();

  /** Doubles the number of slots, then places every group anew. */
  const grow = (): void => {
    const larger = new Int32Array(keys.length * 2);
    larger.set(keys);
    keys = larger;
    slots = placeGroups(keys, size, slots.length * 2);
  };
  const word = (group: number, index: number): number => keys[group * STRIDE + index] ?? 0;
  const text = (group: number, at: number): string =>
    toText(word(group, at), word(group, at + 1), word(group, at + 2), word(group, at + 3));

  return {
    intern(l0, l1, l2, l3, r0, r1, r2, r3, port) {
      let hash = mixWord(mixWord(mixWord(mixWord(0, l0), l1), l2), l3);
      hash = mixWord(mixWord(mixWord(mixWord(mixWord(hash, r0), r1), r2), r3), port);
      const mask = slots.length - 1;
      let slot = finishHash(hash) & mask;
      for (let found = slots[slot] ?? 0; found !== 0; found = slots[slot] ?? 0) {
        const at = (found - 1) * STRIDE;
        // The words that differ most often are compared first.
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

/** New slots that hold the first `size` groups of `keys`, each as its number plus one. `length` is a power of two. */
function placeGroups(keys: Int32Array, size: number, length: number): Int32Array<ArrayBuffer> {
  const slots = new Int32Array(length);
  for (let group = 0; group < size; group++) {
    let hash = 0;
    for (const word of keys.subarray(group * STRIDE, (group + 1) * STRIDE)) hash = mixWord(hash, word);
    let slot = finishHash(hash) & (length - 1);
    while (slots[slot] !== 0) slot = (slot + 1) & (length - 1);
    slots[slot] = group + 1;
  }
  return slots;
}

/**
 * Formats addresses, and keeps the texts of IPv4 addresses from dump to dump, because the same few addresses return in
 * every dump.
 */
function createAddressFormatter(): (w0: number, w1: number, w2: number, w3: number) => string {
  const texts = new Map<number, string>();
  return (w0, w1, w2, w3) => {
    if (!isV4Words(w0, w1, w2)) return formatAddress(w0, w1, w2, w3);
    let text = texts.get(w3);
    if (text === undefined) {
      text = formatAddress(w0, w1, w2, w3);
      if (texts.size >= MAX_TEXTS) texts.clear();
      texts.set(w3, text);
    }
    return text;
  };
}

/** The step of MurmurHash3 (32 bit) for one word. */
function mixWord(hash: number, word: number): number {
  const k = Math.imul(word, 0xcc9e2d51);
  const h = hash ^ Math.imul((k << 15) | (k >>> 17), 0x1b873593);
  return (Math.imul((h << 13) | (h >>> 19), 5) + 0xe6546b64) | 0;
}

/** The last step of MurmurHash3 (32 bit). */
function finishHash(hash: number): number {
  let h = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return h ^ (h >>> 16);
}
