/** One pool held against what happens to it, sample by sample. Instants are monotonic ms. */
import { measureLead, MERGE_GAP_MS } from './episodes.js';
import { SHOWN_ABOVE } from '../forecast/thresholds.js';
import type { Evidence } from './evidence.js';
import type { ObservedExhaustion } from './types.js';
import type { PoolForecast } from '../forecast/types.js';
import { referenceWindowMs } from './reference.js';
import type { CountedCloses } from './types.js';
import {
  followForecast,
  middleOf,
  createUnsettled,
  settleForecast,
  settleAsUnknown,
  type FailedBetween,
  type UnsettledForecast,
  type Traffic,
} from './settle.js';
import { PROBABILITY_WITHIN_MS } from '../forecast/thresholds.js';
import type { EpisodeKind, FiringWarning, KeptForecast, ScoredEpisode, ScoredFailure, SettledForecast } from './types.js';
import {
  updateReference,
  beginWarning,
  hasEnded,
  judgeWarning,
  judgeAsUnknown,
  createOpenEpisode,
  describeStart,
  type Moment,
  type Warning,
} from './warning.js';

export interface ScoreSample extends Moment {
  readonly pools: readonly PoolForecast[];
  /** Of these pools, the forecasts worth keeping. */
  readonly kept: readonly KeptForecast[];
  /** By pool id. */
  readonly evidence: ReadonlyMap<string, Evidence>;
  /** A longer pause than this before the sample is a gap, in which anything may have happened. */
  readonly maxSampleAgeMs: number;
  /** Alerts that were firing up to this sample. */
  readonly alarmed: readonly FiringWarning[];
}

/** How long something has been on without a break, or was. */
interface Stretch {
  fromMs: number;
  lastOnMs: number;
}
type Lead = 'shown' | 'alarm';

export interface PoolState {
  pending: UnsettledForecast[];
  readonly warnings: Map<EpisodeKind, Warning>;
  readonly stretches: Map<Lead, Stretch>;
  /** As far back as hindsight may ask. */
  counted: CountedCloses[];
  /** As of the sample before; null where it was not seen then. */
  latest: PoolForecast | null;
  /** When it was last seen failing. */
  failedMs: number;
}

export interface Outcome {
  readonly settled: SettledForecast[];
  readonly episodes: ScoredEpisode[];
  readonly failures: ScoredFailure[];
  readonly failing: string[];
}

export interface Step {
  readonly sample: ScoreSample;
  readonly kept: ReadonlyMap<string, KeptForecast>;
  readonly alarmed: ReadonlyMap<string, readonly FiringWarning[]>;
  /** The sample before; null after a gap in which anything may have happened. */
  readonly previous: Moment | null;
  readonly outcome: Outcome;
}

export function observePool(state: PoolState, pool: PoolForecast, step: Step): void {
  const { id } = pool;
  const { sample, kept } = step;
  const { counted, ranOut } = sample.evidence.get(id) ?? { counted: [], ranOut: null };
  if (ranOut === 'unknown') {
    abandonPool(id, state, step);
    return;
  }
  const traffic = takeUp(state, counted, { nowMs: sample.monotonicMs, live: pool.live, holdMs: pool.holdMs });
  continueAlarms(id, state, step);
  beginAlarms(pool, state, step);
  learn(id, state, traffic, step);
  if (ranOut !== null) {
    if (!isFailing(state, sample)) fail(id, state, ranOut, step);
    state.failedMs = sample.monotonicMs;
    step.outcome.failing.push(id);
  }
  timeOut(state, step);
  const forecast = kept.get(id);
  if (forecast !== undefined && !isFailing(state, sample)) {
    state.pending.push(createUnsettled(forecast, sample.monotonicMs, state.counted));
  }
  if (isShown(pool)) {
    keepOn(state, 'shown', { from: sample, step });
    begin(pool, state, { kind: 'shown', basis: pool, from: sample, withinMs: PROBABILITY_WITHIN_MS, step });
  }
  endGone(id, state, step);
  state.latest = pool;
}

/** Most pools, most of the time. */
export function isEventful(pool: PoolForecast, { sample, kept, alarmed }: Step): boolean {
  return sample.evidence.has(pool.id) || kept.has(pool.id) || alarmed.has(pool.id) || isShown(pool);
}

