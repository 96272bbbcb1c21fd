/** Labels of a time axis in the viewer's zone. */
import { clockDay, clockTime } from '../words/format.js';

const DAY_SECONDS = 86_400;

/** One label per tick (epoch seconds); `stepSeconds` is their distance. Midnight reads as its date. */
export function timeLabels(ticks: readonly number[], stepSeconds: number): string[] {
  return ticks.map((tick) => {
    const ms = tick * 1000;
    const time = clockTime(ms, stepSeconds < 60);
    if (stepSeconds >= DAY_SECONDS) return clockDay(ms);
    return stepSeconds >= 1800 && time === '00:00' ? clockDay(ms) : time;
  });
}
