/**
 * Turns the stored counts of a pool back into a socket table, as a source without timers would have delivered it. What
 * is not stored, such as the limits of the host, is inferred from what is.
 */
import type { StoredPool, StoredSample } from '../contracts.js';
import type { Granularity } from '../host/release-granularity.js';
import type { HostCounters } from '../host/counters.js';
import type { HostLimits } from '../host/limits.js';
import { EXPIRES_UNKNOWN, STATE, type Snapshot } from '../snapshot/snapshot.js';
import { PORT_COUNT, TIME_WAIT_MS } from '../host/kernel-constants.js';
import { SECOND_MS } from '../units.js';
import { NO_COUNTERS } from '../host/counters.js';

/**
 * The longest that Linux holds a port in TIME_WAIT: 60 s and the largest release step (kernel rule 12), with a margin.
 */
const MAX_LINUX_HOLD_MS = 66 * SECOND_MS;
/** The TIME_WAIT of every system is at least this long, so a shorter hold is the reuse delay. */
const MIN_TIME_WAIT_MS = 20 * SECOND_MS;
/** The first port of the ephemeral range of Linux, where it is not configured. */
const FIRST_PORT = 32_768;
const LOOPBACK = '127.0.0.1';

/** The limits of the host, inferred because they are not stored. */
interface StoredLimits {
  readonly limits: HostLimits;
  readonly granularity: Granularity;
  /** Whether TIME_WAIT ports were reused after the reuse delay. */
  readonly reuses: boolean;
}

/**
 * Infers the limits of the host from the hold of a pool.
 * @param holdMs null where it could not be inferred: then the defaults of Linux are assumed.
 */
export function inferLimits(capacity: number, holdMs: number | null): StoredLimits {
  const reuses = holdMs !== null && holdMs < MIN_TIME_WAIT_MS;
  const isLinux = holdMs === null || reuses || (holdMs >= TIME_WAIT_MS && holdMs <= MAX_LINUX_HOLD_MS);
  const timeWaitMs = isLinux ? TIME_WAIT_MS : holdMs;
  const roundingMs = holdMs === null || reuses ? 0 : holdMs - timeWaitMs;
  const first = Math.min(FIRST_PORT, PORT_COUNT - capacity);
  return {
    reuses,
    limits: {
      range: { first, last: first + capacity - 1 },
      reservedPorts: [],
      twReuse: reuses ? 2 : 0,
      twReuseDelayMs: reuses ? holdMs : SECOND_MS,
      timestamps: true,
      maxTwBuckets: null,
      finTimeoutMs: TIME_WAIT_MS,
      timeWaitMs,
      timeWaitAssumed: true,
      synRetries: null,
      synLinearTimeouts: null,
      orphanRetries: null,
    },
    granularity: { hz: null, timeWaitMs: roundingMs, phaseMs: null, learned: false },
  };
}

/**
 * A table with as many rows as the pool had. Which ports it held is not stored, so the rows take the ports in the order
 * in which connect() takes them: then no explicit binds are inferred from them. A pool whose ports are reused gets
 * loopback addresses, because there Linux always reuses ports; the caller gives the forecast its own addresses again.
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
    inbound: { localPort: new Uint16Array(0), counts: new Uint32Array(0) },
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
      retransmits: new Uint8Array(rows),
    },
  };
}

/** Counters without a value: the database keeps none that a forecast from counts would use. */
export function createEmptyCounters(atMs: number): HostCounters {
  return { takenAtMs: atMs, monotonicMs: atMs, ...NO_COUNTERS };
}
