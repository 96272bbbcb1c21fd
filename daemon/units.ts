/** Units, numbers as text, and a little statistics. Times are ms inside portcast, seconds and ISO 8601 in its JSON. */
export const SECOND_MS = 1000;
export const MINUTE_MS = 60 * SECOND_MS;
export const HOUR_MS = 60 * MINUTE_MS;
export const DAY_MS = 24 * HOUR_MS;

/** The 95% quantile of the standard normal distribution: the half width of a 90% interval in standard deviations. */
export const NORMAL_95 = 1.6448536;

const UNIT_SIGNS = { second: 's', minute: 'min', hour: 'h' } as const;

/** ISO 8601 in UTC; null stays null. */
export function isoOrNull(epochMs: number | null): string | null {
  return epochMs === null ? null : new Date(epochMs).toISOString();
}

/** An instant of any day: `2026-01-05 14:03 UTC`. */
export function formatUtcMinute(epochMs: number): string {
  return `${new Date(epochMs).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}

/** A duration as text: `12 ms`, `40 s`, `3 min 19 s`, `2 h 5 min`, `3 d 4 h`. */
export function formatDuration(ms: number): string {
  const sign = ms < 0 ? '-' : '';
  const abs = Math.abs(ms);
  if (abs > 0 && abs < SECOND_MS) return `${sign}${Math.max(1, Math.round(abs))} ms`;
  if (abs < 10 * SECOND_MS) return `${sign}${trimZero((abs / SECOND_MS).toFixed(1))} s`;
  const roundedMs = Math.round(abs / SECOND_MS) * SECOND_MS;
  if (roundedMs < 2 * MINUTE_MS) return `${sign}${roundedMs / SECOND_MS} s`;
  const days = Math.floor(roundedMs / DAY_MS);
  const hours = Math.floor((roundedMs % DAY_MS) / HOUR_MS);
  const minutes = Math.floor((roundedMs % HOUR_MS) / MINUTE_MS);
  const seconds = (roundedMs % MINUTE_MS) / SECOND_MS;
  if (days > 0) return `${sign}${days} d${hours > 0 ? ` ${hours} h` : ''}`;
  if (hours > 0) return `${sign}${hours} h${minutes > 0 ? ` ${minutes} min` : ''}`;
  return `${sign}${minutes} min${seconds > 0 ? ` ${seconds} s` : ''}`;
}

/** A whole number with thousands separators, whatever the locale of the host: `28,232`. */
export function formatCount(value: number): string {
  return Math.round(value)
    .toString()
    .replace(/\B(?=(\d{3})+(?!\d))/g, ',');
}

/** A rate per second with at most three significant digits below 1,000: `16.6`, `0.42`, `470`. */
export function formatRate(perSecond: number): string {
  if (perSecond >= 100) return formatCount(perSecond);
  return trimZero(perSecond.toFixed(perSecond >= 10 ? 1 : 2));
}

/** Growth in the longest unit that is needed for a figure of at least 1: `4` per `second`, `15` per `minute`, `11` per `hour`. */
export function splitGrowth(perSecond: number): {
  readonly figure: string;
  readonly unit: 'second' | 'minute' | 'hour';
} {
  if (perSecond >= 1) return { figure: formatRate(perSecond), unit: 'second' };
  const perMinute = (perSecond * MINUTE_MS) / SECOND_MS;
  if (perMinute >= 1) return { figure: formatRate(perMinute), unit: 'minute' };
  return { figure: formatRate((perSecond * HOUR_MS) / SECOND_MS), unit: 'hour' };
}

/** `4 more every second`, `15 more every minute`. */
export function formatGrowth(perSecond: number): string {
  const { figure, unit } = splitGrowth(perSecond);
  return `${figure} more every ${unit}`;
}

/** `4/s`, `15/min`, `11/h`. */
export function formatGrowthRate(perSecond: number): string {
  const { figure, unit } = splitGrowth(perSecond);
  return `${figure}/${UNIT_SIGNS[unit]}`;
}

/** A ratio as a percentage: `0.123` is `12%`. Below 10% it has one decimal. */
export function formatPercent(ratio: number): string {
  const percent = ratio * 100;
  return `${percent !== 0 && Math.abs(percent) < 10 ? trimZero(percent.toFixed(1)) : Math.round(percent).toString()}%`;
}

export function clamp(value: number, low: number, high: number): number {
  return Math.min(high, Math.max(low, value));
}

/** The nearest-rank quantile of ascending values; null when there are no values. */
export function findQuantile(ascending: readonly number[], share: number): number | null {
  return ascending[Math.max(0, Math.ceil(share * ascending.length) - 1)] ?? null;
}

function trimZero(text: string): string {
  return text.includes('.') ? text.replace(/\.?0+$/, '') : text;
}
