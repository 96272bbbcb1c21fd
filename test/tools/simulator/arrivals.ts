/**
 * The instants at which the connections of a stream arrive: random processes whose mean is the plan at every instant.
 */
import type { Intensity } from './plan.js';
import { exponential, geometric, normal, type Random } from './random.js';

export type Arrivals =
  /** Evenly spaced: one arrival each time the expected count of the plan grows by one. */
  | { readonly kind: 'paced' }
  | { readonly kind: 'poisson' }
  /**
   * Neyman-Scott process: clusters at Poisson instants, each of a geometric number of connections with this mean. Each
   * connection arrives after an exponential time of mean `spreadMs` from the begin of its cluster.
   */
  | { readonly kind: 'clusters'; readonly mean: number; readonly spreadMs: number }
  /**
   * Cox process: Poisson with the rate multiplied by log-normal noise of mean 1 and this relative standard deviation.
   * The logarithm of the noise is an AR(1) process on steps of 250 ms with a correlation time of `correlationMs`.
   */
  | { readonly kind: 'modulated'; readonly relativeSd: number; readonly correlationMs: number };

/** The next instant in ms, ascending; `Infinity` when there is none. */
type ArrivalTimes = () => number;

const NOISE_STEP_MS = 250;

/** Clusters are generated a block at a time. Connections that arrive in later blocks are kept for them. */
const BLOCK_MS = 1000;

/** After this many mean times a share of 2e-9 of a cluster is still to come. */
const REACH = 20;

export function arrivalTimes(arrivals: Arrivals, intensity: Intensity, random: Random): ArrivalTimes {
  switch (arrivals.kind) {
    case 'paced':
      return renewal(intensity, () => 1);
    case 'poisson':
      return renewal(intensity, () => exponential(random));
    case 'clusters':
      return clustered(arrivals, intensity, random);
    case 'modulated':
      return modulated(arrivals, intensity, random);
  }
}

/**
 * The long-run variance over mean of the counts (phi) at a steady rate per second; with `blockMs`, of blocks of that
 * length. It depends on the rate for `modulated` arrivals only. Paced arrivals have no variance.
 */
export function dispersionOf(arrivals: Arrivals, rate: number, blockMs = Infinity): number {
  switch (arrivals.kind) {
    case 'paced':
      return 0;
    case 'poisson':
      return 1;
    case 'clusters': {
      // E[N^2] / E[N] of a geometric N is 2 m - 1; the distance between two connections of a cluster has a Laplace
      // distribution.
      const blocks = blockMs / arrivals.spreadMs;
      const seen = blockMs === Infinity ? 1 : 1 - (1 - Math.exp(-blocks)) / blocks;
      return 1 + 2 * (arrivals.mean - 1) * seen;
    }
    case 'modulated': {
      // The noise at two steps k apart has covariance exp(sigma^2 rho^k) - 1.
      const { variance, rho } = logNoise(arrivals);
      const count = blockMs / NOISE_STEP_MS;
      let sum = Math.expm1(variance);
      for (let k = 1, power = rho; power > 1e-12 && k < count; k += 1, power *= rho) {
        sum += 2 * (1 - k / count) * Math.expm1(variance * power);
      }
      return 1 + (rate * NOISE_STEP_MS * sum) / 1000;
    }
  }
}

function renewal(intensity: Intensity, gap: () => number): ArrivalTimes {
  let expected = 0;
  return () => intensity.invert((expected += gap()));
}

function logNoise(of: { readonly relativeSd: number; readonly correlationMs: number }) {
  return { variance: Math.log1p(of.relativeSd ** 2), rho: Math.exp(-NOISE_STEP_MS / of.correlationMs) };
}

function modulated(
  of: { readonly relativeSd: number; readonly correlationMs: number },
  intensity: Intensity,
  random: Random,
): ArrivalTimes {
  const { variance, rho } = logNoise(of);
  const [sd, innovation] = [Math.sqrt(variance), Math.sqrt(1 - rho * rho)];
  let level = normal(random);
  let factor = Math.exp(sd * level - variance / 2);
  let stepEnd = NOISE_STEP_MS;
  let expected = 0;
  let expectedAtEnd = intensity.cumulative(stepEnd);
  return () => {
    let need = exponential(random);
    for (;;) {
      const inStep = factor * (expectedAtEnd - expected);
      if (need <= inStep) {
        expected += need / factor;
        return Math.min(stepEnd, intensity.invert(expected));
      }
      need -= inStep;
      expected = expectedAtEnd;
      if (inStep === 0 && intensity.invert(expected + 1e-9) === Infinity) return Infinity;
      level = rho * level + innovation * normal(random);
      factor = Math.exp(sd * level - variance / 2);
      stepEnd += NOISE_STEP_MS;
      expectedAtEnd = intensity.cumulative(stepEnd);
    }
  };
}

/**
 * Each cluster has a level, uniform between 0 and the highest rate within its reach, and emits its connections only
 * while the plan is above that level. The mean is therefore the plan at every instant, also right after a step, and
 * where the plan is level a cluster is complete, so that phi is that of a steady rate.
 */
function clustered(
  of: { readonly mean: number; readonly spreadMs: number },
  intensity: Intensity,
  random: Random,
): ArrivalTimes {
  const reachMs = REACH * of.spreadMs;
  const waiting = new Map<number, number[]>();
  let block = -Math.ceil(reachMs / BLOCK_MS);
  let due = new Float64Array(0);
  let next = 0;
  const beginClusters = (fromMs: number): void => {
    const peak = intensity.peak(fromMs, fromMs + BLOCK_MS + reachMs);
    if (peak === 0) return;
    const gapMs = (1000 * of.mean) / peak;
    for (let at = fromMs + gapMs * exponential(random); at < fromMs + BLOCK_MS; at += gapMs * exponential(random)) {
      const level = peak * random();
      for (let left = geometric(random, of.mean); left > 0; left -= 1) {
        const ms = at + of.spreadMs * exponential(random);
        if (ms < 0 || level >= intensity.rateAt(ms)) continue;
        const inBlock = Math.floor(ms / BLOCK_MS);
        const list = waiting.get(inBlock);
        if (list === undefined) waiting.set(inBlock, [ms]);
        else list.push(ms);
      }
    }
  };
  return () => {
    while (next === due.length) {
      beginClusters(block * BLOCK_MS);
      due = Float64Array.from(waiting.get(block) ?? []).sort();
      waiting.delete(block);
      next = 0;
      block += 1;
      if (due.length === 0 && waiting.size === 0 && intensity.peak(block * BLOCK_MS, Infinity) === 0) return Infinity;
    }
    return due[next++] ?? Infinity;
  };
}
