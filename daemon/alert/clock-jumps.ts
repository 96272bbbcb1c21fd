/** Alerts on a wall clock that may jump. */
import type { Alert } from './alert.js';

/** After a jump backward every instant moves with the clock, so no elapsed time turns negative and freezes the alert. */
export function shiftAfterStepBack(alert: Alert, nowMs: number): Alert {
  const jumpMs = nowMs - alert.lastSeenAtMs;
  if (jumpMs >= 0) return alert;
  return {
    ...alert,
    pendingAtMs: alert.pendingAtMs + jumpMs,
    firingAtMs: shifted(alert.firingAtMs, jumpMs),
    clearSinceMs: shifted(alert.clearSinceMs, jumpMs),
    lastSeenAtMs: nowMs,
  };
}

/**
 * Steps come with every beat: a gap longer than `maxGapMs` is a jump of the clock, a suspended host, or blindness.
 * After a gap nothing was seen in between, so it counts towards no `for`: pending and clearing go on where they were.
 * One exception: an alert that is exactly as it was stored when it became pending comes from before a restart. If its
 * `for` is longer than any gap, the time since counts, or frequent restarts would keep a long `for` from ever ending.
 */
export function shiftAfterGap(
  alert: Alert,
  { forMs, nowMs, maxGapMs }: { forMs: number; nowMs: number; maxGapMs: number },
): Alert {
  const gapMs = nowMs - alert.lastSeenAtMs;
  if (gapMs <= maxGapMs) return alert;
  const clearSinceMs = shifted(alert.clearSinceMs, gapMs);
  const stored = alert.lastSeenAtMs === alert.pendingAtMs && forMs > maxGapMs;
  if (alert.state !== 'pending' || stored) return { ...alert, clearSinceMs };
  return { ...alert, pendingAtMs: alert.pendingAtMs + gapMs, clearSinceMs };
}

function shifted(instantMs: number | null, byMs: number): number | null {
  return instantMs === null ? null : instantMs + byMs;
}
