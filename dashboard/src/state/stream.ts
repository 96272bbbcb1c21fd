/** Keeps one stream of samples open as long as the page lives, through restarts of the daemon and dead connections. */
import { SECOND_MS } from '../../../daemon/units.js';
import type { WireSample } from '../../../daemon/wire/sample.js';
import { openStream } from './api.js';

const FIRST_RETRY_MS = SECOND_MS;
const LAST_RETRY_MS = 30 * SECOND_MS;
/** From this attempt on the delay does not grow any more. */
const LAST_DOUBLING = 10;
const CHECK_EVERY_MS = SECOND_MS;

interface StreamListener {
  readonly onOpen: () => void;
  readonly onSample: (sample: WireSample) => void;
  readonly onLost: () => void;
  /** A longer silence means that the stream is dead. Read every second, since it depends on the beat of the daemon. */
  readonly deadAfterMs: () => number;
}

/** EventSource reconnects after a broken connection, but not after an HTTP error and not after silence. */
export function keepStream(listener: StreamListener): void {
  let close: (() => void) | null = null;
  let attempt = 0;
  let retry: number | undefined;
  let lastEventMs = Date.now();

  const connect = (): void => {
    close?.();
    retry = undefined;
    lastEventMs = Date.now();
    close = openStream({
      onOpen() {
        attempt = 0;
        lastEventMs = Date.now();
        listener.onOpen();
      },
      onSample(sample) {
        lastEventMs = Date.now();
        listener.onSample(sample);
      },
      onGap: connect,
      onError(closed) {
        listener.onLost();
        if (!closed || retry !== undefined) return;
        retry = setTimeout(connect, chooseReconnectDelayMs(attempt, Math.random()));
        attempt += 1;
      },
    });
  };
  setInterval(() => {
    if (retry === undefined && Date.now() - lastEventMs > listener.deadAfterMs()) connect();
  }, CHECK_EVERY_MS);
  connect();
}

/**
 * Doubles from 1 s to 30 s. Up to half of it is taken away by `random` (0 to 1), so that many pages do not return at the
 * same instant.
 */
export function chooseReconnectDelayMs(attempt: number, random: number): number {
  const fullMs = Math.min(LAST_RETRY_MS, FIRST_RETRY_MS * 2 ** Math.min(attempt, LAST_DOUBLING));
  return fullMs * (1 - random / 2);
}
