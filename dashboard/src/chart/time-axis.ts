/** Labels of a time axis in the viewer's zone. */
import { formatDay, formatClockTime } from '../words/format.js';

const DAY_SECONDS = 86_400;

/** One label per tick (epoch seconds); `stepSeconds` is their distance. Midnight reads as its date. */
export function formatTicks(ticks: readonly number[], stepSeconds: number): string[] {
  return ticks.map((tick) => {
    const ms = tick * 1000;
    const time = formatClockTime(ms, stepSeconds < 60);
    if (stepSeconds >= DAY_SECONDS) return formatDay(ms);
    return stepSeconds >= 1800 && time === '00:00' ? formatDay(ms) : time;
  });
}
