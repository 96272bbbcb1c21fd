/**
 * The sockets of the simulated host: how they are opened, closed, kept in TIME_WAIT and released (kernel rules 10, 12,
 * 15 and 16).
 */
import type { HostCounters } from '../../../daemon/host/counters.js';
import type { HostLimits } from '../../../daemon/host/limits.js';
import { STATE, TIMER_TIME_WAIT } from '../../../daemon/snapshot/snapshot.js';
import type { Events } from './events.js';
import { createPorts } from './ports.js';
import { createReuse } from './reuse.js';
import { createRows, createTimeWaitQueue, type Rows } from './rows.js';
import type { Wheel } from './wheel.js';
import { MONOTONIC_START, WALL_START, type Destination, type World } from './world.js';

/** What happens to a row, in the lowest two bits of an event. */
export const STEP = { END: 0, ORPHAN_TIMER: 1, RELEASE: 2, PEER_FIN: 3 } as const;

const TIMER_KEEPALIVE = 2;
/** TCP_TIMEWAIT_LEN. An orphan FIN_WAIT2 with a longer time-out is a real socket for the excess first. */
const MINI_SOCKET_MAX_MS = 60_000;
/** Timers up to 4 s are counted in TWKilled (`__inet_twsk_schedule`). */
const KILLED_MAX_MS = 4000;

interface Host {
  readonly rows: Rows;
  /** The number of rows of each destination. */
  readonly held: Uint32Array;
  /** Opens a connection. @returns the new row, or -1 when no port is available */
  open(now: number, group: number, stream: number): number;
  /** Executes an event. */
  step(now: number, row: number, kind: number): void;
  /** The instant at which the oldest TIME_WAIT row is released, or `Infinity`. */
  releaseAt(): number;
  releaseOldest(): void;
  setLimits(limits: HostLimits): void;
  counters(now: number): HostCounters;
  isUsable(port: number): boolean;
}

