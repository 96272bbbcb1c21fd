/** A set of ports that finds its next member quickly: a bitmap for each parity, and a bit for each of its words. */

export interface PortSet {
  add(port: number): void;
  remove(port: number): void;
  has(port: number): boolean;
  /** The lowest member from `from` to `to`, both included, with the parity of `from`, or -1. */
  next(from: number, to: number): number;
}

const PORTS = 65_536;

export function createPortSet(): PortSet {
  // Even ports first, then odd ones, so that the ports of one parity are adjacent.
  const words = new Int32Array(PORTS / 32);
  const summary = new Int32Array(words.length / 32);
  const bitOf = (port: number): number => ((port & 1) << 15) | (port >> 1);
  const portOf = (bit: number): number => ((bit & 0x7fff) << 1) | (bit >> 15);
  const lowest = (word: number): number => 31 - Math.clz32(word & -word);
  return {
    add(port) {
      const bit = bitOf(port);
      const word = bit >> 5;
      words[word] = (words[word] ?? 0) | (1 << (bit & 31));
      summary[word >> 5] = (summary[word >> 5] ?? 0) | (1 << (word & 31));
    },
    remove(port) {
      const bit = bitOf(port);
      const word = bit >> 5;
      const left = (words[word] ?? 0) & ~(1 << (bit & 31));
      words[word] = left;
      if (left === 0) summary[word >> 5] = (summary[word >> 5] ?? 0) & ~(1 << (word & 31));
    },
    has: (port) => (((words[bitOf(port) >> 5] ?? 0) >> (bitOf(port) & 31)) & 1) === 1,
    next(from, to) {
      if (from > to) return -1;
      const first = bitOf(from);
      const last = first + ((to - from) >> 1);
      let word = first >> 5;
      let bits = (words[word] ?? 0) & (-1 << (first & 31));
      if (bits === 0) {
        let group = (word + 1) >> 5;
        let above = (summary[group] ?? 0) & (-1 << ((word + 1) & 31));
        while (above === 0 && group < last >> 10) above = summary[++group] ?? 0;
        if (above === 0) return -1;
        word = (group << 5) | lowest(above);
        bits = words[word] ?? 0;
      }
      const bit = (word << 5) | lowest(bits);
      return bit <= last ? portOf(bit) : -1;
    },
  };
}
