/** One step of all alerts: every rule is evaluated for every pool, and each alert moves through its life cycle. */
import type { PoolForecast } from '../forecast/types.js';
import type { Outage } from '../outage/outage.js';
import { clamp, SECOND_MS } from '../units.js';
import type { Alert, AlertChange, AlertSettings, Trouble } from './alert.js';
import { shiftAfterGap, shiftAfterStepBack } from './clock-jumps.js';
import { advanceAlert, type Evaluation } from './life-cycle.js';
import { createPoolRules, type PoolRule, type Signal } from './rules.js';
import { findTroubleWaitMs, gradeTrouble, type LastingTrouble } from './trouble.js';

interface AlertInput {
  /** Pending and firing alerts as the previous step left them. */
  readonly active: readonly Alert[];
  /** The newest forecasts; used only with `hasNewSample`. */
  readonly pools: readonly PoolForecast[];
  /** Whether the socket table was read on this beat, so that `pools` are new. */
  readonly hasNewSample: boolean;
  /** The start of the time without a good sample; null while there is one. */
  readonly blindSinceMs: number | null;
  /** Why no port of the range is usable, by the newest sample; absent or null while one is. */
  readonly noPortWhy?: string | null;
  readonly settings: AlertSettings;
  /** Wall clock; may jump. */
  readonly nowMs: number;
  /** The outages that go on, and the newest of the others; absent where outages are not followed. */
  readonly outages?: readonly Outage[];
  /** What is wrong with portcast's own parts; absent or null where that is not followed. */
  readonly troubles?: TroubleReport | null;
  /** Nothing is raised from a sample older than this, and a longer gap between two steps counts towards no duration. */
  readonly maxSampleAgeMs: number;
}

export interface TroubleReport {
  readonly troubles: readonly LastingTrouble[];
  /** False shortly after a start, when not every part has been used: a part that is not listed may be in trouble all the same. */
  readonly isComplete: boolean;
}

interface AlertStep {
  readonly active: Alert[];
  readonly changes: AlertChange[];
}

/** Null where outages are not followed. */
type OutagesByPool = ReadonlyMap<string, readonly Outage[]> | null;

const NO_OUTAGES: readonly Outage[] = [];
/** `blind` and `trouble` are evaluated on the beat after they began. An older start means that the clock was set forward. */
const BACKDATE_MS = 30 * SECOND_MS;
/** A forecast that the next samples may correct is confirmed for this long: two beats of 2 s. */
const CONFIRM_MS = 4 * SECOND_MS;

/**
 * @returns the alerts that are pending or firing now, and every change of state, to be stored and announced.
 *
 * Without a new sample only time passes: a pending alert may fire on the last forecast while that is at most
 * `maxSampleAgeMs` old; nothing becomes pending and nothing is resolved. While portcast is blind the same holds, and all
 * other alerts about pools stay exactly as they are. A pending alert may fire even then, because what made the host
 * unreadable must not suppress a warning that was forecast just before.
 */
