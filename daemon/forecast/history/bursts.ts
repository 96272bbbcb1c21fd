/**
 * Bursts: stretches of closes faster than the pool can sustain. At its start a burst looks exactly like a lasting rise.
 * How long the earlier bursts of the same pool lasted is what gives a probability.
 */
import { SECOND_MS } from '../../units.js';
import type { Burst } from './types.js';

/** With fewer bursts a pool's own history is too uncertain to be used. */
export const MIN_BURSTS = 2;

/** Shorter bursts are dropped: they are shorter than the interval between two samples. */
const MIN_BURST_MS = SECOND_MS;
/** A dip shorter than this does not end a burst. */
const DIP_MS = 3 * SECOND_MS;
/** One TIME_WAIT and a margin after an exhaustion: by then ports have come free, and a burst that goes on shows again. */
const HELD_UP_MS = 80 * SECOND_MS;
/** A burst is over below this share of the sustainable rate; at the rate itself a steady pool would flicker. */
const OVER_BELOW = 0.95;
/**
 * An earlier burst counts with half its weight at its own length. The weight changes within this share of the length,
 * or within the scatter of the lengths where enough bursts show it to be less.
 */
const MAX_BLUR = 0.35;
const MIN_BLUR = 0.1;
const MIN_FOR_BLUR = 5;
/** The general rule weighs as much as this many bursts. */
const PRIOR_WEIGHT = 0.5;

/** A burst that is going on. Instants on CLOCK_MONOTONIC. */
interface CurrentBurst {
  readonly beganMs: number;
  rate: number;
  readonly baseRate: number;
  /** When the rate fell below the limit; null while it is above. */
  dippedMs: number | null;
}

/** The bursts of one pool. */
export interface BurstMemory {
  current: CurrentBurst | null;
  baseRate: number;
  /** Until then no burst begins: after an exhaustion the traffic that goes on is still the same burst. */
  notBeforeMs: number;
}

/** What one sample shows of a pool. */
export interface BurstSighting {
  readonly poolId: string;
  readonly kind: Burst['kind'];
  readonly monotonicMs: number;
  readonly takenAtMs: number;
  /** Closes or added ports per second, and how long ago the rate took this value. */
  readonly rate: number;
  readonly sinceMs: number;
  readonly sustainableRate: number;
  /** No port is available, so a burst that goes on cannot show. */
  readonly exhausted: boolean;
}

export function createBurstMemory(): BurstMemory {
  return { current: null, baseRate: 0, notBeforeMs: 0 };
}

/** Adds one sample of a pool. @returns the burst that this sample shows to be over, or null. */
export function followBurst(memory: BurstMemory, sighting: BurstSighting): Burst | null {
  const { current } = memory;
  const { monotonicMs, rate, sustainableRate } = sighting;
  const startedMs = monotonicMs - sighting.sinceMs;
  if (current === null) {
    if (sighting.exhausted) return null;
    if (rate > sustainableRate && monotonicMs >= memory.notBeforeMs) {
      memory.current = { beganMs: startedMs, rate, baseRate: memory.baseRate, dippedMs: null };
    } else memory.baseRate = rate;
    return null;
  }
  if (sighting.exhausted) {
    memory.current = null;
    memory.notBeforeMs = monotonicMs + HELD_UP_MS;
    return describeBurst(current, sighting, { endedMs: monotonicMs, exhausted: true });
  }
  if (rate > OVER_BELOW * sustainableRate) {
    current.dippedMs = null;
    current.rate = rate;
    return null;
  }
  current.dippedMs ??= Math.max(current.beganMs, startedMs);
  if (monotonicMs - current.dippedMs < DIP_MS) return null;
  memory.current = null;
  memory.baseRate = rate;
  return describeBurst(current, sighting, { endedMs: current.dippedMs, exhausted: false });
}

/**
 * Probability that a burst which has lasted `ageMs` lasts `furtherMs` more, by the lengths of the earlier bursts. A burst
 * that an exhaustion cut off would have lasted longer (Kaplan and Meier's estimate, with each length blurred). The
 * earlier bursts that were shorter than `ageMs` show nothing of a burst that has outlasted them: where it has outlasted
 * all of them, `byRule` is left, the probability without any history.
 */
export function estimateProbabilityToLast(
  bursts: readonly Burst[],
  { ageMs, furtherMs, byRule }: { ageMs: number; furtherMs: number; byRule: number },
): number {
  if (furtherMs <= 0) return 1;
  const blur = findBlur(bursts);
  let atRisk = PRIOR_WEIGHT;
  let lasting = PRIOR_WEIGHT * byRule;
  for (const { durationMs, exhausted } of bursts) {
    const reachedAge = weighLonger(durationMs, ageMs, blur);
    const reachedEnd = weighLonger(durationMs, ageMs + furtherMs, blur);
    // A burst that was cut off before that does not show whether it would have lasted until then.
    const counted = exhausted ? reachedEnd : reachedAge;
    atRisk += counted;
    lasting += Math.min(counted, reachedEnd);
  }
  return lasting / atRisk;
}

/** Bursts of like lengths show more exactly how long the next one lasts. */
function findBlur(bursts: readonly Burst[]): number {
  const logs = bursts.map(({ durationMs }) => Math.log(durationMs));
  if (logs.length < MIN_FOR_BLUR) return MAX_BLUR;
  const mean = logs.reduce((sum, log) => sum + log, 0) / logs.length;
  const variance = logs.reduce((sum, log) => sum + (log - mean) ** 2, 0) / (logs.length - 1);
  return Math.min(MAX_BLUR, Math.max(MIN_BLUR, Math.sqrt(variance)));
}

function describeBurst(
  { beganMs, rate, baseRate }: CurrentBurst,
  { poolId, kind, monotonicMs, takenAtMs }: BurstSighting,
  end: { endedMs: number; exhausted: boolean },
): Burst | null {
  const durationMs = end.endedMs - beganMs;
  if (durationMs < MIN_BURST_MS) return null;
  const beganAtMs = Math.round(takenAtMs - (monotonicMs - beganMs));
  return { poolId, kind, beganAtMs, durationMs: Math.round(durationMs), rate, baseRate, exhausted: end.exhausted };
}

/** Whether a burst lasted longer than `ms`: 1 for a much longer burst, 0.5 at its own length, 0 for a much shorter one. */
function weighLonger(durationMs: number, ms: number, blur: number): number {
  if (ms <= 0) return 1;
  return 1 / (1 + Math.exp(-Math.log(durationMs / ms) / (blur / 2)));
}
