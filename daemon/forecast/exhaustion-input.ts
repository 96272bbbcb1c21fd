/** What the forecast of an exhaustion is made from. */
import type { Growth } from './leak.js';
import type { Queue } from './queue.js';
import type { PoolInflow } from './rate/pool-inflow.js';

/** The flow from now on: closes per second, growth of live ports per second, and whether a climb of the rate goes on. */
export interface Flow {
  readonly rate: number;
  readonly growth: number;
  readonly climbing: boolean;
}

export interface ExhaustionInput {
  readonly inflow: PoolInflow;
  readonly growth: Growth;
  /** The queue of the pool if this is the flow from now on. */
  readonly buildQueue: (flow: Flow) => Queue;
  /** Time between two samples: the rate may have changed since the last one. */
  readonly intervalMs: number;
  /** The rounding of releases that may or may not apply; 0 once their boundaries are known. */
  readonly roundingMs: number;
  /** Probability, from the pool's history, that the present burst lasts this much longer; null without such a history. */
  readonly probabilityToLast: ((furtherMs: number) => number) | null;
}
