/** How likely what has lasted goes on, in closed form: the rules that the forecast states, with their constants. */

/** Growth is this much likelier to go on than the rule of renewal says, and that young it may be a pool being opened. */
const GROWTH_ODDS = 1.25;
const OPENING_SECONDS = 5;
/** The odds of a climb are the root of its age over so many times the time ahead. */
const CLIMB_AGES = 6;

/** A rate of closes goes on for so long with this probability, and longer with the same. */
const RATE_CERTAINTY = 0.9;
const RATE_MAY_STOP_SECONDS = 30;

/** A rate that fills an empty pool within the first is a batch, and one that takes longer than the second is a service. */
const BATCH_FILLS_SECONDS = 9;
const SERVICE_FILLS_SECONDS = 18;
/** A run younger than one second may be requests that came together, which take about so long. */
const YOUNG_SECONDS = 1;
const CLUSTER_SECONDS = 0.15;

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

/** Probability that a rate which has lasted so long and fills an empty pool within `fillSeconds` goes on for so long. */
export function predictRunLasts(
  aheadSeconds: number,
  { lastedSeconds, fillSeconds }: { lastedSeconds: number; fillSeconds: number },
): number {
  const between = (fillSeconds - BATCH_FILLS_SECONDS) / (SERVICE_FILLS_SECONDS - BATCH_FILLS_SECONDS);
  const service = Math.min(1, Math.max(0, between));
  const renewal = lastedSeconds / (lastedSeconds + aheadSeconds);
  const isRate = lastedSeconds < YOUNG_SECONDS ? lastedSeconds / (lastedSeconds + CLUSTER_SECONDS) : 1;
  return isRate * predictRateLasts(aheadSeconds) * (service + (1 - service) * renewal);
}
