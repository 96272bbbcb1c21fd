/** Growth of live ports, where it is sustained: neither a step nor the variation of a steady service counts. */
import { HOUR_MS, MINUTE_MS, SECOND_MS } from '../units.js';

export interface LiveSample {
  readonly monotonicMs: number;
  readonly live: number;
}

/** Growth of the live ports of one pool. */
export interface Growth {
  /** Ports per second; 0 where it is not significant. */
  readonly perSecond: number;
  /** How long it has lasted, and how many ports were added since; 0 without growth. */
  readonly lastedMs: number;
  readonly ports: number;
}

interface Rise {
  readonly ports: number;
  readonly ms: number;
}

export const NO_GROWTH: Growth = { perSecond: 0, lastedMs: 0, ports: 0 };

/**
 * Every sample is kept for two minutes. Older ones are thinned to these steps, the largest first. A step is about half
 * of the shortest block that reaches beyond `olderThanMs`, so that no block is ever without a sample.
 */
const THINNINGS = [
  { olderThanMs: 10 * MINUTE_MS, stepMs: MINUTE_MS },
  { olderThanMs: 2 * MINUTE_MS, stepMs: 20 * SECOND_MS },
] as const;
const KEEP_MS = 2 * HOUR_MS;
/**
 * Sustained growth is searched for over these spans; each is cut into blocks, all of which must grow. From 5 minutes
 * on each span is at most twice as long as the one before it, so the age of a growth is found to be at least about half of what it is.
 */
const SPANS_MS = [
  20 * SECOND_MS,
  40 * SECOND_MS,
  60 * SECOND_MS,
  90 * SECOND_MS,
  5 * MINUTE_MS,
  10 * MINUTE_MS,
  20 * MINUTE_MS,
  35 * MINUTE_MS,
  HOUR_MS,
  7000 * SECOND_MS,
];
const BLOCKS = 5;
/** Each block of a span, and each step of a young growth, must grow by at least this share of the mean growth. */
const MIN_BLOCK_SHARE = 0.4;
/** The live ports of a steady service vary by about the root of their number: growth must be well above that. */
const SIGMAS = 4;
const MIN_GROWTH = 6;
/** Young growth: at least two of the newest steps, which together span at most this time. */
const YOUNG_MS = 40 * SECOND_MS;
const MIN_STEPS = 2;
const YOUNG_SIGMAS = 6;

/** Adds a sample and thins the older ones in place. A sample that is not newer is ignored. */
export function rememberLive(history: LiveSample[], sample: LiveSample): void {
  const last = history.at(-1);
  if (last !== undefined && sample.monotonicMs <= last.monotonicMs) return;
  history.push(sample);
  for (const { olderThanMs, stepMs } of THINNINGS) thin(history, sample.monotonicMs - olderThanMs, stepMs);
  while (sample.monotonicMs - (history[0]?.monotonicMs ?? sample.monotonicMs) > KEEP_MS) history.shift();
}

/** Of the samples before an instant, removes the newest ones that are too close to the sample before them. Older ones are thinned already. */
function thin(history: LiveSample[], beforeMs: number, stepMs: number): void {
  let end = 0;
  while ((history[end]?.monotonicMs ?? beforeMs) < beforeMs) end += 1;
  let kept = end;
  while (kept > 1 && (history[kept - 1]?.monotonicMs ?? 0) - (history[kept - 2]?.monotonicMs ?? 0) < stepMs) kept -= 1;
  history.splice(kept, end - kept);
}

/**
 * Measures the growth of the live ports. The longest span that shows sustained growth decides. Once growth has stopped,
 * every span fails within a fifth of its length.
 * @returns null before there are two steps to compare.
 */
export function measureGrowth(history: readonly LiveSample[]): Growth | null {
  const newest = history.at(-1);
  const first = history[0];
  if (newest === undefined || first === undefined || history.length <= MIN_STEPS) return null;
  // With so few live ports no history can show significant growth.
  if (newest.live < MIN_GROWTH) return NO_GROWTH;
  let growth = measureYoungGrowth(history);
  for (const spanMs of SPANS_MS) {
    if (newest.monotonicMs - first.monotonicMs < spanMs) break;
    growth = measureGrowthOver(history, newest.monotonicMs, spanMs) ?? growth;
  }
  return growth ?? NO_GROWTH;
}

