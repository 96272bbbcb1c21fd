/** The state of the page: the latest sample, the connection, the clock of the host. One stream feeds all of it. */
import { batch, computed, signal } from '@preact/signals';
import { SECOND_MS } from '../../../daemon/units.js';
import type { WirePool } from '../../../daemon/wire/pool.js';
import type { WireSample } from '../../../daemon/wire/sample.js';
import { deadAfterMs, isSilent, judgeConnection, readMaxSampleAgeMs, type HostTime } from './freshness.js';
import { estimateClockOffsetMs } from './host-clock.js';
import { extendLiveHistories, type LiveHistories } from './live-history.js';
import type { ReadSample } from './sample-reader.js';
import { keepStream } from './stream.js';

const TICK_MS = SECOND_MS;

/** The sample on screen. While the page is hidden it does not change, so that nothing is drawn in vain. */
export const sample = signal<WireSample | null>(null);
/**
 * The pools of the sample on screen, for tables: a pool that did not change stays the same object, so that its row is not
 * drawn again; its `sampledAt` is replaced in place.
 */
export const poolRows = signal<readonly WirePool[]>([]);
/** The clock of the host. It ticks once a second. */
export const hostNowMs = signal(Date.now());
/** Counts the streams that were opened. Data that were requested before the last stream was opened may have a gap. */
export const streamCount = signal(0);
/** The use of each pool as seen live. The map is changed in place, and is read whenever `sample` changes. */
export const liveHistories: LiveHistories = new Map();

const open = signal(false);
const receivedAtMs = signal<number | null>(null);
const browserNowMs = signal(Date.now());
const clockOffsetMs = signal(0);

const beatSeconds = computed(() => sample.value?.status.sampling.beatSeconds ?? 0);

export const maxSampleAgeMs = computed(() => readMaxSampleAgeMs(sample.value?.status ?? null));
/** Time since the last event arrived; null before the first. */
export const eventAgeMs = computed(() =>
  receivedAtMs.value === null ? null : Math.max(0, browserNowMs.value - receivedAtMs.value),
);
export const connectionState = computed(() =>
  judgeConnection({
    open: open.value,
    receivedAtMs: receivedAtMs.value,
    nowMs: browserNowMs.value,
    beatSeconds: beatSeconds.value,
  }),
);

export const hostTime = computed<HostTime>(() => ({
  nowMs: hostNowMs.value,
  maxSampleAgeMs: isSilent(connectionState.value, eventAgeMs.value) ? 0 : maxSampleAgeMs.value,
}));

/** Follows the daemon and keeps the clock, while the page is open. */
export function followDaemon(): void {
  let unseen: ReadSample | null = null;

  const tick = (): void => {
    if (document.hidden) return;
    batch(() => {
      if (unseen !== null) {
        sample.value = unseen.sample;
        poolRows.value = unseen.rows;
      }
      unseen = null;
      browserNowMs.value = Date.now();
      hostNowMs.value = Date.now() + clockOffsetMs.value;
    });
  };
  setInterval(tick, TICK_MS);
  document.addEventListener('visibilitychange', tick);

  keepStream({
    onOpen() {
      // What happened while the stream was closed is in the stored history, which is requested again and ends where the live
      // one begins.
      liveHistories.clear();
      batch(() => {
        open.value = true;
        streamCount.value += 1;
      });
    },
    onSample(next) {
      const nowMs = Date.now();
      extendLiveHistories(liveHistories, next.sample.pools);
      unseen = next;
      batch(() => {
        open.value = true;
        receivedAtMs.value = nowMs;
        clockOffsetMs.value = estimateClockOffsetMs(next.sample.status, nowMs, clockOffsetMs.value);
        tick();
      });
    },
    onLost() {
      open.value = false;
    },
    deadAfterMs: () => deadAfterMs(beatSeconds.peek()),
  });
}
