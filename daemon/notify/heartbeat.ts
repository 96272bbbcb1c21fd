/**
 * Calls a URL while samples are good, so that an outside watchdog notices when this host or portcast is gone. Nothing waits for
 * the answer. The URL is a secret, because whoever knows it can keep the watchdog silent: only its scheme and host are named.
 */
import { request as requestHttp, type Agent } from 'node:http';
import { request as requestHttps } from 'node:https';
import type { Clock, HealthSink } from '../contracts.js';
import { messageOf } from '../errors.js';
import { maskUrl } from '../secrets.js';
import { formatDuration, MINUTE_MS, SECOND_MS } from '../units.js';

export const HEARTBEAT_TIMEOUT_MS = 10 * SECOND_MS;
/** A watchdog waits for a few minutes too. */
const QUIET_MS = 5 * MINUTE_MS;

interface HeartbeatOptions {
  readonly url: string;
  /** The URL is called at most this often. */
  readonly everyMs: number;
  /** Opens the connections: without ports for them this host would look dead. Absent: node's own. */
  readonly agent?: Agent;
  readonly clock: Clock;
  readonly health: HealthSink;
}

export interface Heartbeat {
  /** To be called after each cycle whose newest sample is good. Returns at once and never throws. */
  beat(): void;
  /** Ends a call that is under way. */
  close(): void;
}

export function createHeartbeat({ url, everyMs, agent, clock, health }: HeartbeatOptions): Heartbeat {
  const stop = new AbortController();
  let calledMs = -Infinity;
  let isRunning = false;
  let failingSinceMs: number | null = null;

  const call = async (): Promise<void> => {
    try {
      await request(url, { timeoutMs: HEARTBEAT_TIMEOUT_MS, signal: stop.signal, agent });
      failingSinceMs = null;
      health.report('heartbeat', null);
    } catch (error) {
      const nowMs = clock.monotonicMs();
      failingSinceMs ??= nowMs;
      if (stop.signal.aborted || nowMs - failingSinceMs < QUIET_MS) return;
      const lasted = formatDuration(nowMs - failingSinceMs);
      health.report('heartbeat', `${maskUrl(url)} has not taken the heartbeat for ${lasted}: ${messageOf(error)}`);
    }
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

interface RequestOptions {
  /** For the whole call, the name lookup included. */
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
  readonly agent: Agent | undefined;
}

/** Resolves after an answer of 2xx. A redirect is refused. The error never contains the path, which may be the secret. */
async function request(url: string, { timeoutMs, signal, agent }: RequestOptions): Promise<void> {
  const timeUp = AbortSignal.timeout(timeoutMs);
  await new Promise<void>((resolve, reject) => {
    const fail = (error: Error): void => {
      reject(timeUp.aborted ? new Error(`no answer within ${formatDuration(timeoutMs)}`) : error);
    };
    const start = url.startsWith('https:') ? requestHttps : requestHttp;
    const sent = start(url, { agent, signal: AbortSignal.any([signal, timeUp]) }, (response) => {
      const { statusCode = 0 } = response;
      // The body says nothing that is needed, and may be endless.
      response.destroy();
      if (statusCode >= 200 && statusCode < 300) resolve();
      else if (statusCode >= 300 && statusCode < 400) fail(new Error(`HTTP ${statusCode}: redirects are refused`));
      else fail(new Error(`HTTP ${statusCode}`));
    });
    sent.on('error', fail);
    sent.end();
  });
}
