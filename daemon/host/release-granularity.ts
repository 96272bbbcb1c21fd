/** Learns the steps in which the kernel's timer wheel releases TIME_WAIT ports, from the instants at which their count fell. */
import { TIME_WAIT_MS } from './kernel-constants.js';

/** The steps in which the kernel's timer wheel releases TIME_WAIT ports (kernel rule 12). */
export interface Granularity {
  /** The kernel's tick rate, or null where it could not be found. */
  readonly hz: number | null;
  /** Step of a 60 s timer: 512 or 4096 ticks. The upper bound for this kernel until `learned`. */
  readonly timeWaitMs: number;
  /** Releases of 60 s timers happen at monotonicMs = phaseMs + n x timeWaitMs; null until learned. */
  readonly phaseMs: number | null;
  /** True once the steps of sockstat `tw` have confirmed step and phase. */
  readonly learned: boolean;
}

/** One fall of sockstat `tw`: when (CLOCK_MONOTONIC, known to about 20 ms) and by how many ports. */
export interface ReleaseFall {
  readonly monotonicMs: number;
  readonly size: number;
}

/** CONFIG_HZ of the kernels there are. */
const HZ_CANDIDATES = [100, 250, 300, 1000] as const;
/** LVL_SIZE of kernel/time/timer.c: slots of one level. */
const WHEEL_SLOTS = 64;
/** LVL_DEPTH less one: the coarsest level. */
const WHEEL_TOP_LEVEL = 8;
/** One batch of releases may be seen as two falls by a reader that polls while the kernel works it off. */
const SAME_BATCH_MS = 80;
/** Half the width of the window in which a fall counts as being on a boundary: reader +/- 20 ms, plus one slow poll. */
const TOLERANCE_MS = 45;
/** Share of falls that other timers (FIN_WAIT2, reuse) may cause. */
const STRAY_SHARE = 0.1;
/** Of all the ports that fell, this share of the largest falls is looked at: small ones are other timers'. */
const WEIGHT_LOOKED_AT = 0.85;
const MIN_FALLS = 4;
const MIN_SHARE_ON_GRID = 0.8;
/** Log of the odds by which the best step must beat every other step, and chance. */
const MIN_LOG_ODDS = 4;

/**
 * Step by which a timer of `durationMs` is rounded up, in ms. Source: LVL_START and LVL_GRAN of kernel/time/timer.c:
 * level n takes delays from 63 x 8^(n-1) ticks and has slots of 8^n ticks. 60 s at 250 Hz: 512 ticks, 2,048 ms.
 */
export function wheelGranularityMs(durationMs: number, hz: number): number {
  const ticks = (durationMs * hz) / 1000;
  let level = 0;
  while (level < WHEEL_TOP_LEVEL && ticks >= (WHEEL_SLOTS - 1) * 8 ** level) level += 1;
  return (8 ** level * 1000) / hz;
}

/** Nothing known: the coarsest step of any kernel, 5.12 s at 100 Hz. */
export const UNKNOWN_GRANULARITY: Granularity = {
  hz: null,
  timeWaitMs: Math.max(...HZ_CANDIDATES.map((hz) => wheelGranularityMs(TIME_WAIT_MS, hz))),
  phaseMs: null,
  learned: false,
};

interface Fit {
  readonly hz: number;
  readonly stepMs: number;
  readonly phaseMs: number;
  readonly logLikelihood: number;
  /** Share of the falls (by size) on a boundary, and how many different boundaries they lie on. */
  readonly shareOnGrid: number;
  readonly boundaries: number;
}

/**
 * Step and phase of the release boundaries that explain the falls.
 * Only `hz` is tried when given, else every CONFIG_HZ. A step that is a multiple of another (4.096 s of 2.048 s, 5.12 s
 * of 1.707 s) explains fewer instants and so wins only when every fall lies on it: each such fall doubles its odds.
 * @returns `learned: true` only when several falls on different boundaries agree; until then the bound for that kernel.
 */
export function learnGranularity(falls: readonly ReleaseFall[], hz: number | null): Granularity {
  const unknown =
    hz === null
      ? UNKNOWN_GRANULARITY
      : { hz, timeWaitMs: wheelGranularityMs(TIME_WAIT_MS, hz), phaseMs: null, learned: false };
  const batches = largest(mergeBatches(falls));
  if (batches.length < MIN_FALLS) return unknown;

  const fits = (hz === null ? HZ_CANDIDATES : [hz])
    .map((candidate) => fit(batches, candidate))
    .sort((a, b) => b.logLikelihood - a.logLikelihood);
  const [best, second] = fits;
  if (best === undefined || best.boundaries < MIN_FALLS || best.shareOnGrid < MIN_SHARE_ON_GRID) return unknown;
  // Falls at arbitrary instants have likelihood 1 by construction, so the log likelihood is the odds against chance.
  if (best.logLikelihood - Math.max(0, second?.logLikelihood ?? 0) < MIN_LOG_ODDS) return unknown;
  return { hz: best.hz, timeWaitMs: best.stepMs, phaseMs: best.phaseMs, learned: true };
}

