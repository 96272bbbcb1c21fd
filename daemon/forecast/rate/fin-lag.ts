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
import { findPassage, type SeenLag } from './fin-passage.js';

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

interface FinWait2Row {
  /** Its place in `TimedPorts`. */
  readonly index: number;
  readonly ageMs: number;
}

interface LagContext {
  readonly monotonicMs: number;
  readonly timeWaitMs: number;
  readonly finWait2Ms: number;
}

const KEEP_MS = 2 * MINUTE_MS;
const MAX_KEPT = 200;
/** A timer that is longer than TIME_WAIT by this marks a close that is yet to be counted. */
const NOT_YET_MS = SECOND_MS;
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
  const rows = listFinWait2(pool.timed, context);
  const { lagMs, passes } = findPassage(
    {
      agesMs: rows.map(({ ageMs }) => ageMs),
      finWait2Ms: context.finWait2Ms,
      countReached: (longerThanMs, atMostMs) => countReached(pool.timed, context, [longerThanMs, atMostMs]),
    },
    memory.lags,
  );
  if (!isInFinWait2) return { timed: pool.timed, lagMs, counted: pool.timed };
  const passing = rows.filter((_, i) => passes[i] === true);
  return { ...convertPassing(pool.timed, passing, { timeWaitMs: context.timeWaitMs, lagMs }), lagMs };
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

/** Rows that have been in TIME_WAIT for longer than one time and at most another. */
function countReached(
  { state, expiresMs }: TimedPorts,
  { timeWaitMs }: LagContext,
  [longerThanMs, atMostMs]: readonly [number, number],
): number {
  let reached = 0;
  for (let i = 0; i < state.length; i += 1) {
    const ageMs = timeWaitMs - (expiresMs[i] ?? 0);
    if (state[i] === STATE.TIME_WAIT && ageMs > longerThanMs && ageMs <= atMostMs) reached += 1;
  }
  return reached;
}

/**
 * A passing row becomes the TIME_WAIT row that it will be after the mean lag. The rows in TIME_WAIT are all dated by the
 * mean lag, so together with them the rows that wait for longer would look like a higher rate of that time. They take the
 * place of those that waited for less, of which there are the more the closer the age is to the mean.
 */
function convertPassing(
  timed: TimedPorts,
  passing: readonly FinWait2Row[],
  { timeWaitMs, lagMs }: { timeWaitMs: number; lagMs: number },
): Pick<DatedPorts, 'timed' | 'counted'> {
  const converted = { state: timed.state.slice(), expiresMs: timed.expiresMs.slice() };
  const counted = { state: converted.state, expiresMs: timed.expiresMs.slice() };
  for (const { index, ageMs } of passing) {
    converted.state[index] = STATE.TIME_WAIT;
    converted.expiresMs[index] = timeWaitMs + lagMs - ageMs;
    counted.expiresMs[index] = timeWaitMs + NOT_YET_MS;
  }
  const late = passing.filter(({ ageMs }) => ageMs > lagMs);
  late.forEach(({ index }, place) => {
    converted.expiresMs[index] = timeWaitMs + lagMs * (1 - Math.sqrt((place + 0.5) / late.length));
  });
  return { timed: converted, counted };
}

/** The orphan FIN_WAIT2 rows, the youngest first. */
function listFinWait2({ state, expiresMs }: TimedPorts, { finWait2Ms }: LagContext): FinWait2Row[] {
  const rows: FinWait2Row[] = [];
  for (let index = 0; index < state.length; index += 1) {
    if (state[index] !== STATE.FIN_WAIT2) continue;
    rows.push({ index, ageMs: Math.max(0, finWait2Ms - (expiresMs[index] ?? 0)) });
  }
  return rows.sort((a, b) => a.ageMs - b.ageMs);
}
