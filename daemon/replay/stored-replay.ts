/**
 * Replays the history of the database through forecast, score and alerts. Samples are forecast from their counts of
 * ports. Of older times only the means of minutes are left: they are judged by their levels alone.
 */
import type { AlertSettings } from '../alert/alert.js';
import type { StoredPool, StoredSample, StoredSpan } from '../contracts.js';
import { createForecaster, type Forecaster } from '../forecast/forecaster.js';
import { inferHold } from '../forecast/stored-hold.js';
import type { PoolForecast } from '../forecast/types.js';
import { UNFORESEEN } from '../forecast/unforeseen.js';
import { TIME_WAIT_MS } from '../host/kernel-constants.js';
import { createEvidenceCollector, type Evidence, type EvidenceCollector } from '../score/evidence.js';
import { MINUTE_MS, SECOND_MS } from '../units.js';
import type { ReplayOutcome } from './outcome.js';
import { estimateSampleIntervalMs } from './pace.js';
import { createReview } from './review.js';
import { explainStored } from './stored-notes.js';
import { createEmptyCounters, createSnapshotFrom, inferLimits } from './stored-table.js';

/** The hold of a pool whose stored samples do not show it. */
const DEFAULT_HOLD_MS = TIME_WAIT_MS;

interface StoredReplay {
  /** Takes means of minutes in order of time. They are older than all samples, so they come before them. */
  takeMinutes(minutes: readonly StoredSample[]): void;
  /** Takes samples in order of time. */
  takeSamples(samples: readonly StoredSample[]): void;
  /**
   * @param hours the part of the history of which only hours are left; null without one.
   * @returns the outcome, and notes on which part of the history was too coarse for what.
   */
  finish(hours: StoredSpan | null): { outcome: ReplayOutcome; notes: string[] };
}

interface PoolState {
  readonly pool: StoredPool;
  readonly forecaster: Forecaster;
  readonly collector: EvidenceCollector;
  /** The hold that the newest sample showed; null until one did. */
  holdMs: number | null;
  previousMs: number | null;
}

interface StoredForecast {
  readonly forecast: PoolForecast;
  /** By pool id. */
  readonly evidence: Map<string, Evidence>;
}

/**
 * @param maxSampleAgeMs as in the daemon. Older parts of the history have one row a minute, so at least a minute is
 * used.
 */
export function createStoredReplay(
  settings: AlertSettings,
  maxSampleAgeMs: number,
  pools: readonly StoredPool[],
): StoredReplay {
  const review = createReview(settings, Math.max(maxSampleAgeMs, MINUTE_MS));
  const poolsById = new Map(pools.map((pool) => [pool.id, pool]));
  const states = new Map<string, PoolState>();
  const findState = (id: string): PoolState | undefined => {
    const pool = poolsById.get(id);
    const state = states.get(id) ?? (pool && createPoolState(pool));
    if (state !== undefined) states.set(id, state);
    return state;
  };
  const spans = { minutes: null as StoredSpan | null, samples: null as StoredSpan | null };
  const grouper = createGrouper();
  return {
    takeMinutes(minutes) {
      for (const group of grouper.groupByInstant(minutes)) {
        const atMs = (group[0]?.atMs ?? 0) + MINUTE_MS;
        const levels = group.flatMap((sample) => describeLevel(findState(sample.poolId), sample, atMs) ?? []);
        review.take({ atMs, monotonicMs: atMs, pools: levels, evidence: new Map() });
        spans.minutes = { fromMs: spans.minutes?.fromMs ?? atMs - MINUTE_MS, toMs: atMs };
      }
    },
    takeSamples(samples) {
      for (const group of grouper.groupByInstant(samples)) {
        const atMs = group[0]?.atMs ?? 0;
        const made = group.flatMap((sample) => forecastStored(findState(sample.poolId), sample) ?? []);
        const evidence = new Map(made.flatMap((stored) => [...stored.evidence]));
        review.take({ atMs, monotonicMs: atMs, pools: made.map(({ forecast }) => forecast), evidence });
        spans.samples = { fromMs: spans.samples?.fromMs ?? atMs, toMs: atMs };
      }
    },
    finish: (hours) => ({
      outcome: review.finish(),
      notes: explainStored({ ...spans, hours, repeated: grouper.repeated() }),
    }),
  };
}

