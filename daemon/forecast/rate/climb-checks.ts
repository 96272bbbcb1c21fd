/** What a line through the closes must withstand before it counts as a climb: steps, misfit, and newest closes below it. */
import { computeBinAge, fitLine, type BinSums, type Fit } from './line-fit.js';

/** Gain in log likelihood that the second of two steps must bring before it counts. */
const SECOND_STEP_COST = 7;
/** Blocks in which the line must hold, and by how many standard deviations chi-square may exceed its mean. */
const BLOCKS = 16;
const MISFIT = 3;
/** The closes of these newest seconds are compared with the line through the older closes. */
const NEWEST_SECONDS = [10, 20, 40] as const;
/** The rate has settled where the newest closes lie further below the line than this, in standard deviations. */
const SETTLED_BELOW = -3.5;
/** The newest closes are compared only where the rise is longer than them by this factor. */
const MIN_RISE_OVER_NEWEST = 2.5;

/** Gain in log likelihood of the line over a constant rate. @param noise variance of the count of one bin. */
export function computeLineGain({ slope, spread }: Fit, noise: number): number {
  return (slope * slope * spread) / (2 * noise);
}

/** Gain in log likelihood over a constant rate of the best one or two sudden changes, however recent they are. */
export function findBestStepGain({ closes }: BinSums, length: number, noise: number): number {
  const all = closes[length] ?? 0;
  const base = (all * all) / length;
  const cuts = listCuts(length);
  let best = 0;
  for (const [index, newer] of cuts.entries()) {
    const newest = closes[newer] ?? 0;
    const first = (newest * newest) / newer - base;
    const rest = all - newest;
    best = Math.max(best, first + (rest * rest) / (length - newer));
    for (let k = index + 1; k < cuts.length; k += 1) {
      const older = cuts[k] ?? length;
      const middle = (closes[older] ?? 0) - newest;
      const oldest = all - newest - middle;
      const gain = first + (middle * middle) / (older - newer) + (oldest * oldest) / (length - older);
      best = Math.max(best, gain - SECOND_STEP_COST * 2 * noise);
    }
  }
  return best / (2 * noise);
}

/** Whether the line holds in every part of the span. A step or an earlier burst before the rise breaks it. */
export function fitsThroughout(sums: BinSums, fit: Fit, { length, phi }: { length: number; phi: number }): boolean {
  const { knee, now, slope } = fit;
  const { closes, binSeconds } = sums;
  const rise = slope * binSeconds;
  let misfit = 0;
  for (let block = 0; block < BLOCKS; block += 1) {
    const newer = Math.round((block * length) / BLOCKS);
    const older = Math.round(((block + 1) * length) / BLOCKS);
    // The line falls with age as far as the knee, and stays level beyond it.
    const [from, to] = [Math.min(newer, knee), Math.min(older, knee)];
    const level = now - slope * computeBinAge(sums, knee);
    const expected = level * (older - newer) + rise * ((to - from) * knee - (to * to - from * from) / 2);
    const seen = (closes[older] ?? 0) - (closes[newer] ?? 0);
    misfit += (seen - expected) ** 2 / (phi * Math.max(1, expected));
  }
  return misfit < BLOCKS + MISFIT * Math.sqrt(2 * BLOCKS);
}

/** Whether the newest closes lie clearly below the line through the older ones: the rate no longer climbs. */
export function hasSettled(sums: BinSums, by: { length: number; knee: number; phi: number }): boolean {
  const { length, knee, phi } = by;
  const { closes, binSeconds } = sums;
  return NEWEST_SECONDS.some((seconds) => {
    const newest = Math.round(seconds / binSeconds);
    if (newest * MIN_RISE_OVER_NEWEST > knee) return false;
    const { now, slope, spread, lever } = fitLine(sums, { from: newest, to: length, knee });
    const middle = computeBinAge(sums, newest / 2);
    const expected = Math.max(0, (now - slope * middle) * newest);
    const level = ((closes[length] ?? 0) - (closes[newest] ?? 0)) / (length - newest);
    const fitVariance = phi * level * (1 / (length - newest) + (lever - middle) ** 2 / spread) * newest ** 2;
    const z = ((closes[newest] ?? 0) - expected) / Math.sqrt(phi * Math.max(1, expected) + fitVariance);
    return z < SETTLED_BELOW;
  });
}

/** Where steps are tried: at every bin of the newest 20 s, then more coarsely, as an old step need not be placed exactly. */
function listCuts(length: number): number[] {
  const cuts: number[] = [];
  for (let cut = 1; cut < length; cut += cut < 10 ? 1 : cut < 40 ? 3 : 8) cuts.push(cut);
  return cuts;
}