function mergeBatches(falls: readonly ReleaseFall[]): ReleaseFall[] {
  const sorted = falls.filter((fall) => fall.size > 0).sort((a, b) => a.monotonicMs - b.monotonicMs);
  const merged: ReleaseFall[] = [];
  for (const fall of sorted) {
    const last = merged.at(-1);
    if (last === undefined || fall.monotonicMs - last.monotonicMs > SAME_BATCH_MS) {
      merged.push(fall);
      continue;
    }
    const size = last.size + fall.size;
    const monotonicMs = (last.monotonicMs * last.size + fall.monotonicMs * fall.size) / size;
    merged[merged.length - 1] = { monotonicMs, size };
  }
  return merged;
}

/** The largest falls that together make up most of what fell. */
function largest(falls: readonly ReleaseFall[]): ReleaseFall[] {
  const total = falls.reduce((sum, fall) => sum + fall.size, 0);
  const bySize = [...falls].sort((a, b) => b.size - a.size);
  let taken = 0;
  const kept: ReleaseFall[] = [];
  let smallest = Infinity;
  for (const fall of bySize) {
    if (taken >= WEIGHT_LOOKED_AT * total && fall.size < smallest) break;
    taken += fall.size;
    smallest = fall.size;
    kept.push(fall);
  }
  return kept.sort((a, b) => a.monotonicMs - b.monotonicMs);
}

/** The best phase for one step: every fall proposes its own residue; the mean of those that agree refines it. */
function fit(falls: readonly ReleaseFall[], hz: number): Fit {
  const stepMs = wheelGranularityMs(TIME_WAIT_MS, hz);
  let best: Fit | null = null;
  for (const fall of falls) {
    const refined = refine(falls, stepMs, fall.monotonicMs);
    const candidate = score(falls, { hz, stepMs, phaseMs: refined });
    if (best === null || candidate.logLikelihood > best.logLikelihood) best = candidate;
  }
  return best ?? { hz, stepMs, phaseMs: 0, logLikelihood: -Infinity, shareOnGrid: 0, boundaries: 0 };
}

function refine(falls: readonly ReleaseFall[], stepMs: number, phaseMs: number): number {
  let sum = 0;
  let count = 0;
  for (const fall of falls) {
    const off = offGrid(fall.monotonicMs, stepMs, phaseMs);
    if (Math.abs(off) > TOLERANCE_MS) continue;
    sum += off;
    count += 1;
  }
  const refined = phaseMs + (count === 0 ? 0 : sum / count);
  return refined - Math.floor(refined / stepMs) * stepMs;
}

function score(falls: readonly ReleaseFall[], grid: { hz: number; stepMs: number; phaseMs: number }): Fit {
  const { stepMs, phaseMs } = grid;
  let logLikelihood = 0;
  let onGrid = 0;
  let total = 0;
  const boundaries = new Set<number>();
  // Density of a fall relative to one at an arbitrary instant: a window of 2 x tolerance in every step, or a stray.
  const inside = Math.log((1 - STRAY_SHARE) * (stepMs / (2 * TOLERANCE_MS)) + STRAY_SHARE);
  const outside = Math.log(STRAY_SHARE);
  for (const fall of falls) {
    total += fall.size;
    if (Math.abs(offGrid(fall.monotonicMs, stepMs, phaseMs)) > TOLERANCE_MS) {
      logLikelihood += outside;
      continue;
    }
    onGrid += fall.size;
    logLikelihood += inside;
    boundaries.add(Math.round((fall.monotonicMs - phaseMs) / stepMs));
  }
  // The phase was chosen to fit: it costs what one fall brings.
  logLikelihood -= inside;
  return { ...grid, logLikelihood, shareOnGrid: total === 0 ? 0 : onGrid / total, boundaries: boundaries.size };
}

/** Signed distance to the nearest boundary. */
function offGrid(monotonicMs: number, stepMs: number, phaseMs: number): number {
  const turns = (monotonicMs - phaseMs) / stepMs;
  return (turns - Math.round(turns)) * stepMs;
}
