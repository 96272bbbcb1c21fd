/**
 * Drops rows that a source shows twice. /proc/net/tcp is read piece by piece, and while sockets are added it shows up to
 * a third of the rows again (docs/kernel-rules.md), which would look like ports in use. sock_diag shows no row twice.
 */
import { STATE } from './snapshot.js';
import type { RowSink } from './snapshot-builder.js';

const FIRST_SLOTS = 2048;
/** Words per slot: the two halves of the hash of a row's addresses and ports. */
const STRIDE = 2;

/** The hash is taken twice, each time from another start. */
const FIRST_SEED = 0x9e37_79b1;
const SECOND_SEED = 0x3c6e_f362;

interface DuplicateFilter {
  /** The sink without the rows that it has had since `begin`. Only one such sink is in use at a time. */
  through(sink: RowSink): RowSink;
}

/**
 * Creates the filter. It keeps 64 bits per row: that two of 100,000 rows have the same is less likely than one in a
 * thousand million. LISTEN sockets may share a local address and port (SO_REUSEPORT), so all of them pass.
 */
export function createDuplicateFilter(): DuplicateFilter {
  /** Open addressing; a slot of two zeros is free. At most half of the slots are taken. */
  let slots = new Int32Array(FIRST_SLOTS * STRIDE);
  let size = 0;

  /** Whether the pair is new. It is then kept. */
  const keep = (a: number, b: number): boolean => {
    const mask = slots.length / STRIDE - 1;
    let at = (a & mask) * STRIDE;
    while (slots[at] !== 0 || slots[at + 1] !== 0) {
      if (slots[at] === a && slots[at + 1] === b) return false;
      at = (at + STRIDE) & (slots.length - 1);
    }
    slots[at] = a;
    slots[at + 1] = b;
    size++;
    if (size * 2 * STRIDE > slots.length) grow();
    return true;
  };
  const grow = (): void => {
    const old = slots;
    slots = new Int32Array(old.length * 2);
    size = 0;
    for (let at = 0; at < old.length; at += STRIDE) {
      const [a, b] = [old[at] ?? 0, old[at + 1] ?? 0];
      if (a !== 0 || b !== 0) keep(a, b);
    }
  };
  return {
    through: (sink) => ({
      begin() {
        slots.fill(0);
        size = 0;
        sink.begin();
      },
      // The numbers are passed one by one, because an array per row would take as long as the filter itself.
      add(l0, l1, l2, l3, localPort, r0, r1, r2, r3, remotePort, state, timer, expiresMs, retransmits) {
        let a = mixWord(mixWord(mixWord(mixWord(mixWord(FIRST_SEED, l0), l1), l2), l3), localPort);
        a = mixWord(mixWord(mixWord(mixWord(mixWord(a, r0), r1), r2), r3), remotePort);
        let b = mixWord(mixWord(mixWord(mixWord(mixWord(SECOND_SEED, l0), l1), l2), l3), localPort);
        b = mixWord(mixWord(mixWord(mixWord(mixWord(b, r0), r1), r2), r3), remotePort);
        if (state !== STATE.LISTEN && !keep(a, b | 1)) return;
        sink.add(l0, l1, l2, l3, localPort, r0, r1, r2, r3, remotePort, state, timer, expiresMs, retransmits);
      },
      addMalformed: (count) => sink.addMalformed(count),
      rows: () => sink.rows(),
      malformed: () => sink.malformed(),
    }),
  };
}

/** One step of a hash. For a given hash no two words give the same result, and the low bits depend on all bits before. */
function mixWord(hash: number, word: number): number {
  const mixed = Math.imul(hash ^ word, 0x85eb_ca6b);
  return mixed ^ (mixed >>> 15);
}
