/**
 * Roll-ups: how many samples fell into a span, and per column their least, greatest and sum.
 * Two aggregates of the same span merge exactly, in any order, so late samples and restarts need no special case.
 */

/** Columns are in units of the kind (kinds.ts): whole numbers; a column without any value has n = 0. */
export interface Aggregate {
  readonly startMs: number;
  samples: number;
  readonly n: Float64Array;
  readonly min: Float64Array;
  readonly max: Float64Array;
  readonly sum: Float64Array;
}

export function createAggregate(columns: number, startMs: number): Aggregate {
  return {
    startMs,
    samples: 0,
    n: new Float64Array(columns),
    min: new Float64Array(columns),
    max: new Float64Array(columns),
    sum: new Float64Array(columns),
  };
}

/** Adds one sample; NaN is a value that was not known. */
export function addSample(into: Aggregate, values: ArrayLike<number>): void {
  into.samples++;
  for (let column = 0; column < into.n.length; column++) {
    const value = values[column] ?? NaN;
    if (!Number.isNaN(value)) addColumn(into, column, { n: 1, min: value, max: value, sum: value });
  }
}

export function mergeAggregate(into: Aggregate, from: Aggregate): void {
  into.samples += from.samples;
  for (let column = 0; column < into.n.length; column++) addColumn(into, column, readColumn(from, column));
}

export interface ColumnAggregate {
  readonly n: number;
  readonly min: number;
  readonly max: number;
  readonly sum: number;
}

export function readColumn(aggregate: Aggregate, column: number): ColumnAggregate {
  return {
    n: aggregate.n[column] ?? 0,
    min: aggregate.min[column] ?? 0,
    max: aggregate.max[column] ?? 0,
    sum: aggregate.sum[column] ?? 0,
  };
}

/** The aggregate of the span that `atMs` falls into, created when it is the first there. */
export function aggregateAt(
  spans: Map<number, Aggregate>,
  atMs: number,
  shape: { readonly stepMs: number; readonly columns: number },
): Aggregate {
  const startMs = Math.floor(atMs / shape.stepMs) * shape.stepMs;
  let aggregate = spans.get(startMs);
  if (aggregate === undefined) {
    aggregate = createAggregate(shape.columns, startMs);
    spans.set(startMs, aggregate);
  }
  return aggregate;
}

function addColumn(into: Aggregate, column: number, part: ColumnAggregate): void {
  if (part.n === 0) return;
  const known = into.n[column] ?? 0;
  const first = known === 0;
  into.min[column] = first ? part.min : Math.min(into.min[column] ?? 0, part.min);
  into.max[column] = first ? part.max : Math.max(into.max[column] ?? 0, part.max);
  into.sum[column] = (into.sum[column] ?? 0) + part.sum;
  into.n[column] = known + part.n;
}
