/** Names, instants, durations and quantities as the dashboard prints them. Instants are in the chosen time zone. */
import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS, formatCount, formatDuration } from '../../../daemon/units.js';
import { formatEndpoint, isWildcard } from '../../../daemon/host/endpoint.js';
import type { WirePool } from '../../../daemon/wire/pool.js';
import type { WirePort } from '../../../daemon/wire/port.js';
import { isSameDay, readInZone } from './zone.js';

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
const BYTE_UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
/** An instant nearer than this has its seconds; a duration longer than this has none. */
const SECONDS_WITHIN_MS = 2 * HOUR_MS;
/** An instant of a longer span has its year. */
const HALF_YEAR_MS = 180 * DAY_MS;
/** Of instants that are further apart the minutes say enough. */
const SECONDS_APART_MS = 10 * MINUTE_MS;
/** A rough instant nearer than this keeps its seconds. */
const SECONDS_NEEDED_WITHIN_MS = 2 * MINUTE_MS;
/** A rough duration has no seconds from here on. */
const ROUGH_FROM_MS = 10 * MINUTE_MS;

/** `10.0.0.2:443`, `[2001:db8::1]:443`, or the address alone without a port. `any` stands for a null address. */
export function formatAddress(address: string | null, port: number | null): string {
  const host = address ?? 'any';
  return port === null ? host : formatEndpoint(host, port);
}

/** The destination of a pool. A bind pool has none: all destinations of its local address share its ports. */
export function formatPoolTitle(
  pool: Pick<WirePool, 'kind' | 'localAddress' | 'remoteAddress' | 'remotePort'>,
): string {
  if (pool.remoteAddress !== null) return formatAddress(pool.remoteAddress, pool.remotePort);
  return `any destination from ${formatLocal(pool)}`;
}

/** The local address of a pool, its kind if that is not `connect`, and its namespace if that is not the host's. */
export function formatPoolOrigin(pool: Pick<WirePool, 'kind' | 'localAddress' | 'namespace'>): string {
  const parts = [`from ${formatLocal(pool)}`];
  if (pool.kind !== 'connect') parts.push(`by ${pool.kind}()`);
  if (pool.namespace !== 'host') parts.push(`in ${pool.namespace}`);
  return parts.join(' ');
}

/** Clients that bind to the wildcard share its ports on all local addresses. */
function formatLocal({ kind, localAddress }: Pick<WirePool, 'kind' | 'localAddress'>): string {
  return kind === 'bind' && isWildcard(localAddress) ? 'any local address' : formatAddress(localAddress, null);
}

export function formatPortTitle(port: Pick<WirePort, 'direction' | 'address' | 'port'>): string {
  return port.direction === 'in' ? `:${port.port}` : formatAddress(port.address, port.port);
}

/** `time_wait` in the spelling of the kernel: `TIME_WAIT`. */
export function formatState(state: string): string {
  return state.toUpperCase();
}

/** Time of day: `14:03:22`, or `14:03` without seconds. */
export function formatClockTime(ms: number, withSeconds = true): string {
  const date = readInZone(ms);
  const minutes = `${padToTwo(date.getUTCHours())}:${padToTwo(date.getUTCMinutes())}`;
  return withSeconds ? `${minutes}:${padToTwo(date.getUTCSeconds())}` : minutes;
}

/** Day and month: `5 Jan`. */
export function formatDay(ms: number): string {
  const date = readInZone(ms);
  return `${date.getUTCDate()} ${MONTHS[date.getUTCMonth()] ?? ''}`;
}

/** An instant, shorter the further it is from now: `14:03:22`, `14:03`, `5 Jan 14:03`. */
export function formatInstant(ms: number, nowMs: number): string {
  const distanceMs = Math.abs(ms - nowMs);
  if (isSameDay(ms, nowMs) || distanceMs < HOUR_MS) return formatClockTime(ms, distanceMs < SECONDS_WITHIN_MS);
  return `${formatDay(ms)} ${formatClockTime(ms, false)}`;
}

