/** The labels of a time axis, in the time zone of the viewer. */
import { DAY_MS, MINUTE_MS, SECOND_MS } from '../../../daemon/units.js';
import { formatClockTime, formatDay } from '../words/format.js';

/** From this distance of ticks on, midnight is written as the date that begins. */
const DATE_AT_MIDNIGHT_FROM_MS = 30 * MINUTE_MS;

/** One label per tick (epoch seconds). `stepSeconds` is the distance of the ticks. */
export function formatTicks(ticks: readonly number[], stepSeconds: number): string[] {
  const stepMs = stepSeconds * SECOND_MS;
  return ticks.map((tick) => {
    const ms = tick * SECOND_MS;
    if (stepMs >= DAY_MS) return formatDay(ms);
    const time = formatClockTime(ms, stepMs < MINUTE_MS);
    return stepMs >= DATE_AT_MIDNIGHT_FROM_MS && time === '00:00' ? formatDay(ms) : time;
  });
}
