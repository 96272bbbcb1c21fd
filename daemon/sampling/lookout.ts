/**
 * Looks out for ports that are taken fast, between the beats. A glance reads counters whose cost is some microseconds. When
 * they jump, or while a pool is close to its end, the socket table is read at once, if the budget has room for it.
 */
import type { Clock, CycleView } from '../contracts.js';
import type { DumpBudget, GlanceReader, Lookout } from '../dump-contracts.js';
import { SECOND_MS } from '../units.js';
import { estimateFillMs, isBeyondChance, type HeldPorts } from './jump.js';

/** Rises are measured over the glances of this time. */
const RECENT_MS = SECOND_MS;
/** What is usual is the fastest opening between any two of so many readings before. */
const USUAL_READINGS = 6;
/** After a jump the table is read again and again for this long, while the ports would last no longer than that. */
const FOLLOW_MS = 10 * SECOND_MS;
/** A pool that is forecast to run out within this time is followed as well. */
const NEAR_END_MS = 30 * SECOND_MS;
/** The shortest time between two dumps of what is followed. */
const BETWEEN_LOOKS_MS = SECOND_MS / 2;

interface LookoutOptions {
  readonly reader: GlanceReader;
  readonly budget: DumpBudget;
  readonly clock: Pick<Clock, 'monotonicMs'>;
}

/** What the cycles found. Instants are on the monotonic clock. */
interface Known {
  /** Ports that are free for the destination with the fewest left, and for a new one. */
  freePorts: number;
  /** A rise that takes longer than this to fill a pool does not fill it, because closed connections come free again. */
  holdMs: number;
  /** When the first of the pools is forecast to run out; Infinity where none is. */
  endsAtMs: number;
  snapshotAtMs: number;
  lastDumpMs: number;
  readonly opens: { readonly monotonicMs: number; readonly total: number }[];
}

export function createLookout({ reader, budget, clock }: LookoutOptions): Lookout {
  const recent: HeldPorts[] = [];
  const stats = { glances: 0, looks: 0 };
  let known: Known | null = null;
  let followUntilMs = -Infinity;

  const isJump = ({ opens }: Known, nowMs: number): boolean => {
    const last = opens.at(-1);
    const total = reader.readActiveOpens();
    // Before the second reading nothing is known of what is usual.
    if (last === undefined || opens.length < 2 || total === null) return false;
    const since = { count: total - last.total, withinMs: nowMs - last.monotonicMs };
    return isBeyondChance(since, findUsualPerSecond(opens));
  };
  const wantsLook = (found: Known, nowMs: number): boolean => {
    const isPaused = nowMs - found.lastDumpMs < BETWEEN_LOOKS_MS;
    const toEndMs = found.endsAtMs - nowMs;
    if (toEndMs > 0 && toEndMs <= NEAR_END_MS) return !isPaused;
    const fillMs = estimateFillMs(recent, found.freePorts);
    if (fillMs > found.holdMs) return false;
    if (nowMs < followUntilMs) return !isPaused && fillMs <= FOLLOW_MS;
    if (!isJump(found, nowMs)) return false;
    followUntilMs = nowMs + FOLLOW_MS;
    return true;
  };

  return {
    note(view) {
      known = noteView(known, view, clock.monotonicMs());
    },
    mustLook() {
      const nowMs = clock.monotonicMs();
      stats.glances += 1;
      const count = reader.readHeldPorts();
      if (count !== null) addRecent(recent, { monotonicMs: nowMs, count });
      if (known === null || !wantsLook(known, nowMs) || !budget.allowsLook(nowMs)) return false;
      stats.looks += 1;
      return true;
    },
    stats: () => ({ ...stats }),
  };
}

function addRecent(recent: HeldPorts[], held: HeldPorts): void {
  recent.push(held);
  while (recent.length > 2 && held.monotonicMs - (recent[0]?.monotonicMs ?? 0) > RECENT_MS) recent.shift();
}

/** Before the first dump the pools are not known, and the result is null. */
function noteView(before: Known | null, view: CycleView, nowMs: number): Known | null {
  const { reading, table, pools, atMs } = view;
  if (table === null) return null;
  const opens = before?.opens ?? [];
  const { monotonicMs, activeOpens } = reading?.counters ?? { monotonicMs: nowMs, activeOpens: null };
  if (activeOpens !== null) opens.push({ monotonicMs, total: activeOpens });
  if (opens.length > USUAL_READINGS) opens.shift();
  const free = pools.map(({ available }) => available).filter((available) => available > 0);
  const ends = pools.map(({ exhaustsAtMs }) => (exhaustsAtMs ?? Infinity) - atMs).filter((toEndMs) => toEndMs > 0);
  return {
    freePorts: Math.min(table.unusedCapacity, ...free),
    holdMs: reading?.limits.timeWaitMs ?? before?.holdMs ?? 0,
    endsAtMs: nowMs + Math.min(Infinity, ...ends),
    snapshotAtMs: table.snapshotAtMs,
    lastDumpMs: before?.snapshotAtMs === table.snapshotAtMs ? before.lastDumpMs : nowMs,
    opens,
  };
}

/** The fastest opening between two readings in a row, per second. */
function findUsualPerSecond(opens: Known['opens']): number {
  let usual = 0;
  opens.forEach(({ monotonicMs, total }, index) => {
    const before = opens[index - 1];
    if (before === undefined || monotonicMs <= before.monotonicMs) return;
    usual = Math.max(usual, ((total - before.total) * SECOND_MS) / (monotonicMs - before.monotonicMs));
  });
  return usual;
}
