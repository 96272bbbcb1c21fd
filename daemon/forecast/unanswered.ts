/**
 * Connects that nobody answers, and closes that a dead peer does not acknowledge. Their rows are a queue of their own:
 * each ends with an answer, with the time-out of the application, or at the latest when the kernel gives up. So they
 * settle at their rate times their life, and they are no leak.
 */
import type { HostLimits } from '../host/limits.js';
import { findOrphanLifeMs } from '../host/orphan-life.js';
import { findSynElapsedMs, findSynLifeMs } from '../host/syn-timing.js';
import type { Pool } from '../pool/pool.js';
import { STATE } from '../snapshot/snapshot.js';
import { NORMAL_95, SECOND_MS } from '../units.js';
import type { Releases, Timing } from './release.js';

/** The unanswered rows of a pool at one sample. */
export interface Unanswered {
  /** How long each row has waited for an answer, in ms. */
  readonly agesMs: readonly number[];
  /** New unanswered rows per second, with the 90% interval. */
  readonly perSecond: number;
  readonly low: number;
  readonly high: number;
  /** How long a row holds its port at most: as long as the kernel tries, or as long as the application waits. */
  readonly holdMs: number;
  /** For how long rows have come at this rate. */
  readonly lastedMs: number;
}

interface UnansweredContext {
  readonly monotonicMs: number;
  readonly limits: HostLimits;
  /** The kernel's ticks per second; null while they are not known. */
  readonly hz: number | null;
}

export interface UnansweredMemory {
  /** The rows of the last sample by port: since when each waits, on the monotonic clock, and its retransmissions. */
  rows: ReadonlyMap<number, { readonly sinceMs: number; readonly retransmits: number }>;
  lastMs: number | null;
  /** Since when there has been such a row in every sample; null while there is none. */
  sinceMs: number | null;
  /** The greatest age of any row since then. */
  oldestMs: number;
}

/** A row that waits for an answer, as the table shows it. */
interface WaitingRow {
  readonly port: number;
  readonly isConnect: boolean;
  readonly retransmits: number;
  readonly timerMs: number;
}

/** Most handshakes are over by then, and the kernel sends its second SYN. */
const WAITED_MS = SECOND_MS;
/** The newest rows whose rate is compared with that of all: this share of the greatest age, and at least this time. */
const NEWEST_SHARE = 1 / 3;
const MIN_NEWEST_MS = 5 * SECOND_MS;
/** Chance explains a difference up to this many standard deviations. */
const MAX_CHANCE_SIGMAS = 4;
/**
 * The application gives up before the kernel does when this many rows are missing among those that would be older than
 * the oldest one that has been seen.
 */
const MISSED_ROWS = 6;
/** The age of a row by its retransmissions is wrong by up to this time, or this share of it: each step runs late. */
const AGE_ERROR_MS = 2 * SECOND_MS;
const AGE_ERROR_SHARE = 0.06;
/** States that wait for an answer of the peer. */
const WAITS_FOR_ANSWER = Uint8Array.from({ length: 256 }, (_, state) =>
  state === STATE.SYN_SENT || state === STATE.FIN_WAIT1 || state === STATE.LAST_ACK || state === STATE.CLOSING ? 1 : 0,
);

export function createUnansweredMemory(): UnansweredMemory {
  return { rows: new Map(), lastMs: null, sinceMs: null, oldestMs: 0 };
}

/** How many live ports wait for an answer, however short. */
export function countWaiting({ states }: Pool): number {
  let waiting = 0;
  for (let state = 0; state < states.length; state += 1) {
    if (WAITS_FOR_ANSWER[state + 1] === 1) waiting += states[state] ?? 0;
  }
  return waiting;
}

/**
 * The rows that have waited for longer than a handshake takes; null where there are none. Call it once per sample.
 */
export function measureUnanswered(pool: Pool, memory: UnansweredMemory, at: UnansweredContext): Unanswered | null {
  if (countWaiting(pool) === 0 && memory.rows.size === 0) {
    memory.lastMs = at.monotonicMs;
    return null;
  }
  const agesMs = followRows(pool, memory, at);
  memory.lastMs = at.monotonicMs;
  if (agesMs.length === 0) {
    memory.sinceMs = null;
    memory.oldestMs = 0;
    return null;
  }
  const oldestMs = Math.max(...agesMs);
  memory.sinceMs ??= at.monotonicMs - oldestMs;
  memory.oldestMs = Math.max(memory.oldestMs, oldestMs);
  const holdMs = findHold(pool, memory, { ...at, count: agesMs.length });
  return { agesMs, holdMs, ...estimateRate(agesMs, oldestMs) };
}

/**
 * The rate of new rows: that of all rows, or that of the newest where chance does not explain the difference. The ages
 * are those of retransmission timers, which run late by different times, so no finer estimate is made.
 */
