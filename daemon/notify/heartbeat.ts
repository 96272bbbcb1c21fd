/**
 * Calls a URL while samples are good, so that an outside watchdog notices when this host or portcast is gone. Nothing waits for
 * the answer. The URL is a secret, because whoever knows it can keep the watchdog silent: only its scheme and host are named.
 */
import type { Clock, HealthSink } from '../contracts.js';
import { formatDuration, MINUTE_MS } from '../units.js';
import { judgeAnswer } from './http/outcome.js';
import { get, showServer, type HttpTarget } from './http/request.js';

/** A watchdog waits for a few minutes too. */
const QUIET_MS = 5 * MINUTE_MS;

interface HeartbeatOptions {
  readonly target: HttpTarget;
  /** The URL is called at most this often. */
  readonly everyMs: number;
  readonly clock: Clock;
  readonly health: HealthSink;
}

export interface Heartbeat {
  /** To be called after each cycle whose newest sample is good. Returns at once and never throws. */
  beat(): void;
  /** Ends a call that is under way. */
  close(): void;
}

export function createHeartbeat({ target, everyMs, clock, health }: HeartbeatOptions): Heartbeat {
  const stop = new AbortController();
  let calledMs = -Infinity;
  let isRunning = false;
  let failingSinceMs: number | null = null;

  const call = async (): Promise<void> => {
    const outcome = judgeAnswer(await get({ ...target, signal: stop.signal }), target);
    if (outcome.ok) {
      failingSinceMs = null;
      health.report('heartbeat', null);
      return;
    }
    const nowMs = clock.monotonicMs();
    failingSinceMs ??= nowMs;
    if (stop.signal.aborted || nowMs - failingSinceMs < QUIET_MS) return;
    const lasted = formatDuration(nowMs - failingSinceMs);
    health.report('heartbeat', `${showServer(target)} has not taken the heartbeat for ${lasted}: ${outcome.error}`);
  };
  return {
    beat() {
      const nowMs = clock.monotonicMs();
      if (isRunning || nowMs - calledMs < everyMs || stop.signal.aborted) return;
      calledMs = nowMs;
      isRunning = true;
      void call().finally(() => {
        isRunning = false;
      });
    },
    close: () => stop.abort(),
  };
}
