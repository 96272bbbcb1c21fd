/** Daily peaks of pressure: seeded series of known shape, and the outlook on the day after them. */
import { foreseeOutlook, type Outlook } from '../../daemon/forecast/history/outlook.js';
import type { DailyPeak } from '../../daemon/forecast/history/types.js';
import { DAY_MS, HOUR_MS } from '../../daemon/units.js';
import { normal, seeded } from '../tools/simulator/random.js';

/** The first day of every series, in days since 1970. */
export const FIRST_DAY = 20_000;
export const WORKING_WEEK = [1, 0.98, 1.02, 1, 0.95, 0.4, 0.35];
const FLAT_WEEK = WORKING_WEEK.map(() => 1);

export interface PeakSeries {
  readonly days: number;
  readonly level: (day: number) => number;
  /** Relative standard deviation of one day. */
  readonly noise: number;
  /** Factor of each weekday. */
  readonly week?: readonly number[];
  /** Correlation of the noise of one day with that of the next. */
  readonly memory?: number;
  /** Share of days without a sample. */
  readonly missing?: number;
}

export function drawPeaks(seed: number, series: PeakSeries): DailyPeak[] {
  const { days, level, noise, week = FLAT_WEEK, memory = 0, missing = 0 } = series;
  const random = seeded(seed);
  const peaks: DailyPeak[] = [];
  let state = normal(random);
  for (let day = 0; day < days; day++) {
    state = memory * state + Math.sqrt(1 - memory ** 2) * normal(random);
    const pressure = level(day) * (week[(FIRST_DAY + day) % 7] ?? 1) * Math.exp(noise * state);
    if (random() >= missing) peaks.push({ dayMs: (FIRST_DAY + day) * DAY_MS, pressure, hours: 24 });
  }
  return peaks;
}

/** The outlook two hours into the day after the last one. */
export function foreseeAfter(peaks: readonly DailyPeak[], days: number): Outlook {
  return foreseeOutlook(peaks, (FIRST_DAY + days) * DAY_MS + 2 * HOUR_MS);
}

/** The share of seeds for which the series gives an outlook. */
export function measureAlarms(series: PeakSeries, seeds = 200): number {
  let alarms = 0;
  for (let seed = 0; seed < seeds; seed++) {
    if (foreseeAfter(drawPeaks(seed, series), series.days).days !== null) alarms++;
  }
  return alarms / seeds;
}