function estimateRate(agesMs: readonly number[], oldestMs: number): Omit<Unanswered, 'agesMs' | 'holdMs'> {
  const newestMs = Math.min(oldestMs, WAITED_MS + Math.max(MIN_NEWEST_MS, NEWEST_SHARE * oldestMs));
  const newest = agesMs.filter((ageMs) => ageMs <= newestMs).length;
  // A row counts from the second at which it is taken to be unanswered.
  const expected = (agesMs.length * (newestMs - WAITED_MS)) / Math.max(1, oldestMs - WAITED_MS);
  const hasChanged = Math.abs(newest - expected) > MAX_CHANCE_SIGMAS * Math.sqrt(expected + 1);
  const [seen, lastedMs] = hasChanged ? [newest, newestMs] : [agesMs.length, oldestMs];
  // Rows that all came at once give no rate.
  const windowMs = Math.max(SECOND_MS, lastedMs - WAITED_MS);
  const perSecond = (SECOND_MS * seen) / windowMs;
  const spread = (SECOND_MS * NORMAL_95 * Math.sqrt(seen)) / windowMs;
  return { perSecond, low: Math.max(0, perSecond - spread), high: perSecond + spread, lastedMs };
}

/** When the kernel or the application gives up on each row, at the latest. */
export function scheduleUnanswered({ agesMs, holdMs }: Unanswered): Releases {
  const atMs = agesMs.map((ageMs) => Math.max(0, holdMs - ageMs)).sort((a, b) => a - b);
  return { atMs, ports: atMs.map(() => 1) };
}

export function findUnansweredTiming({ holdMs }: Unanswered): Timing {
  return { durationMs: holdMs, roundingMs: 0, grid: null };
}

/** The ages of the unanswered rows, from their retransmissions where the table has them, else since they were first seen. */
function followRows({ ports }: Pool, memory: UnansweredMemory, context: UnansweredContext): number[] {
  const { monotonicMs, limits, hz } = context;
  const rows: WaitingRow[] = [];
  ports.liveState.forEach((state, i) => {
    if (WAITS_FOR_ANSWER[state] !== 1) return;
    const [port, retransmits, timerMs] = [ports.live[i] ?? 0, ports.retransmits[i] ?? 0, ports.timerMs[i] ?? 0];
    rows.push({ port, isConnect: state === STATE.SYN_SENT, retransmits, timerMs });
  });
  memory.rows = dateRows(rows, memory, monotonicMs);
  const agesMs = rows.map(({ port, isConnect, retransmits, timerMs }) => {
    const seenForMs = monotonicMs - (memory.rows.get(port)?.sinceMs ?? monotonicMs);
    return isConnect && retransmits > 0 ? findSynElapsedMs(retransmits, timerMs, limits, hz) : seenForMs;
  });
  return agesMs.filter((ageMs) => ageMs >= WAITED_MS);
}

/**
 * Since when each row waits. The rows that appeared between two samples began one after another, evenly as far as is
 * known. A row with fewer retransmissions than its port had before is that of another connection.
 */
function dateRows(
  rows: readonly WaitingRow[],
  { rows: before, lastMs }: UnansweredMemory,
  monotonicMs: number,
): UnansweredMemory['rows'] {
  const isSame = ({ port, retransmits }: WaitingRow): boolean =>
    (before.get(port)?.retransmits ?? Infinity) <= retransmits;
  const added = rows.filter((row) => !isSame(row)).length;
  const intervalMs = lastMs === null ? 0 : monotonicMs - lastMs;
  let place = 0;
  return new Map(
    rows.map((row) => {
      const { port, retransmits } = row;
      const sinceMs = isSame(row) ? before.get(port)?.sinceMs : monotonicMs - ((place++ + 0.5) / added) * intervalMs;
      return [port, { sinceMs: sinceMs ?? monotonicMs, retransmits }];
    }),
  );
}

function findHold(
  { states }: Pool,
  { sinceMs, oldestMs }: UnansweredMemory,
  { monotonicMs, limits, hz, count }: UnansweredContext & { count: number },
): number {
  const areConnects = (states[STATE.SYN_SENT - 1] ?? 0) > 0;
  const kernelMs = Math.max(oldestMs, areConnects ? findSynLifeMs(limits, hz) : findOrphanLifeMs(limits));
  // Rows that came at the present rate before the oldest one began would still be there.
  const errorMs = Math.max(AGE_ERROR_MS, AGE_ERROR_SHARE * oldestMs);
  const missing = (count / oldestMs) * (monotonicMs - (sinceMs ?? monotonicMs) - oldestMs - errorMs);
  return missing > MISSED_ROWS ? oldestMs : kernelMs;
}
