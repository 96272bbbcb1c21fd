/**
 * Decides on every beat whether a full dump is due, and between the beats whether there is room for one more, within a
 * share of CPU time that is larger while a pool may run out.
 */
import type { DumpBudget } from '../dump-contracts.js';
import { MINUTE_MS } from '../units.js';

interface BudgetSettings {
  /** The share of one core that full dumps may take on average, 0 to 1. */
  readonly ratio: number;
  /** The same while any pool matters (`isNotable`). */
  readonly busyRatio: number;
  /** The longest time between two dumps, whatever counters and budget allow. */
  readonly maxIntervalMs: number;
}

/** The window over which the view averages. */
const SHARE_WINDOW_MS = 2 * MINUTE_MS;
/** The view shows dumps as slowed for this long after the last delayed dump, so that the notice does not flicker. */
const SLOWED_SHOWN_MS = MINUTE_MS;

/**
 * A token bucket in milliseconds of CPU time. It fills at `ratio` ms per ms and holds at most what `maxIntervalMs` adds. The
 * cost of a dump is taken out after the dump, because it is unknown before. So the average over a long time stays at or below
 * the ratio, except for the dumps that `maxIntervalMs` forces.
 */
export function createDumpBudget(settings: BudgetSettings): DumpBudget {
  let balanceMs = settings.ratio * settings.maxIntervalMs;
  let lastSeenMs: number | null = null;
  let lastDumpMs: number | null = null;
  let lastCostMs: number | null = null;
  let allowedRatio = settings.ratio;
  let lastDelayedMs: number | null = null;
  let nowMs = 0;
  const dumps: { atMs: number; costMs: number }[] = [];

  const fill = (atMs: number, ratio: number): void => {
    nowMs = atMs;
    allowedRatio = ratio;
    const elapsedMs = lastSeenMs === null ? 0 : Math.max(0, nowMs - lastSeenMs);
    lastSeenMs = nowMs;
    balanceMs = Math.min(balanceMs + elapsedMs * allowedRatio, allowedRatio * settings.maxIntervalMs);
  };

  return {
    due(input) {
      fill(input.nowMs, input.busy ? settings.busyRatio : settings.ratio);
      if (lastDumpMs === null || nowMs - lastDumpMs >= settings.maxIntervalMs) return true;
      if (!input.changed && !input.busy) return false;
      if (balanceMs > 0) return true;
      lastDelayedMs = nowMs;
      return false;
    },
    allowsLook(atMs) {
      fill(atMs, settings.busyRatio);
      return balanceMs > (lastCostMs ?? 0);
    },
    spent(costMs) {
      lastCostMs = costMs;
      lastDumpMs = nowMs;
      // A larger debt could not be earned back before the next forced dump, so it is dropped.
      balanceMs = Math.max(balanceMs - costMs, -settings.maxIntervalMs * allowedRatio);
      dumps.push({ atMs: nowMs, costMs });
      while ((dumps[0]?.atMs ?? nowMs) < nowMs - SHARE_WINDOW_MS) dumps.shift();
    },
    view() {
      const first = dumps[0];
      const spanMs = first === undefined ? 0 : Math.max(nowMs - first.atMs, settings.maxIntervalMs);
      const totalMs = dumps.reduce((sum, dump) => sum + dump.costMs, 0);
      return {
        share: spanMs === 0 ? 0 : totalMs / spanMs,
        allowed: allowedRatio,
        intervalMs: Math.min(totalMs / Math.max(1, dumps.length) / allowedRatio, settings.maxIntervalMs),
        slowed: lastDelayedMs !== null && nowMs - lastDelayedMs < SLOWED_SHOWN_MS,
        lastCostMs,
      };
    },
  };
}
