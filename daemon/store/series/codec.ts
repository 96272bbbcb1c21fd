/**
 * Encodes samples and roll-ups as bytes. A sample is stored as its differences from the sample before: a mask of the
 * columns that changed, and a varint for each of them. A sample of a port series whose counts change every time takes
 * about six bytes, with all its states.
 */
import { PortcastError } from '../../errors.js';
import { createRollup, type Rollup } from './rollup.js';
import { ByteReader, ByteWriter } from './varint.js';

export interface Format {
  readonly columns: number;
  /** Column 0 is the sum of the others; it is stored with roll-ups, but not with samples. */
  readonly totalFirst: boolean;
}

/** Encodes the samples of one series. Times may go backwards; values are whole numbers from 0 to 2^51, or NaN for unknown. */
export class SampleWriter {
  readonly #out = new ByteWriter();
  readonly #codes: Float64Array;
  readonly #first: number;
  #atMs = 0;
  #stepMs = 0;
  #count = 0;

  constructor(format: Format) {
    this.#codes = new Float64Array(format.columns).fill(toCode(0));
    this.#first = format.totalFirst ? 1 : 0;
  }

  /** Number of bytes written so far. */
  get size(): number {
    return this.#out.length;
  }

  push(atMs: number, values: ArrayLike<number>): void {
    const stepMs = atMs - this.#atMs;
    this.#out.signed(stepMs - this.#stepMs);
    // The first step leads from 1970 to the first sample: it is no estimate of the second step.
    this.#stepMs = this.#count === 0 ? 0 : stepMs;
    this.#atMs = atMs;
    this.#count++;
    let mask = 0;
    for (let column = this.#first; column < this.#codes.length; column++) {
      if (toCode(values[column] ?? NaN) !== this.#codes[column]) mask |= 1 << (column - this.#first);
    }
    this.#out.unsigned(mask);
    for (let column = this.#first; mask !== 0; column++, mask >>>= 1) {
      if ((mask & 1) === 0) continue;
      const code = toCode(values[column] ?? NaN);
      this.#out.signed(code - (this.#codes[column] ?? 0));
      this.#codes[column] = code;
    }
  }

  bytes(): Uint8Array {
    return this.#out.bytes();
  }
}

/**
 * Visits every sample in the order written. `values` is one array, reused: copy what must outlive the visit.
 * Raises STORE_CORRUPT.
 */
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
      if ((mask & 1) === 1) values[column] = fromCode(toCode(values[column] ?? NaN) + input.signed());
    }
    if (format.totalFirst) values[0] = sumFrom(values, 1);
    visit(atMs, values);
  }
}

/** Encodes roll-ups of one series in the order given. Their starts are multiples of `stepMs`. */
export function writeRollups(rollups: readonly Rollup[], columns: number, stepMs: number): Uint8Array {
  const out = new ByteWriter();
  const base = new Float64Array(columns);
  let [index, step] = [0, 0];
  rollups.forEach((rollup, position) => {
    const next = rollup.startMs / stepMs;
    out.signed(next - index - step);
    step = position === 0 ? 0 : next - index;
    index = next;
    out.unsigned(rollup.samples);
    let mask = 0;
    for (let column = 0; column < columns; column++) if (!isAllZero(rollup, column)) mask |= 1 << column;
    out.unsigned(mask);
    for (let column = 0; column < columns; column++) {
      if ((mask & (1 << column)) !== 0) encodeColumn(out, { rollup, column, base });
    }
  });
  return out.bytes();
}

/** Visits every roll-up in the order written; each is an object of its own. Raises STORE_CORRUPT. */
export function readRollups(
  bytes: Uint8Array,
  shape: { readonly columns: number; readonly stepMs: number },
  visit: (rollup: Rollup) => void,
): void {
  const input = new ByteReader(bytes);
  const base = new Float64Array(shape.columns);
  let [index, step, count] = [0, 0, 0];
  while (!input.done) {
    step += input.signed();
    index += step;
    if (count++ === 0) step = 0;
    const rollup = createRollup(shape.columns, index * shape.stepMs);
    rollup.samples = input.unsigned();
    const mask = input.unsigned();
    for (let column = 0; column < shape.columns; column++) {
      if ((mask & (1 << column)) !== 0) decodeColumn(input, { rollup, column, base });
      else rollup.n[column] = rollup.samples;
    }
    visit(rollup);
  }
}

/** The block of one series in a tail row, which holds the blocks of several series one after the other. */
export interface TailEntry {
  readonly seriesId: number;
  /** Number of the kind (series-kinds.ts); the encoding has room for 0 to 3. */
  readonly kind: number;
  readonly bytes: Uint8Array;
}

/**
 * Runs `decode`, which reads one block or one tail row. Damage in it is passed to `onDamage` instead of being raised: the
 * rest of the history is worth reading.
 */
export function skipDamage(decode: () => void, onDamage?: (error: PortcastError) => void): void {
  try {
    decode();
  } catch (error) {
    if (!(error instanceof PortcastError) || error.code !== 'STORE_CORRUPT') throw error;
    onDamage?.(error);
  }
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

/** `bytes` of each entry is a view of the row. Raises STORE_CORRUPT. */
export function readTail(bytes: Uint8Array, visit: (entry: TailEntry) => void): void {
  const input = new ByteReader(bytes);
  while (!input.done) {
    const head = input.unsigned();
    visit({ seriesId: Math.floor(head / 4), kind: head % 4, bytes: input.take(input.unsigned()) });
  }
}

interface ColumnPlace {
  readonly rollup: Rollup;
  readonly column: number;
  /** The minimum of each column in the roll-up before. */
  readonly base: Float64Array;
}

function encodeColumn(out: ByteWriter, { rollup, column, base }: ColumnPlace): void {
  const [n, min, max] = [rollup.n[column] ?? 0, rollup.min[column] ?? 0, rollup.max[column] ?? 0];
  const partial = n !== rollup.samples;
  out.unsigned((max - min) * 2 + (partial ? 1 : 0));
  if (partial) out.unsigned(n);
  if (n === 0) return;
  out.signed(min - (base[column] ?? 0));
  base[column] = min;
  // Beyond 2^53 a sum is no longer exact, and the difference could come out below 0.
  if (max > min) out.unsigned(Math.max(0, (rollup.sum[column] ?? 0) - n * min));
}

function decodeColumn(input: ByteReader, { rollup, column, base }: ColumnPlace): void {
  const head = input.unsigned();
  const spread = Math.floor(head / 2);
  const n = head % 2 === 1 ? input.unsigned() : rollup.samples;
  rollup.n[column] = n;
  if (n === 0) return;
  const min = (base[column] ?? 0) + input.signed();
  base[column] = min;
  rollup.min[column] = min;
  rollup.max[column] = min + spread;
  rollup.sum[column] = n * min + (spread > 0 ? input.unsigned() : 0);
}

/** True when the column was 0 in every sample: then it takes no bytes. */
function isAllZero(rollup: Rollup, column: number): boolean {
  return rollup.max[column] === 0 && rollup.n[column] === rollup.samples;
}

/** Code 0 stands for an unknown value. */
function toCode(value: number): number {
  return Number.isNaN(value) ? 0 : value + 1;
}

function fromCode(code: number): number {
  return code === 0 ? NaN : code - 1;
}

function sumFrom(values: Float64Array, first: number): number {
  let sum = 0;
  for (let column = first; column < values.length; column++) sum += values[column] ?? 0;
  return sum;
}
