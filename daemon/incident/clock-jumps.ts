/** Incidents on a wall clock that may be set back. */
import type { Incident } from './incident.js';

/**
 * After the clock was set back, instants of an incident lie in the future. Elapsed times would be negative, and a quiet
 * incident would not be resolved until the clock had caught up. So they become the present instant.
 * @param longestPauseMs the longest pause before a reminder.
 */
export function clampAfterStepBack(incident: Incident, nowMs: number, longestPauseMs: number): Incident {
  const { quietSinceMs, resolvedAtMs, lastJoinedAtMs, told } = incident;
  const nextMs = told.nextReminderAtMs;
  const latestMs = Math.max(quietSinceMs ?? 0, resolvedAtMs ?? 0, lastJoinedAtMs, (nextMs ?? 0) - longestPauseMs);
  if (latestMs <= nowMs) return incident;
  return {
    ...incident,
    quietSinceMs: clampInstant(quietSinceMs, nowMs),
    resolvedAtMs: clampInstant(resolvedAtMs, nowMs),
    lastJoinedAtMs: Math.min(lastJoinedAtMs, nowMs),
    told: { ...told, nextReminderAtMs: clampInstant(nextMs, nowMs + longestPauseMs) },
  };
}

function clampInstant(instantMs: number | null, latestMs: number): number | null {
  return instantMs === null ? null : Math.min(instantMs, latestMs);
}
