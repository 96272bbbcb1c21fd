/** The state of the page: the latest sample, the connection, the time on the host. One stream feeds all of it. */
import { batch, computed, signal } from '@preact/signals';
import type { WireSample } from '../../../daemon/wire/sample.js';
import { estimateClockOffsetMs, judgeConnection } from './connection.js';
import { keepStream } from './stream.js';
import { extendLiveHistories, type LiveHistories } from './live-history.js';

/** What is shown. While the page is hidden it stays as it was: nothing is drawn that nobody sees. */
export const sample = signal<WireSample | null>(null);
/** The host's clock, ticking once a second. */
export const hostNowMs = signal(Date.now());
/** Counts streams: what was loaded before the last one may have a hole. */
export const streamCount = signal(0);

const open = signal(false);
const receivedAtMs = signal<number | null>(null);
const localNowMs = signal(Date.now());
const clockOffsetMs = signal(0);

/** Ports used per pool, as seen live; grows in place, read together with `sample`. */
export const liveHistories: LiveHistories = new Map();

/** Time since the last sample arrived; null before the first. */
export const sampleAgeMs = computed(() =>
  receivedAtMs.value === null ? null : Math.max(0, localNowMs.value - receivedAtMs.value),
);
export const connectionState = computed(() =>
  judgeConnection({
    open: open.value,
    receivedAtMs: receivedAtMs.value,
    nowMs: localNowMs.value,
    beatSeconds: sample.value?.status.sampling.beatSeconds ?? 2,
  }),
);

/** Follows the daemon and keeps time. Runs as long as the page does. */
export function followDaemon(): void {
  let pending: WireSample | null = null;

  const tick = (): void => {
    if (document.hidden) return;
    batch(() => {
      if (pending !== null) sample.value = pending;
      pending = null;
      localNowMs.value = Date.now();
      hostNowMs.value = Date.now() + clockOffsetMs.value;
    });
  };
  setInterval(tick, 1000);
  document.addEventListener('visibilitychange', tick);

  keepStream({
    onOpen() {
      batch(() => {
        open.value = true;
        streamCount.value += 1;
      });
    },
    onSample(next) {
      const now = Date.now();
      extendLiveHistories(liveHistories, next.pools);
      pending = next;
      batch(() => {
        open.value = true;
        receivedAtMs.value = now;
        clockOffsetMs.value = estimateClockOffsetMs(next.status, now, clockOffsetMs.value);
        tick();
      });
    },
    onLost() {
      open.value = false;
    },
  });
}
