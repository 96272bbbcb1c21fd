/** Reads what a report says of a span of time: the peak of each pool, and how much of the span was sampled at all. */
import { MINUTE_MS } from '../../units.js';
import type { PoolPeak } from '../../wire/report.js';
import type { Connection } from '../database.js';
import { HOST_NAME } from './sample-intake.js';
import { KIND, KIND_SHAPES } from './series-kinds.js';
import { readStoredPools } from './stored-pools.js';
import type { Span, TierReader } from './tier-reader.js';

/** Pools that are read before other work of the daemon goes on. */
const SLICE = 20;
const { names, scales } = KIND_SHAPES[KIND.pool];
const USED = names.indexOf('used');
const CAPACITY = names.indexOf('capacity');
const PRESSURE = names.indexOf('pressure');

export interface ReportReader {
  /** The peaks of all pools with a sample in the span, in any order. Rejects with what SQLite raises. */
  readPeaks(span: Span): Promise<PoolPeak[]>;
  /** The share of the span with samples, 0 to 1. Raises what SQLite raises. */
  readCoverage(span: Span): number;
}

interface ReaderParts {
  readonly db: Connection;
  readonly file: string;
  readonly tiers: TierReader;
  /** Two samples that are no further apart than this have no gap between them. */
  readonly maxSampleAgeMs: number;
}

export function createReportReader({ db, file, tiers, maxSampleAgeMs }: ReaderParts): ReportReader {
  return {
    async readPeaks(span) {
      const pools = [...readStoredPools(db, file, () => undefined).values()];
      const peaks: PoolPeak[] = [];
      for (let index = 0; index < pools.length; index += SLICE) {
        for (const { id, remoteAddress, remotePort, localAddress } of pools.slice(index, index + SLICE)) {
          const peak = readPeak(tiers, id, span);
          if (peak !== null) peaks.push({ id, remoteAddress, remotePort, localAddress, ...peak });
        }
        await new Promise((resolve) => setImmediate(resolve));
      }
      return peaks;
    },
    readCoverage: (span) => readCoverage(tiers, span, maxSampleAgeMs),
  };
}

type Peak = Pick<PoolPeak, 'peakUsed' | 'capacity' | 'peakAtMs' | 'peakPressure'>;

/** Null without a sample in the span. The instant of a peak is that of its sample, or of the hour that contains it. */
function readPeak(tiers: TierReader, name: string, span: Span): Peak | null {
  let best: Peak | null = null;
  const add = (atMs: number, used: number, capacity: number, pressure: number): void => {
    if (atMs < span.fromMs || atMs >= span.toMs || Number.isNaN(used)) return;
    const scaled = Number.isNaN(pressure) ? null : pressure / (scales[PRESSURE] ?? 1);
    const before = best?.peakPressure ?? null;
    const peakPressure = scaled === null || before === null ? (scaled ?? before) : Math.max(scaled, before);
    const isHigher = best === null || used > best.peakUsed;
    best =
      isHigher || best === null
        ? { peakUsed: used, capacity, peakAtMs: atMs, peakPressure }
        : { ...best, peakPressure };
  };
  tiers.findSeries(KIND.pool, name)?.read(
    { tier: 2, span },
    {
      visitSample: (atMs, values) => add(atMs, values[USED] ?? NaN, values[CAPACITY] ?? 0, values[PRESSURE] ?? NaN),
      visitRollup({ startMs, n, max }) {
        const pressure = (n[PRESSURE] ?? 0) > 0 ? (max[PRESSURE] ?? NaN) : NaN;
        if ((n[USED] ?? 0) > 0) add(startMs, max[USED] ?? NaN, max[CAPACITY] ?? 0, pressure);
      },
    },
  );
  return best;
}

/** The host counters are stored with every sample, whether or not a pool held a port. */
function readCoverage(tiers: TierReader, span: Span, maxSampleAgeMs: number): number {
  const minutes = new Set<number>();
  const add = (atMs: number): void => {
    if (atMs >= span.fromMs && atMs < span.toMs) minutes.add(Math.floor(atMs / MINUTE_MS));
  };
  tiers
    .findSeries(KIND.host, HOST_NAME)
    ?.read({ tier: 1, span }, { visitSample: add, visitRollup: ({ startMs }) => add(Math.max(startMs, span.fromMs)) });
  const gap = Math.max(1, Math.ceil(maxSampleAgeMs / MINUTE_MS));
  const sorted = [...minutes].sort((a, b) => a - b);
  const covered = sorted.reduce((sum, minute, index) => {
    const next = sorted[index + 1];
    return sum + (next !== undefined && next - minute <= gap ? next - minute : 1);
  }, 0);
  return Math.min(1, (covered * MINUTE_MS) / (span.toMs - span.fromMs));
}