function createPoolState(pool: StoredPool): PoolState {
  return {
    pool,
    forecaster: createForecaster(),
    collector: createEvidenceCollector(),
    holdMs: null,
    previousMs: null,
  };
}

/**
 * Groups samples of the same instant. The wall clock may have been set back while they were stored: samples whose
 * instant is not after all samples before them are left out and counted.
 */
function createGrouper() {
  let lastMs = -Infinity;
  let repeated = 0;
  return {
    groupByInstant(samples: readonly StoredSample[]): StoredSample[][] {
      const groups: StoredSample[][] = [];
      for (const sample of samples) {
        const group = groups.at(-1);
        if (sample.atMs <= lastMs && group?.[0]?.atMs !== sample.atMs) repeated += 1;
        else if (group?.[0]?.atMs === sample.atMs) group.push(sample);
        else groups.push([sample]);
        lastMs = Math.max(lastMs, sample.atMs);
      }
      return groups;
    },
    repeated: () => repeated,
  };
}

/** The forecast from one stored sample; null for a pool that held no port. */
function forecastStored(state: PoolState | undefined, sample: StoredSample): StoredForecast | null {
  if (state === undefined) return null;
  state.holdMs = inferHold(sample) ?? state.holdMs;
  if (sample.used === 0 || sample.capacity === 0) return null;
  const { pool, previousMs, forecaster, collector } = state;
  const { atMs } = sample;
  const stored = inferLimits(sample.capacity, state.holdMs);
  const snapshot = createSnapshotFrom(pool, sample, stored);
  const { limits, granularity } = stored;
  const intervalMs = estimateSampleIntervalMs(previousMs, atMs);
  const counters = createEmptyCounters(atMs);
  const { pools, timed, unlisted } = forecaster.update({ snapshot, limits, granularity, counters, intervalMs });
  const [made] = pools;
  state.previousMs = atMs;
  if (made === undefined) return null;
  const forecast = { ...made, ...identifyPool(pool) };
  const table = { snapshot, limits, granularity, failures: null };
  return { forecast, evidence: collector.collect(table, { pools: [forecast], timed, unlisted }) };
}

/**
 * The use and the pressure of a pool over one minute, in the form of a forecast without an exhaustion: a real forecast
 * would need more than the mean of a minute.
 */
function describeLevel(state: PoolState | undefined, sample: StoredSample, atMs: number): PoolForecast | null {
  if (state === undefined || sample.used === 0 || sample.capacity === 0) return null;
  state.holdMs = inferHold(sample) ?? state.holdMs;
  const { used, live, timeWait, capacity, closeRate, pressure } = sample;
  const holdMs = state.holdMs ?? DEFAULT_HOLD_MS;
  return {
    ...UNFORESEEN,
    ...identifyPool(state.pool),
    sampledAtMs: atMs,
    capacity,
    used,
    reusable: 0,
    // At least one port is left, because a mean does not show that the pool was full.
    available: Math.max(1, capacity - used),
    live,
    closeWait: 0,
    timeWait,
    holdMs,
    reuse: 'unknown',
    closeRate,
    sustainableRate: (SECOND_MS * (capacity - live)) / holdMs,
    pressure,
    mode: 'steady',
    why: 'only the mean of a minute was kept',
  };
}

function identifyPool(pool: StoredPool): Pick<PoolForecast, keyof StoredPool | 'family'> {
  return { ...pool, family: pool.localAddress.includes(':') ? 'ipv6' : 'ipv4' };
}
