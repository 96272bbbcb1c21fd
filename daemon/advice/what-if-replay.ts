/** What-if over a stored incident: the course of a pool as it was stored, and as it would have been with other settings. */
import { clamp, SECOND_MS } from '../units.js';
import { findCapacity, findHold, type ReuseFacts, type Settings } from './what-if.js';
import { recoverCloses, runQueue, type QueueCourse, type QueueStep } from './what-if-queue.js';

/** The stored course of a pool, one value per step; null where no sample is stored. */
export interface StoredCourse {
  readonly fromMs: number;
  readonly stepMs: number;
  /** The greatest value of each step. */
  readonly used: readonly (number | null)[];
  /** The means of each step. */
  readonly live: readonly (number | null)[];
  readonly closeRate: readonly (number | null)[];
  readonly capacity: readonly (number | null)[];
  /** Times in which no port was left. */
  readonly outages: readonly StoredOutage[];
}

interface StoredOutage {
  readonly fromMs: number;
  readonly toMs: number;
  /** Connects that failed; null where they were not counted. */
  readonly failed: number | null;
}

export interface ReplayFacts {
  /** How long a closed connection kept its port then. */
  readonly holdMs: number;
  readonly reuse: ReuseFacts;
}

/** Instants are epoch ms. */
export interface Course {
  /** Ports in use after each step; null where nothing is stored. */
  readonly line: readonly (number | null)[];
  readonly peak: number;
  /** The ports at the peak. */
  readonly capacity: number;
  readonly peakAtMs: number;
  /** When the ports first ran out; null where they never did. */
  readonly outAtMs: number | null;
  /** How long no port was left, in all. */
  readonly outSeconds: number;
}

export interface Replay {
  readonly asIs: Course;
  readonly changed: Course;
  /**
   * Whether `changed` is only the least that would have been: while no port was left, the stored close rate is the least that
   * the clients wanted.
   */
  readonly isLeast: boolean;
  /** The furthest that the replay with unchanged settings is from the stored line, in ports. */
  readonly errorPorts: number;
}

/** A stored step, with what was last known where nothing is stored. */
interface Step extends QueueStep {
  /** Closes by the stored rate. */
  readonly byRate: number;
  /** Connects that failed; Infinity where they were not counted. */
  readonly failed: number;
  readonly isStored: boolean;
  readonly isFull: boolean;
}

/** The course as input of the queue. */
interface Inflow {
  readonly holdMs: number;
  /** Ports of closed connections and of open ones at the start. */
  readonly held: number;
  readonly live: number;
  readonly steps: readonly Step[];
  /** See QueueRun. */
  readonly agesMs: readonly number[];
}

/** The TIME_WAIT of every system is at least this long, so a shorter hold is a reuse delay. */
const LEAST_TIME_WAIT_MS = 20 * SECOND_MS;
/** A pool counts as full from this share of its ports on, as some come free at each step of the kernel's timer. */
const FULL_SHARE = 0.998;

/**
 * Recovers the closes from the stored counts, and lets them run through the queue again with the settings. Null where fewer
 * than two steps are stored.
 * @param settings must make sense: see `findProblems`.
 */
export function replayCourse(stored: StoredCourse, facts: ReplayFacts, settings: Settings): Replay | null {
  if (stored.used.filter((used) => used !== null).length < 2) return null;
  const inflow = readInflow(stored, facts);
  const changed = changeInflow(inflow, stored.stepMs, { facts, settings });
  const again = runInflow(inflow, stored.stepMs);
  // Of ports that connect() takes again it is not stored how many were free, so the queue says it of both lines.
  const asIs = isReused(facts) ? describeRun(stored, inflow, again) : describeStored(stored, inflow);
  const errors = asIs.line.map((used, index) => (used === null ? 0 : Math.abs(used - (again.used[index] ?? used))));
  return {
    asIs,
    changed: describeRun(stored, changed, runInflow(changed, stored.stepMs)),
    isLeast: inflow.steps.some(({ isFull }) => isFull),
    errorPorts: Math.max(0, ...errors),
  };
}

