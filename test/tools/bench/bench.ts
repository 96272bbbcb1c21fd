/** What a benchmark returns, and how it is measured: medians of interleaved runs, ratios within one process. */

interface BenchRow {
  readonly what: string;
  readonly value: number;
  readonly unit: string;
  /** The greatest `value` allowed, or null where the figure is only reported. */
  readonly limit: number | null;
  readonly ok: boolean;
}

export interface BenchResult {
  name: string;
  rows: BenchRow[];
  notes: string[];
}

/** One figure. It is `ok` when it is at most its limit; NaN is never ok where there is a limit. */
export function benchRow(what: string, value: number, options: { unit: string; limit?: number }): BenchRow {
  const limit = options.limit ?? null;
  return { what, value, unit: options.unit, limit, ok: limit === null || value <= limit };
}

/** The median of some figures; NaN where there are none. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? NaN) + upper) / 2;
}
