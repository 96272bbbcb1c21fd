/** The next times of a maintenance window, as `config check` prints them. */
import { listNextTimes, type MaintenanceWindow } from '../config/maintenance.js';
import { describeMatchers } from '../incident/matchers.js';
import { formatDurationValue } from '../quantities.js';

const SHOWN_TIMES = 3;

/** In the time zone of the window with its offset, which a change of the clock changes, and in UTC. */
export function formatWindow(window: MaintenanceWindow, nowMs: number): string {
  const { name, cron, durationMs, timeZone, matchers } = window;
  const about = matchers === null ? '' : `, only ${describeMatchers(matchers)}`;
  const lines = listNextTimes(window, nowMs, SHOWN_TIMES).map(({ beginAtMs, endAtMs }) => {
    const local = `${formatLocal(beginAtMs, timeZone)} to ${formatLocal(endAtMs, timeZone)}`;
    return `  ${local}  (UTC ${formatLocal(beginAtMs, null)} to ${formatLocal(endAtMs, null)})`;
  });
  const head = `maintenance ${name}: ${cron} in ${timeZone}, for ${formatDurationValue(durationMs)}${about}; the next times:`;
  return `${[head, ...lines].join('\n')}\n`;
}

/** `2026-03-29 03:00 +02:00`; with null as the time zone `2026-03-29 01:00`. */
function formatLocal(atMs: number, timeZone: string | null): string {
  const format = new Intl.DateTimeFormat('en-GB', {
    timeZone: timeZone ?? 'UTC',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
    timeZoneName: 'longOffset',
  });
  const parts = new Map(format.formatToParts(atMs).map(({ type, value }) => [type, value]));
  const part = (type: Intl.DateTimeFormatPartTypes): string => parts.get(type) ?? '';
  const local = `${part('year')}-${part('month')}-${part('day')} ${part('hour')}:${part('minute')}`;
  return timeZone === null ? local : `${local} ${part('timeZoneName').replace('GMT', '') || '+00:00'}`;
}
