/** The history of one pool: its state now, then ports used, close rate and pressure over time. */
import { useState } from 'preact/hooks';
import { formatCount, formatPercent, formatRate } from '../../../../daemon/units.js';
import type { History } from '../../../../daemon/wire/history.js';
import { formatProcesses } from '../../../../daemon/wire/process-groups.js';
import type { WirePool } from '../../../../daemon/wire/pool.js';
import { findGreatest, findNewest } from '../../chart/column.js';
import { isEmptyHistory } from '../../chart/history-columns.js';
import type { Mark } from '../../chart/marks.js';
import { FIRST_RANGE, HISTORY_POINTS, RANGES, type Range } from '../../chart/ranges.js';
import { markOutages } from '../../chart/worst-pool-marks.js';
import { chooseScale } from '../../chart/scale.js';
import { BandChart, type Quantity } from '../../parts/band-chart.js';
import { FigureRow } from '../../parts/figure-row.js';
import { HistoryState } from '../../parts/history-state.js';
import { ModeBadge } from '../../parts/mode-badge.js';
import { PageHead } from '../../parts/page-head.js';
import { OutageList } from '../../parts/outage-list.js';
import { PoolNotes } from '../../parts/pool-notes.js';
import { Segments } from '../../parts/segments.js';
import { hostTime, sample } from '../../state/live.js';
import type { PageRoute } from '../../state/route.js';
import { useHistory, type HistoryView } from '../../state/use-history.js';
import { listKeyFigures } from '../../words/figures.js';
import { formatPoolOrigin, formatPoolTitle } from '../../words/format.js';
import { writeHeadline } from '../../words/headline.js';

const USED: Quantity = { name: 'used', title: 'Ports used', format: formatCount };
const RATE: Quantity = { name: 'closeRate', title: 'Closes per second', format: formatRate };
const PRESSURE: Quantity = { name: 'pressure', title: 'Pressure', format: formatPercent };
const OUTAGES_SHOWN = 5;
const USED_HEIGHT_PX = 190;
const OTHER_HEIGHT_PX = 130;
/** Below this share of a limit its line would flatten the data, so the limit is only named at the top. */
const SHOW_LIMIT_FROM = 0.4;

/** The key makes another pool another page, with its own state. */
export function PoolPage({ route: { id } }: { route: PageRoute }) {
  return <main data-testid="pool-page">{id !== null && <PoolHistory key={id} id={id} />}</main>;
}

function PoolHistory({ id }: { id: string }) {
  const [range, setRange] = useState<Range>(FIRST_RANGE);
  const { lengthMs, refreshMs } = range;
  const load = useHistory({ kind: 'pools', id, lengthMs, points: HISTORY_POINTS, refreshMs });
  const pool = sample.value?.pools.find((candidate) => candidate.id === id) ?? null;
  const empty = load.view !== null && isEmptyHistory(load.view.history);
  return (
    <>
      <PageHead title={pool === null ? id : formatPoolTitle(pool)} />
      <p class="muted">{pool === null ? 'Not among the pools of the latest sample' : formatPoolOrigin(pool)}</p>
      {pool !== null && <PoolNow pool={pool} />}
      <Segments label="Range" options={RANGES} selected={range} onSelect={setRange} />
      <HistoryState load={load} empty={empty} range={range} />
      {load.view !== null && !empty && <Charts view={load.view} pool={pool} />}
    </>
  );
}

function PoolNow({ pool }: { pool: WirePool }) {
  return (
    <div class="pool-now">
      <p>
        <ModeBadge pool={pool} /> <strong>{writeHeadline(pool, hostTime.value).text}</strong>
      </p>
      <PoolNotes pool={pool} />
      <p class="why">{pool.why}</p>
      <FigureRow figures={listKeyFigures(pool)} />
      {pool.processes.length > 0 && (
        <p class="owners">
          <span class="muted">Held by </span>
          {formatProcesses(pool.processes, { shares: true })}
        </p>
      )}
    </div>
  );
}

/** `pool` is null where the pool is not among those of the latest sample. */
function Charts({ view, pool }: { view: HistoryView; pool: WirePool | null }) {
  const { history } = view;
  const { outages = [] } = history;
  const used = markCapacity(history, pool);
  const rateMarks =
    pool === null
      ? []
      : [markLimit(history, RATE, pool.sustainableRate, `limit ${formatRate(pool.sustainableRate)}/s now`)];
  const pressureMarks = [markLimit(history, PRESSURE, 1, 'limit 100%')];
  return (
    <>
      <BandChart
        quantity={USED}
        view={view}
        heightPx={USED_HEIGHT_PX}
        marks={[...markOutages(outages), ...used.marks]}
        yMax={used.yMax}
      />
      {outages.length > 0 && (
        <ul class="legend" aria-hidden="true">
          <li class="legend-outage">out of ports</li>
        </ul>
      )}
      <OutageList outages={outages} kind={pool?.kind ?? null} limit={OUTAGES_SHOWN} />
      <BandChart quantity={RATE} view={view} heightPx={OTHER_HEIGHT_PX} marks={rateMarks} yMax={null} />
      <BandChart quantity={PRESSURE} view={view} heightPx={OTHER_HEIGHT_PX} marks={pressureMarks} yMax={null} />
    </>
  );
}

function markCapacity(history: History, pool: WirePool | null): { marks: Mark[]; yMax: number | null } {
  const capacity = findNewest(history.mean['capacity'] ?? []) ?? pool?.capacity ?? null;
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