/** The longest run of newest steps that all grow about alike, and the step before them, in which the growth began. */
function measureYoungGrowth(history: readonly LiveSample[]): Growth | null {
  const newest = history.at(-1);
  if (newest === undefined) return null;
  let growth: Growth | null = null;
  let slowest = Infinity;
  for (let i = history.length - 2; i > 0; i -= 1) {
    const [before, began, next] = [history[i - 1], history[i], history[i + 1]];
    if (before === undefined || began === undefined || next === undefined) break;
    if (newest.monotonicMs - before.monotonicMs > YOUNG_MS) break;
    slowest = Math.min(slowest, (next.live - began.live) / (next.monotonicMs - began.monotonicMs));
    if (slowest <= 0) break;
    const first = { ports: began.live - before.live, ms: began.monotonicMs - before.monotonicMs };
    const all = { ports: newest.live - before.live, ms: newest.monotonicMs - before.monotonicMs };
    const perMs = computeGrowthPerMs(first, all);
    const noise = Math.sqrt(before.live);
    if (slowest < MIN_BLOCK_SHARE * perMs || all.ports < MIN_GROWTH + YOUNG_SIGMAS * noise) continue;
    const isAlike = first.ports / first.ms >= (MIN_BLOCK_SHARE * all.ports) / all.ms;
    if (!isAlike && first.ports <= SIGMAS * noise) continue;
    // A single step after a small one may be a jump, which has ended already.
    const wholeMs = isAlike || i < history.length - 2 ? all.ms - first.ms : 0;
    growth = { perSecond: SECOND_MS * perMs, lastedMs: wholeMs + computeLastedMs(first, perMs), ports: all.ports };
  }
  return growth;
}

function measureGrowthOver(history: readonly LiveSample[], nowMs: number, spanMs: number): Growth | null {
  const sums = new Array<number>(BLOCKS).fill(0);
  const times = new Array<number>(BLOCKS).fill(0);
  const counts = new Array<number>(BLOCKS).fill(0);
  for (let i = history.length - 1; i >= 0; i -= 1) {
    const sample = history[i];
    if (sample === undefined || nowMs - sample.monotonicMs >= spanMs) break;
    const block = BLOCKS - 1 - Math.floor(((nowMs - sample.monotonicMs) / spanMs) * BLOCKS);
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
  const riseInto = (block: number): Rise => ({
    ports: (means[block] ?? 0) - (means[block - 1] ?? 0),
    ms: (centres[block] ?? 0) - (centres[block - 1] ?? 0),
  });
  for (let block = 1; block < BLOCKS; block += 1) {
    const { ports, ms } = riseInto(block);
    if (ports < MIN_BLOCK_SHARE * slope * ms) return null;
  }
  if (hasStopped(history, slope)) return null;
  const perMs = computeGrowthPerMs(riseInto(1), { ports: rise, ms: elapsedMs });
  const lastedMs = nowMs - (centres[1] ?? nowMs) + computeLastedMs(riseInto(1), perMs);
  return { perSecond: SECOND_MS * perMs, lastedMs, ports: rise };
}

/**
 * Whether the newest samples contradict a growth of `slope` ports a ms. They can as soon as what it would have added is well
 * above the variation of two numbers of live ports: for a fast growth that is long before a block of its span has passed.
 */
function hasStopped(history: readonly LiveSample[], slope: number): boolean {
  const newest = history.at(-1);
  if (newest === undefined) return false;
  const added = (MIN_GROWTH + SIGMAS * Math.sqrt(2 * newest.live)) / (1 - MIN_BLOCK_SHARE);
  const then = history.findLast(({ monotonicMs }) => newest.monotonicMs - monotonicMs >= added / slope);
  if (then === undefined) return false;
  return newest.live - then.live < MIN_BLOCK_SHARE * slope * (newest.monotonicMs - then.monotonicMs);
}

/**
 * Growth that began late in its first step makes that step small: the step shows that live ports grow, but not how
 * fast, so it is left out. Where the first step is faster than all later ones, growth filled it, so it counts in full.
 */
function computeGrowthPerMs(first: Rise, all: Rise): number {
  return Math.max((all.ports - first.ports) / (all.ms - first.ms), all.ports / all.ms);
}

/** How much of its first step growth has lasted. */
function computeLastedMs(first: Rise, perMs: number): number {
  return Math.min(first.ms, first.ports / perMs);
}
