/** How long the present burst of closes, or the present growth, of a pool lasts by its earlier ones. */
import type { Pool } from '../pool/pool.js';
import type { Snapshot } from '../snapshot/snapshot.js';
import { SECOND_MS } from '../units.js';
import type { ForecastMemory } from './forecast-memory.js';
import { estimateProbabilityToLast, followBurst, MIN_BURSTS, type BurstMemory } from './history/bursts.js';
import type { Burst } from './history/types.js';
import { NO_GROWTH } from './leak.js';
import type { BurstOdds, PoolFacts } from './pool-facts.js';
import { computeSustainableRate } from './pressure.js';
import type { TableFacts } from './table-facts.js';

/** Growth is kept when it added at least this share of the capacity: less of it could not fill the pool. */
const MIN_GROWN_SHARE = 0.1;
/** Growths that ended count from this many on; one that filled the pool shows alone that growth here is a leak. */
const MIN_GROWTHS = 3;

// Most pools have no burst in most samples, so what they share is made once.
const NONE_OVER: readonly Burst[] = [];
const NO_ODDS = { burst: null, growthOdds: null };

/** Adds the sample to the bursts of the pool. @returns those that this sample shows to be over. */
export function followBursts(memory: ForecastMemory, facts: TableFacts, snapshot: Snapshot): readonly Burst[] {
  const closes = followCloses(memory, facts, snapshot);
  const grown = followGrowth(memory, facts, snapshot);
  if (closes === null && grown === null) return NONE_OVER;
  return [closes, grown].filter((each) => each !== null);
}

function followCloses(memory: ForecastMemory, facts: TableFacts, snapshot: Snapshot): Burst | null {
  const { pool, inflow, timings } = facts;
  if (inflow === null || pool.reuse === 'after_delay') return null;
  return followBurst(memory.burst, {
    poolId: pool.id,
    kind: 'closes',
    monotonicMs: snapshot.monotonicMs,
    takenAtMs: snapshot.takenAtMs,
    rate: inflow.runRate,
    sinceMs: inflow.sinceMs,
    sustainableRate: computeSustainableRate(pool, timings),
    exhausted: isFull(pool),
  });
}

function followGrowth(memory: ForecastMemory, { pool, growth }: TableFacts, snapshot: Snapshot): Burst | null {
  const { perSecond, lastedMs } = growth ?? NO_GROWTH;
  const grown = followBurst(memory.growthBurst, {
    poolId: pool.id,
    kind: 'growth',
    monotonicMs: snapshot.monotonicMs,
    takenAtMs: snapshot.takenAtMs,
    rate: perSecond,
    sinceMs: lastedMs,
    sustainableRate: 0,
    exhausted: isFull(pool),
  });
  const hasGrown = grown !== null && (grown.rate * grown.durationMs) / SECOND_MS >= MIN_GROWN_SHARE * pool.capacity;
  return hasGrown ? grown : null;
}

function isFull({ live, timed, capacity }: Pool): boolean {
  return live + timed.state.length >= capacity;
}

/** The odds of the present burst and of the present growth, where the pool has had enough of them. */
export function estimateBurstOdds(
  memory: ForecastMemory,
  earlier: readonly Burst[],
  monotonicMs: number,
): Pick<PoolFacts, 'burst' | 'growthOdds'> {
  if (memory.burst.current === null && memory.growthBurst.current === null) return NO_ODDS;
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
