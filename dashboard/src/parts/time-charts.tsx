/** Charts that show one span of time: the keyboard zooms and moves them all. */
import type { ComponentChildren } from 'preact';
import { useMemo } from 'preact/hooks';
import type { SpanControl } from '../chart/gestures.js';
import { readStepKey, stepSpan } from '../chart/span.js';
import { hostNowMs } from '../state/live.js';
import type { TimeWindow } from '../state/time-window.js';

interface TimeChartsProps {
  readonly time: TimeWindow;
  readonly children: ComponentChildren;
}

const HELP = 'plus and minus zoom, the arrows move, 0 resets';

export function TimeCharts({ time, children }: TimeChartsProps) {
  const onKeyDown = (event: KeyboardEvent): void => {
    const step = readStepKey(event.key);
    if (step === null || event.ctrlKey || event.metaKey || event.altKey || event.target !== event.currentTarget) return;
    event.preventDefault();
    if (step === 'reset') time.reset();
    else time.show(stepSpan(time.shown.peek(), step, hostNowMs.peek()));
  };
  return (
    <div class="time-charts" role="group" aria-label={`Charts: ${HELP}`} tabIndex={0} onKeyDown={onKeyDown}>
      {children}
      <p class="chart-help muted">
        Drag to zoom, Shift and drag to move, a double click resets. With the charts in focus, {HELP}.
      </p>
    </div>
  );
}

/** The same object as long as the window is the same: a chart is built anew for another one. */
export function useSpanControl(time: TimeWindow): SpanControl {
  return useMemo(
    () => ({
      read: () => time.shown.peek(),
      show: (span) => time.show(span),
      reset: () => time.reset(),
      endMs: () => hostNowMs.peek(),
    }),
    [time],
  );
}
