/** Loads the history of what a time window shows, with some more on each side, and requests finer steps for a shorter span. */
import { computed } from '@preact/signals';
import { useEffect, useRef, useState } from 'preact/hooks';
import { choosePoints, widenSpan, type Span } from '../chart/span.js';
import { ApiError, fetchHistory } from './api.js';
import { hostNowMs, streamCount } from './live.js';
import type { TimeWindow } from './time-window.js';
import type { HistoryLoad } from './use-history.js';

interface SpanHistoryOptions {
  readonly kind: 'pools' | 'ports';
  readonly id: string;
  readonly time: TimeWindow;
}

/** A gesture changes the span with every frame: it is requested when the span has not changed for so long. */
const SETTLE_MS = 120;
/** Wider charts have more pixels than steps. */
const MAX_WIDTH_PX = 1400;

/** The newest good answer stays while the next is on its way, so that the charts are never empty in between. */
export function useSpanHistory({ kind, id, time }: SpanHistoryOptions): HistoryLoad {
  const [load, setLoad] = useState<HistoryLoad>({ view: null, error: null });
  const isFirst = useRef(true);
  const stream = streamCount.value;

  useEffect(() => {
    let abort = new AbortController();
    let settling: ReturnType<typeof setTimeout> | undefined;
    let repeating: ReturnType<typeof setInterval> | undefined;
    const request = async (): Promise<void> => {
      if (document.hidden) return;
      abort.abort();
      const { signal } = (abort = new AbortController());
      const nowMs = hostNowMs.peek();
      const shown = chooseShown(time, nowMs);
      const span = widenSpan(shown, nowMs);
      const points = choosePoints(span, shown, Math.min(MAX_WIDTH_PX, innerWidth));
      try {
        const history = await fetchHistory({ kind, id, points, ...span }, signal);
        if (signal.aborted) return;
        if (time.zoom.peek() === null) time.endMs.value = nowMs;
        setLoad({ view: { history, ...span }, error: null });
      } catch (error) {
        if (signal.aborted) return;
        const failure = error instanceof ApiError ? error : new ApiError(0, String(error));
        setLoad(({ view }) => ({ view, error: failure }));
      }
    };
    const wanted = computed(() => ({ range: time.range.value, zoom: time.zoom.value }));
    const stop = wanted.subscribe(({ range, zoom }) => {
      clearTimeout(settling);
      clearInterval(repeating);
      settling = setTimeout(() => void request(), isFirst.current || zoom === null ? 0 : SETTLE_MS);
      isFirst.current = false;
      // What lies in the past does not change, but for the newest samples of a span that reaches up to the present.
      repeating = setInterval(() => void request(), range.refreshMs);
    });
    const onVisible = (): void => void request();
    document.addEventListener('visibilitychange', onVisible);
    return () => {
      stop();
      abort.abort();
      clearTimeout(settling);
      clearInterval(repeating);
      document.removeEventListener('visibilitychange', onVisible);
    };
  }, [kind, id, time, stream]);

  return load;
}

function chooseShown(time: TimeWindow, nowMs: number): Span {
  return time.zoom.peek() ?? { fromMs: nowMs - time.range.peek().lengthMs, toMs: nowMs };
}
