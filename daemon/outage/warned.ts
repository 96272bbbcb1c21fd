/** Since when an exhaustion has been forecast, by pool. Instants are monotonic ms. */
import { MERGE_GAP_MS } from '../score/episodes.js';
import type { FiringWarning } from '../score/types.js';

/** At most this many pools are followed at once. */
const MAX_WARNED_POOLS = 2000;

/** What warns at present. A break shorter than MERGE_GAP_MS does not end it. */
interface Warned {
  /** When the first alert of `imminent` or `leak` fired; null while none does. */
  alarmMs: number | null;
  /** The first sample whose forecast was above the 50% line; null while none is. */
  shownMs: number | null;
  alarmOnMs: number;
  shownOnMs: number;
}

interface WarnedMemory {
  /** Notes an alert that was firing before this sample was taken. It is a warning of what this sample shows. */
  noteAlarm(alarm: FiringWarning, now: WarnedMoment): void;
  /** Notes a forecast above the 50% line. It is no warning of what its own sample shows, so it is noted afterwards. */
  noteShown(poolId: string, nowMs: number): void;
  /** Forgets the warnings that have been off for MERGE_GAP_MS. */
  forgetOld(nowMs: number): void;
  clear(): void;
  /**
   * How long before an instant the warning came: an alert, without one a forecast. A warning that stayed on
   * since an earlier outage counts from the end of that outage. Null where none came.
   */
  measure(poolId: string, atMs: number, earlierEndMs: number): number | null;
}

/** `sinceMs`: the sample before, or -Infinity. An alert that was not noted then has fired since. */
interface WarnedMoment {
  readonly monotonicMs: number;
  readonly atMs: number;
  readonly sinceMs: number;
}

export function createWarnedMemory(): WarnedMemory {
  const pools = new Map<string, Warned>();
  const find = (poolId: string): Warned | null => {
    const existing = pools.get(poolId);
    if (existing !== undefined) return existing;
    if (pools.size >= MAX_WARNED_POOLS) return null;
    const added: Warned = { alarmMs: null, shownMs: null, alarmOnMs: -Infinity, shownOnMs: -Infinity };
    pools.set(poolId, added);
    return added;
  };
  return {
    noteAlarm({ poolId, firedAtMs }, { monotonicMs, atMs, sinceMs }) {
      const warned = find(poolId);
      if (warned === null) return;
      // By its age, and not before the sample before: the wall clock may have been stepped since it fired.
      warned.alarmMs ??= Math.max(monotonicMs - Math.max(0, atMs - firedAtMs), sinceMs);
      warned.alarmOnMs = monotonicMs;
    },
    noteShown(poolId, nowMs) {
      const warned = find(poolId);
      if (warned === null) return;
      warned.shownMs ??= nowMs;
      warned.shownOnMs = nowMs;
    },
    forgetOld(nowMs) {
      for (const [poolId, warned] of pools) {
        if (nowMs - warned.alarmOnMs >= MERGE_GAP_MS) warned.alarmMs = null;
        if (nowMs - warned.shownOnMs >= MERGE_GAP_MS) warned.shownMs = null;
        if (warned.alarmMs === null && warned.shownMs === null) pools.delete(poolId);
      }
    },
    clear: () => pools.clear(),
    measure(poolId, atMs, earlierEndMs) {
      const warned = pools.get(poolId);
      for (const onsetMs of [warned?.alarmMs, warned?.shownMs]) {
        if (onsetMs == null || onsetMs >= atMs) continue;
        const warnedMs = atMs - Math.max(onsetMs, earlierEndMs);
        return warnedMs > 0 ? Math.round(warnedMs) : null;
      }
      return null;
    },
  };
}
