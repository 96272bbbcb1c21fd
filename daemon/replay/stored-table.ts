/** A stored count of a pool back to the table that a source without timers would have given. Pure. */
import type { StoredPool, StoredSample } from '../contracts.js';
import type { Granularity } from '../host/release-granularity.js';
import type { HostCounters } from '../host/counters.js';
import type { HostLimits } from '../host/limits.js';
import { EXPIRES_UNKNOWN, STATE, STATE_COUNT, type Snapshot } from '../snapshot/snapshot.js';
import { PORT_COUNT, TIME_WAIT_MS } from '../host/kernel-constants.js';

/** TCP_TIMEWAIT_LEN, and the most that Linux adds to it (kernel rule 12). */
const LINUX_MS = TIME_WAIT_MS;
const LINUX_MOST_MS = 66_000;
/** No system waits less: a shorter hold is the reuse delay. */
const LEAST_TIME_WAIT_MS = 20_000;
const MOST_HOLD_MS = 600_000;
/** Pressure is stored in steps; with fewer closes they blur the hold by more than this. */
const HOLD_ERROR_MS = 500;
const PRESSURE_STEP = 0.0001;
/** 32768 is where Linux begins. */
const FIRST_PORT = 32_768;
const LOOPBACK = '127.0.0.1';

/** How long a closed connection kept its port, which pressure, close rate and live ports give away; null if they do not. */
export function inferHold({ closeRate, pressure, live, capacity }: StoredSample): number | null {
  if (closeRate === null || pressure === null || closeRate <= 0) return null;
  if ((1000 * PRESSURE_STEP * capacity) / closeRate > HOLD_ERROR_MS) return null;
  const holdMs = (1000 * (pressure * capacity - live)) / closeRate;
  return holdMs > 0 && holdMs < MOST_HOLD_MS ? holdMs : null;
}

/** The limits that are not stored, from the hold. */
export interface StoredLimits {
  readonly limits: HostLimits;
  readonly granularity: Granularity;
  readonly reuses: boolean;
}

/** @param holdMs null stands for Linux as it comes. */
export function inferLimits(capacity: number, holdMs: number | null): StoredLimits {
  const reuses = holdMs !== null && holdMs < LEAST_TIME_WAIT_MS;
  const linux = holdMs === null || reuses || (holdMs >= LINUX_MS && holdMs <= LINUX_MOST_MS);
  const timeWaitMs = linux ? LINUX_MS : holdMs;
  const roundingMs = holdMs === null || reuses ? 0 : holdMs - timeWaitMs;
  const first = Math.min(FIRST_PORT, PORT_COUNT - capacity);
  return {
    reuses,
    limits: {
      range: { first, last: first + capacity - 1 },
      reservedPorts: [],
      twReuse: reuses ? 2 : 0,
      twReuseDelayMs: reuses ? holdMs : 1000,
      timestamps: true,
      maxTwBuckets: null,
      finTimeoutMs: LINUX_MS,
      timeWaitMs,
      timeWaitAssumed: true,
    },
    granularity: { hz: null, timeWaitMs: roundingMs, phaseMs: null, learned: false },
  };
}

/**
 * The ports stand for as many of the pool, in the order connect() takes them, so that nothing is inferred from them. A
 * pool whose ports are reused is put on loopback, where Linux always reuses: what is forecast of it is put back on the pool.
 */
export function createSnapshotFrom(pool: StoredPool, sample: StoredSample, { limits, reuses }: StoredLimits): Snapshot {
  const { atMs, capacity } = sample;
  const { first } = limits.range;
  const live = Math.min(sample.live, capacity);
  const timeWait = Math.min(sample.timeWait, capacity - live);
  const rows = live + timeWait;
  const half = Math.ceil(capacity / 2);
  const portAt = (row: number): number => first + (row < half ? 2 * row : 2 * (row - half) + 1);
  return {
    namespace: pool.namespace,
    takenAtMs: atMs,
    monotonicMs: atMs,
    rows,
    malformed: 0,
    interrupted: false,
    hasTimers: false,
    hasBoundInactive: false,
    listeningPorts: new Uint16Array(0),
    boundPorts: new Uint16Array(0),
    inbound: { localPort: new Uint16Array(0), counts: new Uint32Array(0 * STATE_COUNT) },
    outbound: {
      family: Uint8Array.of(reuses || !pool.localAddress.includes(':') ? 4 : 6),
      localAddress: [reuses ? LOOPBACK : pool.localAddress],
      remoteAddress: [reuses ? LOOPBACK : (pool.remoteAddress ?? '')],
      remotePort: Uint16Array.of(pool.remotePort ?? 0),
      rowStart: Uint32Array.of(0, rows),
    },
    outboundRows: {
      localPort: Uint16Array.from({ length: rows }, (_, row) => portAt(row)),
      state: Uint8Array.from({ length: rows }, (_, row) => (row < live ? STATE.ESTABLISHED : STATE.TIME_WAIT)),
      timer: new Uint8Array(rows),
      expiresMs: new Int32Array(rows).fill(EXPIRES_UNKNOWN),
    },
  };
}

/** The database keeps counters of the host, but none that a forecast from counts would use. */
export function createEmptyCounters(atMs: number): HostCounters {
  return {
    takenAtMs: atMs,
    monotonicMs: atMs,
    inUse: null,
    orphan: null,
    timeWait: null,
    alloc: null,
    tw: null,
    twRecycled: null,
    twKilled: null,
    twOverflow: null,
    activeOpens: null,
    passiveOpens: null,
    currEstab: null,
  };
}
