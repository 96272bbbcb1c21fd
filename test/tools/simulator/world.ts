/** What is simulated: the limits of a host and its traffic. Instants are in ms after the start, rates per second. */
import type { Granularity } from '../../../daemon/host/release-granularity.js';
import type { HostLimits } from '../../../daemon/host/limits.js';
import type { Arrivals } from './arrivals.js';
import type { Clients, Duration, PeerFin, Retry, UnansweredSyn } from './behaviour.js';
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
 * How a connection ends: in TIME_WAIT here, as an orphan FIN_WAIT2 here, never (`kept`), closed by the peer first (the
 * TIME_WAIT is the peer's), or by a reset, which leaves nothing.
 */
export const FATES = ['time_wait', 'fin_wait2', 'kept', 'server_closes', 'reset'] as const;
export type Fate = (typeof FATES)[number];

/** How long a connection is open: a length of time, or until one instant for all. */
export type Life =
  /** With `everyMs` it ends at the first multiple of that after its time: an idle time-out that is checked so often. */
  | (Duration & { readonly everyMs?: number })
  /**
   * All open connections end then; with `overMs` each at a random instant of that time. Connections opened later end at
   * once.
   */
  | { readonly untilMs: number; readonly overMs?: number };

/** A stream: connections of one kind. */
export interface Stream {
  /** Used in turn where arrivals are paced, else at random. */
  readonly to: readonly Destination[];
  /** Connections per second that are opened whatever becomes of earlier ones; 0 where only `clients` open some. */
  readonly rate: RatePlan;
  /** Clients that each open a connection after the other, beside those of `rate`. */
  readonly clients?: Clients;
  /** Default: that of the world. */
  readonly arrivals?: Arrivals;
  readonly fate: Fate;
  /** The shares of the connections that have another fate, drawn at random. */
  readonly otherFates?: readonly { readonly fate: Fate; readonly share: number }[];
  /** Default: the connection ends at once. */
  readonly life?: Life;
  /**
   * With `fin_wait2`: the peer's FIN arrives this many ms after our close, if the port is still held then. Default: never.
   */
  readonly peerFinMs?: number | PeerFin;
  /**
   * The client calls bind(address, 0) before connect(); with `wildcard` it binds 0.0.0.0 or ::, which takes a port that
   * no local address holds.
   */
  readonly binds?: boolean | 'wildcard';
  /** Default: a failed call is not repeated, except by `clients`, which repeat it after a second. */
  readonly retry?: Retry;
  /** Default: every SYN is answered at once. */
  readonly syn?: UnansweredSyn;
}

/** A change of the limits at `atMs`. */
interface LimitChange {
  readonly atMs: number;
  readonly limits: Partial<HostLimits>;
}

export interface World {
  readonly limits: HostLimits;
  /** Ascending. */
  readonly changes?: readonly LimitChange[];
  readonly granularity: Granularity;
  readonly streams: readonly Stream[];
  /** For streams that state none. Default: paced. */
  readonly arrivals?: Arrivals;
  /** The seed of everything random. Default: 1. */
  readonly seed?: number;
  /** Ports with a LISTEN socket, and ports that are bound without being connected. */
  readonly listeners?: readonly number[];
  readonly bound?: readonly number[];
  /** Whether the peers negotiate timestamps. Default: true. */
  readonly timestamps?: boolean;
  /** Records the instants of all closes. */
  readonly recordCloses?: boolean;
}

const RANGE_1000 = { first: 20_000, last: 20_999 };

/** HZ=250, and the first boundary after 60 s is at 61.42 s: the phase of the measured rows. */
export const LEARNED: Granularity = {
  hz: 250,
  timeWaitMs: 2048,
  phaseMs: (MONOTONIC_START + 61_420) % 2048,
  learned: true,
};

/** @throws {Error} quoting a value that is invalid. */
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
  streams.forEach(({ to, clients, life }, index) => {
    if (to.length === 0) throw new Error(`stream ${index} has no destination: name at least one`);
    if (clients !== undefined && clients.pause === undefined && (life === undefined || 'untilMs' in life)) {
      throw new Error(
        `stream ${index} has clients without a pause whose connections may end at once: no time would pass`,
      );
    }
  });
}

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
    skipsBoundPorts: false,
    synRetries: 6,
    synLinearTimeouts: 4,
    orphanRetries: 0,
    ...changes,
  };
}
