/** The chart of a port series: its sockets by state, stacked. */
import { useMemo } from 'preact/hooks';
import { formatCount } from '../../../daemon/units.js';
import type { History } from '../../../daemon/wire/history.js';
import { findGreatest } from '../chart/column.js';
import { buildStackedColumns, listPresentQuantities } from '../chart/history-columns.js';
import { chooseStateInk } from '../chart/palette.js';
import { Plot, type PlotSpec, type SeriesSpec } from '../chart/plot.js';
import { hostNowMs, maxSampleAgeMs } from '../state/live.js';
import type { HistoryView } from '../state/use-history.js';
import { formatInstant, formatState } from '../words/format.js';

const HEIGHT_PX = 260;
const HEADROOM = 1.12;

export function StateChart({ view }: { view: HistoryView }) {
  const { history, fromMs, toMs } = view;
  const maxAgeMs = maxSampleAgeMs.value;
  const states = useMemo(() => listPresentQuantities(history), [history]);
  const columns = useMemo(() => buildStackedColumns(history, states, maxAgeMs), [history, states, maxAgeMs]);
  const peak = Math.max(0, ...columns.slice(1).map((column) => findGreatest(column) ?? 0));
  const data = useMemo(
    () => ({ columns, x: [fromMs / 1000, toMs / 1000] as const, yMax: peak * HEADROOM || 1, marks: [] }),
    [columns, fromMs, toMs, peak],
  );
  const newestStep = columns[1]?.findLastIndex((sum) => typeof sum === 'number') ?? -1;
  return (
    <section class="history-chart state-chart">
      <h3>Sockets by state</h3>
      <Plot
        spec={buildSpec(states)}
        data={data}
        height={HEIGHT_PX}
        summary={`Sockets by state, stacked. Peak ${formatCount(peak)}. States: ${states.map(formatState).join(', ') || 'none'}`}
        readout={(index) => describeStep(history, states, index ?? newestStep)}
      />
      <ul class="legend" aria-hidden="true">
        {states.map((state) => (
          <li key={state}>
            <span class={`state-dot ink-${chooseStateInk(state)}`} />
            {formatState(state)}
          </li>
        ))}
      </ul>
    </section>
  );
}

/** The lowest area is the fill of the first series, down to zero; each other area lies between two series. */
function buildSpec(states: readonly string[]): PlotSpec {
  return {
    key: `states-${states.join()}`,
    formatValue: formatCount,
    series: states.map((state, index): SeriesSpec => {
      const ink = `state-${chooseStateInk(state)}` as const;
      const line = { label: formatState(state), stroke: ink, width: 1 };
      return index === 0 ? { ...line, fill: ink } : line;
    }),
    areas: states
      .slice(1)
      .map((state, index) => ({ between: [index + 2, index + 1], fill: `state-${chooseStateInk(state)}` })),
  };
}

function describeStep(history: History, states: readonly string[], step: number): string {
  const t = history.t[step];
  if (t === undefined) return '';
  const counts = states.flatMap((state) => {
    const count = history.mean[state]?.[step] ?? null;
    return count === null ? [] : [`${formatState(state)} ${formatCount(count)}`];
  });
  return `${formatInstant(t, hostNowMs.peek())}  ${counts.join('  ') || 'no sample'}`;
}
