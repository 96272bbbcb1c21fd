/** The time ranges of a history page. */
import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS } from '../../../daemon/units.js';

export interface Range {
  readonly name: string;
  readonly lengthMs: number;
  /** How often the history is requested again while it is shown. */
  readonly refreshMs: number;
}

const TEN_MINUTES: Range = { name: '10 min', lengthMs: 10 * MINUTE_MS, refreshMs: 10 * SECOND_MS };

export const RANGES: readonly Range[] = [
  TEN_MINUTES,
  { name: '1 h', lengthMs: HOUR_MS, refreshMs: 30 * SECOND_MS },
  { name: '24 h', lengthMs: DAY_MS, refreshMs: 5 * MINUTE_MS },
  { name: '7 d', lengthMs: 7 * DAY_MS, refreshMs: 15 * MINUTE_MS },
  { name: '30 d', lengthMs: 30 * DAY_MS, refreshMs: 30 * MINUTE_MS },
];
export const FIRST_RANGE = TEN_MINUTES;

/** Steps requested: about one per two pixels of the panel. */
export const HISTORY_POINTS = 320;
