/**
 * How samples and roll-ups become bytes: differences from the one before, as varints, and a mask of the columns that
 * differ. A port series whose counts change at every beat takes about six bytes an instant, all states included.
 */
import { createAggregate, type Aggregate } from './rollup.js';
import { ByteReader, ByteWriter } from './varint.js';

/** `totalFirst`: column 0 is the sum of the others and is not stored with samples (only with roll-ups). */
export interface Format {
  readonly columns: number;
  readonly totalFirst: boolean;
}

/** One series' samples, written as they come. Times may go backwards; values are whole, from 0 to 2^51, or NaN. */
export class SampleWriter {
  readonly #out = new ByteWriter();
  readonly #codes: Float64Array;
  readonly #first: number;
  #atMs = 0;
  #stepMs = 0;
  #count = 0;

  constructor(format: Format) {
    this.#codes = new Float64Array(format.columns).fill(codeOf(0));
    this.#first = format.totalFirst ? 1 : 0;
  }

  /** Bytes so far. */
  get size(): number {
    return this.#out.length;
  }

  push(atMs: number, values: ArrayLike<number>): void {
    const stepMs = atMs - this.#atMs;
    this.#out.signed(stepMs - this.#stepMs);
    // The first step is from 1970 and says nothing about the second.
    this.#stepMs = this.#count === 0 ? 0 : stepMs;
    this.#atMs = atMs;
    this.#count++;
    let mask = 0;
    for (let column = this.#first; column < this.#codes.length; column++) {
      if (codeOf(values[column] ?? NaN) !== this.#codes[column]) mask |= 1 << (column - this.#first);
    }
    this.#out.unsigned(mask);
    for (let column = this.#first; mask !== 0; column++, mask >>>= 1) {
      if ((mask & 1) === 0) continue;
      const code = codeOf(values[column] ?? NaN);
      this.#out.signed(code - (this.#codes[column] ?? 0));
      this.#codes[column] = code;
    }
  }

  bytes(): Uint8Array {
    return this.#out.bytes();
  }
}

/** Visits every sample in the order written. `values` is one array, reused: copy what must outlive the visit. */
export function readSamples(
  bytes: Uint8Array,
  format: Format,
  visit: (atMs: number, values: Float64Array) => void,
): void {
  const input = new ByteReader(bytes);
  const values = new Float64Array(format.columns);
  const first = format.totalFirst ? 1 : 0;
  let [atMs, stepMs, count] = [0, 0, 0];
  while (!input.done) {
    stepMs += input.signed();
    atMs += stepMs;
    if (count++ === 0) stepMs = 0;
    let mask = input.unsigned();
    for (let column = first; mask !== 0; column++, mask >>>= 1) {
      if ((mask & 1) === 1) values[column] = valueOf(codeOf(values[column] ?? NaN) + input.signed());
    }
    if (format.totalFirst) values[0] = sumFrom(values, 1);
    visit(atMs, values);
  }
}

/** Roll-ups of one series, in the order given, starts as multiples of `stepMs`. */
export function writeAggregates(aggregates: readonly Aggregate[], columns: number, stepMs: number): Uint8Array {
  const out = new ByteWriter();
  const base = new Float64Array(columns);
  let [index, step] = [0, 0];
  aggregates.forEach((aggregate, position) => {
    const next = aggregate.startMs / stepMs;
    out.signed(next - index - step);
    step = position === 0 ? 0 : next - index;
    index = next;
    out.unsigned(aggregate.samples);
    let mask = 0;
    for (let column = 0; column < columns; column++) if (!allZero(aggregate, column)) mask |= 1 << column;
    out.unsigned(mask);
    for (let column = 0; column < columns; column++) {
      if ((mask & (1 << column)) !== 0) writeColumn(out, { aggregate, column, base });
    }
  });
  return out.bytes();
}

/** Visits every roll-up in the order written; each is a fresh object. */
export function readAggregates(
  bytes: Uint8Array,
  shape: { readonly columns: number; readonly stepMs: number },
  visit: (aggregate: Aggregate) => void,
): void {
  const input = new ByteReader(bytes);
  const base = new Float64Array(shape.columns);
  let [index, step, count] = [0, 0, 0];
  while (!input.done) {
    step += input.signed();
    index += step;
    if (count++ === 0) step = 0;
    const aggregate = createAggregate(shape.columns, index * shape.stepMs);
    aggregate.samples = input.unsigned();
    const mask = input.unsigned();
    for (let column = 0; column < shape.columns; column++) {
      if ((mask & (1 << column)) !== 0) readColumn(input, { aggregate, column, base });
      else aggregate.n[column] = aggregate.samples;
    }
    visit(aggregate);
  }
}

/** A row of a tail: blocks of several series, one after the other. */
export interface TailEntry {
  readonly seriesId: number;
  /** Number of the kind, 0 to 3. */
  readonly kind: number;
  readonly bytes: Uint8Array;
}

export function packTail(entries: readonly TailEntry[]): Uint8Array {
  const out = new ByteWriter();
  for (const { seriesId, kind, bytes } of entries) {
    out.unsigned(seriesId * 4 + kind);
    out.unsigned(bytes.length);
    out.append(bytes);
  }
  return out.bytes();
}

export function readTail(bytes: Uint8Array, visit: (entry: TailEntry) => void): void {
  const input = new ByteReader(bytes);
  while (!input.done) {
    const head = input.unsigned();
    visit({ seriesId: Math.floor(head / 4), kind: head % 4, bytes: input.take(input.unsigned()) });
  }
}

interface ColumnPlace {
  readonly aggregate: Aggregate;
  readonly column: number;
  /** The least value of each column in the roll-up before. */
  readonly base: Float64Array;
}

function writeColumn(out: ByteWriter, { aggregate, column, base }: ColumnPlace): void {
  const [n, min, max] = [aggregate.n[column] ?? 0, aggregate.min[column] ?? 0, aggregate.max[column] ?? 0];
  const partial = n !== aggregate.samples;
  out.unsigned((max - min) * 2 + (partial ? 1 : 0));
  if (partial) out.unsigned(n);
  if (n === 0) return;
  out.signed(min - (base[column] ?? 0));
  base[column] = min;
  // Rounding can only bite beyond 2^53, where a sum is no longer exact.
  if (max > min) out.unsigned(Math.max(0, (aggregate.sum[column] ?? 0) - n * min));
}

function readColumn(input: ByteReader, { aggregate, column, base }: ColumnPlace): void {
  const head = input.unsigned();
  const spread = Math.floor(head / 2);
  const n = head % 2 === 1 ? input.unsigned() : aggregate.samples;
  aggregate.n[column] = n;
  if (n === 0) return;
  const min = (base[column] ?? 0) + input.signed();
  base[column] = min;
  aggregate.min[column] = min;
  aggregate.max[column] = min + spread;
  aggregate.sum[column] = n * min + (spread > 0 ? input.unsigned() : 0);
}

/** A column that was 0 in every sample needs no bytes. */
function allZero(aggregate: Aggregate, column: number): boolean {
  return aggregate.max[column] === 0 && aggregate.n[column] === aggregate.samples;
}

/** 0 stands for a value that is not known. */
function codeOf(value: number): number {
  return Number.isNaN(value) ? 0 : value + 1;
}

function valueOf(code: number): number {
  return code === 0 ? NaN : code - 1;
}

function sumFrom(values: Float64Array, first: number): number {
  let sum = 0;
  for (let column = first; column < values.length; column++) sum += values[column] ?? 0;
  return sum;
}
