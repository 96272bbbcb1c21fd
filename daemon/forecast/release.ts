/** When held ports come free: the timer wheel rounds every expiry up to a boundary (kernel rules 12 and 15). */
import { TIME_WAIT_MS } from '../host/kernel-constants.js';
import type { Granularity } from '../host/release-granularity.js';
import type { HostLimits } from '../host/limits.js';
import { boundGranularityMs } from '../host/release-granularity.js';
import type { Reuse, TimedPorts } from '../pool/pool.js';
import { EXPIRES_UNKNOWN, STATE } from '../snapshot/snapshot.js';
import { SECOND_MS } from '../units.js';

/** How one kind of timed mini-socket is released. Instants are relative to the snapshot. */
export interface Timing {
  /** How long a port of this kind is held: 60 s of TIME_WAIT, `tcp_fin_timeout` of an orphan FIN_WAIT2, the reuse delay. */
  readonly durationMs: number;
  /** Upper bound of the rounding; 0 where nothing is rounded. */
  readonly roundingMs: number;
  /** Boundaries are at offsetMs + n x stepMs, 0 <= offsetMs < stepMs; null while they are not known. */
  readonly grid: { readonly stepMs: number; readonly offsetMs: number } | null;
}

export interface Timings {
  readonly timeWait: Timing;
  readonly finWait2: Timing;
}

/** Instants, ascending, and how many ports come free at each. */
export interface Releases {
  readonly atMs: readonly number[];
  readonly ports: readonly number[];
}

interface WheelState {
  readonly granularity: Granularity;
  readonly monotonicMs: number;
}

/** TCP_TIMEWAIT_LEN: with a longer `tcp_fin_timeout` an orphan FIN_WAIT2 is a real socket for the excess first. */
const MINI_SOCKET_MAX_MS = TIME_WAIT_MS;
/** Without boundaries, releases are put together in slots of this width, at the later end of the slot. */
const SLOT_MS = 50;
/** The reuse delay is short and exact to a tick. */
const REUSE_SLOT_MS = 10;

/** Ports by slot, kept for all calls: an array per call would be garbage for each of hundreds of pools. */
const slots = new Uint32Array(16_384);
/** The slots beyond these, which only timers of more than ten minutes reach. */
const farSlots = new Map<number, number>();

/** The longest time that a port of this kind is held. */
export function computeHoldMs(timing: Timing): number {
  return timing.durationMs + timing.roundingMs;
}

/** How long an orphan FIN_WAIT2 is a timed mini-socket. */
export function finWait2TimerMs({ finTimeoutMs }: HostLimits): number {
  return finTimeoutMs > MINI_SOCKET_MAX_MS ? finTimeoutMs - MINI_SOCKET_MAX_MS : finTimeoutMs;
}

/** How the ports of a pool come free, as seen from a snapshot taken at `monotonicMs`. */
export function createTimings(reuse: Reuse, limits: HostLimits, at: WheelState): Timings {
  const finMs = finWait2TimerMs(limits);
  const finWait2 = createTiming(finMs, boundGranularityMs(finMs, at.granularity.hz), at);
  const timeWait =
    reuse === 'after_delay'
      ? createReuseTiming(limits, at.monotonicMs)
      : createTiming(limits.timeWaitMs, at.granularity.timeWaitMs, at);
  return { timeWait, finWait2 };
}

/**
 * When connect() may take a TIME_WAIT port again, as a hold of its own (kernel rule 16): after the delay, or at the next
 * whole second of CLOCK_MONOTONIC, which is a hold of no length on a grid of seconds.
 */
export function createReuseTiming({ twReuseDelayMs, twReuseBySecond }: HostLimits, monotonicMs: number): Timing {
  if (twReuseBySecond !== true) return { durationMs: twReuseDelayMs, roundingMs: 0, grid: null };
  const grid = { stepMs: SECOND_MS, offsetMs: SECOND_MS - modulo(monotonicMs, SECOND_MS) };
  return { durationMs: 0, roundingMs: SECOND_MS, grid };
}

/**
 * The age below which no TIME_WAIT port can have been reused, so that the table shows every close. With whole seconds it
 * is the part of the present second that has passed.
 * @param timing of the reuse.
 */
export function findCompleteAgeMs({ durationMs, grid }: Timing): number {
  return grid === null ? durationMs : durationMs + grid.stepMs - grid.offsetMs;
}

/**
 * Release instant of a port whose timer has `expiresMs` left: `(floor(expiry / g) + 1) x g` where the boundaries are
 * known, else the latest possible instant. A timer at 0 has expired and waits for the next boundary.
 */
export function nextReleaseMs(expiresMs: number, timing: Timing): number {
  if (timing.grid === null) return expiresMs + timing.roundingMs;
  const { stepMs, offsetMs } = timing.grid;
  const boundary = offsetMs + (Math.floor((expiresMs - offsetMs) / stepMs) + 1) * stepMs;
  return Math.max(boundary, 0);
}

/**
 * Schedule on which the timed ports of a pool come free. With reuse, TIME_WAIT ports past the delay are free already
 * and do not appear.
 * @param pool `timeWaitMs` is the full TIME_WAIT, from which the age of a port follows.
 */
export function scheduleReleases(
  timed: TimedPorts,
  timings: Timings,
  pool: { reuse: Reuse; timeWaitMs: number },
): Releases {
  const timeWait =
    pool.reuse === 'after_delay'
      ? scheduleReuse(timed, pool.timeWaitMs, timings.timeWait)
      : scheduleKind(timed, STATE.TIME_WAIT, timings.timeWait);
  return mergeReleases(timeWait, scheduleKind(timed, STATE.FIN_WAIT2, timings.finWait2));
}

