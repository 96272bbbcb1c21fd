/** The charts of a pool over time, what happened in that time, and the tables behind both. */
import { useMemo } from 'preact/hooks';
import { formatCount, formatPercent, formatRate } from '../../../../daemon/units.js';
import type { History } from '../../../../daemon/wire/history.js';
import type { WirePool } from '../../../../daemon/wire/pool.js';
import { findGreatest, findNewest } from '../../chart/column.js';
import { isEmptyHistory } from '../../chart/history-columns.js';
import type { Mark } from '../../chart/marks.js';
import { chooseScale } from '../../chart/scale.js';
import { markOutages } from '../../chart/worst-pool-marks.js';
import { BandChart, type Quantity } from '../../parts/band-chart.js';
import { HistoryState } from '../../parts/history-state.js';
import { HistoryTable } from '../../parts/history-table.js';
import { Section } from '../../parts/section.js';
import { TimeCharts, useSpanControl } from '../../parts/time-charts.js';
import { TimeControls } from '../../parts/time-controls.js';
import { useTimeWindow, type TimeWindow } from '../../state/time-window.js';
import type { HistoryView } from '../../state/use-history.js';
import { useSpanHistory } from '../../state/use-span-history.js';
import { drawPoolEvents, type PoolEvent } from '../../words/pool-events.js';
import { EventLegend, EventTable, usePoolEvents } from './pool-event-list.js';

const USED: Quantity = { name: 'used', title: 'Ports used', format: formatCount };
const RATE: Quantity = { name: 'closeRate', title: 'Closes per second', format: formatRate };
const PRESSURE: Quantity = { name: 'pressure', title: 'Pressure', format: formatPercent };
const QUANTITIES: readonly Quantity[] = [USED, RATE, PRESSURE];
const USED_HEIGHT_PX = 210;
const OTHER_HEIGHT_PX = 130;
/** Below this share of a limit its line would flatten the data, so the limit is only named at the top. */
const SHOW_LIMIT_FROM = 0.4;

interface PoolHistoryProps {
  readonly id: string;
  readonly params: string;
  readonly href: string;
  /** Null where the pool is not in the latest sample. */
  readonly pool: WirePool | null;
}

export function PoolHistory({ id, params, href, pool }: PoolHistoryProps) {
  const time = useTimeWindow(params, href);
  const load = useSpanHistory({ kind: 'pools', id, time });
  const events = usePoolEvents(id, { view: load.view, kind: pool?.kind ?? null, atMs: time.atMs });
  const empty = load.view !== null && isEmptyHistory(load.view.history);
  return (
    <Section id="history" title="History">
      <TimeControls time={time} />
      <HistoryState load={load} empty={empty} range={time.range.value} />
      {load.view !== null && !empty && <Charts view={load.view} time={time} pool={pool} events={events} />}
      {load.view !== null && (
        <>
          <EventTable events={events} time={time} />
          {!empty && <HistoryTable view={load.view} time={time} quantities={QUANTITIES} />}
        </>
      )}
    </Section>
  );
}

interface ChartsProps {
  readonly view: HistoryView;
  readonly time: TimeWindow;
  readonly pool: WirePool | null;
  readonly events: readonly PoolEvent[];
}

/** The marks are made anew only when what they are made of changes, since each new array draws a chart again. */
function Charts({ view, time, pool, events }: ChartsProps) {
  const { history } = view;
  const control = useSpanControl(time);
  const [capacity, limit] = [pool?.capacity ?? null, pool?.sustainableRate ?? null];
  const outages = useMemo(() => markOutages(history.outages ?? []), [history]);
  const used = useMemo(() => {
    const { marks, yMax } = markCapacity(history, capacity);
    return { marks: [...outages, ...marks, ...drawPoolEvents(events)], yMax };
  }, [history, capacity, outages, events]);
  const rateMarks = useMemo(
    () => [
      ...outages,
      ...(limit === null ? [] : [markLimit(history, RATE, limit, `limit ${formatRate(limit)}/s now`)]),
    ],
    [history, outages, limit],
  );
  const pressureMarks = useMemo(() => [...outages, markLimit(history, PRESSURE, 1, 'limit 100%')], [history, outages]);
  const shared = { view, window: time.shown, control };
  return (
    <TimeCharts time={time}>
      <BandChart {...shared} quantity={USED} heightPx={USED_HEIGHT_PX} marks={used.marks} yMax={used.yMax} />
      <EventLegend events={events} hasOutages={outages.length > 0} />
      <BandChart {...shared} quantity={RATE} heightPx={OTHER_HEIGHT_PX} marks={rateMarks} yMax={null} />
      <BandChart {...shared} quantity={PRESSURE} heightPx={OTHER_HEIGHT_PX} marks={pressureMarks} yMax={null} />
    </TimeCharts>
  );
}

function markCapacity(history: History, capacityNow: number | null): { marks: Mark[]; yMax: number | null } {
  const capacity = findNewest(history.mean['capacity'] ?? []) ?? capacityNow;
  if (capacity === null) return { marks: [], yMax: null };
  const { max, showsCapacity } = chooseScale(findGreatest(history.max['used'] ?? []) ?? 0, capacity, false);
  const label = `limit ${formatCount(capacity)}`;
  const mark: Mark = showsCapacity
    ? { kind: 'level', value: capacity, label, tone: 'limit' }
    : { kind: 'beyond', label: `${label} (off scale)`, tone: 'muted' };
  return { marks: [mark], yMax: max };
}

function markLimit(history: History, { name }: Quantity, limit: number, label: string): Mark {
  const peak = findGreatest(history.max[name] ?? []) ?? 0;
  if (peak >= limit * SHOW_LIMIT_FROM) return { kind: 'level', value: limit, label, tone: 'limit' };
  return { kind: 'beyond', label: `${label} (off scale)`, tone: 'muted' };
}
