/** Instants as a reader of mail needs them: the local time of the host with its offset, so that it is right for everybody. */
import { DAY_MS, MINUTE_MS } from '../../units.js';

export interface LocalTime {
  /** `2026-01-05 13:00:44 +01:00`. */
  readonly formatInstant: (epochMs: number) => string;
  /** `2026-01-05 13:00 +01:00`. */
  readonly formatRoughInstant: (epochMs: number) => string;
  /** `13:00:44 +01:00`. */
  readonly formatTime: (epochMs: number) => string;
  /** The time of an instant that has passed: with its date where that is a day or longer ago. */
  readonly formatPast: (epochMs: number, nowMs: number) => string;
  /** `13:00:44`, beside a time with its offset. */
  readonly formatClock: (epochMs: number) => string;
  /** `13:00`, for an axis. */
  readonly formatMinute: (epochMs: number) => string;
  /** `2026-01-05 13:00:02 to 13:00:44 +01:00`. */
  readonly formatSpan: (fromMs: number, toMs: number) => string;
}

const ZONE_UTC = 'UTC';
/** The formatter of a zone takes half a millisecond to create, and each message needs it several times. */
const created = new Map<string, LocalTime>();

/** @param zone an IANA name; UTC where it is absent. */
export function createLocalTime(zone: string = ZONE_UTC): LocalTime {
  const time = created.get(zone) ?? createFor(zone);
  created.set(zone, time);
  return time;
}

function createFor(zone: string): LocalTime {
  const format = new Intl.DateTimeFormat('en-GB', {
    timeZone: zone,
    hourCycle: 'h23',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
  });
  const read = (epochMs: number): Record<string, string> =>
    Object.fromEntries(format.formatToParts(epochMs).map(({ type, value }) => [type, value]));
  const formatDay = (epochMs: number): string => {
    const { year = '', month = '', day = '' } = read(epochMs);
    return `${year}-${month}-${day}`;
  };
  const formatMinute = (epochMs: number): string => {
    const { hour = '', minute = '' } = read(epochMs);
    return `${hour}:${minute}`;
  };
  const formatClock = (epochMs: number): string => `${formatMinute(epochMs)}:${read(epochMs)['second'] ?? ''}`;
  const formatOffset = (epochMs: number): string => {
    const { year, month, day, hour, minute, second } = read(epochMs);
    const local = Date.UTC(+(year ?? 0), +(month ?? 1) - 1, +(day ?? 1), +(hour ?? 0), +(minute ?? 0), +(second ?? 0));
    // The parts have no fraction of a second. Before 1900 offsets have seconds, which no instant here needs.
    const minutes = Math.round((local - epochMs) / MINUTE_MS);
    const pad = (value: number): string => String(Math.trunc(value)).padStart(2, '0');
    return `${minutes < 0 ? '-' : '+'}${pad(Math.abs(minutes) / 60)}:${pad(Math.abs(minutes) % 60)}`;
  };
  const formatTime = (epochMs: number): string => `${formatClock(epochMs)} ${formatOffset(epochMs)}`;
  const formatInstant = (epochMs: number): string => `${formatDay(epochMs)} ${formatTime(epochMs)}`;
  return {
    formatInstant,
    formatRoughInstant: (epochMs) => `${formatDay(epochMs)} ${formatMinute(epochMs)} ${formatOffset(epochMs)}`,
    formatTime,
    formatPast: (epochMs, nowMs) => (nowMs - epochMs < DAY_MS ? formatTime(epochMs) : formatInstant(epochMs)),
    formatClock,
    formatMinute,
    formatSpan(fromMs, toMs) {
      const isOneDay = formatDay(fromMs) === formatDay(toMs) && formatOffset(fromMs) === formatOffset(toMs);
      if (!isOneDay) return `${formatInstant(fromMs)} to ${formatInstant(toMs)}`;
      return `${formatDay(fromMs)} ${formatClock(fromMs)} to ${formatTime(toMs)}`;
    },
  };
}
