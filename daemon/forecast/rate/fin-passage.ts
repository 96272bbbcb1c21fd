/**
 * Which orphan FIN_WAIT2 rows are on their way to TIME_WAIT, and which stay because the FIN of the other side never
 * comes. A row that passes is the rarer the older it is, as the lags show that were seen before. Rows that stay have all
 * ages alike.
 */
import { SECOND_MS } from '../../units.js';

/** A row that was seen in FIN_WAIT2 and then in TIME_WAIT. */
export interface SeenLag {
  readonly monotonicMs: number;
  readonly lagMs: number;
  /** Time between the two samples. */
  readonly intervalMs: number;
}

/** What the FIN_WAIT2 rows of one sample are taken for. */
interface Passage {
  /** The mean lag of the other side's FIN. */
  readonly lagMs: number;
  /** Whether each row passes, in the order of the ages that were given. */
  readonly passes: readonly boolean[];
}

/** The timed ports of one sample. */
interface TimedAges {
  /** Of the FIN_WAIT2 rows, ascending. */
  readonly agesMs: readonly number[];
  /** How long a row stays in FIN_WAIT2 at most. */
  readonly finWait2Ms: number;
  /** How many rows have been in TIME_WAIT for longer than one time and at most another. */
  readonly countReached: (longerThanMs: number, atMostMs: number) => number;
}

/** Until a lag has been seen, a FIN_WAIT2 row that is younger than this may still be on its way. */
const MAX_UNSEEN_LAG_MS = 3.2 * SECOND_MS;
/** Later lags may exceed those seen by this factor, and by this much. */
const LAG_MARGIN = 1.25;
const LAG_ALLOWANCE_MS = SECOND_MS / 10;
/** With fewer rows on their way their number gives no mean lag. */
const MIN_FOR_LITTLE = 4;
/** Chance explains a difference of counts up to this many standard deviations. */
const CHANCE_SIGMAS = 3;
/** A FIN_WAIT2 row whose lag is shorter than this is seen so rarely that its weight is bounded. */
const MIN_WEIGHED_LAG_MS = 10;
/** The closes of this time show how many rows reach TIME_WAIT. */
const RECENT_MS = 10 * SECOND_MS;

export function findPassage(timed: TimedAges, lags: readonly SeenLag[]): Passage {
  if (lags.length === 0) return presumePassage(timed);
  const { agesMs } = timed;
  const longestMs = Math.max(...lags.map(({ lagMs }) => lagMs));
  const untilMs = LAG_MARGIN * longestMs + LAG_ALLOWANCE_MS;
  const young = countUpTo(agesMs, untilMs);
  const stayOdds = findStayOdds(timed, untilMs);
  if (stayOdds > 0) {
    const survival = findSurvival(agesMs.slice(0, young), lags);
    const shares = survival.map((still) => still / (still + stayOdds));
    return { lagMs: findMeanLag(lags), passes: chooseRows(shares, agesMs.length) };
  }
  // Where every row passes, their number is the rate times the mean lag (Little's law).
  const reachedPerMs = timed.countReached(0, RECENT_MS) / RECENT_MS;
  const isCounted = young >= MIN_FOR_LITTLE && reachedPerMs > 0;
  const lagMs = isCounted ? Math.min(longestMs, young / reachedPerMs) : findMeanLag(lags);
  return { lagMs, passes: agesMs.map((_, i) => i < young) };
}

/**
 * Without a lag seen: where closes reach TIME_WAIT, the young rows are on their way there, less as many as stay. Chance
 * explains some more than stay.
 */
function presumePassage(timed: TimedAges): Passage {
  const { agesMs, countReached } = timed;
  const young = countUpTo(agesMs, MAX_UNSEEN_LAG_MS);
  const staying = findStayOdds(timed, MAX_UNSEEN_LAG_MS) * countReached(0, MAX_UNSEEN_LAG_MS);
  const isChance = young <= staying + CHANCE_SIGMAS * Math.sqrt(staying);
  const passing = countReached(0, RECENT_MS) === 0 || isChance ? 0 : young - staying;
  const lagMs = passing === 0 ? 0 : (agesMs[young - 1] ?? 0);
  const shares = agesMs.slice(0, young).map(() => passing / young);
  return { lagMs, passes: chooseRows(shares, agesMs.length) };
}

/**
 * How many rows stay for each one that passes, by the closes that are so old that all rows which pass have reached
 * TIME_WAIT. It does not depend on how fast the closes come. 0 where no such row is seen.
 * @param untilMs a row that is older stays.
 */
function findStayOdds({ agesMs, finWait2Ms, countReached }: TimedAges, untilMs: number): number {
  const fromMs = Math.min(2 * untilMs, finWait2Ms / 2);
  const stay = agesMs.length - countUpTo(agesMs, fromMs);
  return stay === 0 ? 0 : stay / countReached(fromMs, finWait2Ms);
}

/** Chooses as many rows as the shares add up to, at every age as many as its rows have. */
function chooseRows(shares: readonly number[], rows: number): boolean[] {
  let sum = 0;
  let chosen = 0;
  return Array.from({ length: rows }, (_, i) => {
    sum += shares[i] ?? 0;
    if (sum < chosen + 0.5) return false;
    chosen += 1;
    return true;
  });
}

/** The share of the lags that is longer than each of the ages, which ascend. */
function findSurvival(agesMs: readonly number[], lags: readonly SeenLag[]): number[] {
  const sorted = lags.map((lag) => ({ lagMs: lag.lagMs, weight: weighLag(lag) })).sort((a, b) => a.lagMs - b.lagMs);
  const total = sorted.reduce((sum, { weight }) => sum + weight, 0);
  let next = 0;
  let over = total;
  return agesMs.map((ageMs) => {
    for (let lag = sorted[next]; lag !== undefined && lag.lagMs <= ageMs; lag = sorted[next]) {
      over -= lag.weight;
      next += 1;
    }
    return next === sorted.length ? 0 : over / total;
  });
}

function findMeanLag(lags: readonly SeenLag[]): number {
  let [sum, weights] = [0, 0];
  for (const lag of lags) {
    const weight = weighLag(lag);
    sum += weight * lag.lagMs;
    weights += weight;
  }
  return sum / weights;
}

/** A sample meets a lag the more often the longer it is, up to the time between two samples: each counts inversely to that. */
function weighLag({ lagMs, intervalMs }: SeenLag): number {
  return 1 / Math.max(MIN_WEIGHED_LAG_MS, Math.min(lagMs, intervalMs));
}

/** How many of the ascending ages are at most `limitMs`. */
function countUpTo(agesMs: readonly number[], limitMs: number): number {
  const first = agesMs.findIndex((ageMs) => ageMs > limitMs);
  return first < 0 ? agesMs.length : first;
}