function isReused({ holdMs }: ReplayFacts): boolean {
  return holdMs < LEAST_TIME_WAIT_MS;
}

/** The first stored value of a column is the state at the start. */
function readInflow(stored: StoredCourse, facts: ReplayFacts): Inflow {
  const { stepMs, fromMs, outages } = stored;
  const { holdMs } = facts;
  const [used, live, rate, capacity] = [stored.used, stored.live, stored.closeRate, stored.capacity].map(carryForward);
  const counts = stored.used.map((count, i) => (count === null ? null : Math.max(0, count - (live?.[i] ?? 0))));
  const first = counts.find((count) => count !== null) ?? 0;
  const recovered = recoverCloses(counts, first, { stepMs, holdMs });
  const steps = counts.map((count, i): Step => {
    const startMs = fromMs + i * stepMs;
    const ports = capacity?.[i] ?? 0;
    const outage = outages.find(({ fromMs: from, toMs }) => from < startMs + stepMs && toMs >= startMs);
    const isFull = count !== null && (outage !== undefined || (used?.[i] ?? 0) >= ports * FULL_SHARE);
    const byRate = ((rate?.[i] ?? 0) * stepMs) / SECOND_MS;
    const closes = isReused(facts) ? byRate : (recovered.closes[i] ?? 0);
    const liveThen = Math.min(ports, live?.[i] ?? 0);
    const failed = spreadFailures(outage, stepMs);
    return { capacity: ports, live: liveThen, closes, byRate, failed, isStored: count !== null, isFull };
  });
  const held = isReused(facts) ? Math.min(first, ((rate?.[0] ?? 0) * holdMs) / SECOND_MS) : first;
  const agesMs = isReused(facts) ? steps.map(() => holdMs) : recovered.agesMs;
  return { holdMs, held, live: live?.[0] ?? 0, steps: raiseToDemand(steps), agesMs };
}

/** Within an outage failed connects are taken to be even. */
function spreadFailures(outage: StoredOutage | undefined, stepMs: number): number {
  if (outage?.failed == null) return Infinity;
  return (outage.failed * stepMs) / Math.max(stepMs, outage.toMs - outage.fromMs);
}

/**
 * While the pool is full, the counts show the connects that succeeded, and the stored rate those that the clients wanted at
 * least: in each such time the sum is raised to that, in the steps that lack it. No more can have been wanted than succeeded
 * and failed.
 */
function raiseToDemand(steps: readonly Step[]): Step[] {
  const raised: Step[] = [];
  for (let from = 0; from < steps.length;) {
    const isFull = steps[from]?.isFull ?? false;
    const end = steps.findIndex((step, index) => index > from && step.isFull !== isFull);
    const run = steps.slice(from, end < 0 ? steps.length : end);
    const byRate = sum(run, (step) => step.byRate);
    const byCount = sum(run, ({ closes }) => closes);
    const missing = Math.min(
      byRate - byCount,
      sum(run, ({ failed }) => failed),
    );
    const lack = ({ closes, byRate: wanted }: Step): number => Math.max(0, wanted - closes);
    const share = isFull && missing > 0 ? missing / sum(run, lack) : 0;
    raised.push(...run.map((step) => ({ ...step, closes: step.closes + share * lack(step) })));
    from += run.length;
  }
  return raised;
}

function sum(steps: readonly Step[], valueOf: (step: Step) => number): number {
  return steps.reduce((total, step) => total + valueOf(step), 0);
}

