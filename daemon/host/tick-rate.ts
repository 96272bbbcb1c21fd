/**
 * The kernel's tick rate, from the timers that sock_diag shows. A timer ends on a tick, and what it has left is counted
 * in whole ticks and printed in milliseconds, rounded up (jiffies_to_msecs of kernel/time/time.c). So every timer of one
 * dump is a multiple of 1000 / HZ ms: of 10 at 100 Hz, of 4 at 250, of 1 at 1000. At 300 Hz a tick is no whole number of
 * milliseconds, and the timers end in 0, 4 or 7 (in 0, 3 or 6 on the 32-bit kernels that round down).
 */

/** What the timers seen so far have in common. */
interface TimerMultiples {
  /** The greatest common divisor of the timers in ms; 0 before the first. */
  readonly divisorMs: number;
  /** Bit n is set when a timer ended in the digit n. */
  readonly lastDigits: number;
  /** How many different timers there were in the dump that had most of them. */
  readonly different: number;
}

export const NO_TIMERS: TimerMultiples = { divisorMs: 0, lastDigits: 0, different: 0 };

/**
 * With fewer different timers no rate is told. Of so many timers of a kernel with a finer tick all are multiples of a
 * coarser one by chance in less than 1 case of 250, and then a later dump shows it, because the divisor can only fall.
 */
const MIN_DIFFERENT = 8;
/** The rates that a divisor stands for: those that the kernels of any architecture with whole milliseconds are built with. */
const HZ_BY_DIVISOR_MS: ReadonlyMap<number, number> = new Map([1000, 500, 250, 200, 100].map((hz) => [1000 / hz, hz]));
/** So many different timers of a dump are enough. */
const MAX_DIFFERENT = 256;
const DIGITS_OF_300_HZ = [toBits(0, 4, 7), toBits(0, 3, 6)];

/** @param timersMs what the timers of one dump have left, in whole ms; 0 says nothing. */
export function addTimers(seen: TimerMultiples, timersMs: Iterable<number>): TimerMultiples {
  let { divisorMs, lastDigits } = seen;
  const different = new Set<number>();
  for (const timerMs of timersMs) {
    if (different.size >= MAX_DIFFERENT) break;
    if (timerMs <= 0 || different.has(timerMs)) continue;
    different.add(timerMs);
    divisorMs = findDivisor(divisorMs, timerMs);
    lastDigits |= toBits(timerMs % 10);
  }
  return { divisorMs, lastDigits, different: Math.max(seen.different, different.size) };
}

/** Ticks per second; null while the timers are too few to tell, or fit no kernel. */
export function findTickRate({ divisorMs, lastDigits, different }: TimerMultiples): number | null {
  if (different < MIN_DIFFERENT) return null;
  const hz = HZ_BY_DIVISOR_MS.get(divisorMs) ?? null;
  if (hz !== 1000) return hz;
  const digits = DIGITS_OF_300_HZ.find((candidate) => (lastDigits & ~candidate) === 0);
  if (digits === undefined) return 1000;
  return lastDigits === digits ? 300 : null;
}

/** The greatest common divisor of two whole numbers (Euclid); that of 0 and n is n. */
function findDivisor(a: number, b: number): number {
  return b === 0 ? a : findDivisor(b, a % b);
}

function toBits(...digits: readonly number[]): number {
  return digits.reduce((bits, digit) => bits | (1 << digit), 0);
}
