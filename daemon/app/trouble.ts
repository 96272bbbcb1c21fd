/** The part of app.ts that connects what is wrong with portcast itself to the alert rules. */
import type { TroubleReport } from '../alert/step.js';
import { TROUBLE_PARTS } from '../alert/trouble.js';
import { toTarget } from './channel-options.js';
import type { Config } from '../config/config.js';
import type { Clock, CycleView, HealthSink } from '../contracts.js';
import type { Health } from '../health.js';
import { CHANNEL_NAMES } from '../incident/recipients.js';
import type { ChannelWatch } from '../notify/connect/channel-watch.js';
import type { Connections } from '../notify/connect/connections.js';
import { createHeartbeat, type Heartbeat } from '../notify/heartbeat.js';
import { MINUTE_MS, SECOND_MS } from '../units.js';

/** After a start every part has been used by then, and what fails shows. */
const FIRST_USE_MS = 2 * MINUTE_MS;
const HEARTBEAT_TIMEOUT_MS = 10 * SECOND_MS;
const FOLLOWED: readonly string[] = [...TROUBLE_PARTS, ...CHANNEL_NAMES, 'alertmanager'];

/**
 * The problems by which a warning could be late or missing. The other health parts are about the quality of forecasts, or are
 * told by an outside watchdog (`heartbeat`), and `blind` covers a source that cannot be read.
 */
export function createTroubleReport(
  health: Health,
  clock: Clock,
  failedTests: ChannelWatch['failedTests'],
): () => TroubleReport {
  const startedMs = clock.monotonicMs();
  return () => {
    const problems = health.problems().filter(({ part }) => FOLLOWED.includes(part));
    // A message that was not accepted says more than a test of the same channel.
    const tests = failedTests().filter((test) => problems.every(({ part }) => part !== test.part));
    return { troubles: [...problems, ...tests], isComplete: clock.monotonicMs() - startedMs >= FIRST_USE_MS };
  };
}

interface HeartbeatParts {
  readonly config: Config;
  readonly connections: Connections;
  readonly clock: Clock;
  readonly health: HealthSink;
}

/** Null where no watchdog is configured. */
export function openHeartbeat(
  { config, connections, clock, health }: HeartbeatParts,
  onStop: (cleanup: () => void) => void,
): Heartbeat | null {
  if (config.heartbeat === null) return null;
  const { url, everyMs } = config.heartbeat;
  // Without a port for its connections this host would look dead.
  const target = toTarget({ url, headers: {}, timeoutMs: HEARTBEAT_TIMEOUT_MS }, connections);
  const heartbeat = createHeartbeat({ target, everyMs, clock, health });
  onStop(() => heartbeat.close());
  return heartbeat;
}

/** Whether an exhaustion would be noticed: the host was read in this cycle, and its newest sample is recent. */
export function isSampleGood(
  { atMs, reading, blindSinceMs, table }: CycleView,
  { maxSampleAgeMs }: { readonly maxSampleAgeMs: number },
): boolean {
  return reading !== null && blindSinceMs === null && table !== null && atMs - table.snapshotAtMs <= maxSampleAgeMs;
}
