/** The stored history through forecast and alerts: counts where samples were kept, levels where only minutes were. */
import type { AlertSettings } from '../alert/alert.js';
import type { StoredPool, StoredSample, StoredSpan } from '../contracts.js';
import { createEvidenceCollector, type Evidence, type EvidenceCollector } from '../score/evidence.js';
import { createForecaster, type Forecaster } from '../forecast/forecaster.js';
import type { PoolForecast } from '../forecast/types.js';
import { clamp, formatDuration, MINUTE_MS, SECOND_MS } from '../units.js';
import { inferHold, inferLimits, createEmptyCounters, createSnapshotFrom } from './stored-table.js';
import type { ReplayOutcome } from './outcome.js';
import { createReview } from './review.js';
import { TIME_WAIT_MS } from '../host/kernel-constants.js';

export interface StoredReplay {
  /** Means of minutes, in order of time: before any sample. */
  takeMinutes(minutes: readonly StoredSample[]): void;
  /** Samples in order of time. */
  takeSamples(samples: readonly StoredSample[]): void;
  /** `notes` says what was too coarse for what. */
  finish(hours: StoredSpan | null): { outcome: ReplayOutcome; notes: string[] };
}

interface PoolState {
  readonly pool: StoredPool;
  readonly forecaster: Forecaster;
  readonly witness: EvidenceCollector;
  holdMs: number | null;
  lastMs: number | null;
}

const DEFAULT_HOLD_MS = TIME_WAIT_MS;
const INTERVAL_MS = { least: SECOND_MS, usual: 2 * SECOND_MS, most: 5 * MINUTE_MS };

/** @param maxSampleAgeMs as the daemon has it; older parts of the history have one row a minute, so it is at least that. */
export function createStoredReplay(
  settings: AlertSettings,
  maxSampleAgeMs: number,
  pools: readonly StoredPool[],
): StoredReplay {
  const review = createReview(settings, Math.max(maxSampleAgeMs, MINUTE_MS));
  const states = new Map(pools.map((pool) => [pool.id, stateOf(pool)]));
  const spans = { minutes: null as StoredSpan | null, samples: null as StoredSpan | null };
  let lastMs = -Infinity;
  let repeated = 0;

  /** The wall clock may have been set back in between: what it then showed twice is left out. */
  const inOrder = (samples: readonly StoredSample[]): StoredSample[][] => {
    const groups: StoredSample[][] = [];
    for (const sample of samples) {
      const group = groups.at(-1);
      if (sample.atMs <= lastMs && group?.[0]?.atMs !== sample.atMs) repeated += 1;
      else if (group?.[0]?.atMs === sample.atMs) group.push(sample);
      else groups.push([sample]);
      lastMs = Math.max(lastMs, sample.atMs);
    }
    return groups;
  };
  return {
    takeMinutes(minutes) {
      for (const group of inOrder(minutes)) {
        const atMs = (group[0]?.atMs ?? 0) + MINUTE_MS;
        const levels = group.flatMap((sample) => levelOf(states.get(sample.poolId), sample, atMs) ?? []);
        review.take({ atMs, monotonicMs: atMs, pools: levels, evidence: new Map() });
        spans.minutes = { fromMs: spans.minutes?.fromMs ?? atMs - MINUTE_MS, toMs: atMs };
      }
    },
    takeSamples(samples) {
      for (const group of inOrder(samples)) {
        const atMs = group[0]?.atMs ?? 0;
        const made = group.flatMap((sample) => forecastOf(states.get(sample.poolId), sample) ?? []);
        const evidence = new Map(made.flatMap((one) => [...one.evidence]));
        review.take({ atMs, monotonicMs: atMs, pools: made.map(({ forecast }) => forecast), evidence });
        spans.samples = { fromMs: spans.samples?.fromMs ?? atMs, toMs: atMs };
      }
    },
    finish: (hours) => ({ outcome: review.finish(), notes: notesOn({ ...spans, hours, repeated }) }),
  };
}

function stateOf(pool: StoredPool): PoolState {
  return {
    pool,
    forecaster: createForecaster(),
    witness: createEvidenceCollector(),
    holdMs: null,
    lastMs: null,
  };
}

