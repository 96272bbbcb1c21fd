/** The chart of a port series: its sockets by state, stacked. */
import type { ReadonlySignal } from '@preact/signals';
import { useMemo } from 'preact/hooks';
import { formatCount } from '../../../daemon/units.js';
import type { History } from '../../../daemon/wire/history.js';
import { findGreatest } from '../chart/column.js';
import type { SpanControl } from '../chart/gestures.js';
import { buildStackedColumns, listPresentQuantities } from '../chart/history-columns.js';
import type { Mark } from '../chart/marks.js';
import { chooseStateInk } from '../chart/palette.js';
import { Plot, type PlotSpec, type SeriesSpec } from '../chart/plot.js';
import type { Span } from '../chart/span.js';
import { hostNowMs, maxSampleAgeMs } from '../state/live.js';
import type { HistoryView } from '../state/use-history.js';
import { formatInstant, formatState } from '../words/format.js';

const HEIGHT_PX = 280;
const HEADROOM = 1.12;
const NO_MARKS: readonly Mark[] = [];

interface StateChartProps {
  readonly view: HistoryView;
  readonly marks?: readonly Mark[];
  readonly window: ReadonlySignal<Span>;
  readonly control: SpanControl;
}

export function StateChart({ view, marks = NO_MARKS, window, control }: StateChartProps) {
  const { history, fromMs, toMs } = view;
  const maxAgeMs = maxSampleAgeMs.value;
  const states = useMemo(() => listPresentQuantities(history), [history]);
  const columns = useMemo(
    () => buildStackedColumns(history, states, { maxSampleAgeMs: maxAgeMs, endMs: toMs }),
    [view, states, maxAgeMs],
  );
  const peak = Math.max(0, ...columns.slice(1).map((column) => findGreatest(column) ?? 0));
  const data = useMemo(
    () => ({ columns, x: [fromMs / 1000, toMs / 1000] as const, yMax: peak * HEADROOM || 1, marks }),
    [columns, fromMs, toMs, peak, marks],
  );
  const total = findGreatest(history.max['total'] ?? []) ?? 0;
  return (
    <section class="history-chart state-chart">
      <h3>Sockets by state</h3>
      <Plot
        spec={buildSpec(states)}
        data={data}
        height={HEIGHT_PX}
        summary={`Sockets by state, stacked. Peak ${formatCount(total)}. States: ${states.map(formatState).join(', ') || 'none'}`}
        readout={(index) => describeStep(history, states, index)}
        testId="chart-states"
        window={window}
        control={control}
      />
      <ul class="legend" aria-hidden="true">
        {states.map((state) => (
          <li key={state}>
            <span class={`state-dot ink-${chooseStateInk(state)}`} />
            {formatState(state)}
          </li>
        ))}
        <li class="legend-total">all sockets</li>
      </ul>
    </section>
  );
}

/** The lowest area is the fill of its series, down to zero; each other area lies between two series. */
function buildSpec(states: readonly string[]): PlotSpec {
  const lines = states.map((state, index): SeriesSpec => {
    const ink = `state-${chooseStateInk(state)}` as const;
    const line = { label: formatState(state), stroke: ink, width: 1 };
    return index === 0 ? { ...line, fill: ink } : line;
  });
  return {
    key: `states-${states.join()}`,
    formatValue: formatCount,
    series: [{ label: 'all', stroke: 'axis', width: 1.5 }, ...lines],
    areas: states
      .slice(1)
      .map((state, index) => ({ between: [index + 3, index + 2], fill: `state-${chooseStateInk(state)}` })),
  };
}

/** The greatest count of each state at one step; null is the newest step that has one. */
function describeStep(history: History, states: readonly string[], index: number | null): string {
  const step = index ?? (history.max['total'] ?? []).findLastIndex((value) => value !== null);
  const t = history.t[step];
  if (t === undefined) return '';
  const counts = states.flatMap((state) => {
    const count = history.max[state]?.[step] ?? null;
    return count === null ? [] : [`${formatState(state)} ${formatCount(count)}`];
  });
  return `${formatInstant(t, hostNowMs.peek())}  ${counts.join('  ') || 'no sample'}`;
}
