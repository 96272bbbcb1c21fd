/** What the forecast of an exhaustion is made from. */
import type { Growth } from './leak.js';
import type { Queue } from './queue.js';
import type { PoolInflow } from './rate/pool-inflow.js';
import type { Unanswered } from './unanswered.js';

/** The flow from now on, per second: closes, growth of live ports, unanswered connects; and whether a climb goes on. */
export interface Flow {
  readonly rate: number;
  readonly growth: number;
  readonly unanswered: number;
  readonly climbing: boolean;
}

type ToLast = (furtherMs: number, byRule: number) => number;

export interface ExhaustionInput {
  readonly inflow: PoolInflow;
  readonly growth: Growth;
  readonly unanswered: Unanswered | null;
  /** The queue of the pool if this is the flow from now on. */
  readonly buildQueue: (flow: Flow) => Queue;
  /** Time between two samples: the rate may have changed since the last one. */
  readonly intervalMs: number;
  /** The rounding of releases that may or may not apply; 0 once their boundaries are known. */
  readonly roundingMs: number;
  /**
   * Probability, from the pool's history, that the present burst lasts this much longer; null without such a history.
   * `byRule` is the probability without it.
   */
  readonly probabilityToLast: ToLast | null;
  /** The same for the present growth of the live ports. */
  readonly growthToLast: ToLast | null;
}
