/**
 * A queue with a fixed delay and a limited size: the ports that a pool holds when connections are closed at given rates.
 * Within a step everything is taken to be even, so the content of the queue is exact at the ends of the steps.
 */

export interface QueueStep {
  /** Ports of the pool, and those of connections that are open, at the end of the step. */
  readonly capacity: number;
  readonly live: number;
  /** Connections that would be closed within the step if a port were always free for the next one. */
  readonly closes: number;
}

interface QueueRun {
  readonly stepMs: number;
  /** How long a closed connection keeps its port. */
  readonly holdMs: number;
  /** Ports that closed connections hold at the start. */
  readonly held: number;
  /** How many of these have come free so long after the start. */
  readonly freedBy: (afterMs: number) => number;
  /** How long ago the oldest port was closed that is still held at the end of each step; `holdMs` where it is absent. */
  readonly agesMs?: readonly number[];
  readonly steps: readonly QueueStep[];
}

export interface QueueCourse {
  /** Ports in use at the end of each step. */
  readonly used: readonly number[];
  /** When the last port was first taken, in ms after the start; null where it never was. */
  readonly fullAtMs: number | null;
  /** How long no port was free, in all. */
  readonly fullMs: number;
}

/** Share of the capacity below which a difference is one of rounding. */
const ROUNDING = 1e-9;
/** So many halves of a hold of a thousand steps are a small part of a step. */
const STEP_HALVES = 20;

/** Even releases: after a long time of steady closes the ports come free one after the other within one hold. */
export function freeEvenly(held: number, holdMs: number): (afterMs: number) => number {
  return (afterMs) => held * Math.min(1, Math.max(0, afterMs) / holdMs);
}

/** @param usedBefore ports in use at the start. */
export function runQueue({ stepMs, holdMs, held, freedBy, agesMs, steps }: QueueRun, usedBefore: number): QueueCourse {
  /** Closes up to the end of each step, those that found no port left out. */
  const entered = [0];
  const used: number[] = [];
  let fullAtMs: number | null = null;
  let fullMs = 0;
  let before = usedBefore;
  steps.forEach(({ capacity, live, closes }, index) => {
    const endMs = (index + 1) * stepMs;
    const sofar = entered[index] ?? 0;
    const old = held - freedBy(endMs);
    const ageMs = agesMs?.[index] ?? holdMs;
    const left = ageMs < stepMs ? sofar : interpolate(entered, (endMs - ageMs) / stepMs);
    // With a hold shorter than the step, only the closes at its end still hold a port.
    const share = Math.min(1, ageMs / stepMs);
    const otherwise = live + old + sofar - left;
    const wanted = otherwise + closes * share;
    const taken = share === 0 ? closes : Math.min(closes, Math.max(0, capacity - otherwise) / share);
    entered.push(sofar + taken);
    const now = Math.min(capacity, otherwise + taken * share);
    used.push(now);
    if (wanted >= capacity * (1 - ROUNDING)) {
      const rise = wanted - before;
      const free = before >= capacity || rise <= 0 ? 0 : Math.min(1, (capacity - before) / rise);
      fullAtMs ??= (index + free) * stepMs;
      fullMs += (1 - free) * stepMs;
    }
    before = now;
  });
  return { used, fullAtMs, fullMs };
}

interface RecoveredCloses {
  /** Of each step. */
  readonly closes: readonly number[];
  /** How long ago the oldest port was closed that is still held at the end of each step. */
  readonly agesMs: readonly number[];
}

/**
 * The closes of each step that explain the counts at the ends of the steps: what was added to the queue is the growth of the
 * count and what left the queue. Ports that come free before `holdMs` has passed, as the release step of the kernel makes some,
 * are the oldest ones.
 * @param counts ports that closed connections held at the ends of the steps, null where no sample was taken.
 * @param first the count before the first step. Before it the closes were even.
 */
export function recoverCloses(
  counts: readonly (number | null)[],
  first: number,
  { stepMs, holdMs }: Pick<QueueRun, 'stepMs' | 'holdMs'>,
): RecoveredCloses {
  const holdSteps = holdMs / stepMs;
  const [closes, agesMs] = [counts.map(() => 0), counts.map(() => holdMs)];
  if (holdSteps <= 1) return { closes: counts.map((count) => (count ?? 0) / holdSteps), agesMs };
  // The closes up to each step, and how many of them have left the queue.
  const entered = [0];
  const enteredBy = (step: number): number =>
    step <= 0 ? first * Math.max(-1, step / holdSteps) : interpolate(entered, step);
  let left = -first;
  let known = 0;
  counts.forEach((count, index) => {
    if (count === null) return;
    const end = index + 1;
    const sofar = entered[known] ?? 0;
    left = Math.max(left, enteredBy(Math.min(known, end - holdSteps)));
    const added = Math.max(0, count - (sofar - left));
    left = Math.max(left, sofar + added - count);
    // Of a silence longer than a hold, only the closes of the last hold still show.
    const from = Math.max(known, Math.floor(end - holdSteps));
    for (let step = known + 1; step <= end; step += 1) {
      entered[step] = sofar + (added * Math.max(0, step - from)) / (end - from);
      closes[step - 1] = (entered[step] ?? 0) - (entered[step - 1] ?? 0);
    }
    agesMs[index] = (end - findStep(enteredBy, left, { from: end - holdSteps, to: end })) * stepMs;
    known = end;
  });
  return { closes, agesMs };
}

/** The first step, also between two, at which a line that never falls reaches a value. */
function findStep(line: (step: number) => number, value: number, { from, to }: { from: number; to: number }): number {
  let [low, high] = [from, to];
  // As precise as needed: a thousandth of a step.
  for (let half = 0; half < STEP_HALVES && line(low) < value; half += 1) {
    const middle = (low + high) / 2;
    if (line(middle) < value) low = middle;
    else high = middle;
  }
  return line(low) < value ? high : low;
}

/** The value of a line with a point at each whole number from 0 on, at any number up to the last point; 0 before it. */
function interpolate(points: readonly number[], at: number): number {
  if (at <= 0) return 0;
  const index = Math.floor(at);
  const from = points[index] ?? points.at(-1) ?? 0;
  const to = points[index + 1] ?? from;
  return from + (to - from) * (at - index);
}