function isShown({ probability }: PoolForecast): boolean {
  return (probability ?? 0) > SHOWN_ABOVE;
}

/** A pool without rows holds no port: nothing fails, nothing is shown, nothing closes. */
export function observeAbsent(id: string, state: PoolState, step: Step): void {
  const nowMs = step.sample.monotonicMs;
  const fromMs = state.counted.at(-1)?.toMs ?? step.previous?.monotonicMs ?? nowMs;
  const silence = fromMs < nowMs ? [{ fromMs, toMs: nowMs, closes: 0 }] : [];
  const traffic = takeUp(state, silence, { nowMs, live: 0, holdMs: state.latest?.holdMs ?? 0 });
  continueAlarms(id, state, step);
  learn(id, state, traffic, step);
  timeOut(state, step);
  endGone(id, state, step);
}

/** As far back as a warning that begins now may ask. */
function takeUp(
  state: PoolState,
  fresh: readonly CountedCloses[],
  { nowMs, live, holdMs }: { nowMs: number; live: number; holdMs: number },
): Traffic {
  const keepMs = nowMs - holdMs - referenceWindowMs(true);
  state.counted = [...state.counted, ...fresh].filter(({ toMs }) => toMs > keepMs);
  return { nowMs, live, fresh, counted: state.counted };
}

/** What followed is told to the warnings and forecasts that wait for it. */
function learn(id: string, state: PoolState, traffic: Traffic, { outcome }: Step): void {
  for (const warning of state.warnings.values()) {
    const isSettled = updateReference(warning, traffic);
    if (isSettled && !warning.isJudged && !warning.isLate) outcome.episodes.push(createOpenEpisode(id, warning));
  }
  for (const pending of state.pending) followForecast(pending, traffic);
}

/** An alert fires after its sample, so it was on before this one; what this sample shows was not. */
function continueAlarms(id: string, state: PoolState, step: Step): void {
  for (const firing of step.alarmed.get(id) ?? []) {
    keepOn(state, firing.kind, { from: momentOf(firing, step), step });
  }
}

function beginAlarms(pool: PoolForecast, state: PoolState, step: Step): void {
  for (const firing of step.alarmed.get(pool.id) ?? []) {
    const from = momentOf(firing, step);
    const basis = from.monotonicMs < step.sample.monotonicMs ? (state.latest ?? pool) : pool;
    begin(pool, state, { kind: firing.kind, basis, from, withinMs: firing.withinMs, step });
  }
}

/** When an alert fired: since the sample before, whatever the wall clock did meanwhile. */
function momentOf({ firedAtMs }: FiringWarning, { sample, previous }: Step): Moment {
  const atMost = previous === null ? 0 : sample.monotonicMs - previous.monotonicMs;
  const agoMs = Math.min(Math.max(0, sample.atMs - firedAtMs), atMost);
  return { monotonicMs: sample.monotonicMs - agoMs, atMs: sample.atMs - agoMs };
}

function keepOn(state: PoolState, kind: EpisodeKind, { from, step }: { from: Moment; step: Step }): void {
  const nowMs = step.sample.monotonicMs;
  const warning = state.warnings.get(kind);
  if (warning !== undefined) warning.lastOnMs = nowMs;
  const stretch = state.stretches.get(leadOfKind(kind));
  if (stretch !== undefined && stretch.lastOnMs >= (step.previous?.monotonicMs ?? nowMs)) stretch.lastOnMs = nowMs;
  else state.stretches.set(leadOfKind(kind), { fromMs: from.monotonicMs, lastOnMs: nowMs });
}

/** Both alert rules warn of the same failure. */
export function leadOfKind(kind: EpisodeKind): Lead {
  return kind === 'shown' ? 'shown' : 'alarm';
}

interface Beginning {
  readonly kind: EpisodeKind;
  /** The pool as it was when the warning was given. */
  readonly basis: PoolForecast;
  readonly from: Moment;
  readonly withinMs: number;
  readonly step: Step;
}

