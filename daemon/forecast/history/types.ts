/** A pool's own stored history: how long its bursts lasted, and the greatest pressure of each of its days. */

/** A stretch of closes faster than the pool's sustainable rate, or a stretch in which its live ports grew. */
export interface Burst {
  readonly poolId: string;
  readonly kind: 'closes' | 'growth';
  readonly beganAtMs: number;
  readonly durationMs: number;
  /** Closes or added ports per second towards its end, and just before it began. */
  readonly rate: number;
  readonly baseRate: number;
  /** The ports ran out before the burst ended: it would have lasted longer. */
  readonly exhausted: boolean;
}

/** The greatest pressure of one UTC day. */
export interface DailyPeak {
  /** Midnight UTC, epoch ms. */
  readonly dayMs: number;
  readonly pressure: number;
  /** Hours of the day that were sampled: with few of them the day's peak may have been missed. */
  readonly hours: number;
}

export interface PoolPast {
  /** Oldest first. */
  readonly bursts: readonly Burst[];
  /** Oldest first; days without a sample are left out. */
  readonly dailyPeaks: readonly DailyPeak[];
}

export const NO_PAST: PoolPast = { bursts: [], dailyPeaks: [] };
