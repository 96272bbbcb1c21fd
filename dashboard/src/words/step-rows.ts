/** The rows of the table behind a chart: the steps of a history, taken together so that there are not too many rows. */
import type { History } from '../../../daemon/wire/history.js';
import type { Span } from '../chart/span.js';

interface StepRow {
  readonly fromMs: number;
  /** Null where no sample lies in the time of the row. */
  readonly min: number | null;
  readonly max: number | null;
}

/** At most `limit` rows of the steps in the span, oldest first. */
export function listStepRows(
  history: History,
  quantity: string,
  { span, limit }: { span: Span; limit: number },
): StepRow[] {
  const { t, stepMs } = history;
  const steps = t.flatMap((startMs, step) => (startMs + stepMs > span.fromMs && startMs < span.toMs ? [step] : []));
  const perRow = Math.max(1, Math.ceil(steps.length / limit));
  const rows: StepRow[] = [];
  for (let first = 0; first < steps.length; first += perRow) {
    const group = steps.slice(first, first + perRow);
    const read = (columns: History['max']): number[] =>
      group.map((step) => columns[quantity]?.[step] ?? null).filter((value) => value !== null);
    const [least, greatest] = [read(history.min), read(history.max)];
    rows.push({
      fromMs: t[group[0] ?? 0] ?? 0,
      min: least.length === 0 ? null : Math.min(...least),
      max: greatest.length === 0 ? null : Math.max(...greatest),
    });
  }
  return rows;
}