/**
 * Ports in TIME_WAIT past the reuse delay: connect() may take them again.
 * @param timing of the reuse.
 */
export function countReusablePorts(timed: TimedPorts, timeWaitMs: number, timing: Timing): number {
  const kind = STATE.TIME_WAIT;
  const heldMs = timeWaitMs - timing.durationMs;
  let count = 0;
  for (let i = 0; i < timed.state.length; i += 1) {
    if (timed.state[i] === kind && nextReleaseMs((timed.expiresMs[i] ?? 0) - heldMs, timing) <= 0) count += 1;
  }
  return count;
}

function createTiming(durationMs: number, roundingMs: number, at: WheelState): Timing {
  const { phaseMs, learned, timeWaitMs } = at.granularity;
  // Every level of the wheel counts the same jiffies, so a boundary of a coarse level is one of the finer levels too, but
  // the boundaries of a level that is coarser than that of TIME_WAIT are not known.
  const areKnown = learned && phaseMs !== null && roundingMs <= timeWaitMs;
  // Boundaries that are closer than a slot change no forecast, but each of them would be a step of its walk.
  if (!areKnown || roundingMs < SLOT_MS) return { durationMs, roundingMs, grid: null };
  const sinceMs = at.monotonicMs - phaseMs;
  return { durationMs, roundingMs, grid: { stepMs: roundingMs, offsetMs: roundingMs - modulo(sinceMs, roundingMs) } };
}

function scheduleReuse(timed: TimedPorts, timeWaitMs: number, timing: Timing): Releases {
  const heldMs = timeWaitMs - timing.durationMs;
  const { state, expiresMs } = timed;
  const kind = STATE.TIME_WAIT;
  let last = -1;
  for (let i = 0; i < state.length; i += 1) {
    if (state[i] !== kind) continue;
    const at = nextReleaseMs((expiresMs[i] ?? 0) - heldMs, timing);
    if (at > 0) last = countInSlot(Math.ceil(at / REUSE_SLOT_MS), last);
  }
  return takeSlots(last, (slot) => slot * REUSE_SLOT_MS);
}

/** On the boundaries where they are known; else in slots, at their later end. */
function scheduleKind(timed: TimedPorts, kind: number, timing: Timing): Releases {
  const { state, expiresMs } = timed;
  const { grid, roundingMs } = timing;
  const [stepMs, offsetMs] = grid === null ? [SLOT_MS, 0] : [grid.stepMs, grid.offsetMs];
  const overdueMs = findOverdueRelease(timed, kind, timing);
  let last = -1;
  for (let i = 0; i < state.length; i += 1) {
    if (state[i] !== kind) continue;
    const expires = expiresMs[i] ?? EXPIRES_UNKNOWN;
    if (grid !== null) last = countInSlot(Math.floor((Math.max(0, expires) - offsetMs) / stepMs) + 1, last);
    else {
      const at = expires <= 0 ? overdueMs : expires + roundingMs;
      if (at > 0) last = countInSlot(Math.ceil(at / stepMs), last);
    }
  }
  return takeSlots(last, (slot) => offsetMs + slot * stepMs);
}

/** Adds one port to a slot. @param last the highest slot in use so far. @returns the highest slot in use now. */
function countInSlot(slot: number, last: number): number {
  if (slot < slots.length) slots[slot] = (slots[slot] ?? 0) + 1;
  else farSlots.set(slot, (farSlots.get(slot) ?? 0) + 1);
  return slot > last ? slot : last;
}

/** Reads the slots up to `last` and empties them. */
function takeSlots(last: number, findInstant: (slot: number) => number): Releases {
  const atMs: number[] = [];
  const ports: number[] = [];
  const take = (slot: number, count: number): void => {
    atMs.push(findInstant(slot));
    ports.push(count);
  };
  for (let slot = 0; slot <= Math.min(last, slots.length - 1); slot += 1) {
    const count = slots[slot] ?? 0;
    if (count === 0) continue;
    take(slot, count);
    slots[slot] = 0;
  }
  for (const [slot, count] of [...farSlots].sort(([a], [b]) => a - b)) take(slot, count);
  farSlots.clear();
  return { atMs, ports };
}

/** Two schedules as one. */
export function mergeReleases(a: Releases, b: Releases): Releases {
  if (b.atMs.length === 0) return a;
  if (a.atMs.length === 0) return b;
  const all = [
    ...a.atMs.map((at, i) => [at, a.ports[i] ?? 0] as const),
    ...b.atMs.map((at, i) => [at, b.ports[i] ?? 0] as const),
  ];
  all.sort(([x], [y]) => x - y);
  return { atMs: all.map(([at]) => at), ports: all.map(([, ports]) => ports) };
}

/**
 * When the ports whose timers have expired are released: at the next boundary. While the boundaries are unknown, the
 * ratio of expired ports to ports that are about to expire shows how much of a step has passed since the last one.
 */
function findOverdueRelease(timed: TimedPorts, kind: number, timing: Timing): number {
  if (timing.grid !== null || timing.roundingMs === 0) return nextReleaseMs(0, timing);
  let overdue = 0;
  let soon = 0;
  for (let i = 0; i < timed.state.length; i += 1) {
    if (timed.state[i] !== kind) continue;
    const expiresMs = timed.expiresMs[i] ?? 0;
    if (expiresMs <= 0) overdue += 1;
    else if (expiresMs <= timing.roundingMs) soon += 1;
  }
  return timing.roundingMs * Math.max(0, 1 - overdue / Math.max(1, soon));
}

function modulo(value: number, step: number): number {
  return value - Math.floor(value / step) * step;
}
