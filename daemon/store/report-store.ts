/** What the store keeps and knows for reports. */
import type { ScoreSummary } from '../score/types.js';
import type { PoolPeak } from '../wire/report.js';
import type { Readers } from './session.js';

interface StoredReport {
  readonly peaks: readonly PoolPeak[];
  /** The share of the span with samples, 0 to 1. */
  readonly coverage: number;
  /** Of as many days in UTC, today included. */
  readonly score: ScoreSummary;
}

export interface ReportStore {
  /** Rejects with STORE_*. */
  readReport(span: { readonly fromMs: number; readonly toMs: number }, days: number): Promise<StoredReport>;
  /** When the next weekly report is due; null where that is not known. Raises STORE_*. */
  readReportDue(): number | null;
  /** @param atMs null while none is to be sent. Raises STORE_*. */
  writeReportDue(atMs: number | null): void;
}

export function createReportStore(read: <T>(act: (readers: Readers) => T) => T): ReportStore {
  return {
    async readReport(span, days) {
      const { coverage, score, peaks } = read(({ report, summary }) => ({
        coverage: report.readCoverage(span),
        score: summary(span.toMs, days),
        peaks: report.readPeaks(span),
      }));
      return { coverage, score, peaks: await peaks };
    },
    readReportDue: () =>
      read(({ state }) => {
        const stored = Number(state.read('report_due_ms') || NaN);
        return Number.isSafeInteger(stored) ? stored : null;
      }),
    writeReportDue: (atMs) =>
      read(({ state }) => state.write('report_due_ms', atMs === null ? '' : String(Math.round(atMs)))),
  };
}
