/** What a pool's own stored history tells the forecast: how long its bursts lasted, and how high its days peaked. */

/** A stretch of closes faster than the pool could sustain for ever. */
export interface Burst {
  readonly poolId: string;
  readonly beganAtMs: number;
  readonly durationMs: number;
  /** Mean closes per second while it lasted, and of the minute before it. */
  readonly rate: number;
  readonly baseRate: number;
  /** The ports ran out before it ended: it would have lasted longer. */
  readonly exhausted: boolean;
}

/** The greatest pressure of one UTC day. */
export interface DailyPeak {
  /** Midnight UTC, epoch ms. */
  readonly dayMs: number;
  readonly pressure: number;
  /** Hours of the day that were sampled: a day seen for an hour has not shown its peak. */
  readonly hours: number;
}

export interface PoolPast {
  /** Oldest first. */
  readonly bursts: readonly Burst[];
  /** Oldest first, days without a sample left out. */
  readonly dailyPeaks: readonly DailyPeak[];
}

export const NO_PAST: PoolPast = { bursts: [], dailyPeaks: [] };
