/** Growth of live ports: only where it is sustained, so neither a step nor the jitter of requests in flight counts. */

export interface LiveSample {
  readonly monotonicMs: number;
  readonly live: number;
}

/** Kept finely for two minutes, then one a minute for two hours. */
const FINE_MS = 120_000;
const COARSE_STEP_MS = 60_000;
const KEEP_MS = 7_200_000;
/** Sustained growth is looked for over these spans; each is cut into blocks that must all grow. */
const SPANS_MS = [20_000, 40_000, 60_000, 90_000, 300_000, 1_200_000, 3_600_000, 7_000_000];
const BLOCKS = 5;
/** Each block, or each step of a young growth, must bring at least this share of the mean growth. */
const MIN_BLOCK_SHARE = 0.4;
/** Live ports of a steady service vary by about the root of their number: growth must stand well above that. */
const SIGMAS = 4;
const MIN_GROWTH = 6;
/** Young growth: the newest steps, at least two of them, over at most this long. */
const YOUNG_MS = 40_000;
const MIN_STEPS = 2;
const YOUNG_SIGMAS = 6;

/** Growth of the live ports of one pool. */
export interface Growth {
  /** Ports per second; 0 where it is not significant. */
  readonly perSecond: number;
  /** How long it has lasted, and how many ports it brought meanwhile; 0 without growth. */
  readonly lastedMs: number;
  readonly ports: number;
}

export const NO_GROWTH: Growth = { perSecond: 0, lastedMs: 0, ports: 0 };

/** Adds a sample; older ones are thinned in place. */
export function rememberLive(history: LiveSample[], sample: LiveSample): void {
  const last = history.at(-1);
  if (last !== undefined && sample.monotonicMs <= last.monotonicMs) return;
  history.push(sample);
  let edge = 0;
  while (edge < history.length && sample.monotonicMs - (history[edge]?.monotonicMs ?? 0) > FINE_MS) edge += 1;
  const left = history[edge - 2];
  const leaving = history[edge - 1];
  // Only the sample that has just left the fine part can be too close to the one before it.
  if (left !== undefined && leaving !== undefined && leaving.monotonicMs - left.monotonicMs < COARSE_STEP_MS) {
    history.splice(edge - 1, 1);
  }
  while (sample.monotonicMs - (history[0]?.monotonicMs ?? sample.monotonicMs) > KEEP_MS) history.shift();
}

/**
 * By how much the live ports grow; null before there are two samples to compare. The longest span that shows sustained
 * growth speaks: growth that has stopped fails every span within a fifth of it.
 */
export function measureGrowth(history: readonly LiveSample[]): Growth | null {
  const newest = history.at(-1);
  const first = history[0];
  if (newest === undefined || first === undefined || history.length <= MIN_STEPS) return null;
  // Too few to have grown significantly, whatever the history.
  if (newest.live < MIN_GROWTH) return NO_GROWTH;
  let growth = youngGrowth(history);
  for (const span of SPANS_MS) {
    if (newest.monotonicMs - first.monotonicMs < span) break;
    growth = growthOver(history, newest.monotonicMs, span) ?? growth;
  }
  return growth ?? NO_GROWTH;
}

/** The longest run of newest steps that all grow about alike, and the one before them, in which the growth began. */
function youngGrowth(history: readonly LiveSample[]): Growth | null {
  const newest = history.at(-1);
  if (newest === undefined) return null;
  let found: Growth | null = null;
  let slowest = Infinity;
  for (let i = history.length - 2; i > 0; i -= 1) {
    const [before, began, next] = [history[i - 1], history[i], history[i + 1]];
    if (before === undefined || began === undefined || next === undefined) break;
    if (newest.monotonicMs - before.monotonicMs > YOUNG_MS) break;
    slowest = Math.min(slowest, (next.live - began.live) / (next.monotonicMs - began.monotonicMs));
    if (slowest <= 0) break;
    const first = { ports: began.live - before.live, ms: began.monotonicMs - before.monotonicMs };
    const all = { ports: newest.live - before.live, ms: newest.monotonicMs - before.monotonicMs };
    const perMs = ratePerMs(first, all);
    const noise = Math.sqrt(before.live);
    if (slowest < MIN_BLOCK_SHARE * perMs || all.ports < MIN_GROWTH + YOUNG_SIGMAS * noise) continue;
    const isAlike = first.ports / first.ms >= (MIN_BLOCK_SHARE * all.ports) / all.ms;
    if (!isAlike && first.ports <= SIGMAS * noise) continue;
    // A lone step after a small one may be a jump, of which nothing is left to come.
    const wholeMs = isAlike || i < history.length - 2 ? all.ms - first.ms : 0;
    found = { perSecond: 1000 * perMs, lastedMs: wholeMs + lastedIn(first, perMs), ports: all.ports };
  }
  return found;
}

interface Grown {
  readonly ports: number;
  readonly ms: number;
}

/**
 * Growth that began late in its first step shows as a small one there: that step tells that it grows, not how fast. Where
 * it is faster than all that came after, it was growing from its start on, and counts in full.
 */
function ratePerMs(first: Grown, all: Grown): number {
  return Math.max((all.ports - first.ports) / (all.ms - first.ms), all.ports / all.ms);
}

/** How much of its first step growth has lasted. */
function lastedIn(first: Grown, perMs: number): number {
  return Math.min(first.ms, first.ports / perMs);
}

function growthOver(history: readonly LiveSample[], now: number, spanMs: number): Growth | null {
  const sums = new Array<number>(BLOCKS).fill(0);
  const times = new Array<number>(BLOCKS).fill(0);
  const counts = new Array<number>(BLOCKS).fill(0);
  for (let i = history.length - 1; i >= 0; i -= 1) {
    const sample = history[i];
    if (sample === undefined || now - sample.monotonicMs >= spanMs) break;
    const block = BLOCKS - 1 - Math.floor(((now - sample.monotonicMs) / spanMs) * BLOCKS);
    sums[block] = (sums[block] ?? 0) + sample.live;
    times[block] = (times[block] ?? 0) + sample.monotonicMs;
    counts[block] = (counts[block] ?? 0) + 1;
  }
  if (counts.includes(0)) return null;
  const means = sums.map((sum, block) => sum / (counts[block] ?? 1));
  const centres = times.map((time, block) => time / (counts[block] ?? 1));
  const rise = (means[BLOCKS - 1] ?? 0) - (means[0] ?? 0);
  const elapsedMs = (centres[BLOCKS - 1] ?? 0) - (centres[0] ?? 0);
  if (rise < MIN_GROWTH + SIGMAS * Math.sqrt(means[0] ?? 0) || elapsedMs <= 0) return null;
  const slope = rise / elapsedMs;
  const step = (block: number): Grown => ({
    ports: (means[block] ?? 0) - (means[block - 1] ?? 0),
    ms: (centres[block] ?? 0) - (centres[block - 1] ?? 0),
  });
  for (let block = 1; block < BLOCKS; block += 1) {
    const { ports, ms } = step(block);
    if (ports < MIN_BLOCK_SHARE * slope * ms) return null;
  }
  const perMs = ratePerMs(step(1), { ports: rise, ms: elapsedMs });
  const lastedMs = now - (centres[1] ?? now) + lastedIn(step(1), perMs);
  return { perSecond: 1000 * perMs, lastedMs, ports: rise };
}
