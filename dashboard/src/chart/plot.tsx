/** One uPlot chart. It is built once per shape, and after that only receives data. */
import { useEffect, useLayoutEffect, useRef } from 'preact/hooks';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { theme } from '../state/theme.js';
import type { ReadonlySignal } from '@preact/signals';
import { zoneChoice } from '../state/zone.js';
import { followGestures, type SpanControl } from './gestures.js';
import { buildOptions, writeNote } from './plot-options.js';
import type { PlotData, PlotSources, PlotSpec } from './plot-spec.js';
import type { Span } from './span.js';

export type { PlotSpec, SeriesSpec } from './plot-spec.js';

const MIN_WIDTH_PX = 200;

interface PlotProps {
  readonly spec: PlotSpec;
  readonly data: PlotData;
  readonly height: number;
  /** The content of the chart for screen readers. */
  readonly summary: string;
  /** The text above the chart, for the step under the cursor, or for null without a cursor. */
  readonly readout: (index: number | null) => string;
  readonly testId?: string;
  /** What is shown, where that can change without new data; `data.x` otherwise. */
  readonly window?: ReadonlySignal<Span> | undefined;
  /** Lets the pointer change what is shown; with `window` only, and the same one as long as the chart is shown. */
  readonly control?: SpanControl | undefined;
}

export function Plot({ spec, data, height, summary, readout, testId, window, control }: PlotProps) {
  const host = useRef<HTMLDivElement>(null);
  const note = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);
  const current = useRef({ data, readout });
  current.current = { data, readout };

  useLayoutEffect(() => {
    const element = host.current;
    if (element === null) return;
    const size = { width: Math.max(MIN_WIDTH_PX, element.clientWidth), height };
    const readX = (): readonly [number, number] => {
      const span = window?.peek();
      return span === undefined ? current.current.data.x : [span.fromMs / 1000, span.toMs / 1000];
    };
    const sources: PlotSources = { current: () => current.current, note: () => note.current, x: readX, control };
    const built = new uPlot(buildOptions(spec, size, sources), undefined, element);
    plot.current = built;
    const observer = new ResizeObserver(() => {
      if (element.clientWidth > 0 && element.clientWidth !== built.width) {
        built.setSize({ width: element.clientWidth, height });
      }
    });
    observer.observe(element);
    const stops = [
      theme.subscribe(() => built.redraw(false, true)),
      zoneChoice.subscribe(() => {
        built.redraw(false, true);
        writeNote(note.current, current.current.readout(built.cursor.idx ?? null));
      }),
      window?.subscribe(() => {
        const [min, max] = readX();
        built.setScale('x', { min, max });
      }),
      control === undefined ? undefined : followGestures(built.over, control),
    ];
    return () => {
      for (const stop of stops) stop?.();
      observer.disconnect();
      built.destroy();
      plot.current = null;
    };
  }, [spec.key, height, window, control]);

  useEffect(() => {
    plot.current?.setData(data.columns as unknown as uPlot.AlignedData);
    writeNote(note.current, readout(plot.current?.cursor.idx ?? null));
  }, [data, spec.key, height, window, control]);

  return (
    <figure class="plot">
      <div class="plot-readout" ref={note} aria-hidden="true" />
      <div class="plot-canvas" ref={host} role="img" aria-label={summary} data-testid={testId} />
    </figure>
  );
}
