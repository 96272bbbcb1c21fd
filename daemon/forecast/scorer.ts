/**
 * Holds each forecast against what happened, sample by sample. Instants inside are monotonic; a failure is taken to have
 * come half-way between the sample that shows it and the one before.
 */
import { MERGE_GAP_MS, SHOWN_ABOVE } from './episodes.js';
import type { PoolForecast } from './forecast.js';
import { oracleStart, type Traffic } from './oracle.js';
import { follow, pendingOf, settle, settleUnknown, type PendingForecast } from './pending.js';
import {
  type EpisodeKind,
  type KeptForecast,
  type ScoredEpisode,
  type ScoredFailure,
  type ScoreOutcome,
  type SettledForecast,
} from './score.js';
import {
  beginWarning,
  continueWarning,
  isGone,
  judge,
  judgeUnknown,
  openEpisode,
  type Moment,
  type Warning,
} from './warning.js';

export interface ScoreSample extends Moment {
  readonly pools: readonly PoolForecast[];
  /** Of these pools, the forecasts worth keeping. */
  readonly kept: readonly KeptForecast[];
  /** Pools whose `imminent` alert was firing up to this sample. */
  readonly alarmed: ReadonlySet<string>;
}

/** What a daemon that stopped had not settled. */
export interface Unsettled {
  /** The newest sample stored. */
  readonly lastAtMs: number | null;
  readonly forecasts: readonly KeptForecast[];
  readonly episodes: readonly ScoredEpisode[];
  /** Pools that were failing then. */
  readonly failing: readonly string[];
}

export interface Scorer {
  observe(sample: ScoreSample): ScoreOutcome;
}

interface PoolState {
  pending: PendingForecast[];
  readonly warnings: Map<EpisodeKind, Warning>;
  /** Last seen failing, within the last minute. */
  failingMs: number | null;
}

interface Outcome {
  readonly settled: SettledForecast[];
  readonly episodes: ScoredEpisode[];
  readonly failures: ScoredFailure[];
}

interface Step {
  readonly sample: ScoreSample;
  readonly kept: ReadonlyMap<string, KeptForecast>;
  /** The sample before; null after a gap in which anything may have happened. */
  readonly previous: Moment | null;
  readonly outcome: Outcome;
}

/** A full dump comes at least every 30 s; where the schedule is slower, half as late again as the last one. */
const BLIND_AFTER_MS = 35_000;
const BLIND_FACTOR = 1.5;

export function createScorer(unsettled: Unsettled | null = null): Scorer {
  const states = new Map<string, PoolState>();
  let restored = unsettled;
  let previous: Moment | null = null;
  let gapMs = 0;
  return {
    observe(sample) {
      const outcome: Outcome = { settled: [], episodes: [], failures: [] };
      if (restored !== null) previous = resume(states, restored, sample);
      restored = null;
      const nextGapMs: number = previous === null ? 0 : sample.monotonicMs - previous.monotonicMs;
      const blind = nextGapMs > Math.max(BLIND_AFTER_MS, BLIND_FACTOR * gapMs);
      gapMs = nextGapMs;
      const kept = new Map(sample.kept.map((forecast) => [forecast.poolId, forecast]));
      const step: Step = { sample, kept, previous: blind ? null : previous, outcome };
      if (step.previous === null) for (const [id, state] of states) giveUp(id, state, step);
      const absent = new Set(states.keys());
      for (const pool of sample.pools) {
        absent.delete(pool.id);
        if (!states.has(pool.id) && isUneventful(pool, step)) continue;
        observePool(stateOf(states, pool.id), pool, step);
      }
      for (const id of absent) observeAbsent(id, stateOf(states, id), step);
      for (const [id, state] of states) if (isEmpty(state)) states.delete(id);
      previous = { monotonicMs: sample.monotonicMs, atMs: sample.atMs };
      return outcome;
    },
  };
}

/** @returns the last sample before the restart. What a longer gap leaves open is given up by the caller. */
function resume(states: Map<string, PoolState>, unsettled: Unsettled, now: Moment): Moment | null {
  const offsetMs = now.monotonicMs - now.atMs;
  const lastAtMs = unsettled.lastAtMs ?? -Infinity;
  // A clock that went back makes nonsense of what is stored: as if there had been a gap.
  const lastMs = lastAtMs <= now.atMs ? lastAtMs + offsetMs : -Infinity;
  for (const forecast of unsettled.forecasts) {
    stateOf(states, forecast.poolId).pending.push(pendingOf(forecast, forecast.madeAtMs + offsetMs));
  }
  for (const { poolId, kind, fromMs, start } of unsettled.episodes) {
    const warning = beginWarning(kind, { monotonicMs: fromMs + offsetMs, atMs: fromMs }, { start, spent: false });
    stateOf(states, poolId).warnings.set(kind, { ...warning, lastOnMs: Math.max(warning.fromMs, lastMs) });
  }
  for (const id of unsettled.failing) stateOf(states, id).failingMs = lastMs;
  return Number.isFinite(lastMs) ? { monotonicMs: lastMs, atMs: lastAtMs } : null;
}

function observePool(state: PoolState, pool: PoolForecast, step: Step): void {
  const { sample, previous } = step;
  const truth = truthOf(pool);
  if (truth === 'unknown') {
    giveUp(pool.id, state, step);
    return;
  }
  const traffic = { rate: pool.closeRate ?? 0, growth: Math.max(0, pool.liveGrowth ?? 0) };
  // An alert fires after its sample, so it was on before this one; what this sample shows was not.
  warn(state, 'alarm', { pool, traffic, on: sample.alarmed.has(pool.id), from: previous ?? sample, step });
  if (truth === 'failing') {
    if (state.failingMs === null && previous !== null) fail(pool.id, state, { previous, step });
    state.failingMs = sample.monotonicMs;
  } else clearFailure(state, sample.monotonicMs);
  advance(state, traffic, step);
  const kept = step.kept.get(pool.id);
  if (kept !== undefined && state.failingMs === null) state.pending.push(pendingOf(kept, sample.monotonicMs));
  warn(state, 'shown', { pool, traffic, on: (pool.probability ?? 0) > SHOWN_ABOVE, from: sample, step });
}

