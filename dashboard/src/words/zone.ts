/** The chosen time zone, in which all instants of a page are written. */
import { DAY_MS, MINUTE_MS } from '../../../daemon/units.js';
import { zoneChoice } from '../state/zone.js';

/** A date whose UTC fields are the calendar and the clock of that instant in the chosen zone. */
export function readInZone(ms: number): Date {
  return new Date(ms + readOffsetMinutes(ms) * MINUTE_MS);
}

/** Whether two instants are on the same day of the chosen zone. */
export function isSameDay(ms: number, otherMs: number): boolean {
  return countDays(ms) === countDays(otherMs);
}

/** `Europe/Berlin (UTC+01:00)`, with the offset at that instant; `UTC` alone where that is the zone. */
export function formatZone(ms: number): string {
  const offset = formatOffset(readOffsetMinutes(ms));
  const name = Intl.DateTimeFormat().resolvedOptions().timeZone as string | undefined;
  const isUtc = zoneChoice.value === 'utc' || name === undefined || name === 'UTC' || name === 'Etc/UTC';
  return isUtc ? offset : `${name} (${offset})`;
}

/** @param minutes east of UTC. */
export function formatOffset(minutes: number): string {
  if (minutes === 0) return 'UTC';
  const [hours, rest] = [Math.floor(Math.abs(minutes) / 60), Math.abs(minutes) % 60];
  return `UTC${minutes < 0 ? '-' : '+'}${pad(hours)}:${pad(rest)}`;
}

function countDays(ms: number): number {
  return Math.floor(readInZone(ms).getTime() / DAY_MS);
}

/** Of the chosen zone, in minutes east of UTC. */
export function readOffsetMinutes(ms: number): number {
  return zoneChoice.value === 'utc' ? 0 : -new Date(ms).getTimezoneOffset();
}

function pad(value: number): string {
  return value.toString().padStart(2, '0');
}
