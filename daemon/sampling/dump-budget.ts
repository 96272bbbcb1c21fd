/** Decides on every beat whether a full dump is due: cheap by default, quick when a pool is in trouble. */
import type { DumpBudget } from '../contracts.js';
import { MINUTE_MS } from '../units.js';

export interface BudgetSettings {
  /** Share of one core that full dumps may take on average, as a ratio. */
  readonly ratio: number;
  /** The same while any pool has pressure of 0.5 or an `exhaustsAt`. */
  readonly busyRatio: number;
  /** A dump comes at least this often, whatever counters and budget say. */
  readonly maxIntervalMs: number;
}

/** The window over which `share` is stated. */
const SHARE_WINDOW_MS = 2 * MINUTE_MS;
const SLOWED_SHOWN_MS = MINUTE_MS;

/**
 * A token bucket in CPU milliseconds. It fills at `ratio` ms per ms, holds at most what `maxIntervalMs` earns, and is
 * paid after the dump, since the cost is known only then; so the long-run average stays at or below the ratio,
 * apart from the dumps that `maxIntervalMs` forces.
 */
export function createDumpBudget(settings: BudgetSettings): DumpBudget {
  let balanceMs = settings.ratio * settings.maxIntervalMs;
  let lastSeenMs: number | null = null;
  let lastDumpMs: number | null = null;
  let lastCostMs: number | null = null;
  let allowed = settings.ratio;
  let lastPutOffMs: number | null = null;
  let nowMs = 0;
  const dumps: { atMs: number; costMs: number }[] = [];

  return {
    due(input) {
      nowMs = input.nowMs;
      allowed = input.busy ? settings.busyRatio : settings.ratio;
      const elapsed = lastSeenMs === null ? 0 : Math.max(0, nowMs - lastSeenMs);
      lastSeenMs = nowMs;
      balanceMs = Math.min(balanceMs + elapsed * allowed, allowed * settings.maxIntervalMs);
      if (lastDumpMs === null || nowMs - lastDumpMs >= settings.maxIntervalMs) return true;
      if (!input.changed && !input.busy) return false;
      if (balanceMs > 0) return true;
      lastPutOffMs = nowMs;
      return false;
    },
    spent(costMs) {
      lastCostMs = costMs;
      lastDumpMs = nowMs;
      // A debt beyond one interval could never be paid before the next forced dump: forgive it.
      balanceMs = Math.max(balanceMs - costMs, -settings.maxIntervalMs * allowed);
      dumps.push({ atMs: nowMs, costMs });
      while ((dumps[0]?.atMs ?? nowMs) < nowMs - SHARE_WINDOW_MS) dumps.shift();
    },
    view() {
      const first = dumps[0];
      const spanMs = first === undefined ? 0 : Math.max(nowMs - first.atMs, settings.maxIntervalMs);
      const total = dumps.reduce((sum, dump) => sum + dump.costMs, 0);
      return {
        share: spanMs === 0 ? 0 : total / spanMs,
        allowed,
        intervalMs: Math.min(total / Math.max(1, dumps.length) / allowed, settings.maxIntervalMs),
        slowed: lastPutOffMs !== null && nowMs - lastPutOffMs < SLOWED_SHOWN_MS,
        lastCostMs,
      };
    },
  };
}
