/** Health reports of events that are over when they are reported, such as a step of the clock. */
import type { Clock, HealthPart, HealthSink } from '../contracts.js';
import { MINUTE_MS } from '../units.js';

/** How long such an event stays visible. */
const SHOWN_MS = 10 * MINUTE_MS;

/** Reports events of one part, and clears the report ten minutes after the last of them. */
export function createPassingReport(part: HealthPart, clock: Clock, health: HealthSink) {
  let reportedAtMs: number | null = null;
  return {
    report(message: string): void {
      reportedAtMs = clock.monotonicMs();
      health.report(part, message);
    },
    /** Clears the report when its time is over. To be called at least every few seconds. */
    expire(): void {
      if (reportedAtMs === null || clock.monotonicMs() - reportedAtMs < SHOWN_MS) return;
      reportedAtMs = null;
      health.report(part, null);
    },
  };
}
