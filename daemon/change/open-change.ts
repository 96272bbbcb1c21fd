/** A change of settings whose time after goes on: the pools as they were before, and what they show since. */
import type { Change, Figures, PoolComparison, SettingChange } from './change.js';
import type { FollowedPools } from './followed-pools.js';
import { mergeSettingChanges } from './setting-changes.js';
import { summarizeSlots, toBaseSlot, type Slot } from './slots.js';
import { MINUTE_MS } from '../units.js';

/** The time before and the time after are as long as that at most. */
export const SPAN_MS = 10 * MINUTE_MS;
/** So many pools are compared, those that used the most of their ports before. */
const MAX_COMPARED = 20;

export interface OpenChange {
  change: Change;
  /** When it was seen: monotonic ms. */
  seenMs: number;
  /** The first sample of the time after, once it has settled; null before. */
  afterFromMs: number | null;
  /** What was stored of the time after before a restart, by pool. */
  readonly base: ReadonlyMap<string, Slot>;
  /** The instant at which the newest state was handed out to be stored. */
  savedMs: number;
}

interface SettingChangeSeen {
  readonly id: string;
  readonly atMs: number;
  readonly monotonicMs: number;
  readonly notBeforeMs: number | null;
  readonly settings: readonly SettingChange[];
  /** How long a port may still be held by a connection that was closed before the change. */
  readonly settleMs: number;
  /** The time before begins here at the earliest: monotonic ms. */
  readonly beforeFromMs: number;
}

/** Compares the pools that are followed. To be called before the sample that showed the change is added to them. */
export function openChange(seen: SettingChangeSeen, followed: FollowedPools): OpenChange {
  const { id, atMs, monotonicMs, notBeforeMs, settings, settleMs, beforeFromMs } = seen;
  const pools = followed.list().map(({ id: poolId, name, ring }): PoolComparison => {
    // Before a pause of portcast, the time before is the last that was seen.
    const lastMs = ring.slots.findLast(({ toMs }) => toMs < monotonicMs)?.toMs ?? monotonicMs;
    const fromMs = Math.max(beforeFromMs, lastMs - SPAN_MS);
    return { poolId, name, before: ring.summarizeFilled(fromMs, lastMs, settleMs), after: null };
  });
  const change: Change = {
    id,
    kind: 'setting',
    atMs,
    notBeforeMs,
    settings,
    shifts: [],
    pools: pools.sort((a, b) => weigh(b.before) - weigh(a.before)).slice(0, MAX_COMPARED),
    times: 1,
    beforeSpanMs: SPAN_MS,
    afterSpanMs: SPAN_MS,
    settleMs,
    isOver: false,
  };
  return { change, seenMs: monotonicMs, afterFromMs: null, base: new Map(), savedMs: monotonicMs };
}

/** The settings were changed again before the effect of the first change could be seen: the time after begins anew. */
export function changeAgain(open: OpenChange, settings: readonly SettingChange[], monotonicMs: number): void {
  const { change } = open;
  open.change = {
    ...change,
    settings: mergeSettingChanges(change.settings, settings),
    times: change.times + 1,
    pools: change.pools.map((pool) => ({ ...pool, after: null })),
  };
  open.seenMs = monotonicMs;
  open.afterFromMs = null;
  open.savedMs = monotonicMs;
}

/** A stored change whose time after goes on after a restart. */
export function reopenChange(change: Change, { atMs, monotonicMs }: { atMs: number; monotonicMs: number }): OpenChange {
  const seenMs = monotonicMs - (atMs - change.atMs);
  const hasSettled = monotonicMs - seenMs >= change.settleMs;
  const base = new Map<string, Slot>();
  for (const { poolId, after } of change.pools) {
    if (hasSettled && after !== null) base.set(poolId, toBaseSlot(after, monotonicMs));
  }
  return { change, seenMs, afterFromMs: hasSettled ? monotonicMs : null, base, savedMs: monotonicMs };
}

/** The change with what its pools have shown since. */
export function describeOpenChange(open: OpenChange, followed: FollowedPools, isOver = false): Change {
  const { change, seenMs, afterFromMs, base } = open;
  const fromMs = afterFromMs ?? seenMs;
  const pools = change.pools.map((pool): PoolComparison => {
    const slots = followed.find(pool.poolId)?.ring.slots ?? [];
    const since = slots.filter((slot) => slot.fromMs >= fromMs && slot.fromMs < fromMs + SPAN_MS);
    const known = base.get(pool.poolId);
    const after = summarizeSlots(known === undefined ? since : [known, ...since]);
    return { ...pool, after: after ?? pool.after };
  });
  return { ...change, pools, isOver };
}

function weigh(before: Figures | null): number {
  if (before === null) return -1;
  const { used, capacity, pressure, failed } = before;
  return Math.max(capacity > 0 ? used / capacity : 1, pressure ?? 0) + ((failed ?? 0) > 0 ? 10 : 0);
}