function begin({ id }: PoolForecast, state: PoolState, { kind, basis, from, withinMs, step }: Beginning): void {
  if (state.warnings.has(kind)) return;
  const at = { fromMs: from.monotonicMs, isLeak: kind === 'leak', withinMs, counted: state.counted };
  const isLate = isFailing(state, step.sample);
  const start = describeStart(basis, at);
  const warning = beginWarning(kind, from, { start, isLate, reference: null, isAnswered: false });
  warning.lastOnMs = step.sample.monotonicMs;
  state.warnings.set(kind, warning);
  if (!isLate) step.outcome.episodes.push(createOpenEpisode(id, warning));
}

function endGone(id: string, state: PoolState, { sample, outcome }: Step): void {
  for (const [kind, warning] of state.warnings) {
    if (!hasEnded(warning, sample.monotonicMs)) continue;
    if (!warning.isJudged) outcome.episodes.push(judgeWarning(id, warning, null));
    state.warnings.delete(kind);
  }
}

/** Ports that run out again within a minute have not come back in between. */
function isFailing({ failedMs }: PoolState, { monotonicMs }: Moment): boolean {
  return monotonicMs - failedMs < MERGE_GAP_MS;
}

function fail(id: string, state: PoolState, ranOut: ObservedExhaustion, { sample, previous, outcome }: Step): void {
  const { beforeMs, seenBy } = ranOut;
  const wall = (ms: number): number => Math.round(sample.atMs - (sample.monotonicMs - ms));
  const told = { poolId: id, beforeAtMs: wall(beforeMs), seenBy };
  if (previous === null) {
    const unscored = { afterAtMs: null, shownLeadMs: 0, alarmLeadMs: 0, sudden: false };
    outcome.failures.push({ ...told, ...unscored, failedAtMs: wall(beforeMs) });
    return;
  }
  const afterMs = Math.min(beforeMs, Math.max(ranOut.afterMs ?? previous.monotonicMs, state.failedMs));
  const between = { afterMs, beforeMs };
  const leads = { shown: leadIn(state, 'shown', between, previous), alarm: leadIn(state, 'alarm', between, previous) };
  const sudden = state.pending.length === 0 && state.warnings.size === 0;
  for (const [kind, warning] of state.warnings) {
    if (warning.isJudged || warning.isLate) continue;
    outcome.episodes.push(judgeWarning(id, warning, { ...between, leadMs: leads[leadOfKind(kind)] }));
    warning.isJudged = true;
  }
  for (const pending of state.pending) outcome.settled.push(settleForecast(pending, between, sample));
  state.pending = [];
  const [shownLeadMs, alarmLeadMs] = [leads.shown, leads.alarm];
  const failedAtMs = wall(middleOf(between));
  outcome.failures.push({ ...told, failedAtMs, afterAtMs: wall(afterMs), shownLeadMs, alarmLeadMs, sudden });
}

/** A warning that has stayed on since an earlier failure begins to count anew from there. */
function leadIn(state: PoolState, lead: Lead, failed: FailedBetween, previous: Moment): number {
  const stretch = state.stretches.get(lead);
  if (stretch === undefined) return 0;
  const isOn = stretch.lastOnMs >= previous.monotonicMs;
  const unbroken = { fromMs: Math.max(stretch.fromMs, state.failedMs), toMs: isOn ? Infinity : stretch.lastOnMs };
  return Math.round(measureLead([unbroken], { onsetMs: -Infinity, failedAtMs: middleOf(failed) }).leadMs);
}

function timeOut(state: PoolState, { sample, outcome }: Step): void {
  if (state.pending.length === 0) return;
  state.pending = state.pending.filter((pending) => {
    if (sample.monotonicMs <= pending.untilMs) return true;
    outcome.settled.push(settleForecast(pending, null, sample));
    return false;
  });
}

export function abandonPool(id: string, state: PoolState, { sample, outcome }: Step): void {
  for (const pending of state.pending) outcome.settled.push(settleAsUnknown(pending, sample.atMs));
  for (const warning of state.warnings.values()) {
    if (!warning.isJudged) outcome.episodes.push(judgeAsUnknown(id, warning));
  }
  Object.assign(state, createPoolState());
}

export function createPoolState(): PoolState {
  return { pending: [], warnings: new Map(), stretches: new Map(), counted: [], latest: null, failedMs: -Infinity };
}

export function isFinished(state: PoolState, { sample }: Step): boolean {
  return state.pending.length === 0 && state.warnings.size === 0 && !isFailing(state, sample);
}