/** Most pools, most of the time. */
function isUneventful(pool: PoolForecast, { sample, kept }: Step): boolean {
  const warned = sample.alarmed.has(pool.id) || (pool.probability ?? 0) > SHOWN_ABOVE;
  return !warned && !kept.has(pool.id) && truthOf(pool) !== 'failing';
}

/** A pool without rows holds no port: nothing fails, nothing is shown, nothing closes. */
function observeAbsent(id: string, state: PoolState, step: Step): void {
  const nowMs = step.sample.monotonicMs;
  const traffic = { rate: 0, growth: 0 };
  for (const [kind, warning] of state.warnings) {
    continueWarning(warning, false, { nowMs, previousMs: step.previous?.monotonicMs ?? nowMs, traffic });
    if (isGone(warning, nowMs)) end(id, state, kind, step);
  }
  clearFailure(state, nowMs);
  advance(state, traffic, step);
}

/**
 * Counted failures are the truth where they are counted. Else a full table is; but with reuse a full table is no failure,
 * and nobody can tell.
 */
function truthOf({ failedConnects, reuse, available }: PoolForecast): 'failing' | 'fine' | 'unknown' {
  if (failedConnects !== null) return failedConnects > 0 ? 'failing' : 'fine';
  if (reuse !== 'none') return 'unknown';
  return available === 0 ? 'failing' : 'fine';
}

interface WarnStep {
  readonly pool: PoolForecast;
  readonly traffic: Traffic;
  readonly on: boolean;
  readonly from: Moment;
  readonly step: Step;
}

function warn(state: PoolState, kind: EpisodeKind, { pool, traffic, on, from, step }: WarnStep): void {
  const { sample, previous, outcome } = step;
  const nowMs = sample.monotonicMs;
  const known = state.warnings.get(kind);
  if (known !== undefined) {
    continueWarning(known, on, { nowMs, previousMs: previous?.monotonicMs ?? nowMs, traffic });
    if (isGone(known, nowMs)) end(pool.id, state, kind, step);
  }
  if (!on || state.warnings.has(kind)) return;
  const spent = state.failingMs !== null;
  const warning = beginWarning(kind, from, { start: oracleStart(pool), spent });
  continueWarning(warning, on, { nowMs, previousMs: warning.lastOnMs, traffic });
  state.warnings.set(kind, warning);
  if (!spent) outcome.episodes.push(openEpisode(pool.id, warning));
}

function end(id: string, state: PoolState, kind: EpisodeKind, { outcome }: Step): void {
  const warning = state.warnings.get(kind);
  if (warning !== undefined && !warning.spent) outcome.episodes.push(judge(id, warning, null));
  state.warnings.delete(kind);
}

function fail(id: string, state: PoolState, at: { readonly previous: Moment; readonly step: Step }): void {
  const { previous, step } = at;
  const { sample, outcome } = step;
  const ms = (previous.monotonicMs + sample.monotonicMs) / 2;
  const leads = { shown: 0, alarm: 0 };
  const sudden = state.pending.length === 0 && state.warnings.size === 0;
  for (const [kind, warning] of state.warnings) {
    const on = warning.lastOnMs >= previous.monotonicMs;
    leads[kind] = on ? Math.round(Math.max(0, ms - warning.stretchMs)) : 0;
    if (!warning.spent) outcome.episodes.push(judge(id, warning, { ms, leadMs: leads[kind] }));
    warning.spent = true;
  }
  for (const pending of state.pending) outcome.settled.push(settle(pending, ms, sample));
  state.pending = [];
  const failedAtMs = Math.round(sample.atMs - (sample.monotonicMs - ms));
  outcome.failures.push({ poolId: id, failedAtMs, shownLeadMs: leads.shown, alarmLeadMs: leads.alarm, sudden });
}

/** A minute without a failure ends it. A warning that has stayed on since begins to count anew from there. */
function clearFailure(state: PoolState, nowMs: number): void {
  if (state.failingMs === null || nowMs - state.failingMs < MERGE_GAP_MS) return;
  for (const warning of state.warnings.values()) warning.stretchMs = Math.max(warning.stretchMs, state.failingMs);
  state.failingMs = null;
}

function advance(state: PoolState, traffic: Traffic, { sample, outcome }: Step): void {
  if (state.pending.length === 0) return;
  state.pending = state.pending.filter((pending) => {
    follow(pending, traffic);
    if (sample.monotonicMs <= pending.untilMs) return true;
    outcome.settled.push(settle(pending, null, sample));
    return false;
  });
}

function giveUp(id: string, state: PoolState, { sample, outcome }: Step): void {
  for (const pending of state.pending) outcome.settled.push(settleUnknown(pending, sample.atMs));
  for (const warning of state.warnings.values()) {
    if (!warning.spent) outcome.episodes.push(judgeUnknown(id, warning));
  }
  state.pending = [];
  state.warnings.clear();
  state.failingMs = null;
}

function stateOf(states: Map<string, PoolState>, id: string): PoolState {
  const known = states.get(id);
  if (known !== undefined) return known;
  const fresh: PoolState = { pending: [], warnings: new Map(), failingMs: null };
  states.set(id, fresh);
  return fresh;
}

function isEmpty({ pending, warnings, failingMs }: PoolState): boolean {
  return pending.length === 0 && warnings.size === 0 && failingMs === null;
}
