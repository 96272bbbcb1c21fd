/** The warnings of one pool: when each begins, stays on and ends, and how far it was ahead of a failure. */
import { PROBABILITY_WITHIN_MS } from '../forecast/thresholds.js';
import type { PoolForecast } from '../forecast/types.js';
import { measureLead } from './episodes.js';
import { isFailing, type LeadKind, type PoolState, type Step } from './pool-state.js';
import { findMiddle, isShown, type FailureBounds, type Traffic } from './settle.js';
import type { EpisodeKind, FiringWarning } from './types.js';
import {
  beginWarning,
  createOpenEpisode,
  describeStart,
  hasEnded,
  judgeAsUnknown,
  judgeWarning,
  updateReference,
  type Moment,
} from './warning.js';

interface Beginning {
  readonly kind: EpisodeKind;
  readonly from: Moment;
  /** The pool as it was at that moment. */
  readonly basis: PoolForecast;
  readonly withinMs: number;
}

/** The kind of warning that counts for the lead. Both alert rules warn of the same failure, so they count as one. */
export function leadKindOf(kind: EpisodeKind): LeadKind {
  return kind === 'shown' ? 'shown' : 'alarm';
}

/**
 * Begins or continues the warning of a forecast that is shown. The forecast comes with this sample, so it is no warning
 * of a failure that the same sample shows: failures must be observed before this is called.
 */
export function warnByForecast(pool: PoolForecast, state: PoolState, step: Step): void {
  if (!isShown(pool)) return;
  keepOn(state, 'shown', step.sample, step);
  begin(pool.id, state, { kind: 'shown', from: step.sample, basis: pool, withinMs: PROBABILITY_WITHIN_MS }, step);
}

/**
 * Continues the warnings of the alerts that are firing. An alert fires after the sample that raised it. So these alerts
 * were on before this sample, and they are warnings of a failure that this sample shows.
 */
export function continueAlarms(id: string, state: PoolState, step: Step): void {
  for (const firing of step.alarmed.get(id) ?? []) keepOn(state, firing.kind, findFiringMoment(firing, step), step);
}

/** Begins the warnings of the alerts that have fired since the sample before. */
export function beginAlarms(pool: PoolForecast, state: PoolState, step: Step): void {
  for (const firing of step.alarmed.get(pool.id) ?? []) {
    const from = findFiringMoment(firing, step);
    // An alert that fired before this sample was raised by the forecast of the sample before.
    const basis = from.monotonicMs < step.sample.monotonicMs ? (state.latest ?? pool) : pool;
    begin(pool.id, state, { kind: firing.kind, from, basis, withinMs: firing.withinMs }, step);
  }
}

/** Takes the traffic that followed into the references of the warnings. */
export function updateReferences(id: string, state: PoolState, traffic: Traffic, { outcome }: Step): void {
  for (const warning of state.warnings.values()) {
    const isNowFinal = updateReference(warning, traffic);
    if (isNowFinal && !warning.isJudged && !warning.isLate) outcome.episodes.push(createOpenEpisode(id, warning));
  }
}

/**
 * Judges the warnings that a failure fulfils. Those that began after the ports had run out are judged at their
 * end.
 */
export function fulfilWarnings(
  id: string,
  state: PoolState,
  failed: FailureBounds & { readonly leads: Readonly<Record<LeadKind, number>> },
  { outcome }: Step,
): void {
  const { afterMs, beforeMs, leads } = failed;
  for (const [kind, warning] of state.warnings) {
    if (warning.isJudged || warning.isLate) continue;
    outcome.episodes.push(judgeWarning(id, warning, { afterMs, beforeMs, leadMs: leads[leadKindOf(kind)] }));
    warning.isJudged = true;
  }
}

/** Judges and forgets the warnings that have been off for a minute. */
export function endWarnings(id: string, state: PoolState, { sample, outcome }: Step): void {
  for (const [kind, warning] of state.warnings) {
    if (!hasEnded(warning, sample.monotonicMs)) continue;
    if (!warning.isJudged) outcome.episodes.push(judgeWarning(id, warning, null));
    state.warnings.delete(kind);
  }
}

/** Judges all open warnings as unknown. */
export function abandonWarnings(id: string, state: PoolState, { outcome }: Step): void {
  for (const warning of state.warnings.values()) {
    if (!warning.isJudged) outcome.episodes.push(judgeAsUnknown(id, warning));
  }
}

/**
 * How long warnings of one kind had been on without a break before a failure, in whole milliseconds. A warning that has
 * stayed on since an earlier failure counts from that failure on.
 * @param previous the sample before the one that shows the failure: a warning that was on then was on until the
 * failure.
 */
export function measureLeadOf(
  { stretches, failedMs }: PoolState,
  kind: LeadKind,
  failed: FailureBounds,
  previous: Moment,
): number {
  const stretch = stretches.get(kind);
  if (stretch === undefined) return 0;
  const isOn = stretch.lastOnMs >= previous.monotonicMs;
  const unbroken = { fromMs: Math.max(stretch.fromMs, failedMs), toMs: isOn ? Infinity : stretch.lastOnMs };
  return Math.round(measureLead([unbroken], { onsetMs: -Infinity, failedAtMs: findMiddle(failed) }).leadMs);
}

/**
 * When an alert fired. It was after the sample before and not after this one, which bounds the answer when the wall
 * clock was stepped in between.
 */
function findFiringMoment({ firedAtMs }: FiringWarning, { sample, previous }: Step): Moment {
  const sincePreviousMs = previous === null ? 0 : sample.monotonicMs - previous.monotonicMs;
  const agoMs = Math.min(Math.max(0, sample.atMs - firedAtMs), sincePreviousMs);
  return { monotonicMs: sample.monotonicMs - agoMs, atMs: sample.atMs - agoMs };
}

/** Notes that a warning is on at this sample. Its stretch goes on if it was also on at the sample before. */
function keepOn(state: PoolState, kind: EpisodeKind, from: Moment, step: Step): void {
  const nowMs = step.sample.monotonicMs;
  const warning = state.warnings.get(kind);
  if (warning !== undefined) warning.lastOnMs = nowMs;
  const stretch = state.stretches.get(leadKindOf(kind));
  if (stretch !== undefined && stretch.lastOnMs >= (step.previous?.monotonicMs ?? nowMs)) stretch.lastOnMs = nowMs;
  else state.stretches.set(leadKindOf(kind), { fromMs: from.monotonicMs, lastOnMs: nowMs });
}

function begin(id: string, state: PoolState, { kind, from, basis, withinMs }: Beginning, step: Step): void {
  if (state.warnings.has(kind)) return;
  const isLate = isFailing(state, step.sample);
  const { counted } = state;
  const start = describeStart(basis, { fromMs: from.monotonicMs, isLeak: kind === 'leak', withinMs, counted });
  const warning = beginWarning(kind, from, { start, isLate, reference: null, isReferenceFinal: false });
  warning.lastOnMs = step.sample.monotonicMs;
  state.warnings.set(kind, warning);
  if (!isLate) step.outcome.episodes.push(createOpenEpisode(id, warning));
}
