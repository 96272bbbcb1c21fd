/**
 * Only opening a connection takes a port. Closes stand for arrivals while the number of live ports is steady. Where it
 * falls, as many closes took no port again: the connections of a pool were closed and not replaced. They are taken out
 * of the closes of their time.
 */
import { PORT_COUNT } from '../../host/kernel-constants.js';
import type { Pool } from '../../pool/pool.js';
import { STATE } from '../../snapshot/snapshot.js';
import { MINUTE_MS } from '../../units.js';
import { AGE_BIN_MS, type AgeHistogram } from './close-rate.js';
import type { Run } from './distribution.js';

/** The time between two samples. Instants on CLOCK_MONOTONIC. */
export interface ArrivalInterval {
  readonly fromMs: number;
  readonly toMs: number;
  /** Closes of that time, and those of them whose connection was also opened in that time. */
  readonly closes: number;
  readonly shortLived: number;
  /** Closes of connections that were open at the start of that time and were not replaced. */
  readonly unreplaced: number;
  /** When the connections were closed that were open at the start of that time; empty where all of them were replaced. */
  readonly closedMs: readonly number[];
  /** Ports that were held at the start of that time. */
  readonly used: number;
  /** Live ports at the start of that time, those taken since, and those given up since. */
  readonly live: number;
  readonly opened: number;
  readonly givenUp: number;
}

export interface ArrivalMemory {
  /** Newest first; those of the last `KEEP_MS`. */
  intervals: ArrivalInterval[];
  /** The live ports of the last sample, and when it was taken; null before the first. */
  last: {
    readonly monotonicMs: number;
    readonly live: number;
    readonly used: number;
    readonly ports: Uint16Array;
  } | null;
  /** The level about which the live ports vary; null before the first sample. */
  level: number | null;
  /** How many live ports were opened and given up between each two of the newest samples. */
  turnovers: number[];
}

/** The time from a close to the end of its timer, for each kind of timed port. */
interface CloseContext {
  readonly monotonicMs: number;
  readonly timeWaitMs: number;
  readonly finWait2Ms: number;
}

const KEEP_MS = 2 * MINUTE_MS;
/**
 * While a pool holds less than this share of its capacity, what its ports do cannot matter. Most pools of a busy host
 * are like that, so nothing is kept of them.
 */
const TOO_FEW_TO_MATTER = 0.005;
/** The live ports have left their level when they are further from it than this many standard deviations. */
const LEAVING_SIGMAS = 2.5;
const MAX_TURNOVERS = 20;
/** With fewer of them the variation is presumed to be that of a busy service. */
const MIN_TURNOVERS = 4;
/** What rounding leaves of a bin whose closes were all taken out. */
const NO_CLOSE = 1e-6;

/** The ports that were live at the last sample. An entry is valid only while it holds the current round. */
const liveBefore = new Uint32Array(PORT_COUNT);
let round = 0;

export function createArrivalMemory(): ArrivalMemory {
  return { intervals: [], last: null, level: null, turnovers: [] };
}

/**
 * Adds a sample of a pool whose timers show when each port was closed. Call it once per sample.
 * @param pool with its timed ports dated by their closes (see fin-lag.ts).
 */
export function rememberArrivals(memory: ArrivalMemory, pool: Pool, context: CloseContext): void {
  const { monotonicMs } = context;
  const { last } = memory;
  const used = pool.live + pool.timed.state.length;
  if (Math.max(used, last?.used ?? 0) < TOO_FEW_TO_MATTER * pool.capacity) {
    memory.intervals.length = 0;
    memory.level = pool.live;
  } else if (last !== null && monotonicMs > last.monotonicMs) {
    const counted = countCloses(last, pool, context);
    const fallen = followLevel(memory, pool.live);
    memory.turnovers.push(counted.opened + counted.givenUp);
    if (memory.turnovers.length > MAX_TURNOVERS) memory.turnovers.shift();
    const { monotonicMs: fromMs, live, used: usedBefore } = last;
    // A connection that was opened and closed since took its port, so only older ones can have been closed without.
    const unreplaced = Math.min(fallen, counted.closedMs.length);
    const closedMs = unreplaced === 0 ? [] : counted.closedMs;
    memory.intervals.unshift({ fromMs, toMs: monotonicMs, live, used: usedBefore, ...counted, unreplaced, closedMs });
    while (monotonicMs - (memory.intervals.at(-1)?.toMs ?? monotonicMs) > KEEP_MS) memory.intervals.pop();
  }
  memory.level ??= pool.live;
  memory.last = { monotonicMs, live: pool.live, used, ports: pool.ports.live };
}

