/** When held ports come free: the timer wheel rounds every expiry up to a boundary (kernel rules 12 and 15). */
import type { HostLimits } from '../host/limits.js';
import type { Reuse, TimedPorts } from '../pool/pool.js';
import { EXPIRES_UNKNOWN, STATE } from '../snapshot/snapshot.js';
import { wheelGranularityMs, type Granularity } from '../host/release-granularity.js';
import { TIME_WAIT_MS } from '../host/kernel-constants.js';

/** How one kind of timed mini-socket is released. Instants are relative to the snapshot. */
export interface Timing {
  /** The kind's own time: 60 s of TIME_WAIT, `tcp_fin_timeout` of an orphan FIN_WAIT2, the reuse delay. */
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

/** Ports that come free at the same instant, ascending. */
export interface Releases {
  readonly atMs: readonly number[];
  readonly ports: readonly number[];
}

/** TCP_TIMEWAIT_LEN: beyond it an orphan FIN_WAIT2 spends the excess as a real socket first. */
const MINI_SOCKET_MAX_MS = TIME_WAIT_MS;
/** Without boundaries, releases are put together in slots of this width, at their later end. */
const SLOT_MS = 50;
/** The reuse delay is short and exact to a tick. */
const REUSE_SLOT_MS = 10;

/** Longest a port of this kind is held. */
export function holdOf(timing: Timing): number {
  return timing.durationMs + timing.roundingMs;
}

/** How long an orphan FIN_WAIT2 is a timed mini-socket. */
export function finWait2TimerMs({ finTimeoutMs }: HostLimits): number {
  return finTimeoutMs > MINI_SOCKET_MAX_MS ? finTimeoutMs - MINI_SOCKET_MAX_MS : finTimeoutMs;
}

/** How ports of a pool come free, as seen from a snapshot taken at `monotonicMs`. */
export function createTimings(
  reuse: Reuse,
  limits: HostLimits,
  at: { granularity: Granularity; monotonicMs: number },
): Timings {
  const { granularity, monotonicMs } = at;
  const finMs = finWait2TimerMs(limits);
  const finWait2 = timing(finMs, finRounding(finMs, granularity), at);
  const timeWait =
    reuse === 'after_delay'
      ? { durationMs: limits.twReuseDelayMs, roundingMs: 0, grid: null }
      : timing(limits.timeWaitMs, granularity.timeWaitMs, { granularity, monotonicMs });
  return { timeWait, finWait2 };
}

function timing(durationMs: number, roundingMs: number, at: { granularity: Granularity; monotonicMs: number }): Timing {
  const { phaseMs, learned } = at.granularity;
  if (!learned || phaseMs === null) return { durationMs, roundingMs, grid: null };
  // Every level of the wheel counts the same jiffies, so a boundary of a coarse level is one of the finer levels too.
  const since = at.monotonicMs - phaseMs;
  return { durationMs, roundingMs, grid: { stepMs: roundingMs, offsetMs: roundingMs - mod(since, roundingMs) } };
}

function finRounding(finMs: number, granularity: Granularity): number {
  return granularity.hz === null
    ? Math.min(granularity.timeWaitMs, wheelGranularityMs(finMs, 100))
    : Math.min(granularity.timeWaitMs, wheelGranularityMs(finMs, granularity.hz));
}

/**
 * Release instant of a port whose timer has `expiresMs` left: `(floor(expiry / g) + 1) x g` on the boundaries, else the
 * latest it can be. A timer at 0 has expired and waits for the next boundary.
 */
export function nextReleaseMs(expiresMs: number, timing: Timing): number {
  if (timing.grid === null) return expiresMs + timing.roundingMs;
  const { stepMs, offsetMs } = timing.grid;
  const boundary = offsetMs + (Math.floor((expiresMs - offsetMs) / stepMs) + 1) * stepMs;
  return Math.max(boundary, 0);
}

/** Reused by every call: ports by slot. */
let slots = new Uint32Array(2048);

/**
 * Schedule on which the timed ports of a pool come free. With reuse, TIME_WAIT ports past the delay are free already.
 * @param timeWaitMs the full TIME_WAIT, from which a port's age follows.
 */
export function scheduleReleases(
  timed: TimedPorts,
  timings: Timings,
  pool: { reuse: Reuse; timeWaitMs: number },
): Releases {
  const timeWait =
    pool.reuse === 'after_delay'
      ? reusableReleases(timed, pool.timeWaitMs - timings.timeWait.durationMs)
      : kindReleases(timed, STATE.TIME_WAIT, timings.timeWait);
  return merged(timeWait, kindReleases(timed, STATE.FIN_WAIT2, timings.finWait2));
}

function reusableReleases(timed: TimedPorts, lessMs: number): Releases {
  const { state, expiresMs } = timed;
  const kind = STATE.TIME_WAIT;
  let last = -1;
  for (let i = 0; i < state.length; i += 1) {
    if (state[i] !== kind) continue;
    const at = (expiresMs[i] ?? 0) - lessMs;
    if (at > 0) last = countIn(Math.ceil(at / REUSE_SLOT_MS), last);
  }
  return takeSlots(last, (slot) => slot * REUSE_SLOT_MS);
}

/** On the boundaries, where they are known; else in slots, at their later end. */
function kindReleases(timed: TimedPorts, kind: number, timing: Timing): Releases {
  const { state, expiresMs } = timed;
  const { grid, roundingMs } = timing;
  const [stepMs, offsetMs] = grid === null ? [SLOT_MS, 0] : [grid.stepMs, grid.offsetMs];
  const overdueMs = overdueAfter(timed, kind, timing);
  let last = -1;
  for (let i = 0; i < state.length; i += 1) {
    if (state[i] !== kind) continue;
    const expires = expiresMs[i] ?? EXPIRES_UNKNOWN;
    if (grid !== null) last = countIn(Math.floor((Math.max(0, expires) - offsetMs) / stepMs) + 1, last);
    else {
      const at = expires <= 0 ? overdueMs : expires + roundingMs;
      if (at > 0) last = countIn(Math.ceil(at / stepMs), last);
    }
  }
  return takeSlots(last, (slot) => offsetMs + slot * stepMs);
}

function countIn(slot: number, last: number): number {
  if (slot >= slots.length) {
    const larger = new Uint32Array(2 * slot);
    larger.set(slots);
    slots = larger;
  }
  slots[slot] = (slots[slot] ?? 0) + 1;
  return slot > last ? slot : last;
}

/** Empties the slots up to `last`. */
function takeSlots(last: number, instant: (slot: number) => number): Releases {
  const atMs: number[] = [];
  const ports: number[] = [];
  for (let slot = 0; slot <= last; slot += 1) {
    const count = slots[slot] ?? 0;
    if (count === 0) continue;
    atMs.push(instant(slot));
    ports.push(count);
    slots[slot] = 0;
  }
  return { atMs, ports };
}

function merged(a: Releases, b: Releases): Releases {
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
 * When the ports whose timers have expired are released: at the next boundary. While boundaries are unknown, their number
 * against that of the ports about to expire tells how long they have been gathering since the last one.
 */
function overdueAfter(timed: TimedPorts, state: number, timing: Timing): number {
  if (timing.grid !== null || timing.roundingMs === 0) return nextReleaseMs(0, timing);
  let overdue = 0;
  let soon = 0;
  for (let i = 0; i < timed.state.length; i += 1) {
    if (timed.state[i] !== state) continue;
    const expiresMs = timed.expiresMs[i] ?? 0;
    if (expiresMs <= 0) overdue += 1;
    else if (expiresMs <= timing.roundingMs) soon += 1;
  }
  return timing.roundingMs * Math.max(0, 1 - overdue / Math.max(1, soon));
}

/** Ports in TIME_WAIT past the reuse delay: connect() takes them again. */
export function countReusablePorts(timed: TimedPorts, timeWaitMs: number, delayMs: number): number {
  const kind = STATE.TIME_WAIT;
  const lessMs = timeWaitMs - delayMs;
  let count = 0;
  for (let i = 0; i < timed.state.length; i += 1) {
    if (timed.state[i] === kind && (timed.expiresMs[i] ?? 0) <= lessMs) count += 1;
  }
  return count;
}

function mod(value: number, step: number): number {
  return value - Math.floor(value / step) * step;
}
