/** The chart of one quantity of a stored history: its mean per step, within the band of minimum and maximum. */
import { useMemo } from 'preact/hooks';
import type { History } from '../../../daemon/wire/history.js';
import { findGreatest, findNewest } from '../chart/column.js';
import { buildBandColumns, type BandColumns } from '../chart/history-columns.js';
import type { Mark } from '../chart/marks.js';
import { Plot, type PlotSpec } from '../chart/plot.js';
import { hostNowMs, maxSampleAgeMs } from '../state/live.js';
import type { HistoryView } from '../state/use-history.js';
import { formatInstant, formatPlural } from '../words/format.js';
import { describeOutageAt } from '../words/outages.js';

/** Room above the data. The label of a limit beyond the top needs more of it. */
const HEADROOM = 1.12;
const LABEL_HEADROOM = 1.4;
/** Room above the line of a limit, for its label. */
const LEVEL_HEADROOM = 1.15;

export interface Quantity {
  /** Its column in the history. */
  readonly name: string;
  readonly title: string;
  readonly format: (value: number) => string;
}

interface BandChartProps {
  readonly quantity: Quantity;
  readonly view: HistoryView;
  readonly heightPx: number;
  readonly marks: readonly Mark[];
  /** The top of the axis; null fits it to the data and the marks. */
  readonly yMax: number | null;
}

export function BandChart({ quantity, view, heightPx, marks, yMax }: BandChartProps) {
  const { history, fromMs, toMs } = view;
  const maxAgeMs = maxSampleAgeMs.value;
  const columns = useMemo(() => buildBandColumns(history, quantity.name, maxAgeMs), [history, quantity.name, maxAgeMs]);
  const peak = findGreatest(columns[1]) ?? 0;
  const top = yMax ?? chooseTop(peak, marks);
  const data = useMemo(
    () => ({ columns, x: [fromMs / 1000, toMs / 1000] as const, yMax: top, marks }),
    [columns, fromMs, toMs, top, marks.length],
  );
  const spec: PlotSpec = {
    key: `history-${quantity.name}`,
    formatValue: quantity.format,
    series: [{ label: 'max' }, { label: 'min' }, { label: 'mean', stroke: 'used', width: 1.5 }],
    areas: [{ between: [1, 2], fill: 'used-fill' }],
    sync: 'pool-history',
  };
  const last = findNewest(columns[3]);
  const range = last === null ? 'no value' : `last ${quantity.format(last)}, peak ${quantity.format(peak)}`;
  return (
    <section class="history-chart">
      <h3>{quantity.title}</h3>
      <Plot
        spec={spec}
        data={data}
        height={heightPx}
        summary={`${quantity.title}, ${formatPlural(history.t.length, 'step')}: ${range}`}
        readout={(index) => describeStep(columns, index, { history, format: quantity.format })}
      />
    </section>
  );
}

function chooseTop(peak: number, marks: readonly Mark[]): number {
  const headroom = marks.some((mark) => mark.kind === 'beyond') ? LABEL_HEADROOM : HEADROOM;
  const level = Math.max(0, ...marks.map((mark) => (mark.kind === 'level' ? mark.value : 0)));
  return Math.max(peak * headroom, level * LEVEL_HEADROOM) || 1;
}

/** The values at one step; null is the newest step that has one. */
function describeStep(
  columns: BandColumns,
  index: number | null,
  { history, format }: { history: History; format: Quantity['format'] },
): string {
  const step = index ?? columns[3].findLastIndex((value) => typeof value === 'number');
  const t = columns[0][step];
  if (t === undefined) return '';
  const [max, min, mean] = [columns[1][step], columns[2][step], columns[3][step]];
  const time = formatInstant(t * 1000, hostNowMs.peek());
  const { outages = [], stepMs } = history;
  const outage = index === null ? null : describeOutageAt(outages, t * 1000, t * 1000 + stepMs);
  const out = outage === null ? '' : `, ${outage}`;
  if (typeof mean !== 'number') return `${time}  no sample${out}`;
  const band =
    typeof min === 'number' && typeof max === 'number' && max > min ? ` (${format(min)} to ${format(max)})` : '';
  return `${time}  ${format(mean)}${band}${out}`;
}
