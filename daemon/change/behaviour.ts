/** Looks once a minute for pools that behave differently for good, and records each such change once. */
import { DAY_MS, HOUR_MS, MINUTE_MS, findQuantile } from '../units.js';
import type { Change, Figures, Shift } from './change.js';
import type { FollowedPool, FollowedPools, ReadMinutes } from './followed-pools.js';
import { SPAN_MS } from './open-change.js';
import { CONFIRM_MINUTES, findShift, portsOf, type FoundShift } from './shift.js';
import type { StoredMinute } from './slots.js';

/** A shift so soon after a change of the limits, or so shortly before it was seen, is a result of it. */
const AFTER_LIMITS_MS = 5 * MINUTE_MS;
const BEFORE_LIMITS_MS = 3 * MINUTE_MS;
/** A pool that goes back to a level it had so lately must stay there for twice as long, up to an hour. */
const BACK_WITHIN_MS = 6 * HOUR_MS;
const MAX_CONFIRM_MINUTES = 60;
/** The levels of a daily or a weekly cycle are compared so long before and after the same time of an earlier day. */
const CYCLES_MS = [DAY_MS, 7 * DAY_MS];
const CYCLE_MARGIN_MS = 15 * MINUTE_MS;
const CYCLE_SPAN_MS = HOUR_MS;
const MIN_CYCLE_MINUTES = 10;
/** A level is the same when it differs by less than this share of the shift. */
const SAME_LEVEL = 0.35;

interface BehaviourSample {
  readonly atMs: number;
  readonly monotonicMs: number;
  readonly holdMs: number;
  readonly limitsChangedMs: number;
  readonly maxSampleAgeMs: number;
}

interface BehaviourWatch {
  /** The changes that are certain now; their ids are still empty. */
  look(sample: BehaviourSample): Change[];
}

interface LastShift {
  readonly atMs: number;
  readonly shifts: readonly Shift[];
}

/** @param readMinutes reads stored minutes: the same time of the day before, and of the week before. */
export function createBehaviourWatch(followed: FollowedPools, readMinutes: ReadMinutes): BehaviourWatch {
  const lastShifts = new Map<string, LastShift>();
  return {
    look(sample) {
      const { monotonicMs, atMs, holdMs } = sample;
      const found: Change[] = [];
      for (const pool of followed.list()) {
        const slots = pool.ring.slots.filter(({ fromMs }) => fromMs >= pool.ignoreBeforeMs);
        const shift = findShift(slots, { nowMs: monotonicMs, holdMs, confirmMinutes: pool.confirmMinutes });
        if (shift === null) continue;
        const onsetMs = atMs - (monotonicMs - shift.firstAfterMs);
        // Whatever it is, the new level is what later minutes are compared with.
        pool.ignoreBeforeMs = shift.firstAfterMs;
        const sinceLimitsMs = shift.firstAfterMs - sample.limitsChangedMs;
        if (sinceLimitsMs > -BEFORE_LIMITS_MS && sinceLimitsMs < AFTER_LIMITS_MS) continue;
        if (isOfCycle(pool, shift, { onsetMs, holdMs, readMinutes })) continue;
        adaptConfirmation(pool, shift, { atMs: monotonicMs, last: lastShifts.get(pool.id) });
        lastShifts.set(pool.id, { atMs: monotonicMs, shifts: shift.shifts });
        found.push(describeShift(pool, shift, { ...sample, onsetMs }));
      }
      for (const id of lastShifts.keys()) if (followed.find(id) === undefined) lastShifts.delete(id);
      return found;
    },
  };
}

/** Whether the pool went through the same step at the same time of an earlier day. */
function isOfCycle(
  { id, ring }: FollowedPool,
  { shifts }: FoundShift,
  { onsetMs, readMinutes }: { onsetMs: number; holdMs: number; readMinutes: ReadMinutes },
): boolean {
  const shift = shifts.find(({ quantity }) => quantity !== 'growth');
  if (shift === undefined) return false;
  const capacity = ring.slots.at(-1)?.capacity ?? 0;
  const tolerance = Math.max(
    SAME_LEVEL * Math.abs(shift.to - shift.from),
    1 / Math.max(1, portsOf(shift.quantity, capacity, MINUTE_MS)),
  );
  return CYCLES_MS.some((cycleMs) => {
    const thenMs = onsetMs - cycleMs;
    const level = (fromMs: number, toMs: number): number | null =>
      medianOf(readMinutes(id, fromMs, toMs), shift.quantity);
    const before = level(thenMs - CYCLE_SPAN_MS, thenMs - CYCLE_MARGIN_MS);
    const after = level(thenMs + CYCLE_MARGIN_MS, thenMs + CYCLE_SPAN_MS);
    if (before === null || after === null) return false;
    return Math.abs(before - shift.from) <= tolerance && Math.abs(after - shift.to) <= tolerance;
  });
}

function medianOf(minutes: readonly StoredMinute[], quantity: Shift['quantity']): number | null {
  if (quantity === 'growth') return null;
  const values = minutes.flatMap((minute) => minute[quantity] ?? []).sort((a, b) => a - b);
  return values.length < MIN_CYCLE_MINUTES ? null : findQuantile(values, 0.5);
}

/** A pool that goes to and fro between two levels is asked for longer proof each time, so that it is not told of often. */
function adaptConfirmation(
  pool: FollowedPool,
  { shifts }: FoundShift,
  { atMs, last }: { atMs: number; last: LastShift | undefined },
): void {
  const isBack =
    last !== undefined && atMs - last.atMs <= BACK_WITHIN_MS && shifts.some((shift) => isReturn(shift, last.shifts));
  pool.confirmMinutes = isBack ? Math.min(MAX_CONFIRM_MINUTES, 2 * pool.confirmMinutes) : CONFIRM_MINUTES;
}

function isReturn({ quantity, from, to }: Shift, earlier: readonly Shift[]): boolean {
  const before = earlier.find((shift) => shift.quantity === quantity);
  return before !== undefined && Math.abs(before.from - to) <= SAME_LEVEL * Math.abs(to - from);
}

function describeShift(
  { id, name, ring }: FollowedPool,
  { shifts, lastBeforeMs, firstAfterMs }: FoundShift,
  sample: BehaviourSample & { readonly onsetMs: number },
): Change {
  const { monotonicMs, holdMs, onsetMs, atMs, maxSampleAgeMs } = sample;
  const settledMs = firstAfterMs + holdMs;
  const after: Figures | null =
    ring.summarize(settledMs, settledMs + SPAN_MS) ?? ring.summarize(firstAfterMs, monotonicMs);
  const pauseMs = firstAfterMs - lastBeforeMs;
  return {
    id: '',
    kind: 'behaviour',
    atMs: Math.round(onsetMs),
    notBeforeMs: pauseMs > MINUTE_MS + maxSampleAgeMs ? Math.round(atMs - (monotonicMs - lastBeforeMs)) : null,
    settings: [],
    shifts,
    pools: [{ poolId: id, name, before: ring.summarize(lastBeforeMs - SPAN_MS, lastBeforeMs), after }],
    times: 1,
    beforeSpanMs: SPAN_MS,
    afterSpanMs: SPAN_MS,
    settleMs: holdMs,
    isOver: true,
  };
}
