/** The span of time that the charts of a page show: a range that follows the present, or a span that was zoomed to. */
import { computed, signal, type ReadonlySignal, type Signal } from '@preact/signals';
import { useEffect, useMemo } from 'preact/hooks';
import type { Range } from '../chart/ranges.js';
import { fitSpan, type Span } from '../chart/span.js';
import { formatTimeParams, parseTimeParams } from '../chart/time-params.js';
import { hostNowMs } from './live.js';

export interface TimeWindow {
  readonly range: Signal<Range>;
  /** Null follows the present. */
  readonly zoom: Signal<Span | null>;
  /** The end of the newest history while the present is followed. */
  readonly endMs: Signal<number>;
  /** What is shown. It changes with every frame of a gesture: read it in what draws, not in components. */
  readonly shown: ReadonlySignal<Span>;
  /** The instant that the address points at. */
  readonly atMs: number | null;
  /** Why the address could not be followed. */
  readonly problem: string | null;
  readonly follow: (range: Range) => void;
  readonly show: (span: Span) => void;
  readonly reset: () => void;
}

const ADDRESS_DELAY_MS = 400;

/** @param href of the page, without parameters. The address follows what is shown, so that it can be passed on. */
export function useTimeWindow(params: string, href: string): TimeWindow {
  const time = useMemo(() => createTimeWindow(params), [params, href]);
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    let isFirst = true;
    const stop = computed(() => formatTimeParams({ range: time.range.value, span: time.zoom.value })).subscribe(
      (text) => {
        // The address that led here stays until something else is chosen.
        if (isFirst) {
          isFirst = false;
          return;
        }
        clearTimeout(timer);
        // Browsers refuse more than about a hundred changes of the address in half a minute.
        timer = setTimeout(
          () => history.replaceState(null, '', text === '' ? href : `${href}?${text}`),
          ADDRESS_DELAY_MS,
        );
      },
    );
    return () => {
      clearTimeout(timer);
      stop();
    };
  }, [time, href]);
  return time;
}

function createTimeWindow(params: string): TimeWindow {
  const nowMs = hostNowMs.peek();
  const parsed = parseTimeParams(params, nowMs);
  const range = signal(parsed.range);
  const zoom = signal(parsed.span && fitSpan(parsed.span, nowMs));
  const endMs = signal(nowMs);
  return {
    range,
    zoom,
    endMs,
    shown: computed(() => zoom.value ?? { fromMs: endMs.value - range.value.lengthMs, toMs: endMs.value }),
    atMs: parsed.atMs,
    problem: parsed.problem,
    follow(next) {
      range.value = next;
      zoom.value = null;
      endMs.value = hostNowMs.peek();
    },
    show(span) {
      zoom.value = fitSpan(span, hostNowMs.peek());
    },
    reset() {
      zoom.value = null;
      endMs.value = hostNowMs.peek();
    },
  };
}
