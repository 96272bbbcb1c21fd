/**
 * The schedule of one pool, second by second, from the timers of one snapshot: the closes of the last minute, and the
 * ports that come free from now on.
 */
import type { Granularity } from '../host/release-granularity.js';
import type { HostLimits } from '../host/limits.js';
import type { Reuse, TimedPorts } from '../pool/pool.js';
import { MINUTE_MS, SECOND_MS } from '../units.js';
import { computeHoldMs, createTimings, scheduleReleases } from './release.js';
import { STATE } from '../snapshot/snapshot.js';

/** The closes of so many seconds before the snapshot are counted. */
const PAST_SECONDS = MINUTE_MS / SECOND_MS;
/** Releases later than this, which only a very long `tcp_fin_timeout` makes, are counted together. */
const MAX_AHEAD_SECONDS = 300;

/** What the schedule is made of. */
export interface TimedSample {
  /** The timed ports of each pool, by its id. */
  readonly timed: ReadonlyMap<string, TimedPorts>;
  readonly monotonicMs: number;
  readonly hasTimers: boolean;
  readonly limits: HostLimits;
  readonly granularity: Granularity;
}

export interface ReleaseSchedule {
  /** How long a port of the pool is held at most. */
  readonly holdMs: number;
  /** The closes in each of the last 60 seconds, the oldest second first; null where the rows have no timers. */
  readonly closes: readonly number[] | null;
  /** The ports that come free in each of the next seconds, at least 60 of them; null where the rows have no timers. */
  readonly releases: readonly number[] | null;
  /** Ports that come free after the last of those seconds. */
  readonly later: number;
  /** Ports in TIME_WAIT that connect() may take again already. */
  readonly reusable: number;
  /** Whether every count is known to its second. */
  readonly isExact: boolean;
  /** Why the counts are missing, or not exact; null where they are exact. */
  readonly why: string | null;
}

/** The sum of `releases`, `later` and `reusable` is the number of timed ports. */
export function describeReleases(timed: TimedPorts, reuse: Reuse, sample: TimedSample): ReleaseSchedule {
  const { limits, granularity, monotonicMs, hasTimers } = sample;
  const timings = createTimings(reuse, limits, { granularity, monotonicMs });
  const holdMs = computeHoldMs(timings.timeWait);
  if (!hasTimers) {
    const why =
      'the source of the socket table shows no timers, so it is not known when a port was closed or comes free';
    return { holdMs, closes: null, releases: null, later: 0, reusable: 0, isExact: false, why };
  }
  const { atMs, ports } = scheduleReleases(timed, timings, { reuse, timeWaitMs: limits.timeWaitMs });
  const releases = new Array<number>(PAST_SECONDS).fill(0);
  let later = 0;
  let scheduled = 0;
  atMs.forEach((at, index) => {
    const second = Math.floor(at / SECOND_MS);
    const count = ports[index] ?? 0;
    scheduled += count;
    if (second >= MAX_AHEAD_SECONDS) {
      later += count;
      return;
    }
    while (releases.length <= second) releases.push(0);
    releases[second] = (releases[second] ?? 0) + count;
  });
  // What no release is scheduled for is free already: reusable, or due at this instant.
  const free = timed.state.length - scheduled;
  const reusable = reuse === 'after_delay' ? free : 0;
  releases[0] = (releases[0] ?? 0) + free - reusable;
  const why = explainInexact(
    reuse,
    timings.timeWait.grid !== null,
    computeRoundingSeconds(timings.timeWait.roundingMs),
  );
  const closes = countCloses(timed, limits.timeWaitMs, timings.finWait2.durationMs);
  return { holdMs, closes, releases, later, reusable, isExact: why === null, why };
}

/** A timer starts at the close, so what has passed of it is the age of the close. */
function countCloses({ state, expiresMs }: TimedPorts, timeWaitMs: number, finWait2Ms: number): number[] {
  const closes = new Array<number>(PAST_SECONDS).fill(0);
  for (let i = 0; i < state.length; i += 1) {
    const durationMs = state[i] === STATE.FIN_WAIT2 ? finWait2Ms : timeWaitMs;
    const second = PAST_SECONDS - 1 - Math.floor((durationMs - (expiresMs[i] ?? 0)) / SECOND_MS);
    if (second >= 0 && second < PAST_SECONDS) closes[second] = (closes[second] ?? 0) + 1;
  }
  return closes;
}

function explainInexact(reuse: Reuse, knowsBoundaries: boolean, roundingSeconds: string): string | null {
  if (reuse === 'after_delay') {
    return 'TIME_WAIT ports of this pool are used again after a delay, and a port that was used again no longer shows its earlier close';
  }
  if (!knowsBoundaries && roundingSeconds !== '0') {
    return `the instants at which the kernel releases ports are not known yet, so a port may come free up to ${roundingSeconds} s earlier than shown`;
  }
  return null;
}

function computeRoundingSeconds(roundingMs: number): string {
  return (Math.round(roundingMs / 100) / 10).toString();
}
