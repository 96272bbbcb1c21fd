/** The history of one port series: its sockets by state, stacked. */
import { useMemo, useState } from 'preact/hooks';
import { formatCount } from '../../../daemon/units.js';
import {
  findGreatest,
  isEmptyHistory,
  listPresentQuantities,
  RANGES,
  buildStackedColumns,
  type Range,
} from '../chart/history-columns.js';
import { chooseStateInk } from '../chart/palette.js';
import { Plot, type PlotSpec } from '../chart/plot.js';
import { formatInstant, formatPortTitle, formatState } from '../words/format.js';
import { hostNowMs, sample } from '../state/live.js';
import { useHistory, type HistoryView } from '../state/use-history.js';
import { HISTORY_POINTS, HistoryState, RangePicker } from '../parts/history-state.js';

export function PortHistory({ id }: { id: string }) {
  const [range, setRange] = useState<Range>(RANGES[0]);
  const load = useHistory({
    kind: 'ports',
    id,
    lengthMs: range.ms,
    points: HISTORY_POINTS,
    refreshMs: range.refreshMs,
  });
  const port = sample.value?.ports.find((candidate) => candidate.id === id) ?? null;
  const empty = load.view !== null && isEmptyHistory(load.view.history);
  const direction = port?.direction === 'in' ? 'Inbound: sockets of a port that listens here' : 'Outbound';
  return (
    <>
      <h2 id="panel-title" class="panel-title">
        {port === null ? id : formatPortTitle(port)}
      </h2>
      <p class="panel-sub muted">
        {port === null
          ? 'Not among the series of the latest sample'
          : `${direction}. ${formatCount(port.total)} sockets now`}
      </p>
      <RangePicker range={range} onRange={setRange} />
      <HistoryState load={load} empty={empty} range={range} />
      {load.view !== null && !empty && <StateChart view={load.view} />}
    </>
  );
}

function StateChart({ view }: { view: HistoryView }) {
  const { history, fromMs, toMs } = view;
  const states = useMemo(() => listPresentQuantities(history), [history]);
  const columns = useMemo(() => buildStackedColumns(history, states), [history, states]);
  const peak = Math.max(0, ...columns.slice(1).map((column) => findGreatest(column) ?? 0));
  const spec: PlotSpec = {
    key: `states-${states.join()}`,
    formatValue: formatCount,
    series: states.map((state, index) => ({
      label: formatState(state),
      stroke: `state-${chooseStateInk(state)}`,
      width: 1,
      ...(index === 0 ? { fill: `state-${chooseStateInk(state)}` as const } : {}),
    })),
    areas: states
      .slice(1)
      .map((state, index) => ({ between: [index + 2, index + 1], fill: `state-${chooseStateInk(state)}` })),
  };
  const data = useMemo(
    () => ({ columns, x: [fromMs / 1000, toMs / 1000] as const, yMax: peak * 1.12 || 1, marks: [] }),
    [columns, fromMs, toMs, peak],
  );
  const readout = (index: number | null): string => {
    const at = index ?? columns[1]?.findLastIndex((sum) => typeof sum === 'number') ?? -1;
    const t = history.t[at];
    if (t === undefined) return '';
    const counts = states.flatMap((state) => {
      const count = history.mean[state]?.[at] ?? null;
      return count === null ? [] : [`${formatState(state)} ${formatCount(count)}`];
    });
    return `${formatInstant(t, hostNowMs.peek())}  ${counts.join('  ') || 'no sample'}`;
  };
  return (
    <section class="history-chart">
      <h3>Sockets by state</h3>
      <Plot
        spec={spec}
        data={data}
        height={260}
        summary={`Sockets by state, stacked. Peak ${formatCount(peak)}. States: ${states.map(formatState).join(', ') || 'none'}`}
        readout={readout}
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
