/** What the forecaster keeps of each pool from one sample to the next. */
import { MINUTE_MS } from '../units.js';
import { createBurstMemory, type BurstMemory } from './history/bursts.js';
import { createDemandMemory, type DemandMemory } from './demand.js';
import type { LiveSample } from './leak.js';
import { createRateMemory, type RateMemory } from './rate/rate-memory.js';
import { createUnansweredMemory, type UnansweredMemory } from './unanswered.js';

export interface ForecastMemory extends RateMemory {
  readonly live: LiveSample[];
  /** Since when the live ports have grown in every sample; null while they do not grow. */
  growingSinceMs: number | null;
  readonly burst: BurstMemory;
  /** The present growth of the live ports, followed as bursts are. */
  readonly growthBurst: BurstMemory;
  readonly demand: DemandMemory;
  readonly unanswered: UnansweredMemory;
  seenMs: number;
}

interface ForecastMemories {
  /** The memory of a pool; a new one where the pool has not been seen lately. */
  find(poolId: string): ForecastMemory;
  /** Call it once per sample, after its pools: drops the pools that have not been seen lately. */
  endSample(monotonicMs: number): void;
}

const FORGET_AFTER_MS = 10 * MINUTE_MS;
/** Beyond this the pools seen longest ago are dropped first. */
const MAX_REMEMBERED = 20_000;

export function createForecastMemories(): ForecastMemories {
  const memories = new Map<string, ForecastMemory>();
  let previousMs: number | null = null;
  return {
    find(poolId) {
      const existing = memories.get(poolId);
      if (existing !== undefined) return existing;
      // A pool that was not in the sample before held no port then.
      const live = previousMs === null ? [] : [{ monotonicMs: previousMs, live: 0 }];
      const memory: ForecastMemory = {
        ...createRateMemory(),
        live,
        growingSinceMs: null,
        burst: createBurstMemory(),
        growthBurst: createBurstMemory(),
        demand: createDemandMemory(),
        unanswered: createUnansweredMemory(),
        seenMs: 0,
      };
      memories.set(poolId, memory);
      return memory;
    },
    endSample(monotonicMs) {
      previousMs = monotonicMs;
      dropOldMemories(memories, monotonicMs);
    },
  };
}

function dropOldMemories(memories: Map<string, ForecastMemory>, nowMs: number): void {
  for (const [id, memory] of memories) if (nowMs - memory.seenMs > FORGET_AFTER_MS) memories.delete(id);
  if (memories.size <= MAX_REMEMBERED) return;
  const oldestFirst = [...memories].sort(([, a], [, b]) => a.seenMs - b.seenMs);
  for (const [id] of oldestFirst.slice(0, memories.size - MAX_REMEMBERED)) memories.delete(id);
}
