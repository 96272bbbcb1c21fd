/** The time zone of the viewer, in which all instants of a page are written. */

/** `Europe/Berlin (UTC+01:00)`, with the offset at that instant; `UTC` alone where that is the zone. */
export function formatZone(ms: number): string {
  const offset = formatOffset(-new Date(ms).getTimezoneOffset());
  const name = Intl.DateTimeFormat().resolvedOptions().timeZone as string | undefined;
  return name === undefined || name === 'UTC' || name === 'Etc/UTC' ? offset : `${name} (${offset})`;
}

/** @param minutes east of UTC. */
export function formatOffset(minutes: number): string {
  if (minutes === 0) return 'UTC';
  const [hours, rest] = [Math.floor(Math.abs(minutes) / 60), Math.abs(minutes) % 60];
  return `UTC${minutes < 0 ? '-' : '+'}${pad(hours)}:${pad(rest)}`;
}

function pad(value: number): string {
  return value.toString().padStart(2, '0');
}
