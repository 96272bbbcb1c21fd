/** The samples that are not written yet, in batches. Each sample is encoded when it is added and then takes a few bytes. */
import type { Change, ChangeOutcome, StoredSetting } from '../../change/change.js';
import type { Burst } from '../../forecast/history/types.js';
import { buildOutageKey, type Outage } from '../../outage/outage.js';
import type { KeptForecastRow } from '../../score/kept-forecasts.js';
import type { ScoreOutcome } from '../../score/types.js';
import { MINUTE_MS, SECOND_MS } from '../../units.js';
import { SampleWriter } from './codec.js';
import { KIND_SHAPES, type Kind } from './series-kinds.js';
import { windowStart } from './tiers.js';

/** With a tick a second, a batch is written about 10 s after it was opened. */
const BATCH_MS = 9 * SECOND_MS;
/** While the database cannot be written, the oldest batches are dropped: those older than this, or too large together. */
const MAX_WAIT_MS = 10 * MINUTE_MS;
const MAX_WAITING_BYTES = 16 * 1024 * 1024;
/** Of each kind of record of batches that were dropped. */
const MAX_KEPT_RECORDS = 2000;
/** A change has the figures of many pools. */
const MAX_KEPT_CHANGES = 200;
/** Estimates of memory: a series of a batch without its samples (writer, map entry, identity), a sample, another row. */
const SERIES_BYTES = 400;
const SAMPLE_BYTES = 10;
const ROW_BYTES = 200;
/** A change takes as much as so many other rows. */
const CHANGE_ROWS = 50;

export interface BatchSeries {
  readonly kind: Kind;
  readonly name: string;
  /** JSON; called only for a series that is not stored yet. */
  readonly identity: () => string;
  readonly writer: SampleWriter;
}

export interface Batch {
  /** Start of the raw window that all its samples lie in. */
  readonly windowMs: number;
  readonly openedMonotonicMs: number;
  fromMs: number;
  toMs: number;
  /** Number of records, and of samples of all their series. */
  records: number;
  samples: number;
  /** By formatSeriesKey. */
  readonly series: Map<string, BatchSeries>;
  readonly forecasts: KeptForecastRow[];
  readonly bursts: Burst[];
  readonly scores: ScoreOutcome[];
  /** By buildOutageKey: of an outage that goes on only the newest state is written. */
  readonly outages: Map<string, Outage>;
  /** By id and by name: only the newest state is written. */
  readonly changes: Map<string, Change>;
  readonly settings: Map<string, StoredSetting>;
}

export interface NewSample {
  readonly kind: Kind;
  readonly name: string;
  readonly identity: () => string;
  readonly values: Float64Array;
}

/** What is stored of one cycle. */
export interface QueuedRecord {
  readonly atMs: number;
  readonly monotonicMs: number;
  readonly samples: readonly NewSample[];
  readonly forecasts: readonly KeptForecastRow[];
  readonly bursts: readonly Burst[];
  readonly scores: ScoreOutcome;
  readonly outages: readonly Outage[];
  readonly changes: ChangeOutcome;
}

export interface BatchQueue {
  add(record: QueuedRecord): void;
  /** The batches to write now, oldest first; all of them when `all` is set. */
  findDue(monotonicMs: number, all: boolean): readonly Batch[];
  /** Removes the oldest batch, which has been written. */
  removeOldest(): void;
  /** Every batch, oldest first. */
  batches(): readonly Batch[];
  countRecords(): number;
  /** How many samples were dropped so far because the database could not be written in time. */
  countDropped(): number;
}

export function createBatchQueue(): BatchQueue {
  const batches: Batch[] = [];
  let dropped = 0;
  const dropOld = (monotonicMs: number): void => {
    let bytes = batches.reduce((sum, batch) => sum + estimateBytes(batch), 0);
    for (;;) {
      const oldest = batches[0];
      if (oldest === undefined || batches.length === 1) return;
      if (bytes <= MAX_WAITING_BYTES && monotonicMs - oldest.openedMonotonicMs <= MAX_WAIT_MS) return;
      dropped += oldest.samples;
      bytes -= estimateBytes(oldest);
      batches.shift();
      const next = batches[0];
      if (next !== undefined) keepRecords(oldest, next);
    }
  };
  return {
    add(record) {
      let batch = batches.at(-1);
      const windowMs = windowStart(record.atMs, 0);
      if (batch === undefined || batch.windowMs !== windowMs || isDue(batch, record.monotonicMs)) {
        batch = openBatch(record, windowMs);
        batches.push(batch);
        if (batches.length > 2) dropOld(record.monotonicMs);
      }
      addRecord(batch, record);
    },
    findDue(monotonicMs, all) {
      return batches.filter((batch, index) => all || index < batches.length - 1 || isDue(batch, monotonicMs));
    },
    removeOldest: () => void batches.shift(),
    batches: () => batches,
    countRecords: () => batches.reduce((sum, batch) => sum + batch.records, 0),
    countDropped: () => dropped,
  };
}

/**
 * What happened is kept longer than the samples: outages, warnings and bursts of a batch that is dropped go into the next
 * one. There are few of them.
 */
function keepRecords(dropped: Batch, next: Batch): void {
  for (const [key, outage] of dropped.outages) if (!next.outages.has(key)) next.outages.set(key, outage);
  for (const [id, change] of dropped.changes) if (!next.changes.has(id)) next.changes.set(id, change);
  for (const [name, setting] of dropped.settings) if (!next.settings.has(name)) next.settings.set(name, setting);
  const bursts = [...dropped.bursts, ...next.bursts].slice(-MAX_KEPT_RECORDS);
  next.bursts.splice(0, Infinity, ...bursts);
  const kept = dropped.scores.filter(({ episodes, failures }) => episodes.length + failures.length > 0);
  const scores = [...kept.map((score) => ({ ...score, settled: [] })), ...next.scores].slice(-MAX_KEPT_RECORDS);
  next.scores.splice(0, Infinity, ...scores);
  for (const key of [...next.outages.keys()].slice(0, -MAX_KEPT_RECORDS)) next.outages.delete(key);
  for (const id of [...next.changes.keys()].slice(0, -MAX_KEPT_CHANGES)) next.changes.delete(id);
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
    outages: new Map(),
    changes: new Map(),
    settings: new Map(),
  };
}

function addRecord(batch: Batch, record: QueuedRecord): void {
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
  for (const outage of record.outages) batch.outages.set(buildOutageKey(outage), outage);
  for (const change of record.changes.changes) batch.changes.set(change.id, change);
  for (const setting of record.changes.settings) batch.settings.set(setting.name, setting);
  const { settled, episodes, failures } = record.scores;
  if (settled.length + episodes.length + failures.length > 0) batch.scores.push(record.scores);
}

export function formatSeriesKey(kind: Kind, name: string): string {
  return `${kind} ${name}`;
}

function isDue(batch: Batch, monotonicMs: number): boolean {
  return monotonicMs - batch.openedMonotonicMs >= BATCH_MS;
}

function estimateBytes(batch: Batch): number {
  const rows = batch.forecasts.length + batch.bursts.length + batch.outages.size + batch.changes.size * CHANGE_ROWS;
  return batch.series.size * SERIES_BYTES + batch.samples * SAMPLE_BYTES + rows * ROW_BYTES;
}
