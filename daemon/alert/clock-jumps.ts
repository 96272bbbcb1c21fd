/** Alerts on a wall clock that may jump. */
import type { Alert } from './alert.js';

/**
 * After the clock was set back, all instants of an alert move back with it. Otherwise elapsed times would be negative,
 * and the alert would neither fire nor resolve until the clock had caught up.
 */
export function shiftAfterStepBack(alert: Alert, nowMs: number): Alert {
  const jumpMs = nowMs - alert.lastSeenAtMs;
  if (jumpMs >= 0) return alert;
  return {
    ...alert,
    pendingAtMs: alert.pendingAtMs + jumpMs,
    firingAtMs: shiftInstant(alert.firingAtMs, jumpMs),
    clearSinceMs: shiftInstant(alert.clearSinceMs, jumpMs),
    lastSeenAtMs: nowMs,
  };
}

/**
 * Alerts are evaluated on every beat, so a gap longer than `maxGapMs` means that the clock was set forward, that the
 * host was suspended, or that portcast was blind. Nothing was observed during the gap, so it counts towards no `for` and
 * no `clearFor`: both continue with the time they had reached before.
 *
 * There is one exception. An alert that is still exactly as it was stored when it became pending was loaded after a
 * restart. If its `for` is longer than `maxGapMs`, the gap does count; otherwise frequent restarts would keep an alert
 * with a long `for` from ever firing.
 */
export function shiftAfterGap(
  alert: Alert,
  { forMs, nowMs, maxGapMs }: { forMs: number; nowMs: number; maxGapMs: number },
): Alert {
  const gapMs = nowMs - alert.lastSeenAtMs;
  if (gapMs <= maxGapMs) return alert;
  const clearSinceMs = shiftInstant(alert.clearSinceMs, gapMs);
  const isAsStored = alert.lastSeenAtMs === alert.pendingAtMs && forMs > maxGapMs;
  if (alert.state !== 'pending' || isAsStored) return { ...alert, clearSinceMs };
  return { ...alert, pendingAtMs: alert.pendingAtMs + gapMs, clearSinceMs };
}

function shiftInstant(instantMs: number | null, byMs: number): number | null {
  return instantMs === null ? null : instantMs + byMs;
}