/** The nearest minute: `14:04`, `5 Jan 14:04`. An instant close to now keeps its seconds. */
export function formatRoughInstant(ms: number, nowMs: number): string {
  return Math.abs(ms - nowMs) < SECONDS_NEEDED_WITHIN_MS ? formatInstant(ms, nowMs) : formatMinute(ms, nowMs);
}

function formatMinute(ms: number, nowMs: number): string {
  const minuteMs = Math.round(ms / MINUTE_MS) * MINUTE_MS;
  const time = formatClockTime(minuteMs, false);
  return isSameDay(minuteMs, nowMs) ? time : `${formatDay(minuteMs)} ${time}`;
}

/** An instant within a span: with its day where the span is not within one day, with seconds where it is short. */
export function formatSpanInstant(
  ms: number,
  { fromMs, toMs }: { readonly fromMs: number; readonly toMs: number },
): string {
  const time = formatClockTime(ms, toMs - fromMs < SECONDS_WITHIN_MS);
  const day = isSameDay(fromMs, toMs) && isSameDay(toMs, Date.now()) ? '' : `${formatDay(ms)} `;
  const year = toMs - fromMs > HALF_YEAR_MS ? `${readInZone(ms).getUTCFullYear()} ` : '';
  return `${year}${day}${time}`;
}

/** Instants that are read together, all with seconds or none: with them where all are near, and near each other. */
export function formatTogether(instantsMs: readonly number[], nowMs: number): string[] {
  const [first, last] = [Math.min(...instantsMs), Math.max(...instantsMs)];
  const farthestMs = Math.max(Math.abs(first - nowMs), Math.abs(last - nowMs));
  const needsSeconds = farthestMs < SECONDS_WITHIN_MS && last - first < SECONDS_APART_MS;
  return instantsMs.map((ms) => (needsSeconds ? formatInstant(ms, nowMs) : formatMinute(ms, nowMs)));
}

/** The full instant: `2026-01-05 12:00:00 UTC`. */
export function formatUtc(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19).replace('T', ' ')} UTC`;
}

/** A countdown or an age in whole seconds, never negative, so that it does not alternate between `9.6 s` and `10 s`. */
export function formatWholeDuration(ms: number): string {
  const unitMs = ms > SECONDS_WITHIN_MS && ms < DAY_MS ? MINUTE_MS : SECOND_MS;
  const wholeSecondsMs = Math.max(0, Math.round(ms / SECOND_MS)) * SECOND_MS;
  return formatDuration(Math.round(wholeSecondsMs / unitMs) * unitMs);
}

/** A duration that is no countdown: to the minute from ten minutes on. */
export function formatRoughDuration(ms: number): string {
  return formatWholeDuration(ms < ROUGH_FROM_MS ? ms : Math.round(ms / MINUTE_MS) * MINUTE_MS);
}

/** `4.2 MiB`, in multiples of 1024. */
export function formatBytes(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (value >= 1024 && unit < BYTE_UNITS.length - 1) {
    value /= 1024;
    unit += 1;
  }
  return `${value < 10 && unit > 0 ? value.toFixed(1) : Math.round(value).toString()} ${BYTE_UNITS[unit] ?? ''}`;
}

/** With a capital first letter. The name of a call, such as connect(), keeps its spelling. */
export function capitalize(text: string): string {
  if (/^\w+\(\)/.test(text)) return text;
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** `1 pool`, `3 pools`. */
export function formatPlural(count: number, noun: string): string {
  return `${formatCount(count)} ${noun}${count === 1 ? '' : 's'}`;
}

/** Epoch ms of an instant in ISO 8601. Null for null and for anything else. */
export function parseInstant(iso: string | null | undefined): number | null {
  if (iso === null || iso === undefined) return null;
  const ms = Date.parse(iso);
  return Number.isNaN(ms) ? null : ms;
}

function padToTwo(value: number): string {
  return value.toString().padStart(2, '0');
}
