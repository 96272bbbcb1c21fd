/**
 * One step of all alerts: inactive -> pending -> firing -> resolved.
 *
 * A rule must hold without a break for its `for` before it fires, or less long where it cannot wait, and stay below its
 * clear line for `clearFor` before it resolves. In the band between the two lines a firing alert goes on firing; a pending one stays, but starts its
 * `for` again, so that a value dancing on the line neither fires nor leaves a trail of short-lived alerts.
 */
import type { PoolForecast } from '../forecast/types.js';
import { clamp, SECOND_MS } from '../units.js';
import type { Alert, AlertChange, AlertSettings, OwnerReport, Rule, Severity } from './alert.js';
import { shiftAfterGap, shiftAfterStepBack } from './clock-jumps.js';
import { createPoolRules, type PoolRule, type Signal } from './rules.js';
import { summarizeActive, summarizeResolved } from './summary.js';

export interface AlertInput {
  /** Pending and firing alerts as the previous step left them. */
  readonly active: readonly Alert[];
  /** The newest forecasts; looked at only when `fresh`. */
  readonly pools: readonly PoolForecast[];
  /** Whether this beat brought a new dump. */
  readonly fresh: boolean;
  /** Since when there has been no good sample; null while seeing. */
  readonly blindSinceMs: number | null;
  readonly settings: AlertSettings;
  /** Wall clock; may jump. */
  readonly nowMs: number;
  /** How long until the next beat. */
  readonly nextLookMs: number;
  /** Nothing is raised from a sample older than this, and a longer pause between two steps counts towards no duration. */
  readonly maxSampleAgeMs: number;
}

export interface AlertStep {
  readonly active: Alert[];
  readonly changes: AlertChange[];
}

/** What one look says of one (rule, pool). */
interface Sighting {
  readonly rule: Rule;
  readonly poolId: string | null;
  readonly mail: boolean;
  readonly forMs: number;
  readonly clearForMs: number;
  readonly signal: Signal;
  /** Null for `blind`, and for a pool that is gone. */
  readonly pool: PoolForecast | null;
  readonly severity: Severity;
  readonly sinceMs: number;
  readonly nowMs: number;
}

/** Beats jitter: without this slack a `for` of two beats would often last three. */
const BEAT_SLACK_MS = SECOND_MS / 2;
/** `blind` is first seen at the beat after it began; a start further back is a jump of the clock. */
const BLIND_BACKDATE_MS = 30 * SECOND_MS;
const NOT_LOOKED_FOR: OwnerReport = { processes: [], why: 'owners are looked for when an alert fires' };
const NO_OWNERS: OwnerReport = { processes: [], why: 'this alert is about portcast itself' };

/**
 * @returns the alerts that are pending or firing now, and every change of state to store and announce.
 *
 * Between dumps only time passes: a pending alert may fire on the last forecast while that is at most `maxSampleAgeMs` old, nothing is
 * raised and nothing resolved. While blind it is the same, and all other alerts on pools are held as they are: what made
 * the host unreadable must not keep back what was forecast just before.
 */
export function stepAlerts(input: AlertInput): AlertStep {
  const { nowMs, settings } = input;
  const seeing = input.blindSinceMs === null;
  const onClock = (alert: Alert): Alert => {
    const back = shiftAfterStepBack(alert, nowMs);
    return seeing || alert.rule === 'blind'
      ? shiftAfterGap(back, { forMs: forOf(back, settings), nowMs, maxGapMs: input.maxSampleAgeMs })
      : back;
  };
  const known = new Map(input.active.map((alert) => [keyOf(alert.rule, alert.poolId), onClock(alert)]));
  const active: Alert[] = [];
  const changes: AlertChange[] = [];
  const take = (sighting: Sighting): Alert | null => {
    const key = keyOf(sighting.rule, sighting.poolId);
    const alert = known.get(key) ?? null;
    known.delete(key);
    const step = advance(alert, sighting);
    if (step.change !== null) changes.push(step.change);
    if (step.alert !== null) active.push(step.alert);
    return step.alert;
  };

  take(blindSighting(input));
  const grave = new Set<string>();
  /** That the ports run out is told once: by the forecast, or by the failure that came without one. */
  const foretold = ({ rule, poolId }: Sighting): boolean => {
    const imminent = rule === 'failing' ? known.get(keyOf('imminent', poolId)) : undefined;
    return imminent?.state === 'firing' && imminent.mail;
  };
  for (const rule of createPoolRules(settings, input.maxSampleAgeMs)) {
    for (const sighting of sightings(rule, input, [...known.values()])) {
      const inhibited = sighting.poolId !== null && (grave.has(sighting.poolId) || foretold(sighting));
      const held = !seeing && sighting.signal !== 'raise';
      const alert = held
        ? known.get(keyOf(sighting.rule, sighting.poolId))
        : take(inhibited ? { ...sighting, mail: false } : sighting);
      if (alert != null && alert.poolId !== null && inhibits(alert)) grave.add(alert.poolId);
    }
  }
  active.push(...known.values());
  return { active, changes };
}

/** A failure that is not mailed itself must not keep the mail of the forecast back. */
function inhibits({ rule, state, mail }: Alert): boolean {
  return state === 'firing' && (rule === 'imminent' || (rule === 'failing' && mail));
}

