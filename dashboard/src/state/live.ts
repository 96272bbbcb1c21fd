/** The state of the page: the latest sample, the connection, the clock of the host. One stream feeds all of it. */
import { batch, computed, effect, signal } from '@preact/signals';
import { MINUTE_MS, SECOND_MS } from '../../../daemon/units.js';
import type { WireSample } from '../../../daemon/wire/sample.js';
import { isSampleOld } from '../words/host-sign.js';
import { deadAfterMs, isSilent, judgeConnection, readMaxSampleAgeMs, type HostTime } from './freshness.js';
import { estimateClockOffsetMs } from './host-clock.js';
import { extendLiveHistories, type LiveHistories } from './live-history.js';
import { keepStream } from './stream.js';

const TICK_MS = SECOND_MS;
/** While samples come, one comes before this has passed. */
const SAMPLE_TIME_MAX_AGE_MS = 3 * SECOND_MS;

/** The sample on screen. While the page is hidden it does not change, so that nothing is drawn in vain. */
export const sample = signal<WireSample | null>(null);
/** Whether there is a sample. What reads only this is not drawn again with every sample. */
export const hasSample = computed(() => sample.value !== null);
/** What the header says of the sample: each changes seldom, so the header is drawn seldom. */
export const hostName = computed(() => sample.value?.status.host.name ?? null);
export const firingAlertCount = computed(
  () => sample.value?.status.alerts.filter(({ state }) => state === 'firing').length ?? 0,
);
export const openIncidentCount = computed(() => {
  // A server of an older version does not count them.
  const counts = sample.value?.status.incidents;
  return counts?.open ?? 0;
});
/** The clock of the host. It ticks once a second. */
export const hostNowMs = signal(Date.now());
/** The same to the minute, for what no second changes: what reads it is drawn again once a minute. */
export const hostMinuteMs = computed(() => Math.floor(hostNowMs.value / MINUTE_MS) * MINUTE_MS);
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

let judgedSample: WireSample | null = null;
let judgedTime: HostTime | null = null;
const isOld = (time: HostTime): boolean => sample.value !== null && isSampleOld(sample.value, time);
/**
 * `hostTime` as it was when the sample came; it is taken anew when the sample becomes old, and after three seconds. What has no
 * countdown reads this, so that it is drawn once for each sample and not with every tick of the clock.
 */
export const sampleTime = computed<HostTime>(() => {
  const time = hostTime.value;
  const isKept =
    judgedTime !== null &&
    judgedSample === sample.value &&
    judgedTime.maxSampleAgeMs === time.maxSampleAgeMs &&
    isOld(judgedTime) === isOld(time) &&
    Math.abs(time.nowMs - judgedTime.nowMs) < SAMPLE_TIME_MAX_AGE_MS;
  if (judgedTime !== null && isKept) return judgedTime;
  judgedSample = sample.value;
  judgedTime = time;
  return time;
});

/** Follows the daemon and keeps the clock, while the page is open. */
export function followDaemon(): void {
  let unseen: WireSample | null = null;

  const tick = (): void => {
    if (document.hidden) return;
    batch(() => {
      if (unseen !== null) sample.value = unseen;
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
      extendLiveHistories(liveHistories, next.pools);
      unseen = next;
      batch(() => {
        open.value = true;
        receivedAtMs.value = nowMs;
        clockOffsetMs.value = estimateClockOffsetMs(next.status, nowMs, clockOffsetMs.value);
        tick();
      });
    },
    onLost() {
      open.value = false;
    },
    deadAfterMs: () => deadAfterMs(beatSeconds.peek()),
  });
}

/** Resolves with the first sample, or after this time. */
export function waitForSample(timeoutMs: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, timeoutMs);
    effect(() => {
      if (hasSample.value) resolve();
    });
  });
}
