/** Histories: the stored samples of one series in a span of time, summed up in buckets of equal length. */
import type { HistoryQuery } from '../../contracts.js';
import type { History } from '../../wire/history.js';
import { addSample, createRollup, mergeRollup, readColumn, type Rollup } from './rollup.js';
import { KIND_SHAPES, type Kind } from './series-kinds.js';
import type { Span, TierReader } from './tier-reader.js';
import { TIER_SHAPES, TIERS, type Tier } from './tiers.js';

const EMPTY_COLUMN = { n: 0, min: 0, max: 0, sum: 0 };

interface Buckets {
  readonly startMs: number;
  readonly stepMs: number;
  /** Undefined without a sample. */
  readonly list: (Rollup | undefined)[];
}

/** Null when the series was never stored. Raises what SQLite raises. */
type HistoryReader = (kind: Kind, query: HistoryQuery) => History | null;

/** @param maxSampleAgeMs two samples that are no further apart than this have no gap between them. */
export function createHistoryReader(tiers: TierReader, maxSampleAgeMs: number): HistoryReader {
  return (kind, query) => {
    const series = tiers.findSeries(kind, query.id);
    if (series === null) return null;
    const tier = chooseTier(query, series.findOldestChunks());
    const buckets = layBuckets(query, TIER_SHAPES[tier].stepMs);
    const { columns } = KIND_SHAPES[kind];
    series.read(
      { tier, span: spanOf(buckets) },
      {
        visitSample: createSampleAdder(buckets, columns, tier === 0 ? maxSampleAgeMs : 0),
        visitRollup(rollup) {
          const bucket = findBucket(buckets, rollup.startMs, columns);
          if (bucket !== null) mergeRollup(bucket, rollup);
        },
      },
    );
    return toHistory(buckets, kind);
  };
}

/**
 * The coarsest tier whose step is at most the step asked for, or a coarser one where that reaches further back into the
 * span. `oldestChunks`: start of the oldest chunk in each tier.
 */
function chooseTier(query: HistoryQuery, oldestChunks: readonly number[]): Tier {
  const stepMs = (query.toMs - query.fromMs) / query.points;
  let tier: Tier = stepMs >= TIER_SHAPES[2].stepMs ? 2 : stepMs >= TIER_SHAPES[1].stepMs ? 1 : 0;
  for (const coarser of TIERS.slice(tier + 1)) {
    const [oldestMs, coarserOldestMs] = [oldestChunks[tier] ?? Infinity, oldestChunks[coarser] ?? Infinity];
    const reachesFurther = Math.max(coarserOldestMs, query.fromMs) + TIER_SHAPES[coarser].stepMs <= oldestMs;
    if (oldestMs > query.fromMs && coarserOldestMs < query.toMs && reachesFurther) tier = coarser;
  }
  return tier;
}

/** Buckets at whole multiples of a step that is itself a multiple of the step of the tier; at most `points` of them. */
function layBuckets(query: HistoryQuery, tierStepMs: number): Buckets {
  const { fromMs, toMs, points } = query;
  let stepMs = Math.max(1, Math.ceil((toMs - fromMs) / points / tierStepMs)) * tierStepMs;
  const countBuckets = (): number => Math.max(0, Math.ceil(toMs / stepMs) - Math.floor(fromMs / stepMs));
  // The span seldom begins and ends at a multiple of the step, so it can touch more buckets than its length has steps.
  while (countBuckets() > points) stepMs += tierStepMs * Math.max(1, Math.floor(stepMs / tierStepMs / points));
  const list = new Array<undefined>(countBuckets()).fill(undefined);
  return { startMs: Math.floor(fromMs / stepMs) * stepMs, stepMs, list };
}

function spanOf({ startMs, stepMs, list }: Buckets): Span {
  return { fromMs: startMs, toMs: startMs + stepMs * list.length };
}

/** The bucket of an instant, created when it is still empty; null outside the span. */
function findBucket(buckets: Buckets, atMs: number, columns: number): Rollup | null {
  const index = Math.floor((atMs - buckets.startMs) / buckets.stepMs);
  if (index < 0 || index >= buckets.list.length) return null;
  return (buckets.list[index] ??= createRollup(columns, buckets.startMs + index * buckets.stepMs));
}

/**
 * Adds samples to their buckets. A sample holds until the next one: where the two are at most `holdMs` apart, the sample also
 * fills the empty buckets between them.
 */
function createSampleAdder(buckets: Buckets, columns: number, holdMs: number) {
  const last = { atMs: -Infinity, values: new Float64Array(columns) };
  return (atMs: number, values: Float64Array): void => {
    if (holdMs > 0 && atMs - last.atMs <= holdMs) {
      const from = Math.floor((last.atMs - buckets.startMs) / buckets.stepMs) + 1;
      const to = Math.min(buckets.list.length, Math.floor((atMs - buckets.startMs) / buckets.stepMs));
      for (let index = Math.max(0, from); index < to; index++) {
        if (buckets.list[index] !== undefined) continue;
        const held = createRollup(columns, buckets.startMs + index * buckets.stepMs);
        addSample(held, last.values);
        buckets.list[index] = held;
      }
    }
    last.atMs = atMs;
    last.values.set(values);
    const bucket = findBucket(buckets, atMs, columns);
    if (bucket !== null) addSample(bucket, values);
  };
}

function toHistory(buckets: Buckets, kind: Kind): History {
  const { names, scales } = KIND_SHAPES[kind];
  const { startMs, stepMs, list } = buckets;
  const history: History = { stepMs, t: list.map((_, index) => startMs + index * stepMs), min: {}, mean: {}, max: {} };
  names.forEach((name, column) => {
    const scale = scales[column] ?? 1;
    const points = list.map((bucket) => {
      const { n, min, max, sum } = bucket === undefined ? EMPTY_COLUMN : readColumn(bucket, column);
      return n === 0 ? null : { min: min / scale, mean: Math.round((sum / n / scale) * 1e4) / 1e4, max: max / scale };
    });
    history.min[name] = points.map((point) => point?.min ?? null);
    history.mean[name] = points.map((point) => point?.mean ?? null);
    history.max[name] = points.map((point) => point?.max ?? null);
  });
  return history;
}
