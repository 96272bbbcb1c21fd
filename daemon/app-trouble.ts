/** The part of app.ts that connects what is wrong with portcast itself to the alert rules. */
import type { TroubleReport } from './alert/step.js';
import { TROUBLE_PARTS } from './alert/trouble.js';
import type { Clock } from './contracts.js';
import type { Health } from './health.js';
import { CHANNEL_NAMES } from './incident/recipients.js';
import { MINUTE_MS } from './units.js';

/** After a start every part has been used by then, and what fails shows. */
const FIRST_USE_MS = 2 * MINUTE_MS;
const FOLLOWED: readonly string[] = [...TROUBLE_PARTS, ...CHANNEL_NAMES, 'alertmanager'];

/**
 * The problems by which a warning could be late or missing. The other health parts are about the quality of forecasts, or are
 * told by an outside watchdog (`heartbeat`), and `blind` covers a source that cannot be read.
 */
export function createTroubleReport(health: Health, clock: Clock): () => TroubleReport {
  const startedMs = clock.monotonicMs();
  return () => ({
    troubles: health.problems().filter(({ part }) => FOLLOWED.includes(part)),
    isComplete: clock.monotonicMs() - startedMs >= FIRST_USE_MS,
  });
}
