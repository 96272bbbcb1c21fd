/** Health reports of single events, such as a step of the clock: each is shown for ten minutes. */
import type { Clock, HealthPart, HealthSink } from '../contracts.js';
import { MINUTE_MS } from '../units.js';

/** How long an event that is over stays visible. */
const SHOWN_MS = 10 * MINUTE_MS;

/** Reports of what happened once rather than lasts: each takes itself back ten minutes later. */
export function passingReport(part: HealthPart, clock: Clock, health: HealthSink) {
  let reportedAtMs: number | null = null;
  return {
    report(message: string): void {
      reportedAtMs = clock.monotonicMs();
      health.report(part, message);
    },
    /** To be called now and then. */
    expire(): void {
      if (reportedAtMs === null || clock.monotonicMs() - reportedAtMs < SHOWN_MS) return;
      reportedAtMs = null;
      health.report(part, null);
    },
  };
}
