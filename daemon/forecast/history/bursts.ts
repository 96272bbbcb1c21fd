/**
 * Bursts: stretches of closes faster than the pool can sustain. At its start a burst is a lasting rise, and nothing in the
 * table tells them apart; what may tell is how long the earlier bursts of the same pool lasted.
 */
import type { Burst } from './types.js';

/** With fewer a pool's own history says less than "if this goes on". */
export const MIN_BURSTS = 8;
/** Shorter than the interval between two samples is no burst that could have been followed. */
const MIN_BURST_MS = 1000;
/** A dip this short does not end a burst. */
const DIP_MS = 3000;
/** A TIME_WAIT and a bit: from then on ports come free again, and a burst that still went on would show. */
const HELD_UP_MS = 80_000;
/** Share of the limit below which a burst is over: not at the limit itself, where a steady rate would flicker. */
const OVER_BELOW = 0.95;

/** The burst that is going on in one pool, if any. Instants on CLOCK_MONOTONIC. */
export interface BurstMemory {
  current: {
    beganMs: number;
    rate: number;
    readonly baseRate: number;
    exhausted: boolean;
    dippedMs: number | null;
  } | null;
  baseRate: number;
  /** After an exhaustion what goes on is still the same burst, held up until ports come free. */
  notBeforeMs: number;
}

export function createBurstMemory(): BurstMemory {
  return { current: null, baseRate: 0, notBeforeMs: 0 };
}

export interface BurstSighting {
  readonly poolId: string;
  readonly monotonicMs: number;
  readonly takenAtMs: number;
  /** Closes per second, and for how long the rate has been what it is. */
  readonly rate: number;
  readonly sinceMs: number;
  readonly sustainableRate: number;
  /** Nothing is available: the pool cannot show what would have gone on. */
  readonly exhausted: boolean;
}

/** Takes one sample of a pool. @returns the burst that it shows to be over. */
export function followBurst(memory: BurstMemory, seen: BurstSighting): Burst | null {
  const { current } = memory;
  const startedMs = seen.monotonicMs - seen.sinceMs;
  if (current === null) {
    if (seen.rate > seen.sustainableRate && !seen.exhausted && seen.monotonicMs >= memory.notBeforeMs) {
      const { baseRate } = memory;
      memory.current = { beganMs: startedMs, rate: seen.rate, baseRate, exhausted: false, dippedMs: null };
    } else if (!seen.exhausted) memory.baseRate = seen.rate;
    return null;
  }
  if (seen.exhausted) {
    memory.current = null;
    memory.notBeforeMs = seen.monotonicMs + HELD_UP_MS;
    return finished(current, seen, { endedMs: seen.monotonicMs, exhausted: true });
  }
  if (seen.rate > OVER_BELOW * seen.sustainableRate) {
    current.dippedMs = null;
    current.rate = seen.rate;
    return null;
  }
  current.dippedMs ??= Math.max(current.beganMs, startedMs);
  if (seen.monotonicMs - current.dippedMs < DIP_MS) return null;
  memory.current = null;
  memory.baseRate = seen.rate;
  return finished(current, seen, { endedMs: current.dippedMs, exhausted: false });
}

function finished(
  burst: NonNullable<BurstMemory['current']>,
  { poolId, monotonicMs, takenAtMs }: BurstSighting,
  end: { endedMs: number; exhausted: boolean },
): Burst | null {
  const durationMs = end.endedMs - burst.beganMs;
  if (durationMs < MIN_BURST_MS) return null;
  const { rate, baseRate } = burst;
  const beganAtMs = Math.round(takenAtMs - (monotonicMs - burst.beganMs));
  return { poolId, beganAtMs, durationMs: Math.round(durationMs), rate, baseRate, exhausted: end.exhausted };
}

/** How sharply one earlier burst speaks: half its weight within this share of its length. */
const BLUR = 0.35;
/** Weight of not knowing, in bursts, and what it then says of one that has outlived all others. */
const PRIOR_WEIGHT = 1;
const PRIOR_LASTS = 0.5;

/**
 * Probability that a burst which has lasted `ageMs` lasts `furtherMs` more, from how long the earlier ones lasted; one
 * that was cut off by exhaustion would have lasted longer (Kaplan and Meier's estimate, blurred).
 */
export function probabilityToLast(bursts: readonly Burst[], ageMs: number, furtherMs: number): number {
  if (furtherMs <= 0) return 1;
  const until = ageMs + furtherMs;
  let atRisk = PRIOR_WEIGHT;
  let lasting = PRIOR_WEIGHT * PRIOR_LASTS;
  for (const { durationMs, exhausted } of bursts) {
    const reached = beyond(durationMs, ageMs);
    // Cut off before `until`, it does not say whether it would have reached it.
    const known = exhausted ? beyond(durationMs, until) : reached;
    atRisk += known;
    lasting += Math.min(known, beyond(durationMs, until));
  }
  return lasting / atRisk;
}

/** 1 well beyond `ms`, 0 well below it. */
function beyond(durationMs: number, ms: number): number {
  if (ms <= 0) return 1;
  return 1 / (1 + Math.exp(-Math.log(durationMs / ms) / (BLUR / 2)));
}
