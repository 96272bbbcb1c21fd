/** How likely what has lasted goes on, in closed form: the rules that the forecast states, with their constants. */

/** Growth is this much likelier to go on than the rule of renewal says, and that young it may be a pool being opened. */
const GROWTH_ODDS = 1.25;
const OPENING_SECONDS = 5;
/** The odds of a climb are the root of its age over so many times the time ahead. */
const CLIMB_AGES = 6;

/** A rate of closes goes on for so long with this probability, and longer with the same. */
const RATE_CERTAINTY = 0.9;
const RATE_MAY_STOP_SECONDS = 30;

/** An exhaustion is stated from this probability on. */
export const WORTH_SAYING = 0.2;

/** Probability that growth of live ports, or of unanswered connects, which has lasted so long lasts so much longer. */
export function predictGrowthLasts(lastedSeconds: number, aheadSeconds: number): number {
  const aged = GROWTH_ODDS * lastedSeconds;
  return (aged / (aged + aheadSeconds)) * (lastedSeconds / (lastedSeconds + OPENING_SECONDS));
}

/** Probability that a climb which has lasted so long lasts so much longer. */
export function predictClimbLasts(lastedSeconds: number, aheadSeconds: number): number {
  const odds = Math.sqrt(lastedSeconds / (CLIMB_AGES * aheadSeconds));
  return odds / (1 + odds);
}

/** Probability that a steady rate of closes goes on for so long. */
export function predictRateLasts(aheadSeconds: number): number {
  return 1 - (1 - RATE_CERTAINTY) * Math.min(1, aheadSeconds / RATE_MAY_STOP_SECONDS);
}
