/** In how many days the daily peak of pressure will reach capacity, from the peaks so far. */
import { DAY_MS, formatPercent, NORMAL_95 } from '../../units.js';
import type { DailyPeak } from './types.js';
import { fitLevel, median, fitShape, fitSlope, type Point, type Shape, type Slope } from './trend.js';

export interface Outlook {
  /** 0 where a peak has reached capacity already; null when it does not rise, or when history does not tell. */
  readonly days: number | null;
  /** One clause: what it rests on, or why there is none. */
  readonly why: string;
}

/** Three weeks: with fewer a weekly pattern cannot be told from a trend. */
const MIN_DAYS = 21;
/** Older days say little about the present trend. */
const WINDOW_DAYS = 91;
const HORIZON_DAYS = 400;
/** A day that was sampled for less than this share of the usual hours may have hidden its peak. */
const FULL_DAY = 0.75;
/** Two-sided 1%. */
const SIGNIFICANT = 2.58;
const WEEK = 7;
/** No weekday is taken to be quieter than this: dividing by less would make a peak of its noise. */
const LEAST_FACTOR = 0.05;

/**
 * Growth is taken to be linear: over the months that the daily peaks are kept, a curve is seldom told from a line, and a
 * line does not run away.
 */
export function foreseeOutlook(peaks: readonly DailyPeak[], nowMs: number): Outlook {
  const today = Math.floor(nowMs / DAY_MS);
  const days = tidy(peaks, today);
  const reached = [...days].reverse().find(({ t, y }) => t >= today - 1 && y >= 1);
  if (reached !== undefined) {
    const day = reached.t === today ? "today's" : "yesterday's";
    return { days: 0, why: `${day} peak was ${formatPercent(reached.y)} of capacity` };
  }
  const full = fullDays(days, today);
  if (full.length < MIN_DAYS) return { days: null, why: `not enough history: ${full.length} of ${MIN_DAYS} days` };
  return judge(full, today);
}

/** A day of the series: t in days since 1970, y the peak. */
interface Day extends Point {
  readonly hours: number;
}

/** Usable days of the window, ascending, each once. */
function tidy(peaks: readonly DailyPeak[], today: number): Day[] {
  const days = new Map<number, Day>();
  for (const { dayMs, pressure, hours } of peaks) {
    const t = Math.floor(dayMs / DAY_MS);
    if (!(t <= today && t >= today - WINDOW_DAYS) || !Number.isFinite(pressure) || pressure < 0) continue;
    const known = days.get(t);
    if (known === undefined || known.y < pressure) days.set(t, { t, y: pressure, hours });
  }
  return [...days.values()].sort((a, b) => a.t - b.t);
}

/** Today is not over; and of the others those that were seen for most of the hours that days usually are. */
function fullDays(days: readonly Day[], today: number): Day[] {
  const over = days.filter(({ t }) => t < today);
  const usual = median(over.map(({ hours }) => hours));
  return over.filter(({ hours }) => hours >= FULL_DAY * usual);
}

function judge(days: readonly Point[], today: number): Outlook {
  const factors = weekdayFactors(days);
  const level = days.map(({ t, y }) => ({ t, y: y / factorOf(factors, t) }));
  const slope = fitSlope(level);
  const shape = fitShape(level, slope.slope);
  if (shape.kind === 'step') {
    // What came before a step belongs to another time: has it risen since?
    const since = days.filter(({ t }) => t >= shape.sinceT);
    if (since.length >= MIN_DAYS) return judge(since, today);
  }
  if (shape.kind !== 'line' || Math.abs(slope.score) < SIGNIFICANT)
    return { days: null, why: calm(shape, level, today) };
  return rise(level, slope, { today, factors });
}

/** @returns what the pattern of the week multiplies each weekday by, 1 where it has been seen less than three times. */
function weekdayFactors(days: readonly Point[]): number[] {
  const ratios: number[][] = Array.from({ length: WEEK }, () => []);
  for (const { t, y } of days) {
    const week = days.filter((other) => Math.abs(other.t - t) <= 3);
    const around = median(week.map((other) => other.y));
    if (around > 0) ratios[t % WEEK]?.push(y / around);
  }
  return ratios.map((each) => (each.length < 3 ? 1 : Math.max(LEAST_FACTOR, median(each))));
}

function factorOf(factors: readonly number[], t: number): number {
  return factors[t % WEEK] ?? 1;
}

function rise(level: readonly Point[], slope: Slope, at: { today: number; factors: readonly number[] }): Outlook {
  const span = (level.at(-1)?.t ?? 0) - (level[0]?.t ?? 0) + 1;
  const perDay = formatPercent(Math.abs(slope.slope));
  const moves = `daily peaks ${slope.slope > 0 ? 'rise' : 'fall'} by ${perDay} of capacity a day over ${span} days`;
  if (slope.slope <= 0) return { days: null, why: moves };
  const reach = (one: number, shift: number): number | null => daysUntilFull(level, one, { ...at, shift });
  const days = reach(slope.slope, 0);
  const doubt = weekdayDoubt(level, slope.slope);
  if (days === null) return { days, why: `${moves}: 100% is more than ${HORIZON_DAYS} days away` };
  const latest = reach(slope.low, -doubt);
  const until = latest === null ? `more than ${HORIZON_DAYS}` : String(latest);
  return { days, why: `${moves}: 100% in ${days} days (90%: ${reach(slope.high, doubt) ?? days} to ${until})` };
}

/** The first day, today's included, whose peak reaches 1 on a line of this slope. */
function daysUntilFull(
  level: readonly Point[],
  slope: number,
  at: { readonly today: number; readonly factors: readonly number[]; readonly shift: number },
): number | null {
  const { today, factors } = at;
  const start = fitLevel(level, slope) + at.shift;
  for (let days = 0; days <= HORIZON_DAYS; days += 1) {
    const t = today + days;
    if ((start + slope * t) * factorOf(factors, t) >= 1) return days;
  }
  return null;
}

/** Half the 90% interval of a weekday's own level: the median of the few days there were of it. */
function weekdayDoubt(level: readonly Point[], slope: number): number {
  const start = fitLevel(level, slope);
  const deviation = 1.4826 * median(level.map(({ t, y }) => Math.abs(y - start - slope * t)));
  return NORMAL_95 * 1.2533 * deviation * Math.sqrt(WEEK / level.length);
}

function calm(shape: Shape, level: readonly Point[], today: number): string {
  if (shape.kind === 'step' || shape.kind === 'settled') {
    const ago = today - shape.sinceT;
    const [from, to] = [formatPercent(shape.before), formatPercent(shape.level)];
    return shape.kind === 'step'
      ? `daily peaks stepped from ${from} to ${to} of capacity ${ago} days ago: that is no trend`
      : `daily peaks went from ${from} to ${to} of capacity until ${ago} days ago and have stayed there`;
  }
  const typical = formatPercent(median(level.map(({ y }) => y)));
  return `no trend in ${level.length} days: daily peaks stay near ${typical} of capacity`;
}
