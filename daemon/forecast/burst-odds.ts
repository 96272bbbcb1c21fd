/** How long the present burst of closes, or the present growth, of a pool lasts by its earlier ones. */
import type { Snapshot } from '../snapshot/snapshot.js';
import { SECOND_MS } from '../units.js';
import type { ForecastMemory } from './forecast-memory.js';
import { estimateProbabilityToLast, followBurst, MIN_BURSTS, type BurstMemory } from './history/bursts.js';
import type { Burst } from './history/types.js';
import type { BurstOdds, PoolFacts } from './pool-facts.js';
import { computeSustainableRate } from './pressure.js';
import type { TableFacts } from './table-facts.js';

/** Growth is kept when it added at least this share of the capacity: less of it could not fill the pool. */
const MIN_GROWN_SHARE = 0.1;
/** Growths that ended count from this many on; one that filled the pool shows alone that growth here is a leak. */
const MIN_GROWTHS = 3;

/** Adds the sample to the bursts of the pool. @returns those that this sample shows to be over. */
export function followBursts(memory: ForecastMemory, facts: TableFacts, snapshot: Snapshot): Burst[] {
  const { pool, inflow, growth, timings } = facts;
  const { monotonicMs, takenAtMs } = snapshot;
  const exhausted = pool.live + pool.timed.state.length >= pool.capacity;
  const sighting = { poolId: pool.id, monotonicMs, takenAtMs, exhausted };
  const burst =
    inflow === null || pool.reuse === 'after_delay'
      ? null
      : followBurst(memory.burst, {
          ...sighting,
          kind: 'closes',
          rate: inflow.runRate,
          sinceMs: inflow.sinceMs,
          sustainableRate: computeSustainableRate(pool, timings),
        });
  const { perSecond, lastedMs } = growth ?? { perSecond: 0, lastedMs: 0 };
  const grown = followBurst(memory.growthBurst, {
    ...sighting,
    kind: 'growth',
    rate: perSecond,
    sinceMs: lastedMs,
    sustainableRate: 0,
  });
  const hasGrown = grown !== null && (grown.rate * grown.durationMs) / SECOND_MS >= MIN_GROWN_SHARE * pool.capacity;
  return [burst, hasGrown ? grown : null].filter((each) => each !== null);
}

/** The odds of the present burst and of the present growth, where the pool has had enough of them. */
export function estimateBurstOdds(
  memory: ForecastMemory,
  earlier: readonly Burst[],
  monotonicMs: number,
): Pick<PoolFacts, 'burst' | 'growthOdds'> {
  const ofKind = (kind: Burst['kind']): Burst[] => earlier.filter((burst) => burst.kind === kind);
  return {
    burst: estimateOdds(memory.burst, { earlier: ofKind('closes'), atLeast: MIN_BURSTS, monotonicMs }),
    growthOdds: estimateOdds(memory.growthBurst, { earlier: ofKind('growth'), atLeast: MIN_GROWTHS, monotonicMs }),
  };
}

function estimateOdds(
  { current }: BurstMemory,
  by: { earlier: readonly Burst[]; atLeast: number; monotonicMs: number },
): BurstOdds | null {
  const { earlier, atLeast, monotonicMs } = by;
  const hasFilled = earlier.some(({ kind, exhausted }) => kind === 'growth' && exhausted);
  if (current === null || (earlier.length < atLeast && !hasFilled)) return null;
  const ageMs = monotonicMs - current.beganMs;
  return {
    probabilityToLast: (furtherMs, byRule) => estimateProbabilityToLast(earlier, { ageMs, furtherMs, byRule }),
    count: earlier.length,
  };
}
