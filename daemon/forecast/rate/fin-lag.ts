/**
 * One close, one count. A closed connection passes through FIN_WAIT2 without an owner on its way to TIME_WAIT whenever
 * the other side's FIN comes later than ours, and its timer begins anew with TIME_WAIT (kernel rule 15). Both rows are
 * dated by the instant of the close here: a passing FIN_WAIT2 row becomes the TIME_WAIT row that it will be, and the rows
 * in TIME_WAIT are older than their timers show by the lag of the other side's FIN. Only the FIN_WAIT2 rows that stay
 * keep a hold of their own.
 */
import type { Pool, TimedPorts } from '../../pool/pool.js';
import { STATE } from '../../snapshot/snapshot.js';
import { MINUTE_MS, SECOND_MS } from '../../units.js';

/** A row that was seen in FIN_WAIT2 and then in TIME_WAIT. */
interface SeenLag {
  readonly monotonicMs: number;
  readonly lagMs: number;
  /** Time between the two samples. */
  readonly intervalMs: number;
}

export interface FinLagMemory {
  /** When each port of the last sample entered FIN_WAIT2, on the monotonic clock. */
  entered: Map<number, number>;
  sampledMs: number;
  /** Oldest first. */
  lags: SeenLag[];
}

/** The timed ports of a pool, each dated by its close. */
interface DatedPorts {
  readonly timed: TimedPorts;
  /** A TIME_WAIT row of `timed` is this much older than its timer shows. */
  readonly lagMs: number;
  /** The same for counting closes from table to table: a passing row counts only once it is in TIME_WAIT. */
  readonly counted: TimedPorts;
}

interface LagContext {
  readonly monotonicMs: number;
  readonly timeWaitMs: number;
  readonly finWait2Ms: number;
}

/** What the FIN_WAIT2 rows of one sample are taken for. */
interface Passage {
  readonly lagMs: number;
  /** A row older than this stays. */
  readonly untilMs: number;
  /** At most this many younger rows pass; the others stay. */
  readonly rows: number;
}

const KEEP_MS = 2 * MINUTE_MS;
const MAX_KEPT = 200;
/** Until a lag has been seen, a FIN_WAIT2 row that is younger than this may still be on its way. */
const MAX_UNSEEN_LAG_MS = 3.2 * SECOND_MS;
/** The closes of this time show whether rows reach TIME_WAIT at all. */
const RECENT_MS = 10 * SECOND_MS;
/** Later lags may exceed those seen by this factor, and by this much. */
const LAG_MARGIN = 1.25;
const LAG_ALLOWANCE_MS = SECOND_MS / 10;
/** With fewer rows on their way their number gives no mean lag. */
const MIN_FOR_LITTLE = 4;
/** Chance explains a difference of counts up to this many standard deviations. */
const CHANCE_SIGMAS = 3;
/** A timer that is longer than TIME_WAIT by this marks a close that is yet to be counted. */
const NOT_YET_MS = SECOND_MS;
/** A FIN_WAIT2 row whose lag is shorter than this is seen so rarely that its weight is bounded. */
const MIN_WEIGHED_LAG_MS = 10;

export function createFinLagMemory(): FinLagMemory {
  return { entered: new Map(), sampledMs: 0, lags: [] };
}

/** Dates the timed ports of a sample by their closes, and remembers what the next sample needs. Call it once per sample. */
export function dateByClose(pool: Pool, memory: FinLagMemory, context: LagContext): DatedPorts {
  const isInFinWait2 = pool.states[STATE.FIN_WAIT2 - 1] !== 0;
  if (!isInFinWait2 && memory.entered.size === 0 && memory.lags.length === 0) {
    return { timed: pool.timed, lagMs: 0, counted: pool.timed };
  }
  rememberLags(pool, memory, context);
  const passage = findPassage(pool.timed, memory, context);
  const { lagMs } = passage;
  if (!isInFinWait2) return { timed: pool.timed, lagMs, counted: pool.timed };
  return { ...convertPassing(pool.timed, passage, context), lagMs };
}

/** Adds the lag of each row that was in FIN_WAIT2 at the last sample and is in TIME_WAIT now. */
function rememberLags({ timed, ports }: Pool, memory: FinLagMemory, context: LagContext): void {
  const { monotonicMs, timeWaitMs, finWait2Ms } = context;
  const entered = new Map<number, number>();
  const intervalMs = monotonicMs - memory.sampledMs;
  memory.sampledMs = monotonicMs;
  for (let i = 0; i < timed.state.length; i += 1) {
    const port = ports.timed[i] ?? 0;
    const left = timed.expiresMs[i] ?? 0;
    if (timed.state[i] === STATE.FIN_WAIT2) {
      entered.set(port, monotonicMs - Math.max(0, finWait2Ms - left));
      continue;
    }
    const closedMs = memory.entered.get(port);
    if (closedMs === undefined) continue;
    const lagMs = monotonicMs - Math.max(0, timeWaitMs - left) - closedMs;
    // After the whole FIN_WAIT2 timer the port was released, and the row is that of another connection.
    if (lagMs >= 0 && lagMs < finWait2Ms) memory.lags.push({ monotonicMs, lagMs, intervalMs });
  }
  memory.entered = entered;
  const first = memory.lags.findIndex((lag) => monotonicMs - lag.monotonicMs < KEEP_MS);
  memory.lags = first < 0 ? [] : memory.lags.slice(Math.max(first, memory.lags.length - MAX_KEPT));
}

