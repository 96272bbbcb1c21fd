/**
 * The life cycle of one alert: inactive -> pending -> firing -> resolved.
 *
 * A rule must hold without a break for its `for` before the alert fires, and its quantity must stay below the clear line
 * for its `clearFor` before the alert is resolved. Between the two lines a firing alert goes on firing. A pending alert
 * stays pending there, but its `for` starts again; so a quantity that swings around the raise line neither fires nor
 * creates many short-lived alerts.
 */
import type { PoolForecast } from '../forecast/types.js';
import type { Outage } from '../outage/outage.js';
import { SECOND_MS } from '../units.js';
import {
  OWNERS_NOT_SOUGHT,
  type Alert,
  type AlertChange,
  type OwnerReport,
  type Rule,
  type Severity,
  type Trouble,
} from './alert.js';
import type { Signal } from './rules.js';
import { summarizeNoPort } from './no-port.js';
import { addOutages } from './outages.js';
import { summarizeActive, summarizeResolved } from './summary.js';
import { summarizeTrouble } from './trouble.js';

/** The result of evaluating one rule for one pool, or for portcast itself (`blind`, `trouble`), in one step. */
export interface Evaluation {
  readonly rule: Rule;
  readonly poolId: string | null;
  readonly mail: boolean;
  /** See Alert. */
  readonly inhibitedBy?: string | null;
  readonly forMs: number;
  readonly clearForMs: number;
  readonly signal: Signal;
  /** Null for `blind`, and for a pool that is no longer in the socket table. */
  readonly pool: PoolForecast | null;
  readonly severity: Severity;
  /** Why the condition holds, as a clause; for `empty` only. */
  readonly because?: string | null;
  /** What is wrong with which part; for `trouble` only. Null while nothing is. */
  readonly trouble?: Trouble | null;
  /** When an alert that begins with this evaluation became pending. */
  readonly sinceMs: number;
  readonly nowMs: number;
  /** The outages of the pool, oldest first; null where they are not followed, and for an alert about no pool. */
  readonly outages: readonly Outage[] | null;
}

/** What an alert is after an evaluation (null: inactive), and the change of state where there was one. */
interface Transition {
  readonly alert: Alert | null;
  readonly change: AlertChange | null;
}

/** Beats jitter. Without this slack a `for` of two beats would often take three. */
const BEAT_SLACK_MS = SECOND_MS / 2;
const NO_OWNERS: OwnerReport = { processes: [], why: 'this alert is not about one pool' };

/** Moves an alert by one evaluation; `alert` is null while the rule is inactive for this pool. */
export function advanceAlert(alert: Alert | null, evaluation: Evaluation): Transition {
  if (alert === null) {
    return evaluation.signal === 'raise' ? beginAlert(evaluation) : { alert: null, change: null };
  }
  const evaluated = addOutages({ ...alert, lastSeenAtMs: evaluation.nowMs }, evaluation.outages);
  if (evaluation.signal === 'unknown') return { alert: evaluated, change: null };
  return alert.state === 'firing' ? advanceFiring(evaluated, evaluation) : advancePending(evaluated, evaluation);
}

function beginAlert(evaluation: Evaluation): Transition {
  const { rule, poolId, pool, sinceMs } = evaluation;
  const begun: Alert = {
    id: `${rule}_${poolId ?? evaluation.trouble?.part ?? 'portcast'}_${sinceMs}`,
    rule,
    poolId,
    severity: evaluation.severity,
    state: 'pending',
    mail: evaluation.mail,
    inhibitedBy: evaluation.inhibitedBy ?? null,
    pendingAtMs: sinceMs,
    firingAtMs: null,
    resolvedAtMs: null,
    clearSinceMs: null,
    lastSeenAtMs: evaluation.nowMs,
    summary: summarize(evaluation, sinceMs),
    raised: pool,
    latest: pool,
    owners: poolId === null ? NO_OWNERS : OWNERS_NOT_SOUGHT,
    ...(evaluation.trouble == null ? {} : { trouble: evaluation.trouble }),
  };
  const alert = addOutages(begun, evaluation.outages);
  if (evaluation.forMs <= 0) return fireAlert(alert, 'inactive');
  return { alert, change: { from: 'inactive', to: 'pending', alert } };
}

function advancePending(alert: Alert, evaluation: Evaluation): Transition {
  const { nowMs, signal, pool } = evaluation;
  if (signal !== 'raise') {
    const clearSinceMs = alert.clearSinceMs ?? nowMs;
    if (signal === 'between' && !hasLasted(clearSinceMs, nowMs, evaluation.clearForMs)) {
      return { alert: { ...updateForecast(alert, evaluation), raised: pool, clearSinceMs }, change: null };
    }
    return { alert: null, change: { from: 'pending', to: 'inactive', alert } };
  }
  const pendingAtMs = alert.clearSinceMs === null ? alert.pendingAtMs : nowMs;
  const next: Alert = {
    ...updateForecast(alert, evaluation),
    mail: evaluation.mail,
    inhibitedBy: evaluation.inhibitedBy ?? null,
    raised: pool,
    pendingAtMs,
    clearSinceMs: null,
  };
  return hasLasted(pendingAtMs, nowMs, evaluation.forMs) ? fireAlert(next, 'pending') : { alert: next, change: null };
}

function fireAlert(pending: Alert, from: 'inactive' | 'pending'): Transition {
  const alert: Alert = { ...pending, state: 'firing', firingAtMs: pending.lastSeenAtMs };
  return { alert, change: { from, to: 'firing', alert } };
}

function advanceFiring(alert: Alert, evaluation: Evaluation): Transition {
  const { nowMs, signal } = evaluation;
  if (signal !== 'clear') return { alert: { ...updateForecast(alert, evaluation), clearSinceMs: null }, change: null };
  const clearSinceMs = alert.clearSinceMs ?? nowMs;
  const latest = evaluation.pool ?? alert.latest;
  if (!hasLasted(clearSinceMs, nowMs, evaluation.clearForMs)) {
    const { pool } = evaluation;
    const summary = pool === null ? alert.summary : updateForecast(alert, evaluation).summary;
    return { alert: { ...alert, latest, clearSinceMs, summary }, change: null };
  }
  const summary = summarizeResolved(alert, evaluation.pool, nowMs);
  const resolved: Alert = { ...alert, state: 'resolved', latest, clearSinceMs, resolvedAtMs: nowMs, summary };
  return { alert: null, change: { from: 'firing', to: 'resolved', alert: resolved } };
}

function updateForecast(alert: Alert, evaluation: Evaluation): Alert {
  const { pool, severity } = evaluation;
  const updated = { ...alert, latest: pool, severity, summary: summarize(evaluation, alert.pendingAtMs) };
  return evaluation.trouble == null ? updated : { ...updated, trouble: evaluation.trouble };
}

function summarize({ rule, pool, because, trouble, nowMs }: Evaluation, sinceMs: number): string {
  if (trouble != null) return summarizeTrouble(trouble, sinceMs);
  return rule === 'empty' ? summarizeNoPort(because ?? null) : summarizeActive(rule, pool, { sinceMs, nowMs });
}

function hasLasted(sinceMs: number, nowMs: number, forMs: number): boolean {
  return nowMs - sinceMs + Math.min(BEAT_SLACK_MS, forMs / 4) >= forMs;
}
