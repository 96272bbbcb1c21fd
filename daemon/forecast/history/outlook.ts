/** In how many days the daily peak of pressure will reach capacity, from the peaks so far. */
import { DAY_MS, formatPercent, NORMAL_95 } from '../../units.js';
import { fitLevel, fitShape, fitSlope, median, type Point, type Shape, type Slope } from './trend.js';
import type { DailyPeak } from './types.js';

export interface Outlook {
  /** 0 where a peak has reached capacity already; null where it does not rise, or the history is too short. */
  readonly days: number | null;
  /** One clause: what the outlook rests on, or why there is none. */
  readonly why: string;
}

/** A day of the series: t in days since 1970, y the peak. */
interface Day extends Point {
  readonly hours: number;
}

/** Three weeks: with fewer days a weekly pattern looks like a trend. */
const MIN_DAYS = 21;
/** Older days are left out: they may have had another trend. */
const WINDOW_DAYS = 91;
const HORIZON_DAYS = 400;
/** The peak of a day may have been missed where fewer than this share of the usual hours were sampled. */
const FULL_DAY = 0.75;
/** Standard score of a trend that chance gives in 1% of all series, both directions together. */
const SIGNIFICANT = 2.58;
const DAYS_PER_WEEK = 7;
/** The factor of a weekday that was seen less often than this is taken to be 1. */
const MIN_WEEKDAYS = 3;
/** No weekday gets a smaller factor: dividing by less would turn its noise into a peak. */
const MIN_FACTOR = 0.05;
/** From the median absolute deviation to the standard deviation, and the standard error of a median over that of a mean. */
const DEVIATION_OF_MEDIAN = 1.4826;
const ERROR_OF_MEDIAN = 1.2533;

/**
 * Growth is taken to be linear: over the months for which daily peaks are kept a curve is rarely distinguishable from a
 * line, and a line does not lead to extreme values.
 */
export function foreseeOutlook(peaks: readonly DailyPeak[], nowMs: number): Outlook {
  const today = Math.floor(nowMs / DAY_MS);
  const days = selectDays(peaks, today);
  const reached = [...days].reverse().find(({ t, y }) => t >= today - 1 && y >= 1);
  if (reached !== undefined) {
    const day = reached.t === today ? "today's" : "yesterday's";
    return { days: 0, why: `${day} peak was ${formatPercent(reached.y)} of capacity` };
  }
  const full = selectFullDays(days, today);
  if (full.length < MIN_DAYS) return { days: null, why: `not enough history: ${full.length} of ${MIN_DAYS} days` };
  return judgeTrend(full, today);
}

/** Usable days of the window, ascending, each once with its highest peak. */
function selectDays(peaks: readonly DailyPeak[], today: number): Day[] {
  const days = new Map<number, Day>();
  for (const { dayMs, pressure, hours } of peaks) {
    const t = Math.floor(dayMs / DAY_MS);
    if (!(t <= today && t >= today - WINDOW_DAYS) || !Number.isFinite(pressure) || pressure < 0) continue;
    const existing = days.get(t);
    if (existing === undefined || existing.y < pressure) days.set(t, { t, y: pressure, hours });
  }
  return [...days.values()].sort((a, b) => a.t - b.t);
}

/** The days before today that were sampled for most of the hours that days usually are. */
function selectFullDays(days: readonly Day[], today: number): Day[] {
  const ended = days.filter(({ t }) => t < today);
  const usualHours = median(ended.map(({ hours }) => hours));
  return ended.filter(({ hours }) => hours >= FULL_DAY * usualHours);
}

function judgeTrend(days: readonly Point[], today: number): Outlook {
  const factors = measureWeekdays(days);
  const level = days.map(({ t, y }) => ({ t, y: y / findFactor(factors, t) }));
  const slope = fitSlope(level);
  const shape = fitShape(level, slope.slope);
  if (shape.kind === 'step') {
    // The trend since a step does not depend on the days before it, so only the days after it are judged.
    const since = days.filter(({ t }) => t >= shape.sinceT);
    if (since.length >= MIN_DAYS) return judgeTrend(since, today);
  }
  if (shape.kind !== 'line' || Math.abs(slope.score) < SIGNIFICANT) {
    return { days: null, why: describeNoTrend(shape, level, today) };
  }
  return describeTrend(level, slope, { today, factors });
}

