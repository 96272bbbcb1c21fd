/** Both lines in one picture, and behind it the same as a table. */
import { formatCount, formatDuration, formatPercent, SECOND_MS } from '../../../../daemon/units.js';
import { findGreatest, type Column } from '../../chart/column.js';
import type { Mark } from '../../chart/marks.js';
import { Plot, type PlotSpec } from '../../chart/plot.js';
import { DataTable } from '../../parts/data-table.js';
import { hostNowMs } from '../../state/live.js';
import { formatInstant } from '../../words/format.js';

interface ChartLines {
  /** Epoch ms of each point. */
  readonly t: readonly number[];
  readonly asIs: Column;
  readonly changed: Column;
  /** Ports of the pool as it is and with the settings. */
  readonly capacities: readonly [asIs: number, changed: number];
  readonly isPast: boolean;
}

const HEIGHT_PX = 260;
const ROWS = 12;
const HEADROOM = 1.15;
/** Below this share of a limit its line would flatten the others, so the limit is only named at the top. */
const SHOW_LIMIT_FROM = 0.35;
const SPEC: PlotSpec = {
  key: 'what-if',
  formatValue: formatCount,
  series: [
    { label: 'as it is', stroke: 'used', width: 1.5 },
    { label: 'with the settings', stroke: 'forecast', width: 2.5, dash: [7, 4] },
  ],
};

export function ResultChart({ lines }: { lines: ChartLines }) {
  const { t, asIs, changed, isPast } = lines;
  const was = isPast ? 'as it was' : 'as it is';
  const { marks, yMax } = markLimits(lines);
  const [first = 0, last = 0] = [t[0], t.at(-1)];
  const peaks = [findGreatest(asIs) ?? 0, findGreatest(changed) ?? 0].map(formatCount);
  const describe = (index: number | null): string => {
    const step = index ?? t.length - 1;
    const value = (column: Column): string => (typeof column[step] === 'number' ? formatCount(column[step]) : '–');
    return `${formatStep(lines, step)}  ${was} ${value(asIs)}, with the settings ${value(changed)}`;
  };
  return (
    <section class="wi-chart" aria-label="Ports in use">
      <Plot
        spec={SPEC}
        data={{ columns: [t.map((ms) => ms / SECOND_MS), asIs, changed], x: [first / 1000, last / 1000], yMax, marks }}
        height={HEIGHT_PX}
        summary={`Ports in use: ${was} at most ${peaks[0] ?? ''}, with the settings at most ${peaks[1] ?? ''}`}
        readout={describe}
        testId="what-if-chart"
      />
      <ul class="legend" aria-hidden="true">
        <li class="wi-legend-as-is">{was}</li>
        <li class="wi-legend-changed">with the settings</li>
      </ul>
      <details class="wi-table">
        <summary>The lines as a table</summary>
        <DataTable
          caption={`Ports in use, ${was} and with the settings`}
          columns={['Time', was, 'with the settings']}
          rows={listRows(lines)}
          testId="what-if-table"
        />
      </details>
    </section>
  );
}

function listRows(lines: ChartLines) {
  const { t, asIs, changed, capacities } = lines;
  const every = Math.max(1, Math.floor((t.length - 1) / ROWS));
  const cell = (value: Column[number], capacity: number): string =>
    typeof value === 'number' ? `${formatCount(value)} (${formatPercent(value / Math.max(1, capacity))})` : 'no sample';
  return t
    .map((_, index) => index)
    .filter((index) => index % every === 0)
    .map((index) => ({
      key: String(index),
      cells: [formatStep(lines, index), cell(asIs[index], capacities[0]), cell(changed[index], capacities[1])],
    }));
}

function formatStep({ t, isPast }: ChartLines, index: number): string {
  const ms = t[index] ?? 0;
  if (isPast) return formatInstant(ms, hostNowMs.peek());
  return index === 0 ? 'now' : `in ${formatDuration(Math.round((ms - (t[0] ?? 0)) / SECOND_MS) * SECOND_MS)}`;
}

function markLimits({ asIs, changed, capacities: [now, then] }: ChartLines): { marks: Mark[]; yMax: number } {
  const peak = Math.max(findGreatest(asIs) ?? 0, findGreatest(changed) ?? 0);
  const isShown = (limit: number): boolean => peak >= limit * SHOW_LIMIT_FROM;
  const level = (value: number, label: string, below: boolean): Mark => {
    const text = `${label} ${formatCount(value)}`;
    if (!isShown(value)) return { kind: 'beyond', label: `${text} (off scale)`, tone: 'muted' };
    return { kind: 'level', value, label: text, tone: 'limit', below };
  };
  const marks =
    now === then
      ? [level(now, 'limit', false)]
      : [level(now, 'limit', now < then), level(then, 'limit with the settings', then < now)];
  const shown = [now, then].filter(isShown);
  const hasBeyond = shown.length < 2;
  return { marks, yMax: Math.max(...shown, peak * (hasBeyond ? 1.25 : 1), 1) * HEADROOM };
}