export function createHost(
  world: World,
  destinations: readonly Destination[],
  on: { readonly events: Events; readonly wheel: Wheel; readonly closed: (now: number, group: number) => void },
): Host {
  const { events, wheel } = on;
  const rows = createRows();
  const timeWait = createTimeWaitQueue(rows);
  const ports = createPorts(destinations, {
    blocked: [...(world.listeners ?? []), ...(world.bound ?? [])],
    seed: world.seed ?? 1,
  });
  const reuse = createReuse(world, destinations, { rows, timeWait, ports });
  const held = new Uint32Array(destinations.length);
  let limits = world.limits;
  const n = { live: 0, established: 0, orphans: 0, timed: 0, opened: 0, tw: 0, killed: 0, recycled: 0, overflow: 0 };

  const drop = (row: number): void => {
    const group = rows.group[row] ?? 0;
    ports.letGo(group, rows.port[row] ?? 0);
    held[group] = (held[group] ?? 0) - 1;
    if (rows.timer[row] === TIMER_TIME_WAIT) n.timed -= 1;
    else n.live -= 1;
    rows.free(row);
  };
  /** Turns a socket into a mini-socket, or frees it where there are too many mini-sockets. */
  const becomeTimed = (row: number, durationMs: number): boolean => {
    if (limits.maxTwBuckets !== null && n.timed >= limits.maxTwBuckets) {
      n.overflow += 1;
      drop(row);
      return false;
    }
    n.live -= 1;
    n.timed += 1;
    if (durationMs <= KILLED_MAX_MS) n.killed += 1;
    else n.tw += 1;
    rows.timer[row] = TIMER_TIME_WAIT;
    return true;
  };
  const startTimer = (row: number, now: number, durationMs: number): number => {
    const tick = wheel.expiryTick(now, durationMs);
    rows.expiryTick[row] = tick;
    return wheel.releaseAt(tick, durationMs);
  };
  const waitFullTime = (row: number, now: number): void => {
    rows.state[row] = STATE.TIME_WAIT;
    rows.enteredAt[row] = now;
    rows.releaseAt[row] = startTimer(row, now, world.limits.timeWaitMs);
    timeWait.push(row);
  };
  /** FIN_WAIT2 until its timer expires, or until the peer's FIN where that comes first. */
  const awaitFin = (row: number, now: number, timer: { durationMs: number; then: number }): void => {
    const at = startTimer(row, now, timer.durationMs);
    const peerFinMs = world.streams[rows.stream[row] ?? 0]?.peerFinMs ?? Infinity;
    const finAt = (rows.enteredAt[row] ?? 0) + peerFinMs;
    if (finAt < at) events.push(finAt, row * 4 + STEP.PEER_FIN);
    else events.push(at, row * 4 + timer.then);
  };
  const becomeOrphan = (row: number, now: number): void => {
    const excessMs = limits.finTimeoutMs - MINI_SOCKET_MAX_MS;
    rows.enteredAt[row] = now;
    rows.state[row] = STATE.FIN_WAIT2;
    if (excessMs > 0) {
      n.orphans += 1;
      rows.timer[row] = TIMER_KEEPALIVE;
      awaitFin(row, now, { durationMs: excessMs, then: STEP.ORPHAN_TIMER });
    } else if (becomeTimed(row, limits.finTimeoutMs)) {
      awaitFin(row, now, { durationMs: limits.finTimeoutMs, then: STEP.RELEASE });
    }
  };
  const end = (row: number, now: number): void => {
    n.established -= 1;
    const fate = world.streams[rows.stream[row] ?? 0]?.fate;
    if (fate !== 'time_wait' && fate !== 'fin_wait2') {
      drop(row);
      return;
    }
    on.closed(now, rows.group[row] ?? 0);
    if (fate === 'fin_wait2') becomeOrphan(row, now);
    else if (becomeTimed(row, world.limits.timeWaitMs)) waitFullTime(row, now);
  };
  const orphanTimer = (row: number, now: number): void => {
    n.orphans -= 1;
    const leftMs = Math.max(0, limits.finTimeoutMs - MINI_SOCKET_MAX_MS);
    if (becomeTimed(row, leftMs)) awaitFin(row, now, { durationMs: leftMs, then: STEP.RELEASE });
  };
  const peerFin = (row: number, now: number): void => {
    if (rows.timer[row] === TIMER_KEEPALIVE) {
      n.orphans -= 1;
      if (!becomeTimed(row, world.limits.timeWaitMs)) return;
    }
    waitFullTime(row, now);
  };
  const recycle = (row: number): void => {
    timeWait.remove(row);
    drop(row);
    n.recycled += 1;
  };

  const setLimits = (next: HostLimits): void => {
    limits = next;
    ports.setLimits(next);
    reuse.setLimits(next);
  };
  setLimits(limits);
  return {
    rows,
    held,
    open(now, group, stream) {
      const { binds = false } = world.streams[stream] ?? {};
      if (binds === false) reuse.ripen(now);
      const port = binds === false ? ports.connect(group) : ports.bind(group, binds === 'wildcard');
      if (port === -1) return -1;
      const old = binds === false ? reuse.holderOf(group, port) : -1;
      if (old !== -1) recycle(old);
      const row = rows.add(group, stream, port);
      rows.state[row] = STATE.ESTABLISHED;
      rows.enteredAt[row] = now;
      ports.hold(group, port, binds !== false);
      reuse.note(row);
      held[group] = (held[group] ?? 0) + 1;
      n.live += 1;
      n.established += 1;
      n.opened += 1;
      return row;
    },
    step(now, row, kind) {
      if (kind === STEP.END) end(row, now);
      else if (kind === STEP.ORPHAN_TIMER) orphanTimer(row, now);
      else if (kind === STEP.PEER_FIN) peerFin(row, now);
      else drop(row);
    },
    releaseAt: () => (timeWait.head() === -1 ? Infinity : (rows.releaseAt[timeWait.head()] ?? Infinity)),
    releaseOldest() {
      const row = timeWait.head();
      timeWait.remove(row);
      drop(row);
    },
    setLimits,
    counters: (now) => ({
      takenAtMs: WALL_START + now,
      monotonicMs: MONOTONIC_START + now,
      inUse: n.live,
      orphan: n.orphans,
      timeWait: n.timed,
      alloc: n.live,
      tw: n.tw,
      twRecycled: n.recycled,
      twKilled: n.killed,
      twOverflow: n.overflow,
      activeOpens: n.opened,
      passiveOpens: 0,
      currEstab: n.established,
    }),
    isUsable: ports.isUsable,
  };
}