function changeInflow(
  inflow: Inflow,
  stepMs: number,
  { facts, settings }: { facts: ReplayFacts; settings: Settings },
): Inflow {
  const { sources = 1, requests = 1, live, rate } = settings;
  const holdMs = findHold(facts, settings);
  const closesIn = (ms: number): number | null => (rate === undefined ? null : (rate * ms) / SECOND_MS);
  const share = 1 / sources / requests;
  return {
    holdMs,
    held: (closesIn(holdMs) ?? (inflow.held * holdMs) / inflow.holdMs) * share,
    live: (live ?? inflow.live) / sources,
    agesMs: inflow.agesMs.map((ageMs) => (rate === undefined ? (ageMs * holdMs) / inflow.holdMs : holdMs)),
    steps: inflow.steps.map((step) => {
      const capacity = findCapacity({ ports: null, capacity: step.capacity }, settings);
      const liveThen = Math.min(capacity, (live ?? step.live) / sources);
      return { ...step, capacity, live: liveThen, closes: (closesIn(stepMs) ?? step.closes) * share };
    }),
  };
}

function runInflow({ holdMs, held, live, steps, agesMs }: Inflow, stepMs: number): QueueCourse {
  const start = Math.min(steps[0]?.capacity ?? 0, live + held);
  // The ports held at the start were closed evenly before it, and leave by their age as all others do.
  const freedBy = (afterMs: number): number => {
    const ageMs = agesMs[Math.round(afterMs / stepMs) - 1] ?? holdMs;
    return held * clamp((afterMs - ageMs + holdMs) / holdMs, 0, 1);
  };
  return runQueue({ stepMs, holdMs, held, freedBy, agesMs, steps }, start);
}

/** Where no outage is stored of it, as while the daemon did not run, the pool was out of ports in the steps without a free one. */
function describeStored(stored: StoredCourse, { steps }: Inflow): Course {
  const { fromMs, stepMs, outages, used } = stored;
  const endMs = fromMs + stepMs * steps.length;
  const spans = outages.filter(({ fromMs: from, toMs }) => from < endMs && toMs >= fromMs);
  const full = steps.flatMap(({ capacity }, index) =>
    (used[index] ?? -1) >= capacity ? [{ fromMs: fromMs + index * stepMs, toMs: fromMs + (index + 1) * stepMs }] : [],
  );
  const out = spans.length > 0 ? spans : full;
  const outMs = out.reduce(
    (total, { fromMs: from, toMs }) => total + Math.min(endMs, toMs) - Math.max(fromMs, from),
    0,
  );
  const outAtMs = out.reduce<number | null>((least, { fromMs: from }) => Math.min(least ?? from, from), null);
  return { ...findPeak(stored, steps, used), outAtMs, outSeconds: outMs / SECOND_MS };
}

function describeRun(stored: StoredCourse, { steps }: Inflow, { used, fullAtMs, fullMs }: QueueCourse): Course {
  const line = steps.map(({ isStored }, index) => (isStored ? (used[index] ?? null) : null));
  const outAtMs = fullAtMs === null ? null : stored.fromMs + fullAtMs;
  return { ...findPeak(stored, steps, line), outAtMs, outSeconds: fullMs / SECOND_MS };
}

/** The step with the greatest share of the ports. */
function findPeak(
  { fromMs, stepMs }: StoredCourse,
  steps: readonly Step[],
  line: readonly (number | null)[],
): Pick<Course, 'line' | 'peak' | 'capacity' | 'peakAtMs'> {
  const shareAt = (index: number): number => (line[index] ?? 0) / Math.max(1, steps[index]?.capacity ?? 1);
  const best = line.reduce<number>((found, _, index) => (shareAt(index) > shareAt(found) ? index : found), 0);
  return { line, peak: line[best] ?? 0, capacity: steps[best]?.capacity ?? 0, peakAtMs: fromMs + best * stepMs };
}

/** The value last known; before the first one, the first. */
function carryForward(values: readonly (number | null)[]): number[] {
  let last = values.find((value) => value !== null) ?? 0;
  return values.map((value) => (last = value ?? last));
}
