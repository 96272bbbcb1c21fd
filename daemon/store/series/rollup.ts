/**
 * Roll-ups: the number of samples in a span of time, and per column their minimum, maximum and sum. Two roll-ups of the
 * same span can be merged without loss and in any order, so late samples and restarts need no code of their own.
 */

/** Values are whole numbers in the stored unit of their column (series-kinds.ts). A column without any value has n = 0. */
export interface Rollup {
  readonly startMs: number;
  samples: number;
  readonly n: Float64Array;
  readonly min: Float64Array;
  readonly max: Float64Array;
  readonly sum: Float64Array;
}

export function createRollup(columns: number, startMs: number): Rollup {
  return {
    startMs,
    samples: 0,
    n: new Float64Array(columns),
    min: new Float64Array(columns),
    max: new Float64Array(columns),
    sum: new Float64Array(columns),
  };
}

/** Adds a sample. NaN is an unknown value. */
export function addSample(into: Rollup, values: ArrayLike<number>): void {
  into.samples++;
  for (let column = 0; column < into.n.length; column++) {
    const value = values[column] ?? NaN;
    if (!Number.isNaN(value)) addColumn(into, column, { n: 1, min: value, max: value, sum: value });
  }
}

export function mergeRollup(into: Rollup, from: Rollup): void {
  into.samples += from.samples;
  for (let column = 0; column < into.n.length; column++) addColumn(into, column, readColumn(from, column));
}

interface ColumnRollup {
  readonly n: number;
  readonly min: number;
  readonly max: number;
  readonly sum: number;
}

export function readColumn(rollup: Rollup, column: number): ColumnRollup {
  return {
    n: rollup.n[column] ?? 0,
    min: rollup.min[column] ?? 0,
    max: rollup.max[column] ?? 0,
    sum: rollup.sum[column] ?? 0,
  };
}

/** The roll-up of the span that `atMs` lies in, created when it does not exist yet. */
export function findOrCreateRollup(
  spans: Map<number, Rollup>,
  atMs: number,
  shape: { readonly stepMs: number; readonly columns: number },
): Rollup {
  const startMs = Math.floor(atMs / shape.stepMs) * shape.stepMs;
  let rollup = spans.get(startMs);
  if (rollup === undefined) {
    rollup = createRollup(shape.columns, startMs);
    spans.set(startMs, rollup);
  }
  return rollup;
}

function addColumn(into: Rollup, column: number, part: ColumnRollup): void {
  if (part.n === 0) return;
  const n = into.n[column] ?? 0;
  into.min[column] = n === 0 ? part.min : Math.min(into.min[column] ?? 0, part.min);
  into.max[column] = n === 0 ? part.max : Math.max(into.max[column] ?? 0, part.max);
  into.sum[column] = (into.sum[column] ?? 0) + part.sum;
  into.n[column] = n + part.n;
}
