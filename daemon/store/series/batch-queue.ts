/** Samples in memory: encoded as they come, a few bytes each, until their batch is written. */
import type { Burst } from '../../forecast/history/types.js';
import type { ScoreOutcome } from '../../score/types.js';
import { SECOND_MS } from '../../units.js';
import { SampleWriter } from './codec.js';
import type { KeptForecastRow } from '../../score/kept-forecasts.js';
import { KIND_SHAPES, type Kind } from './series-kinds.js';
import { windowStart } from './tiers.js';

/** A batch is closed so that it is written 10 s after its first sample, with a tick a second. */
const BATCH_MS = 9 * SECOND_MS;
/** What waits for a database that cannot be written: 10 minutes, and no more than this many bytes. */
const PENDING_MS = 10 * 60 * SECOND_MS;
const PENDING_BYTES = 16 * 1024 * 1024;
/** Rough size of one series of a batch beside its bytes: writer, map entry, identity. */
const SERIES_OVERHEAD = 400;

export interface BatchSeries {
  readonly kind: Kind;
  readonly name: string;
  readonly identity: () => string;
  readonly writer: SampleWriter;
}

export interface Batch {
  readonly windowMs: number;
  readonly openedMonotonicMs: number;
  fromMs: number;
  toMs: number;
  records: number;
  samples: number;
  /** By `kind name`. */
  readonly series: Map<string, BatchSeries>;
  readonly forecasts: KeptForecastRow[];
  readonly bursts: Burst[];
  readonly scores: ScoreOutcome[];
}

export interface NewSample {
  readonly kind: Kind;
  readonly name: string;
  readonly identity: () => string;
  readonly values: Float64Array;
}

export interface QueuedRecord {
  readonly atMs: number;
  readonly monotonicMs: number;
  readonly samples: readonly NewSample[];
  readonly forecasts: readonly KeptForecastRow[];
  readonly bursts: readonly Burst[];
  readonly scores: ScoreOutcome;
}

export interface BatchQueue {
  add(record: QueuedRecord): void;
  /** Batches to write now, oldest first; all of them when `all` is set. */
  due(monotonicMs: number, all: boolean): readonly Batch[];
  /** Forgets the oldest batch, which has been written. */
  written(): void;
  /** Every batch, oldest first. */
  batches(): readonly Batch[];
  records(): number;
  /** Samples given up so far because the database could not take them in time. */
  dropped(): number;
}

export function createBatchQueue(): BatchQueue {
  const batches: Batch[] = [];
  let dropped = 0;
  const trim = (monotonicMs: number): void => {
    let bytes = batches.reduce((sum, batch) => sum + batchBytes(batch), 0);
    for (;;) {
      const oldest = batches[0];
      if (oldest === undefined || batches.length === 1) return;
      if (bytes <= PENDING_BYTES && monotonicMs - oldest.openedMonotonicMs <= PENDING_MS) return;
      dropped += oldest.samples;
      bytes -= batchBytes(oldest);
      batches.shift();
    }
  };
  return {
    add(record) {
      let batch = batches.at(-1);
      const windowMs = windowStart(record.atMs, 0);
      if (batch === undefined || batch.windowMs !== windowMs || isDue(batch, record.monotonicMs)) {
        batch = openBatch(record, windowMs);
        batches.push(batch);
        if (batches.length > 2) trim(record.monotonicMs);
      }
      addTo(batch, record);
    },
    due(monotonicMs, all) {
      return batches.filter((batch, index) => all || index < batches.length - 1 || isDue(batch, monotonicMs));
    },
    written: () => void batches.shift(),
    batches: () => batches,
    records: () => batches.reduce((sum, batch) => sum + batch.records, 0),
    dropped: () => dropped,
  };
}

function openBatch(record: QueuedRecord, windowMs: number): Batch {
  return {
    windowMs,
    openedMonotonicMs: record.monotonicMs,
    fromMs: record.atMs,
    toMs: record.atMs,
    records: 0,
    samples: 0,
    series: new Map(),
    forecasts: [],
    bursts: [],
    scores: [],
  };
}

function addTo(batch: Batch, record: QueuedRecord): void {
  batch.fromMs = Math.min(batch.fromMs, record.atMs);
  batch.toMs = Math.max(batch.toMs, record.atMs);
  batch.records++;
  batch.samples += record.samples.length;
  for (const { kind, name, identity, values } of record.samples) {
    const key = formatSeriesKey(kind, name);
    let series = batch.series.get(key);
    if (series === undefined) {
      series = { kind, name, identity, writer: new SampleWriter(KIND_SHAPES[kind]) };
      batch.series.set(key, series);
    }
    series.writer.push(record.atMs, values);
  }
  batch.forecasts.push(...record.forecasts);
  batch.bursts.push(...record.bursts);
  const { settled, episodes, failures } = record.scores;
  if (settled.length + episodes.length + failures.length > 0) batch.scores.push(record.scores);
}

export function formatSeriesKey(kind: Kind, name: string): string {
  return `${kind} ${name}`;
}

function isDue(batch: Batch, monotonicMs: number): boolean {
  return monotonicMs - batch.openedMonotonicMs >= BATCH_MS;
}

/** An estimate: six to ten bytes a sample beside the overhead of each series. */
function batchBytes(batch: Batch): number {
  return (
    batch.series.size * SERIES_OVERHEAD + batch.samples * 10 + (batch.forecasts.length + batch.bursts.length) * 200
  );
}