export function stepAlerts(input: AlertInput): AlertStep {
  const isBlind = input.blindSinceMs !== null;
  /** Alerts of the previous step that were not evaluated yet in this one. */
  const waiting = new Map(input.active.map((alert) => [buildKey(alert), adjustForClock(alert, input)]));
  const active: Alert[] = [];
  const changes: AlertChange[] = [];
  const applyEvaluation = (evaluation: Evaluation): Alert | null => {
    const key = buildKey(evaluation);
    const { alert, change } = advanceAlert(waiting.get(key) ?? null, evaluation);
    waiting.delete(key);
    if (change !== null) changes.push(change);
    if (alert !== null) active.push(alert);
    return alert;
  };

  const outagesByPool: OutagesByPool = input.outages === undefined ? null : groupByPool(input.outages);
  applyEvaluation(evaluateBlindness(input));
  applyEvaluation(evaluateNoPort(input));
  for (const evaluation of evaluateTroubles(input)) applyEvaluation(evaluation);
  /** By pool, the alert whose mail covers later rules. */
  const inhibitors = new Map<string, Alert>();
  const inhibit = (evaluation: Evaluation): Evaluation => {
    const { rule, poolId, mail } = evaluation;
    if (poolId === null) return evaluation;
    const by = inhibitors.get(poolId) ?? (rule === 'failing' ? findMailedImminent(waiting, poolId) : undefined);
    return by === undefined ? evaluation : { ...evaluation, mail: false, inhibitedBy: mail ? by.id : null };
  };
  for (const rule of createPoolRules(input.settings, input.maxSampleAgeMs)) {
    for (const evaluation of evaluatePools(rule, input, { alerts: [...waiting.values()], outagesByPool })) {
      const isHeld = isBlind && evaluation.signal !== 'raise';
      const alert = isHeld ? waiting.get(buildKey(evaluation)) : applyEvaluation(inhibit(evaluation));
      if (alert != null && alert.poolId !== null && inhibitsLaterRules(alert)) inhibitors.set(alert.poolId, alert);
    }
  }
  active.push(...waiting.values());
  return { active, changes };
}

function adjustForClock(alert: Alert, { blindSinceMs, settings, nowMs, maxSampleAgeMs }: AlertInput): Alert {
  const shifted = shiftAfterStepBack(alert, nowMs);
  const isOfPool = alert.rule !== 'blind' && alert.rule !== 'trouble';
  if (blindSinceMs !== null && isOfPool) return shifted;
  const forMs = findWaitMs(alert, settings);
  return shiftAfterGap(shifted, { forMs, nowMs, maxGapMs: maxSampleAgeMs });
}

/** How long the condition of an alert must hold before it fires. */
function findWaitMs({ rule, trouble }: Alert, settings: AlertSettings): number {
  if (rule === 'blind') return settings.blind.raiseAfterMs;
  if (rule === 'trouble') return findTroubleWaitMs(trouble?.part ?? '', settings.trouble);
  return settings[rule].forMs;
}

/**
 * The alert of `imminent` that fires for the pool and was mailed. You get one mail per exhaustion: after an `imminent` mail,
 * `failing` is only shown, and the other way round. `failing` is evaluated before `imminent`, so the alert is still
 * among those that wait.
 */
function findMailedImminent(waiting: ReadonlyMap<string, Alert>, poolId: string): Alert | undefined {
  const imminent = waiting.get(buildKey({ rule: 'imminent', poolId }));
  return imminent?.state === 'firing' && imminent.mail ? imminent : undefined;
}

/** `failing` inhibits only where it is mailed itself; otherwise the forecast of the same exhaustion is mailed. */
function inhibitsLaterRules({ rule, state, mail }: Alert): boolean {
  return state === 'firing' && (rule === 'imminent' || (rule === 'failing' && mail));
}

/** Evaluates a rule for every pool, and for every pool that has an alert of the rule and is no longer in the table. */
function evaluatePools(
  rule: PoolRule,
  input: AlertInput,
  { alerts, outagesByPool }: { alerts: readonly Alert[]; outagesByPool: OutagesByPool },
): Evaluation[] {
  const { nowMs } = input;
  const evaluate = (poolId: string, pool: PoolForecast | null, signal: Signal): Evaluation => ({
    rule: rule.rule,
    poolId,
    mail: rule.mail,
    forMs: Math.max(rule.forMs, pool !== null && rule.isInDoubt?.(pool) === true ? CONFIRM_MS : 0),
    clearForMs: rule.clearForMs,
    signal,
    pool,
    severity: pool === null ? 'info' : rule.severity(pool, nowMs),
    sinceMs: nowMs,
    nowMs,
    outages: outagesByPool === null ? null : (outagesByPool.get(poolId) ?? NO_OUTAGES),
  });
  const alertsOfRule = alerts.flatMap((alert) =>
    alert.rule === rule.rule && alert.poolId !== null ? [{ poolId: alert.poolId, alert }] : [],
  );
  if (!input.hasNewSample) {
    return alertsOfRule.map(({ poolId, alert }) => evaluate(poolId, alert.latest, evaluateAgain(alert, rule, nowMs)));
  }
  const presentIds = new Set(input.pools.map(({ id }) => id));
  return [
    ...input.pools.map((pool) => evaluate(pool.id, pool, rule.signal(pool, nowMs))),
    // A pool without a row in the table holds no port, which is below any clear line.
    ...alertsOfRule
      .filter(({ poolId }) => !presentIds.has(poolId))
      // While no port is usable no pool has one, and connects to it fail all the same.
      .map(({ poolId }) => evaluate(poolId, null, (input.noPortWhy ?? null) === null ? 'clear' : 'unknown')),
  ];
}

