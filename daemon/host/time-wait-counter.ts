/**
 * Learns what TcpExt TW and TWKilled count on this kernel, and counts the sockets that entered TIME_WAIT from it (kernel
 * rule 18). Since about Linux 5.18 they count sockets that enter TIME_WAIT, before that sockets that leave it. The version
 * number does not tell, because distributions backport, but the number of sockets in TIME_WAIT does: it rises by no more than
 * entered, and falls by no more than left.
 */
import type { HostCounters } from './counters.js';

/** What TW and TWKilled count: sockets that enter TIME_WAIT, or sockets that leave it. */
export type TimeWaitCounts = 'entries' | 'exits';

interface TimeWaitCounter {
  /** Takes the counters of each sample. */
  observe(counters: HostCounters): void;
  /** Null until a sample has shown it. */
  counts(): TimeWaitCounts | null;
  /** Sockets that entered TIME_WAIT since it is known what TW counts; null until then. */
  entered(): number | null;
}

/**
 * The files of the counters are read one after the other, so a few sockets may fall between the readings. A difference must be
 * at least this large, and this share of what moved.
 */
const LEAST_DIFFERENCE = 10;
const LEAST_SHARE = 0.2;

export function createTimeWaitCounter(): TimeWaitCounter {
  let before: Counts | null = null;
  let learned: TimeWaitCounts | null = null;
  let entered = 0;
  return {
    observe(counters) {
      const now = pickCounts(counters);
      const change = before === null || now === null ? null : subtract(now, before);
      before = now;
      // A counter that went back was reset or belongs to another namespace.
      if (change === null || change.counted < 0 || change.recycled < 0) return;
      learned ??= tellFrom(change);
      if (learned === null) return;
      entered += learned === 'entries' ? change.counted : Math.max(0, change.held + change.counted + change.recycled);
    },
    counts: () => learned,
    entered: () => (learned === null ? null : entered),
  };
}

/** Sockets in TIME_WAIT, TW and TWKilled together, and TWRecycled. */
interface Counts {
  readonly held: number;
  readonly counted: number;
  readonly recycled: number;
}

function pickCounts({ timeWait, tw, twKilled, twRecycled }: HostCounters): Counts | null {
  if (timeWait === null || tw === null) return null;
  return { held: timeWait, counted: tw + (twKilled ?? 0), recycled: twRecycled ?? 0 };
}

function subtract(now: Counts, before: Counts): Counts {
  return {
    held: now.held - before.held,
    counted: now.counted - before.counted,
    recycled: now.recycled - before.recycled,
  };
}

/** Null where the change fits both meanings. */
function tellFrom({ held, counted, recycled }: Counts): TimeWaitCounts | null {
  const doubt = Math.max(LEAST_DIFFERENCE, LEAST_SHARE * Math.abs(held));
  // More sockets came to TIME_WAIT than were counted, so entries are not what is counted.
  if (held - counted >= doubt) return 'exits';
  // More sockets left it than were counted.
  return -held - counted - recycled >= doubt ? 'entries' : null;
}