/** Null for a pool that held nothing. */
function forecastOf(
  state: PoolState | undefined,
  sample: StoredSample,
): { forecast: PoolForecast; evidence: Map<string, Evidence> } | null {
  if (state === undefined) return null;
  state.holdMs = inferHold(sample) ?? state.holdMs;
  if (sample.used === 0 || sample.capacity === 0) return null;
  const { pool, lastMs } = state;
  const { atMs } = sample;
  const stored = inferLimits(sample.capacity, state.holdMs);
  const snapshot = createSnapshotFrom(pool, sample, stored);
  const { limits, granularity } = stored;
  const intervalMs = lastMs === null ? INTERVAL_MS.usual : clamp(atMs - lastMs, INTERVAL_MS.least, INTERVAL_MS.most);
  const counters = createEmptyCounters(atMs);
  const { pools, timed } = state.forecaster.update({ snapshot, limits, granularity, counters, intervalMs });
  const [made] = pools;
  state.lastMs = atMs;
  if (made === undefined) return null;
  const forecast = { ...made, ...namesOf(pool) };
  const evidence = state.witness.collect(
    { snapshot, limits, granularity, failures: null },
    { pools: [forecast], timed },
  );
  return { forecast, evidence };
}

/** Use and pressure, and nothing that would need more than the mean of a minute. */
function levelOf(state: PoolState | undefined, sample: StoredSample, atMs: number): PoolForecast | null {
  if (state === undefined || sample.used === 0 || sample.capacity === 0) return null;
  state.holdMs = inferHold(sample) ?? state.holdMs;
  const { used, live, timeWait, capacity, closeRate, pressure } = sample;
  const holdMs = state.holdMs ?? DEFAULT_HOLD_MS;
  return {
    ...namesOf(state.pool),
    ...{ sampledAtMs: atMs, capacity, used, live, timeWait, holdMs, closeRate, pressure },
    ...{ reusable: 0, available: Math.max(1, capacity - used), closeWait: 0, reuse: 'unknown' },
    ...{
      closeRateLow: null,
      closeRateHigh: null,
      liveGrowth: null,
      sustainableRate: (1000 * (capacity - live)) / holdMs,
    },
    ...{ exhaustsAtMs: null, earliestAtMs: null, latestAtMs: null, probability: null, failedConnects: null },
    ...{ probabilityIfHeld: null, probabilityBasis: 'rate', burstsKnown: 0, outlookDays: null, outlookWhy: null },
    ...{ pressureFullAtMs: null, pressureFullEarliestAtMs: null, pressureFullLatestAtMs: null },
    ...{ mode: 'steady', why: 'only the mean of a minute was kept', ahead: [] },
  };
}

function namesOf(pool: StoredPool): Pick<PoolForecast, keyof StoredPool | 'family'> {
  return { ...pool, family: pool.localAddress.includes(':') ? 'ipv6' : 'ipv4' };
}

function notesOn(kept: {
  samples: StoredSpan | null;
  minutes: StoredSpan | null;
  hours: StoredSpan | null;
  repeated: number;
}): string[] {
  const { samples, minutes, hours, repeated } = kept;
  const notes: string[] = [];
  if (samples !== null) {
    notes.push(
      `${spanText(samples)}: samples are kept, but not their timers, so close rates come from counts, later and rougher ` +
        'than in the running daemon',
    );
  }
  if (minutes !== null)
    notes.push(`${spanText(minutes)}: only means of minutes are kept: pressure and use are judged, no forecast`);
  if (hours !== null) notes.push(`${spanText(hours)}: only hours are kept, too coarse to judge anything`);
  if (samples === null && minutes === null) notes.push('no sample of a pool is fine enough to be replayed');
  if (repeated > 0) notes.push(`${repeated} samples were left out: the clock had been set back`);
  return notes;
}

function spanText({ fromMs, toMs }: StoredSpan): string {
  const at = (ms: number): string => new Date(ms).toISOString().slice(0, 16).replace('T', ' ');
  return `${at(fromMs)} to ${at(toMs)} UTC (${formatDuration(toMs - fromMs)})`;
}