/** A close since the last sample whose port was not live then belongs to a connection that was opened since, too. */
function countCloses(
  last: NonNullable<ArrivalMemory['last']>,
  { ports, timed }: Pool,
  { monotonicMs, timeWaitMs, finWait2Ms }: CloseContext,
): Pick<ArrivalInterval, 'closes' | 'shortLived' | 'closedMs' | 'opened' | 'givenUp'> {
  round += 1;
  for (const port of last.ports) liveBefore[port] = round;
  const sinceMs = monotonicMs - last.monotonicMs;
  const closedMs: number[] = [];
  let shortLived = 0;
  const { state, expiresMs } = timed;
  const finWait2 = STATE.FIN_WAIT2;
  for (let i = 0; i < state.length; i += 1) {
    const ageMs = (state[i] === finWait2 ? finWait2Ms : timeWaitMs) - (expiresMs[i] ?? 0);
    if (ageMs >= sinceMs) continue;
    if (liveBefore[ports.timed[i] ?? 0] === round) closedMs.push(monotonicMs - ageMs);
    else shortLived += 1;
  }
  let kept = 0;
  for (const port of ports.live) if (liveBefore[port] === round) kept += 1;
  return {
    closes: closedMs.length + shortLived,
    shortLived,
    closedMs,
    opened: ports.live.length - kept,
    givenUp: last.live - kept,
  };
}

/**
 * Moves the level of the live ports once they have left it, and returns by how much it fell. The number of open
 * connections of a steady service varies, and what varies comes back, so only what leaves the band counts.
 */
function followLevel(memory: ArrivalMemory, live: number): number {
  const before = memory.level ?? live;
  if (live === before) return 0;
  if (Math.abs(live - before) <= LEAVING_SIGMAS * estimateVariation(memory, before)) return 0;
  memory.level = live;
  return Math.max(0, before - live);
}

/**
 * Standard deviation of the live ports over some samples. It is 0 for a pool whose connections are only kept. Where
 * connections come and go, their number varies by the root of how many did, and by no more than the root of twice the
 * level.
 */
function estimateVariation({ turnovers }: ArrivalMemory, level: number): number {
  const most = 2 * level;
  if (turnovers.length < MIN_TURNOVERS) return Math.sqrt(most);
  // The quarter with the greatest turnover is left out: a pool that is closed or opened at once is no variation.
  const sorted = [...turnovers].sort((a, b) => a - b).slice(0, Math.ceil((turnovers.length * 3) / 4));
  return Math.sqrt(
    Math.min(
      most,
      sorted.reduce((sum, each) => sum + each, 0),
    ),
  );
}

/** Takes the closes that were not replaced out of a histogram of closes by age, as seen at `nowMs`. */
export function dropUnreplaced(ages: AgeHistogram, { intervals }: ArrivalMemory, nowMs: number): AgeHistogram {
  if (intervals.every(({ unreplaced }) => unreplaced === 0)) return ages;
  const counts = ages.counts.slice();
  for (const { closedMs, unreplaced } of intervals) {
    // Which of them were not replaced is unknown, so each counts less.
    const dropped = closedMs.length === 0 ? 0 : unreplaced / closedMs.length;
    if (dropped === 0) continue;
    for (const atMs of closedMs) {
      const bin = Math.floor(Math.max(0, nowMs - atMs) / AGE_BIN_MS);
      if (bin < counts.length) counts[bin] = Math.max(0, (counts[bin] ?? 0) - dropped);
    }
  }
  const first = counts.findIndex((count) => count > NO_CLOSE);
  const newestMs = first < 0 ? Infinity : Math.max(ages.newestMs, first * AGE_BIN_MS);
  return { ...ages, counts, newestMs };
}

/**
 * How much of a run is proven to be connections that were opened and closed in it, 0 to 1. The rest may be a pool of
 * older connections that was replaced once, which does not go on.
 * @param live live ports now.
 */
export function findProvenShare(run: Run, { intervals }: ArrivalMemory, at: { nowMs: number; live: number }): number {
  if (run.seen <= 0) return 1;
  const beganMs = at.nowMs - run.ageMs;
  let shortLived = 0;
  let liveAtStart = at.live;
  for (const interval of intervals) {
    if (interval.toMs <= beganMs) break;
    const share = Math.min(1, (interval.toMs - beganMs) / (interval.toMs - interval.fromMs));
    shortLived += share * interval.shortLived;
    liveAtStart = interval.live;
  }
  return Math.min(1, Math.max(shortLived, run.seen - liveAtStart) / run.seen);
}
