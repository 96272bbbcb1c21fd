/** The history of one pool: ports used against capacity, close rate, pressure. */
import { useMemo, useState } from 'preact/hooks';
import { formatCount, formatPercent, formatRate } from '../../../daemon/units.js';
import type { History } from '../../../daemon/wire/history.js';
import type { WirePool } from '../../../daemon/wire/pool.js';
import {
  buildBandColumns,
  findGreatest,
  isEmptyHistory,
  findNewest,
  RANGES,
  type BandColumns,
  type Range,
} from '../chart/history-columns.js';
import { chooseScale } from '../chart/worst-pool-columns.js';
import type { Mark } from '../chart/marks.js';
import { Plot, type PlotSpec } from '../chart/plot.js';
import { formatInstant, formatPlural, formatPoolOrigin, formatPoolTitle } from '../words/format.js';
import { hostNowMs, sample } from '../state/live.js';
import { listKeyFigures, writeHeadline } from '../words/headline.js';
import { useHistory, type HistoryView } from '../state/use-history.js';
import { HISTORY_POINTS, HistoryState, RangePicker } from '../parts/history-state.js';
import { PoolNotes } from '../parts/pool-notes.js';
import { FigureRow, ModeBadge } from '../parts/parts.js';

export function PoolHistory({ id }: { id: string }) {
  const [range, setRange] = useState<Range>(RANGES[0]);
  const load = useHistory({
    kind: 'pools',
    id,
    lengthMs: range.ms,
    points: HISTORY_POINTS,
    refreshMs: range.refreshMs,
  });
  const pool = sample.value?.pools.find((candidate) => candidate.id === id) ?? null;
  const empty = load.view !== null && isEmptyHistory(load.view.history);
  return (
    <>
      <h2 id="panel-title" class="panel-title">
        {pool === null ? id : formatPoolTitle(pool)}
      </h2>
      <p class="panel-sub muted">
        {pool === null ? 'Not among the pools of the latest sample' : formatPoolOrigin(pool)}
      </p>
      {pool !== null && <Now pool={pool} />}
      <RangePicker range={range} onRange={setRange} />
      <HistoryState load={load} empty={empty} range={range} />
      {load.view !== null && !empty && <Charts view={load.view} pool={pool} />}
    </>
  );
}

function Now({ pool }: { pool: WirePool }) {
  return (
    <div class="panel-now">
      <p>
        <ModeBadge mode={pool.mode} /> <strong>{writeHeadline(pool, hostNowMs.value).text}</strong>
      </p>
      <PoolNotes pool={pool} />
      <p class="why">{pool.why}</p>
      <FigureRow figures={listKeyFigures(pool)} />
      {pool.processes.length > 0 && (
        <p class="owners">
          <span class="muted">Held by </span>
          {pool.processes
            .map(({ name, pid, confidence }) => `${name} (${pid}, ${formatPercent(confidence)} of live)`)
            .join(', ')}
        </p>
      )}
    </div>
  );
}

interface Quantity {
  readonly name: string;
  readonly title: string;
  readonly format: (value: number) => string;
}
const USED: Quantity = { name: 'used', title: 'Ports used', format: formatCount };
const RATE: Quantity = { name: 'closeRate', title: 'Closes per second', format: formatRate };
const PRESSURE: Quantity = { name: 'pressure', title: 'Pressure', format: formatPercent };

function Charts({ view, pool }: { view: HistoryView; pool: WirePool | null }) {
  const capacity = findNewest(view.history.mean['capacity'] ?? []) ?? pool?.capacity ?? null;
  const used = findGreatest(view.history.max['used'] ?? []) ?? 0;
  const scale = capacity === null ? null : chooseScale(used, capacity, false);
  const usedMarks: Mark[] =
    capacity === null || scale === null
      ? []
      : scale.showsCapacity
        ? [{ kind: 'level', value: capacity, label: `capacity ${formatCount(capacity)}`, tone: 'limit' }]
        : [{ kind: 'beyond', label: `capacity ${formatCount(capacity)}, above this chart`, tone: 'muted' }];
  const limit = pool === null ? null : pool.sustainableRate;
  return (
    <>
      <BandChart quantity={USED} view={view} marks={usedMarks} {...(scale === null ? {} : { yMax: scale.max })} />
      <BandChart
        quantity={RATE}
        view={view}
        marks={
          limit === null ? [] : levelOrNote(view.history, 'closeRate', limit, `sustainable ${formatRate(limit)}/s now`)
        }
      />
      <BandChart
        quantity={PRESSURE}
        view={view}
        marks={levelOrNote(view.history, 'pressure', 1, '100%: settles full')}
      />
    </>
  );
}

/** A limit is a line where the data come near it, else it would flatten them: then nothing, the label says it elsewhere. */
function levelOrNote(history: History, name: string, value: number, label: string): Mark[] {
  const peak = findGreatest(history.max[name] ?? []) ?? 0;
  if (peak >= value * 0.4) return [{ kind: 'level', value, label, tone: 'limit' }];
  return [{ kind: 'beyond', label: `${label}, above this chart`, tone: 'muted' }];
}

interface BandChartProps {
  readonly quantity: Quantity;
  readonly view: HistoryView;
  readonly marks: readonly Mark[];
  readonly yMax?: number;
}

function BandChart({ quantity, view, marks, yMax }: BandChartProps) {
  const { history, fromMs, toMs } = view;
  const columns = useMemo(() => buildBandColumns(history, quantity.name), [history, quantity.name]);
  const peak = findGreatest(columns[1]) ?? 0;
  // A note at the top needs room above the data.
  const headroom = marks.some((mark) => mark.kind === 'beyond') ? 1.4 : 1.12;
  const level = Math.max(0, ...marks.map((mark) => (mark.kind === 'level' ? mark.value : 0)));
  const spec: PlotSpec = {
    key: `history-${quantity.name}`,
    formatValue: quantity.format,
    series: [{ label: 'max' }, { label: 'min' }, { label: 'mean', stroke: 'used', width: 1.5 }],
    areas: [{ between: [1, 2], fill: 'used-fill' }],
    sync: 'pool-history',
  };
  const data = useMemo(
    () => ({
      columns,
      x: [fromMs / 1000, toMs / 1000] as const,
      yMax: yMax ?? (Math.max(peak * headroom, level * 1.15) || 1),
      marks,
    }),
    [columns, fromMs, toMs, yMax, peak, level, headroom, marks.length],
  );
  const last = findNewest(columns[3]);
  const steps = formatPlural(history.t.length, 'step');
  return (
    <section class="history-chart">
      <h3>{quantity.title}</h3>
      <Plot
        spec={spec}
        data={data}
        height={quantity === USED ? 190 : 130}
        summary={`${quantity.title}, ${steps}: ${last === null ? 'no value' : `last ${quantity.format(last)}, peak ${quantity.format(peak)}`}`}
        readout={(index) => bandReadout(columns, index, quantity.format)}
      />
    </section>
  );
}

function bandReadout(columns: BandColumns, index: number | null, format: (value: number) => string): string {
  const at = index ?? columns[3].findLastIndex((value) => typeof value === 'number');
  const t = columns[0][at];
  if (t === undefined) return '';
  const [max, min, mean] = [columns[1][at], columns[2][at], columns[3][at]];
  const time = formatInstant(t * 1000, hostNowMs.peek());
  if (typeof mean !== 'number') return `${time}  no sample`;
  const band =
    typeof min === 'number' && typeof max === 'number' && max > min ? ` (${format(min)} to ${format(max)})` : '';
  return `${time}  ${format(mean)}${band}`;
}
