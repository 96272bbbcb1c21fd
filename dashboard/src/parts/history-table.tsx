/** The table behind the charts of a history: the least and the greatest value of each quantity over the shown span. */
import type { TimeWindow } from '../state/time-window.js';
import type { HistoryView } from '../state/use-history.js';
import { formatSpanInstant } from '../words/format.js';
import { listStepRows } from '../words/step-rows.js';
import type { Quantity } from './band-chart.js';
import { Behind } from './behind.js';
import { DataTable } from './data-table.js';

interface HistoryTableProps {
  readonly view: HistoryView;
  readonly time: TimeWindow;
  readonly quantities: readonly Quantity[];
}

const MAX_ROWS = 60;

export function HistoryTable(props: HistoryTableProps) {
  return <Behind title="Table of the charts" testId="history-table" content={() => <Rows {...props} />} />;
}

function Rows({ view, time, quantities }: HistoryTableProps) {
  // Read once: a row would come and go with every frame of a gesture.
  const span = time.zoom.value ?? time.shown.peek();
  const columns = quantities.map(({ name }) => listStepRows(view.history, name, { span, limit: MAX_ROWS }));
  const rows = (columns[0] ?? []).map(({ fromMs }, row) => ({
    key: fromMs.toString(),
    cells: [
      <span class="nowrap">{formatSpanInstant(fromMs, span)}</span>,
      ...quantities.map(({ format }, index) => formatRow(columns[index]?.[row] ?? { min: null, max: null }, format)),
    ],
  }));
  return (
    <DataTable
      caption="The charts as a table"
      columns={['From', ...quantities.map(({ title }) => title)]}
      rows={rows}
    />
  );
}

function formatRow(
  { min, max }: { min: number | null; max: number | null },
  format: (value: number) => string,
): string {
  if (max === null) return 'no sample';
  return min === null || format(min) === format(max) ? format(max) : `${format(min)} to ${format(max)}`;
}