function findPassage(timed: TimedPorts, { lags }: FinLagMemory, context: LagContext): Passage {
  if (lags.length === 0) return presumePassage(timed, context);
  const longestMs = Math.max(...lags.map(({ lagMs }) => lagMs));
  const untilMs = LAG_MARGIN * longestMs + LAG_ALLOWANCE_MS;
  const reachedPerMs = countReached(timed, context) / RECENT_MS;
  const { young, older } = countByAge(timed, untilMs, context);
  if (older > 0 || young < MIN_FOR_LITTLE || reachedPerMs === 0) {
    const lagMs = findMeanLag(lags);
    return { lagMs, untilMs, rows: findPassing({ young, older }, reachedPerMs * lagMs) };
  }
  // Where every row passes, their number is the rate times the mean lag (Little's law).
  return { lagMs: Math.min(longestMs, young / reachedPerMs), untilMs, rows: young };
}

/**
 * The mean of the lags. A sample meets a lag the more often the longer it is, up to the time between two samples, so each
 * counts inversely to that.
 */
function findMeanLag(lags: readonly SeenLag[]): number {
  let [sum, weights] = [0, 0];
  for (const { lagMs, intervalMs } of lags) {
    const weight = 1 / Math.max(MIN_WEIGHED_LAG_MS, Math.min(lagMs, intervalMs));
    sum += weight * lagMs;
    weights += weight;
  }
  return sum / weights;
}

/** Without a lag seen: where closes reach TIME_WAIT, the young rows are on their way there. */
function presumePassage(timed: TimedPorts, context: LagContext): Passage {
  const counted = countByAge(timed, MAX_UNSEEN_LAG_MS, context);
  const rows = countReached(timed, context) === 0 ? 0 : findPassing(counted, 0);
  if (rows === 0) return { lagMs: 0, untilMs: 0, rows: 0 };
  let lagMs = 0;
  forEachFinWait2(timed, context, (ageMs) => {
    if (ageMs <= MAX_UNSEEN_LAG_MS && ageMs > lagMs) lagMs = ageMs;
  });
  return { lagMs, untilMs: MAX_UNSEEN_LAG_MS, rows };
}

/** Rows that entered TIME_WAIT in the last `RECENT_MS`. */
function countReached(timed: TimedPorts, { timeWaitMs }: LagContext): number {
  let reached = 0;
  for (let i = 0; i < timed.state.length; i += 1) {
    const ageMs = timeWaitMs - (timed.expiresMs[i] ?? 0);
    if (timed.state[i] === STATE.TIME_WAIT && ageMs <= RECENT_MS) reached += 1;
  }
  return reached;
}

/** The FIN_WAIT2 rows that are younger than `untilMs`, and those of the next such time. */
function countByAge(timed: TimedPorts, untilMs: number, context: LagContext): { young: number; older: number } {
  const count = { young: 0, older: 0 };
  forEachFinWait2(timed, context, (ageMs) => {
    if (ageMs <= untilMs) count.young += 1;
    else if (ageMs <= 2 * untilMs) count.older += 1;
  });
  return count;
}

/**
 * How many of the young rows are on their way. Where no older row stays all of them are. Else as many of the young ones
 * stay as came in the next such time, and as many pass as enter TIME_WAIT during the mean lag (`expected`). More of them
 * than chance explains are on their way too: the closes have become faster.
 */
function findPassing({ young, older }: { young: number; older: number }, expected: number): number {
  if (older === 0) return young;
  const both = expected + older;
  return young > both + CHANCE_SIGMAS * Math.sqrt(both) ? young - older : Math.min(young, Math.round(expected));
}

/**
 * A passing row becomes the TIME_WAIT row that it will be after the mean lag. The rows in TIME_WAIT are all dated by the
 * mean lag, so together with them the rows that wait for longer would look like a higher rate of that time. They take the
 * place of those that waited for less, of which there are the more the closer the age is to the mean.
 */
function convertPassing(
  timed: TimedPorts,
  { lagMs, untilMs, rows }: Passage,
  { timeWaitMs, ...context }: LagContext,
): Pick<DatedPorts, 'timed' | 'counted'> {
  const converted = { state: timed.state.slice(), expiresMs: timed.expiresMs.slice() };
  const counted = { state: converted.state, expiresMs: timed.expiresMs.slice() };
  const late: number[] = [];
  let left = rows;
  forEachFinWait2(timed, { timeWaitMs, ...context }, (ageMs, i) => {
    if (left <= 0 || ageMs > untilMs) return;
    left -= 1;
    converted.state[i] = STATE.TIME_WAIT;
    converted.expiresMs[i] = timeWaitMs + lagMs - ageMs;
    counted.expiresMs[i] = timeWaitMs + NOT_YET_MS;
    if (ageMs > lagMs) late.push(i);
  });
  late.forEach((i, place) => {
    converted.expiresMs[i] = timeWaitMs + lagMs * (1 - Math.sqrt((place + 0.5) / late.length));
  });
  return { timed: converted, counted };
}

function forEachFinWait2(timed: TimedPorts, context: LagContext, visit: (ageMs: number, index: number) => void): void {
  for (let i = 0; i < timed.state.length; i += 1) {
    if (timed.state[i] !== STATE.FIN_WAIT2) continue;
    visit(Math.max(0, context.finWait2Ms - (timed.expiresMs[i] ?? 0)), i);
  }
}
