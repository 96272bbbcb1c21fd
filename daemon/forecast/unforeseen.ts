/** A pool of which only counts are known. */
import type { PoolForecast } from './types.js';

/** The fields that say what comes, where nothing is foreseen. */
export const UNFORESEEN = {
  closeRateLow: null,
  closeRateHigh: null,
  liveGrowth: null,
  exhaustsAtMs: null,
  earliestAtMs: null,
  latestAtMs: null,
  probability: null,
  probabilityIfHeld: null,
  probabilityBasis: 'rate',
  burstsKnown: 0,
  pressureFullAtMs: null,
  pressureFullEarliestAtMs: null,
  pressureFullLatestAtMs: null,
  outlookDays: null,
  outlookWhy: null,
  failedConnects: null,
  ahead: [],
} as const satisfies Partial<PoolForecast>;