/** @returns the factor by which the weekly pattern multiplies each weekday; 1 where it is not seen often enough. */
function measureWeekdays(days: readonly Point[]): number[] {
  const ratios: number[][] = Array.from({ length: DAYS_PER_WEEK }, () => []);
  for (const { t, y } of days) {
    const week = days.filter((other) => Math.abs(other.t - t) <= 3);
    const around = median(week.map((other) => other.y));
    if (around > 0) ratios[t % DAYS_PER_WEEK]?.push(y / around);
  }
  return ratios.map((values) => (values.length < MIN_WEEKDAYS ? 1 : Math.max(MIN_FACTOR, median(values))));
}

function findFactor(factors: readonly number[], t: number): number {
  return factors[t % DAYS_PER_WEEK] ?? 1;
}

function describeTrend(
  level: readonly Point[],
  slope: Slope,
  at: { today: number; factors: readonly number[] },
): Outlook {
  const span = (level.at(-1)?.t ?? 0) - (level[0]?.t ?? 0) + 1;
  const perDay = formatPercent(Math.abs(slope.slope));
  const moves = `daily peaks ${slope.slope > 0 ? 'rise' : 'fall'} by ${perDay} of capacity a day over ${span} days`;
  if (slope.slope <= 0) return { days: null, why: moves };
  const findDays = (perDayRise: number, shift: number): number | null =>
    findDaysUntilFull(level, perDayRise, { ...at, shift });
  const days = findDays(slope.slope, 0);
  const error = measureWeekdayError(level, slope.slope);
  if (days === null) return { days, why: `${moves}: 100% is more than ${HORIZON_DAYS} days away` };
  const latest = findDays(slope.low, -error);
  const until = latest === null ? `more than ${HORIZON_DAYS}` : String(latest);
  return { days, why: `${moves}: 100% in ${days} days (90%: ${findDays(slope.high, error) ?? days} to ${until})` };
}

/** The first day from today on, today included, whose peak reaches 1 on a line of this slope. */
function findDaysUntilFull(
  level: readonly Point[],
  slope: number,
  at: { readonly today: number; readonly factors: readonly number[]; readonly shift: number },
): number | null {
  const { today, factors } = at;
  const start = fitLevel(level, slope) + at.shift;
  for (let days = 0; days <= HORIZON_DAYS; days += 1) {
    const t = today + days;
    if ((start + slope * t) * findFactor(factors, t) >= 1) return days;
  }
  return null;
}

/** Half the 90% interval of the level of one weekday, which is the median of few days. */
function measureWeekdayError(level: readonly Point[], slope: number): number {
  const start = fitLevel(level, slope);
  const deviation = DEVIATION_OF_MEDIAN * median(level.map(({ t, y }) => Math.abs(y - start - slope * t)));
  return NORMAL_95 * ERROR_OF_MEDIAN * deviation * Math.sqrt(DAYS_PER_WEEK / level.length);
}

function describeNoTrend(shape: Shape, level: readonly Point[], today: number): string {
  if (shape.kind === 'step' || shape.kind === 'settled') {
    const daysAgo = today - shape.sinceT;
    const [from, to] = [formatPercent(shape.before), formatPercent(shape.level)];
    return shape.kind === 'step'
      ? `daily peaks stepped from ${from} to ${to} of capacity ${daysAgo} days ago: that is no trend`
      : `daily peaks moved from ${from} to ${to} of capacity and have stayed there for ${daysAgo} days`;
  }
  const typical = formatPercent(median(level.map(({ y }) => y)));
  return `no trend in ${level.length} days: daily peaks stay near ${typical} of capacity`;
}
