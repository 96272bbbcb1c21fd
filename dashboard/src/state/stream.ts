/** Keeps one stream of samples open for as long as the page lives, through restarts of the daemon and dead connections. */
import type { WireSample } from '../../../daemon/wire/sample.js';
import { openStream } from './api.js';
import { chooseReconnectDelayMs } from './connection.js';

/** A stream that is open but silent for this long is dead (its host slept, a proxy hangs): a new one is opened. */
const SILENCE_MS = 45_000;

export interface StreamListener {
  readonly onOpen: () => void;
  readonly onSample: (sample: WireSample) => void;
  readonly onLost: () => void;
}

/** The browser comes back by itself from a broken connection, but not from a refusal and not from silence. */
export function keepStream(listener: StreamListener): void {
  let close: (() => void) | null = null;
  let attempt = 0;
  let retry: number | undefined;
  let lastSignMs = Date.now();

  const connect = (): void => {
    close?.();
    retry = undefined;
    lastSignMs = Date.now();
    close = openStream({
      onOpen() {
        attempt = 0;
        lastSignMs = Date.now();
        listener.onOpen();
      },
      onSample(sample) {
        lastSignMs = Date.now();
        listener.onSample(sample);
      },
      onError(closed) {
        listener.onLost();
        if (!closed || retry !== undefined) return;
        retry = setTimeout(connect, chooseReconnectDelayMs(attempt, Math.random()));
        attempt += 1;
      },
    });
  };
  setInterval(() => {
    if (retry === undefined && Date.now() - lastSignMs > SILENCE_MS) connect();
  }, 1000);
  connect();
}
