/** The chart of one quantity of a stored history: the greatest value of each step, over the area from the least to it. */
import type { ReadonlySignal } from '@preact/signals';
import { useMemo } from 'preact/hooks';
import type { History } from '../../../daemon/wire/history.js';
import { findGreatest, findNewest } from '../chart/column.js';
import type { SpanControl } from '../chart/gestures.js';
import { buildBandColumns } from '../chart/history-columns.js';
import type { Mark } from '../chart/marks.js';
import { Plot, type PlotSpec } from '../chart/plot.js';
import type { Span } from '../chart/span.js';
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
  /** The same array as long as they are the same marks. */
  readonly marks: readonly Mark[];
  /** The top of the axis; null fits it to the data and the marks. */
  readonly yMax: number | null;
  /** What is shown of the history; all of it where absent. */
  readonly window?: ReadonlySignal<Span>;
  readonly control?: SpanControl;
}

export function BandChart({ quantity, view, heightPx, marks, yMax, window, control }: BandChartProps) {
  const { history, fromMs, toMs } = view;
  const maxAgeMs = maxSampleAgeMs.value;
  const columns = useMemo(
    () => buildBandColumns(history, quantity.name, { maxSampleAgeMs: maxAgeMs, endMs: toMs }),
    [view, quantity.name, maxAgeMs],
  );
  const peak = findGreatest(columns[1]) ?? 0;
  const top = yMax ?? chooseTop(peak, marks);
  const data = useMemo(
    () => ({ columns, x: [fromMs / 1000, toMs / 1000] as const, yMax: top, marks }),
    [columns, fromMs, toMs, top, marks],
  );
  const spec: PlotSpec = {
    key: `history-${quantity.name}`,
    formatValue: quantity.format,
    series: [{ label: 'max', stroke: 'used', width: 1.5 }, { label: 'min' }],
    areas: [{ between: [1, 2], fill: 'used-fill' }],
    sync: 'pool-history',
  };
  const last = findNewest(columns[1]);
  const range = last === null ? 'no value' : `last ${quantity.format(last)}, peak ${quantity.format(peak)}`;
  return (
    <section class="history-chart">
      <h3>{quantity.title}</h3>
      <Plot
        spec={spec}
        data={data}
        height={heightPx}
        summary={`${quantity.title}, ${formatPlural(history.t.length, 'step')}: ${range}`}
        readout={(index) => describeStep(history, quantity, index)}
        testId={`chart-${quantity.name}`}
        window={window}
        control={control}
      />
    </section>
  );
}

function chooseTop(peak: number, marks: readonly Mark[]): number {
  const headroom = marks.some((mark) => mark.kind === 'beyond') ? LABEL_HEADROOM : HEADROOM;
  const level = Math.max(0, ...marks.map((mark) => (mark.kind === 'level' ? mark.value : 0)));
  return Math.max(peak * headroom, level * LEVEL_HEADROOM) || 1;
}

/** The greatest value at one step, and the least where it differs; null is the newest step that has one. */
function describeStep(history: History, { name, format }: Quantity, index: number | null): string {
  const [min, max] = [history.min[name] ?? [], history.max[name] ?? []];
  const step = index ?? max.findLastIndex((value) => value !== null);
  const t = history.t[step];
  if (t === undefined) return '';
  const time = formatInstant(t, hostNowMs.peek());
  const { outages = [], stepMs } = history;
  const outage = index === null ? null : describeOutageAt(outages, t, t + stepMs);
  const out = outage === null ? '' : `, ${outage}`;
  const [low, high] = [min[step] ?? null, max[step] ?? null];
  if (high === null) return `${time}  no sample${out}`;
  const least = low === null || format(low) === format(high) ? '' : ` (from ${format(low)})`;
  return `${time}  ${format(high)}${least}${out}`;
}