function sightings(rule: PoolRule, input: AlertInput, known: readonly Alert[]): Sighting[] {
  const { nowMs, nextLookMs } = input;
  const of = (poolId: string, pool: PoolForecast | null, signal: Signal): Sighting => ({
    rule: rule.rule,
    poolId,
    mail: rule.mail,
    forMs: pool !== null && rule.cannotWait?.(pool, nowMs + nextLookMs) === true ? 0 : rule.forMs,
    clearForMs: rule.clearForMs,
    signal,
    pool,
    severity: pool === null ? 'info' : rule.severity(pool, nowMs),
    sinceMs: nowMs,
    nowMs,
  });
  const mine = known.filter((alert) => alert.rule === rule.rule && alert.poolId !== null);
  if (!input.fresh) return mine.map((alert) => of(alert.poolId ?? '', alert.latest, heldSignal(alert, rule, nowMs)));
  const present = new Set(input.pools.map((pool) => pool.id));
  return [
    ...input.pools.map((pool) => of(pool.id, pool, rule.signal(pool, nowMs))),
    // A pool without a single row holds no port: that is below any clear line.
    ...mine
      .filter(({ poolId }) => poolId !== null && !present.has(poolId))
      .map((alert) => of(alert.poolId ?? '', null, 'clear')),
  ];
}

/** Between dumps the last forecast stands, but it may only let a pending alert fire. */
function heldSignal(alert: Alert, rule: PoolRule, nowMs: number): Signal {
  if (alert.state !== 'pending' || alert.latest === null || alert.clearSinceMs !== null) return 'unknown';
  return rule.signal(alert.latest, nowMs) === 'raise' ? 'raise' : 'unknown';
}

function blindSighting({ blindSinceMs, settings, nowMs }: AlertInput): Sighting {
  const sinceMs = nowMs - clamp(nowMs - (blindSinceMs ?? nowMs), 0, BLIND_BACKDATE_MS);
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
  };
}

interface Advance {
  readonly alert: Alert | null;
  readonly change: AlertChange | null;
}

function advance(alert: Alert | null, sighting: Sighting): Advance {
  if (alert === null) return sighting.signal === 'raise' ? begin(sighting) : { alert: null, change: null };
  const seen: Alert = { ...alert, lastSeenAtMs: sighting.nowMs };
  if (sighting.signal === 'unknown') return { alert: seen, change: null };
  return alert.state === 'firing' ? advanceFiring(seen, sighting) : advancePending(seen, sighting);
}

function begin(sighting: Sighting): Advance {
  const { rule, poolId, pool, sinceMs } = sighting;
  const alert: Alert = {
    id: `${rule}_${poolId ?? 'portcast'}_${sinceMs}`,
    rule,
    poolId,
    severity: sighting.severity,
    state: 'pending',
    mail: sighting.mail,
    pendingAtMs: sinceMs,
    firingAtMs: null,
    resolvedAtMs: null,
    clearSinceMs: null,
    lastSeenAtMs: sighting.nowMs,
    summary: summarizeActive(rule, pool, sighting),
    raised: pool,
    latest: pool,
    owners: rule === 'blind' ? NO_OWNERS : NOT_LOOKED_FOR,
  };
  return sighting.forMs <= 0 ? fire(alert, 'inactive') : { alert, change: { from: 'inactive', to: 'pending', alert } };
}

function advancePending(alert: Alert, sighting: Sighting): Advance {
  const { nowMs, signal, pool } = sighting;
  if (signal !== 'raise') {
    const clearSinceMs = alert.clearSinceMs ?? nowMs;
    if (signal === 'between' && !lasted(clearSinceMs, nowMs, sighting.clearForMs)) {
      return { alert: { ...refreshed(alert, sighting), raised: pool, clearSinceMs }, change: null };
    }
    return { alert: null, change: { from: 'pending', to: 'inactive', alert } };
  }
  const pendingAtMs = alert.clearSinceMs === null ? alert.pendingAtMs : nowMs;
  const next: Alert = {
    ...refreshed(alert, sighting),
    mail: sighting.mail,
    raised: pool,
    pendingAtMs,
    clearSinceMs: null,
  };
  return lasted(pendingAtMs, nowMs, sighting.forMs) ? fire(next, 'pending') : { alert: next, change: null };
}

function fire(pending: Alert, from: 'inactive' | 'pending'): Advance {
  const alert: Alert = { ...pending, state: 'firing', firingAtMs: pending.lastSeenAtMs };
  return { alert, change: { from, to: 'firing', alert } };
}

function advanceFiring(alert: Alert, sighting: Sighting): Advance {
  const { nowMs, signal } = sighting;
  if (signal !== 'clear') return { alert: { ...refreshed(alert, sighting), clearSinceMs: null }, change: null };
  const clearSinceMs = alert.clearSinceMs ?? nowMs;
  const latest = sighting.pool ?? alert.latest;
  if (!lasted(clearSinceMs, nowMs, sighting.clearForMs)) {
    return { alert: { ...alert, latest, clearSinceMs }, change: null };
  }
  const summary = summarizeResolved(alert, sighting.pool, nowMs);
  const resolved: Alert = { ...alert, state: 'resolved', latest, clearSinceMs, resolvedAtMs: nowMs, summary };
  return { alert: null, change: { from: 'firing', to: 'resolved', alert: resolved } };
}

function refreshed(alert: Alert, sighting: Sighting): Alert {
  const { pool, severity } = sighting;
  const summary = summarizeActive(alert.rule, pool, { sinceMs: alert.pendingAtMs, nowMs: sighting.nowMs });
  return { ...alert, latest: pool, severity, summary };
}

function lasted(sinceMs: number, nowMs: number, forMs: number): boolean {
  return nowMs - sinceMs + Math.min(BEAT_SLACK_MS, forMs / 4) >= forMs;
}

function forOf(alert: Alert, settings: AlertSettings): number {
  return alert.rule === 'blind' ? settings.blind.raiseAfterMs : settings[alert.rule].forMs;
}

function keyOf(rule: Rule, poolId: string | null): string {
  return `${rule}\n${poolId ?? ''}`;
}
