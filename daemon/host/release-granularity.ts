/**
 * Learns the release step: the kernel's timer wheel releases TIME_WAIT ports in batches, and the instants at which the
 * count of TIME_WAIT sockets fell show when the batches come (kernel rule 12).
 */
import { SECOND_MS } from '../units.js';
import { TIME_WAIT_MS } from './kernel-constants.js';

/** The values of CONFIG_HZ that kernels are built with. */
const HZ_CANDIDATES = [100, 250, 300, 1000] as const;
/** LVL_SIZE of kernel/time/timer.c: the number of slots of one level. */
const WHEEL_SLOTS = 64;
/** LVL_DEPTH less one: the coarsest level. */
const WHEEL_TOP_LEVEL = 8;
/** A reader that polls while the kernel works off a batch may see the batch as two falls, at most this far apart. */
const SAME_BATCH_MS = 80;
/** How far from a boundary a fall may be seen and still count as on it: 20 ms of the reader and one slow poll. */
const TOLERANCE_MS = 45;
/** The share of falls that other timers (FIN_WAIT2, reuse) may cause. */
const STRAY_SHARE = 0.1;
/**
 * Only the largest falls that together hold this share of the released ports are used: small ones come from other
 * timers.
 */
const USED_SHARE = 0.85;
const MIN_FALLS = 4;
const MIN_SHARE_ON_GRID = 0.8;
/** The best step must beat every other step, and chance, by this log of the odds. */
const MIN_LOG_ODDS = 4;

/** The bound for a kernel of which nothing is known yet: the largest step of any kernel, 5.12 s at 100 Hz. */
export const UNKNOWN_GRANULARITY: Granularity = {
  hz: null,
  timeWaitMs: boundGranularityMs(TIME_WAIT_MS, null),
  phaseMs: null,
  learned: false,
};

/** When the kernel's timer wheel releases TIME_WAIT ports: at instants that are one step apart (kernel rule 12). */
export interface Granularity {
  /** The kernel's tick rate CONFIG_HZ, in ticks per second; null where it could not be found. */
  readonly hz: number | null;
  /**
   * The step of a timer as long as TIME_WAIT, for 60 s 512 or 4096 ticks. Until `learned`, the largest step that this
   * kernel may have.
   */
  readonly timeWaitMs: number;
  /** TIME_WAIT timers are released at `monotonicMs = phaseMs + n x timeWaitMs` for whole n; null until `learned`. */
  readonly phaseMs: number | null;
  /** True once the falls of the `tw` count in /proc/net/sockstat have confirmed the step and the phase. */
  readonly learned: boolean;
}

/** One fall of the `tw` count in /proc/net/sockstat. */
export interface ReleaseFall {
  /** CLOCK_MONOTONIC, exact to about 20 ms. */
  readonly monotonicMs: number;
  /** How many ports were released. */
  readonly size: number;
}

/** A step and a phase, and how well they explain the falls. */
interface Fit {
  readonly hz: number;
  readonly stepMs: number;
  readonly phaseMs: number;
  readonly logLikelihood: number;
  /** The share of the released ports whose fall lies on a boundary. */
  readonly shareOnGrid: number;
  /** On how many different boundaries these falls lie. */
  readonly boundaries: number;
}

/**
 * The step in ms to which the timer wheel rounds up a timer of `durationMs` on a kernel with `hz` ticks per second.
 * Source: LVL_START and LVL_GRAN of kernel/time/timer.c: level n takes delays from 63 x 8^(n-1) ticks and has slots of
 * 8^n ticks. 60 s at 250 Hz: 512 ticks, 2,048 ms.
 */
export function wheelGranularityMs(durationMs: number, hz: number): number {
  const ticks = (durationMs * hz) / SECOND_MS;
  let level = 0;
  while (level < WHEEL_TOP_LEVEL && ticks >= (WHEEL_SLOTS - 1) * 8 ** level) level += 1;
  return (8 ** level * SECOND_MS) / hz;
}

/** The step in ms of a timer of `durationMs`; with `hz` null the coarsest one of any kernel. */
export function boundGranularityMs(durationMs: number, hz: number | null): number {
  const candidates = hz === null ? HZ_CANDIDATES : [hz];
  return Math.max(...candidates.map((candidate) => wheelGranularityMs(durationMs, candidate)));
}

/**
 * What is known of the release of TIME_WAIT timers once their length has changed to `timeWaitMs`. All levels of the
 * wheel count the same ticks, so the boundaries of a step are boundaries of each finer step too; those of a coarser
 * step must be learned anew.
 */
export function adaptGranularity(granularity: Granularity, timeWaitMs: number): Granularity {
  const { hz, phaseMs, learned } = granularity;
  const stepMs = boundGranularityMs(timeWaitMs, hz);
  if (!learned || phaseMs === null || stepMs > granularity.timeWaitMs) {
    return { hz, timeWaitMs: stepMs, phaseMs: null, learned: false };
  }
  return { hz, timeWaitMs: stepMs, phaseMs: phaseMs % stepMs, learned };
}

