/** Words and numbers as the dashboard prints them. Instants are shown in the viewer's zone, with UTC beside in titles. */
import { DAY_MS, HOUR_MS, MINUTE_MS, formatCount, formatDuration } from '../../../daemon/units.js';
import type { WirePool } from '../../../daemon/wire/pool.js';
import type { WirePort } from '../../../daemon/wire/port.js';

/** `10.0.0.2:443`, `[2001:db8::1]:443`; `any` stands for a null address. */
export function formatEndpoint(address: string | null, port: number | null): string {
  const host = address === null ? 'any' : address.includes(':') ? `[${address}]` : address;
  return port === null ? host : `${host}:${port}`;
}

/** What a pool reaches, in one phrase: its destination, or for a bind pool the local address all destinations share. */
export function formatPoolTitle(
  pool: Pick<WirePool, 'kind' | 'localAddress' | 'remoteAddress' | 'remotePort'>,
): string {
  if (pool.remoteAddress !== null) return formatEndpoint(pool.remoteAddress, pool.remotePort);
  return `any destination from ${formatEndpoint(pool.localAddress, null)}`;
}

/** Where a pool starts: local address, its kind where that is not a plain connect, its namespace where not the host's. */
export function formatPoolOrigin(pool: Pick<WirePool, 'kind' | 'localAddress' | 'namespace'>): string {
  const parts = [`from ${formatEndpoint(pool.localAddress, null)}`];
  if (pool.kind !== 'connect') parts.push(`by ${pool.kind}()`);
  if (pool.namespace !== 'host') parts.push(`in ${pool.namespace}`);
  return parts.join(' ');
}

export function formatPortTitle(port: Pick<WirePort, 'direction' | 'address' | 'port'>): string {
  return port.direction === 'in' ? `:${port.port}` : formatEndpoint(port.address, port.port);
}

/** `time_wait` as the kernel spells it: `TIME_WAIT`. */
export function formatState(state: string): string {
  return state.toUpperCase();
}

const two = (value: number): string => value.toString().padStart(2, '0');
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** Time of day in the viewer's zone: `14:03:22`, or `14:03` without seconds. */
export function formatClockTime(ms: number, seconds = true): string {
  const date = new Date(ms);
  const minutes = `${two(date.getHours())}:${two(date.getMinutes())}`;
  return seconds ? `${minutes}:${two(date.getSeconds())}` : minutes;
}

/** Day and month in the viewer's zone: `5 Jan`. */
export function formatDay(ms: number): string {
  const date = new Date(ms);
  return `${date.getDate()} ${MONTHS[date.getMonth()] ?? ''}`;
}

/** An instant, as short as its distance from now allows: `14:03:22`, `14:03`, `5 Jan 14:03`. */
export function formatInstant(ms: number, nowMs: number): string {
  const distance = Math.abs(ms - nowMs);
  const sameDay = new Date(ms).toDateString() === new Date(nowMs).toDateString();
  if (sameDay || distance < HOUR_MS) return formatClockTime(ms, distance < 2 * HOUR_MS);
  return `${formatDay(ms)} ${formatClockTime(ms, false)}`;
}

/** The full instant for a title: `2026-01-05 12:00:00 UTC`. */
export function formatUtc(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19).replace('T', ' ')} UTC`;
}

/** A countdown or an age: whole seconds, never negative, so that it does not flicker between `9.6 s` and `10 s`. */
export function formatWholeDuration(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  return formatDuration(ms > 2 * HOUR_MS && ms < DAY_MS ? Math.round(seconds / 60) * 60_000 : seconds * 1000);
}

/** The same to a minute from ten minutes on, for what is no countdown. */
export function formatRoughDuration(ms: number): string {
  return formatWholeDuration(ms < 10 * MINUTE_MS ? ms : Math.round(ms / MINUTE_MS) * MINUTE_MS);
}

/** `4.2 MiB`; binary multiples. */
export function formatBytes(bytes: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  let value = bytes;
  let unit = 0;
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit += 1;
  }
  return `${value < 10 && unit > 0 ? value.toFixed(1) : Math.round(value).toString()} ${units[unit] ?? ''}`;
}

/** `1 pool`, `3 pools`. */
export function formatPlural(count: number, noun: string): string {
  return `${formatCount(count)} ${noun}${count === 1 ? '' : 's'}`;
}

/** Epoch ms of an ISO instant; null for null and for what is no instant. */
export function parseInstant(iso: string | null | undefined): number | null {
  if (iso === null || iso === undefined) return null;
  const ms = Date.parse(iso);
  return Number.isNaN(ms) ? null : ms;
}
