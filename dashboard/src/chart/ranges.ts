/** The time ranges of a history page. */
import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS } from '../../../daemon/units.js';

export interface Range {
  /** On its button. */
  readonly name: string;
  /** In the address of the page. */
  readonly key: string;
  readonly lengthMs: number;
  /** How often the history is requested again while it is shown. */
  readonly refreshMs: number;
}

const LIVE: Range = { name: 'Live', key: 'live', lengthMs: 5 * MINUTE_MS, refreshMs: 2 * SECOND_MS };

export const RANGES: readonly Range[] = [
  LIVE,
  { name: '15 min', key: '15m', lengthMs: 15 * MINUTE_MS, refreshMs: 5 * SECOND_MS },
  { name: '1 h', key: '1h', lengthMs: HOUR_MS, refreshMs: 15 * SECOND_MS },
  { name: '24 h', key: '24h', lengthMs: DAY_MS, refreshMs: 2 * MINUTE_MS },
  { name: '7 d', key: '7d', lengthMs: 7 * DAY_MS, refreshMs: 10 * MINUTE_MS },
  { name: '30 d', key: '30d', lengthMs: 30 * DAY_MS, refreshMs: 30 * MINUTE_MS },
  { name: '1 y', key: '1y', lengthMs: 365 * DAY_MS, refreshMs: 60 * MINUTE_MS },
];
export const FIRST_RANGE: Range = RANGES[1] ?? LIVE;

/** Steps requested for a chart whose width is not known. */
export const HISTORY_POINTS = 320;