/** Evaluates the last forecast again. That can only make a pending alert fire, never raise or clear one. */
function evaluateAgain(alert: Alert, rule: PoolRule, nowMs: number): Signal {
  if (alert.state !== 'pending' || alert.latest === null || alert.clearSinceMs !== null) return 'unknown';
  return rule.signal(alert.latest, nowMs) === 'raise' ? 'raise' : 'unknown';
}

function evaluateBlindness({ blindSinceMs, settings, nowMs }: AlertInput): Evaluation {
  const sinceMs = nowMs - clamp(nowMs - (blindSinceMs ?? nowMs), 0, BACKDATE_MS);
  return {
    rule: 'blind',
    poolId: null,
    mail: settings.blind.mail,
    forMs: settings.blind.raiseAfterMs,
    clearForMs: settings.blind.clearForMs,
    signal: blindSinceMs === null ? 'clear' : 'raise',
    pool: null,
    severity: 'critical',
    sinceMs,
    nowMs,
    outages: null,
  };
}

/** Whether the range is without a usable port. Nothing of it is known between two samples or while portcast is blind. */
function evaluateNoPort({ noPortWhy = null, hasNewSample, blindSinceMs, settings, nowMs }: AlertInput): Evaluation {
  const isKnown = hasNewSample && blindSinceMs === null;
  return {
    rule: 'empty',
    poolId: null,
    ...settings.empty,
    signal: isKnown ? (noPortWhy === null ? 'clear' : 'raise') : 'unknown',
    pool: null,
    severity: 'critical',
    because: noPortWhy,
    sinceMs: nowMs,
    nowMs,
    outages: null,
  };
}

/** Each part in trouble, and each part that has an alert and is in trouble no more. */
function evaluateTroubles({ active, troubles: report = null, settings, nowMs }: AlertInput): Evaluation[] {
  const { mail, clearForMs } = settings.trouble;
  const evaluate = (trouble: Trouble, signal: Signal, sinceMs: number): Evaluation => ({
    rule: 'trouble',
    poolId: null,
    mail,
    forMs: findTroubleWaitMs(trouble.part, settings.trouble),
    clearForMs,
    signal,
    pool: null,
    severity: gradeTrouble(trouble.part),
    trouble,
    sinceMs: nowMs - clamp(nowMs - sinceMs, 0, BACKDATE_MS),
    nowMs,
    outages: null,
  });
  const present = report?.troubles ?? [];
  const past = active.flatMap(({ trouble }) =>
    trouble === undefined || present.some(({ part }) => part === trouble.part) ? [] : [trouble],
  );
  return [
    ...present.map(({ part, message, sinceMs }) => evaluate({ part, message }, 'raise', sinceMs)),
    ...past.map((trouble) => evaluate(trouble, report?.isComplete === true ? 'clear' : 'unknown', nowMs)),
  ];
}

function buildKey({ rule, poolId, trouble }: Pick<Evaluation, 'rule' | 'poolId' | 'trouble'>): string {
  return `${rule}\n${poolId ?? trouble?.part ?? ''}`;
}

function groupByPool(outages: readonly Outage[]): Map<string, Outage[]> {
  const groups = new Map<string, Outage[]>();
  for (const outage of outages) groups.set(outage.poolId, [...(groups.get(outage.poolId) ?? []), outage]);
  return groups;
}
