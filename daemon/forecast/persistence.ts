/**
 * How long something goes on that has lasted for a time t: growth of live ports, a rate of closes, unanswered connects.
 *
 * The rule of renewal: where nothing else is known, it lasts for another x with the probability t / (t + x). We look at it
 * at some instant of its life, and every instant of its life is equally likely. So the part that is over and the part
 * that is still to come are equally long on the median.
 */
import { SECOND_MS } from '../units.js';
import type { Run } from './rate/distribution.js';

/**
 * The odds that growth goes on are its age over the time ahead, times this. The factor makes up for `OPENING_MS`: with
 * both, the alarm of a steady leak fires at about half of the time in which it fills the pool.
 */
const GROWTH_ODDS = 1.25;
/** Growth this young may as well be a pool of connections that is being opened. */
const OPENING_MS = 5 * SECOND_MS;
/** Any rate may stop before the exhaustion: this is the probability that it goes on for `RATE_MAY_STOP_MS` or longer. */
const RATE_CERTAINTY = 0.9;
const RATE_MAY_STOP_MS = 30 * SECOND_MS;
/** A rate that fills the pool within this time is taken for a batch; one that takes longer than the other for a service. */
const BATCH_FILLS_MS = 9 * SECOND_MS;
const SERVICE_FILLS_MS = 18 * SECOND_MS;
/** A run younger than this may be a few requests that came together, which take about `CLUSTER_MS`. */
const YOUNG_RUN_MS = SECOND_MS;
const CLUSTER_MS = 150;

/** Probability that what has lasted `lastedMs` lasts `furtherMs` more, where nothing else is known of it. */
export function estimateRenewal(lastedMs: number, furtherMs: number): number {
  return furtherMs <= 0 ? 1 : lastedMs / (lastedMs + furtherMs);
}

/** Probability that growth which has lasted `lastedMs` lasts `furtherMs` more. */
export function estimateGrowthLasts(lastedMs: number, furtherMs: number): number {
  if (furtherMs <= 0) return 1;
  return estimateRenewal(GROWTH_ODDS * lastedMs, furtherMs) * estimateRenewal(lastedMs, OPENING_MS);
}

/**
 * Probability that a rate goes on for another `furtherMs`, where the pool has no history to judge by. A rate that fills
 * an empty pool within seconds is mostly that of a batch, which is over as soon: it goes on by the rule of renewal.
 */
export function estimateRateLasts({ rate, mean, ageMs }: Run, at: { furtherMs: number; capacity: number }): number {
  const { furtherMs, capacity } = at;
  const lasts = 1 - (1 - RATE_CERTAINTY) * Math.min(1, furtherMs / RATE_MAY_STOP_MS);
  const isRate = ageMs < YOUNG_RUN_MS ? estimateRenewal(ageMs, CLUSTER_MS) : 1;
  const fillMs = (SECOND_MS * capacity) / Math.max(rate, mean);
  return isRate * lasts * estimateFlowLasts({ lastedMs: ageMs, furtherMs, fillMs });
}

/** Probability that a flow goes on which would fill an empty pool within `fillMs`. A service goes on; a batch follows the rule of renewal. */
export function estimateFlowLasts(flow: { lastedMs: number; furtherMs: number; fillMs: number }): number {
  const service = (flow.fillMs - BATCH_FILLS_MS) / (SERVICE_FILLS_MS - BATCH_FILLS_MS);
  const share = Math.min(1, Math.max(0, service));
  return share + (1 - share) * estimateRenewal(flow.lastedMs, flow.furtherMs);
}