/**
 * Finds the step and the phase of the release boundaries that explain the falls best. A step that is a multiple of
 * another one (4.096 s of 2.048 s, 5.12 s of 1.707 s) has fewer boundaries. So it wins only when every fall lies on one
 * of them: each such fall doubles the odds of the larger step.
 * @param hz the tick rate where it is known; with null every CONFIG_HZ is tried.
 * @param timeWaitMs how long TIME_WAIT lasts.
 * @returns `learned: true` only when several falls on different boundaries agree; else the bound for that kernel.
 */
export function learnGranularity(
  falls: readonly ReleaseFall[],
  hz: number | null,
  timeWaitMs = TIME_WAIT_MS,
): Granularity {
  const bound = { hz, timeWaitMs: boundGranularityMs(timeWaitMs, hz), phaseMs: null, learned: false };
  const batches = selectLargest(mergeBatches(falls));
  if (batches.length < MIN_FALLS) return bound;

  const fits = (hz === null ? HZ_CANDIDATES : [hz])
    .map((candidate) => fitStep(batches, candidate, timeWaitMs))
    .sort((a, b) => b.logLikelihood - a.logLikelihood);
  const [best, second] = fits;
  if (best === undefined || best.boundaries < MIN_FALLS || best.shareOnGrid < MIN_SHARE_ON_GRID) return bound;
  // Falls at arbitrary instants have a likelihood of 1, so the log likelihood is the log of the odds against chance.
  if (best.logLikelihood - Math.max(0, second?.logLikelihood ?? 0) < MIN_LOG_ODDS) return bound;
  return { hz: best.hz, timeWaitMs: best.stepMs, phaseMs: best.phaseMs, learned: true };
}

/** Joins the falls of one batch into one, at their mean instant. The result ascends in time. */
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

/**
 * The largest falls that together hold `USED_SHARE` of the released ports, and all falls of the same size as the least.
 */
function selectLargest(falls: readonly ReleaseFall[]): ReleaseFall[] {
  const total = falls.reduce((sum, fall) => sum + fall.size, 0);
  const bySize = [...falls].sort((a, b) => b.size - a.size);
  let selectedSize = 0;
  const selected: ReleaseFall[] = [];
  let smallest = Infinity;
  for (const fall of bySize) {
    if (selectedSize >= USED_SHARE * total && fall.size < smallest) break;
    selectedSize += fall.size;
    smallest = fall.size;
    selected.push(fall);
  }
  return selected.sort((a, b) => a.monotonicMs - b.monotonicMs);
}

/**
 * The best phase for the step of one tick rate. Each fall is tried as a boundary, and the falls that agree refine it.
 */
function fitStep(falls: readonly ReleaseFall[], hz: number, timeWaitMs: number): Fit {
  const stepMs = wheelGranularityMs(timeWaitMs, hz);
  let best: Fit | null = null;
  for (const fall of falls) {
    const phaseMs = refinePhase(falls, stepMs, fall.monotonicMs);
    const candidate = measureFit(falls, { hz, stepMs, phaseMs });
    if (best === null || candidate.logLikelihood > best.logLikelihood) best = candidate;
  }
  return best ?? { hz, stepMs, phaseMs: 0, logLikelihood: -Infinity, shareOnGrid: 0, boundaries: 0 };
}

/** Moves the phase to the mean of the falls that lie on its boundaries. The result is from 0 up to `stepMs`. */
function refinePhase(falls: readonly ReleaseFall[], stepMs: number, phaseMs: number): number {
  let sum = 0;
  let count = 0;
  for (const fall of falls) {
    const offset = measureOffset(fall.monotonicMs, stepMs, phaseMs);
    if (Math.abs(offset) > TOLERANCE_MS) continue;
    sum += offset;
    count += 1;
  }
  const refined = phaseMs + (count === 0 ? 0 : sum / count);
  return refined - Math.floor(refined / stepMs) * stepMs;
}

/**
 * The likelihood of the falls with these boundaries, relative to falls at arbitrary instants: a fall is either on a
 * boundary, within a window of twice the tolerance in every step, or it is a stray of another timer.
 */
function measureFit(falls: readonly ReleaseFall[], grid: { hz: number; stepMs: number; phaseMs: number }): Fit {
  const { stepMs, phaseMs } = grid;
  const logOnGrid = Math.log((1 - STRAY_SHARE) * (stepMs / (2 * TOLERANCE_MS)) + STRAY_SHARE);
  const logStray = Math.log(STRAY_SHARE);
  let logLikelihood = 0;
  let onGrid = 0;
  let total = 0;
  const boundaries = new Set<number>();
  for (const fall of falls) {
    total += fall.size;
    if (Math.abs(measureOffset(fall.monotonicMs, stepMs, phaseMs)) > TOLERANCE_MS) {
      logLikelihood += logStray;
      continue;
    }
    onGrid += fall.size;
    logLikelihood += logOnGrid;
    boundaries.add(Math.round((fall.monotonicMs - phaseMs) / stepMs));
  }
  // The phase was chosen to fit the falls. This freedom is worth one fall on a boundary, which is taken off again.
  logLikelihood -= logOnGrid;
  return { ...grid, logLikelihood, shareOnGrid: total === 0 ? 0 : onGrid / total, boundaries: boundaries.size };
}

/** The signed distance in ms from the nearest boundary. */
function measureOffset(monotonicMs: number, stepMs: number, phaseMs: number): number {
  const turns = (monotonicMs - phaseMs) / stepMs;
  return (turns - Math.round(turns)) * stepMs;
}
