/** What is simulated: a host's limits and the traffic it makes. Instants are ms after the start, rates per second. */
import type { Granularity } from '../../../daemon/host/release-granularity.js';
import type { HostLimits } from '../../../daemon/host/limits.js';
import type { Arrivals } from './arrivals.js';
import type { RatePlan } from './plan.js';

export const MONOTONIC_START = 5_000_000;
export const WALL_START = Date.UTC(2026, 0, 5, 12, 0, 0);
export const LOCAL = '10.0.0.1';

export interface Destination {
  readonly local: string;
  readonly remote: string;
  readonly port: number;
}
export const SERVER: Destination = { local: LOCAL, remote: '10.0.0.2', port: 443 };

/**
 * How a connection ends: TIME_WAIT here, orphan FIN_WAIT2 here, never (`kept`), the peer closes first (TIME_WAIT is the
 * peer's), or reset (nothing left).
 */
export type Fate = 'time_wait' | 'fin_wait2' | 'kept' | 'server_closes' | 'reset';

/** How long a connection is open before it ends: a fixed time, an exponential one, or all until the same instant. */
export type Life =
  | { readonly forMs: number }
  | { readonly meanMs: number }
  /** Whatever is open then ends; with `overMs` each at a random instant of that time. Later ones end at once. */
  | { readonly untilMs: number; readonly overMs?: number };

/** Connections of one kind. */
export interface Stream {
  /** In turn where arrivals are paced, else each at random. */
  readonly to: readonly Destination[];
  readonly rate: RatePlan;
  /** The world's where not given. */
  readonly arrivals?: Arrivals;
  readonly fate: Fate;
  /** Ends at once where not given. */
  readonly life?: Life;
  /** With `fin_wait2`: the peer's FIN comes so long after our close, where the port is still held then. */
  readonly peerFinMs?: number;
  /** bind(address, 0) before connect(). */
  readonly binds?: boolean;
}

/** From `atMs` on these limits are others. */
export interface LimitChange {
  readonly atMs: number;
  readonly limits: Partial<HostLimits>;
}

export interface World {
  readonly limits: HostLimits;
  /** Ascending. */
  readonly changes?: readonly LimitChange[];
  readonly granularity: Granularity;
  readonly streams: readonly Stream[];
  /** Of the streams that do not say; paced where not given. */
  readonly arrivals?: Arrivals;
  /** Everything random follows from it; 1 where not given. */
  readonly seed?: number;
  /** Ports with a LISTEN socket, and ports bound without being connected. */
  readonly listeners?: readonly number[];
  readonly bound?: readonly number[];
  /** Timestamps negotiated by the peers; true where not given. */
  readonly timestamps?: boolean;
  /** Keeps the instants of all closes. */
  readonly recordCloses?: boolean;
}

/** @throws {Error} quoting what makes no sense. */
export function checkWorld({ limits, changes = [], streams }: World): void {
  const ranges = [limits.range, ...changes.flatMap((change) => change.limits.range ?? [])];
  for (const { first, last } of ranges) {
    if (first < 1 || last < first || last > 65_535) {
      throw new Error(`range ${first} to ${last}: must ascend, between 1 and 65535`);
    }
  }
  changes.forEach(({ atMs }, index) => {
    const next = changes[index + 1]?.atMs ?? Infinity;
    if (next < atMs) throw new Error(`changes at ${atMs} and ${next} ms: each must come after the one before`);
  });
  streams.forEach(({ to }, index) => {
    if (to.length === 0) throw new Error(`stream ${index} has no destination: name at least one`);
  });
}

const RANGE_1000 = { first: 20_000, last: 20_999 };

export function limitsOf(changes: Partial<HostLimits> = {}): HostLimits {
  return {
    range: RANGE_1000,
    reservedPorts: [],
    twReuse: 0,
    twReuseDelayMs: 1000,
    timestamps: true,
    maxTwBuckets: 262_144,
    finTimeoutMs: 60_000,
    timeWaitMs: 60_000,
    timeWaitAssumed: false,
    ...changes,
  };
}

/** HZ=250; the first boundary after 60 s is at 61.42 s: the phase of the measured rows. */
export const LEARNED: Granularity = {
  hz: 250,
  timeWaitMs: 2048,
  phaseMs: (MONOTONIC_START + 61_420) % 2048,
  learned: true,
};
