/** What the forecaster keeps of each pool from one sample to the next. */
import { MINUTE_MS } from '../units.js';
import { createBurstMemory, type BurstMemory } from './history/bursts.js';
import { createDemandMemory, type DemandMemory } from './demand.js';
import type { LiveSample } from './leak.js';
import { createRateMemory, type RateMemory } from './rate/rate-memory.js';
import { createSkippingMemory, type SkippingMemory } from './skipped-ports.js';
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
  readonly skipping: SkippingMemory;
  seenMs: number;
}

interface ForecastMemories {
  /** The memory of a pool; a new one where the pool has not been seen lately. */
  find(poolId: string): ForecastMemory;
  /**
   * Call it once per sample, after its pools: drops the pools that have not been seen lately.
   * @param isWhole whether every pool of the table was among them.
   */
  endSample(monotonicMs: number, isWhole: boolean): void;
}

const FORGET_AFTER_MS = 10 * MINUTE_MS;
/** Beyond this the pools seen longest ago are dropped first. */
const MAX_REMEMBERED = 20_000;
/**
 * So many pools that hold no port now are remembered. A host with ever new destinations leaves thousands of them within
 * minutes, each of 5 to 10 KB, and they are seldom seen again.
 */
const MAX_ABSENT = 2000;

export function createForecastMemories(): ForecastMemories {
  const memories = new Map<string, ForecastMemory>();
  /** The sample before, where a pool that it did not show held no port; else null. */
  let previousMs: number | null = null;
  return {
    find(poolId) {
      const existing = memories.get(poolId);
      if (existing !== undefined) return existing;
      const live = previousMs === null ? [] : [{ monotonicMs: previousMs, live: 0 }];
      const memory: ForecastMemory = {
        ...createRateMemory(),
        live,
        growingSinceMs: null,
        burst: createBurstMemory(),
        growthBurst: createBurstMemory(),
        demand: createDemandMemory(),
        unanswered: createUnansweredMemory(),
        skipping: createSkippingMemory(),
        seenMs: 0,
      };
      memories.set(poolId, memory);
      return memory;
    },
    endSample(monotonicMs, isWhole) {
      previousMs = isWhole ? monotonicMs : null;
      dropOldMemories(memories, monotonicMs);
    },
  };
}

function dropOldMemories(memories: Map<string, ForecastMemory>, nowMs: number): void {
  const absent: [string, ForecastMemory][] = [];
  for (const entry of memories) {
    const { seenMs } = entry[1];
    if (nowMs - seenMs > FORGET_AFTER_MS) memories.delete(entry[0]);
    else if (seenMs !== nowMs) absent.push(entry);
  }
  const excess = Math.max(absent.length - MAX_ABSENT, memories.size - MAX_REMEMBERED);
  if (excess <= 0) return;
  // Pools that had closes worth remembering are kept longest: the many that never did tell nothing when they return.
  const rank = ({ closes }: ForecastMemory): number => (closes === null ? 0 : 1);
  absent.sort(([, a], [, b]) => rank(a) - rank(b) || a.seenMs - b.seenMs);
  for (const [id] of absent.slice(0, excess)) memories.delete(id);
  for (const id of [...memories.keys()].slice(0, Math.max(0, memories.size - MAX_REMEMBERED))) memories.delete(id);
}
