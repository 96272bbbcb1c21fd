/** What every benchmark hands back, and how it is measured: medians of interleaved runs, ratios from one process. */

export interface BenchRow {
  readonly what: string;
  readonly value: number;
  readonly unit: string;
  /** The most `value` may be, or null where the figure is for information. */
  readonly limit: number | null;
  readonly ok: boolean;
}

export interface BenchResult {
  name: string;
  rows: BenchRow[];
  notes: string[];
}

/** One figure: `ok` when it stays at or below its limit; NaN is never ok against a limit. */
export function benchRow(what: string, value: number, options: { unit: string; limit?: number }): BenchRow {
  const limit = options.limit ?? null;
  return { what, value, unit: options.unit, limit, ok: limit === null || value <= limit };
}

/** The median of some figures; NaN of none. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? NaN) + upper) / 2;
}
