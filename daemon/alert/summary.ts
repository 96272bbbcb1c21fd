/** The sentences of an alert. */
import type { PoolForecast } from '../forecast/types.js';
import { formatCount, formatDuration, formatPercent, formatRate } from '../units.js';
import type { Alert, Rule } from './alert.js';
import {
  countDemandedPorts,
  countNeededPorts,
  describeHeld,
  describeLive,
  describeUnanswered,
  describeUnmetDemand,
  findCause,
} from './demand.js';
import {
  capitalize,
  describeError,
  formatHowSoon,
  formatPorts,
  formatTimeOfDay,
  nameDestination,
  nameFailingCall,
  namePorts,
  nameUse,
} from './names.js';
import { summarizePortsAgain } from './no-port.js';
import { describeOutcome } from './outcome.js';
import { usedRatio } from './rules.js';
import { summarizeTroubleOver } from './trouble.js';

/** How many failing processes are named. The others are summed up as "and others". */
const MAX_NAMED = 3;

/** How many calls failed and whose: `12 in the last minute, by curl (pid 7)`. */
export function describeFailures({ failedConnects, failedBy = [] }: PoolForecast): string {
  return `${formatCount(failedConnects ?? 0)} in the last minute${nameCallers({ failedBy })}`;
}

/** Whose calls failed, as the end of a sentence: `, by curl (pid 7)`; empty where that is not known. */
export function nameCallers({ failedBy = [] }: Pick<PoolForecast, 'failedBy'>): string {
  const names = failedBy.slice(0, MAX_NAMED).map(({ name, pid }) => `${name} (pid ${pid})`);
  const others = failedBy.length > names.length ? ' and others' : '';
  return names.length === 0 ? '' : `, by ${names.join(', ')}${others}`;
}

/**
 * States the danger and the present use. Where the forecast rests on a rising rate or on earlier bursts, a sentence says so.
 * `pool` is null for `blind` only.
 */
export function summarizeActive(rule: Rule, pool: PoolForecast | null, at: { sinceMs: number; nowMs: number }): string {
  if (pool === null) {
    return `portcast is blind: it has had no good sample since ${formatTimeOfDay(at.sinceMs)} and would not notice an exhaustion.`;
  }
  const ports = namePorts(pool);
  if (rule === 'failing') {
    return `${nameFailingCall(pool)} ${describeError(pool)}: out of local ports. Failures: ${describeFailures(pool)}. Ports: ${describeUse(pool)}.`;
  }
  if (pool.mode === 'exhausted') return summarizeExhausted(pool);
  const { exhaustsAtMs } = pool;
  const isForecast = rule === 'imminent' || rule === 'leak';
  if (isForecast && exhaustsAtMs === null) return `${capitalize(ports)} ${describeCalm(pool)}: ${describeTaken(pool)}.`;
  const runOut = `${capitalize(ports)} run out ${describeInstant(exhaustsAtMs ?? at.nowMs, at.nowMs)}`;
  switch (rule) {
    case 'imminent':
    case 'empty':
    case 'blind':
    case 'trouble':
      return `${runOut}: ${describeTaken(pool)}.${describeBasis(pool)}`;
    case 'leak':
      return `${runOut}: ${describeHeld(pool)}.`;
    case 'pressure':
      return summarizePressure(pool);
    case 'use':
      return `${formatPercent(usedRatio(pool))} of the ${ports} are used (${formatCount(pool.used)} of ${formatCount(pool.capacity)}).`;
  }
}

function summarizeExhausted(pool: PoolForecast): string {
  const held = `${describeLive(pool)}, ${formatCount(pool.timeWait)} in TIME_WAIT`;
  const unanswered = findCause(pool) === 'unanswered' ? ` ${describeUnanswered(pool)}.` : '';
  const demand = describeUnmetDemand(pool);
  const unmet = demand === null ? '' : ` ${demand}.`;
  return `Out of ${namePorts(pool)}: ${describeUse(pool)} (${held}).${unanswered}${unmet}`;
}

/** What is said of the ports while the alert of an exhaustion goes on and none is forecast any more. */
function describeCalm({ demandAtLeast }: PoolForecast): string {
  return demandAtLeast === true ? 'come free again' : 'do not run out at this rate';
}

/** What takes the ports of a pool that runs out. */
function describeTaken(pool: PoolForecast): string {
  switch (findCause(pool)) {
    case 'unanswered':
      return `${describeUse(pool)}; ${describeUnanswered(pool)}`;
    case 'growth':
      return describeHeld(pool);
    case 'closes':
    case null:
      return describeRates(pool);
  }
}

/**
 * How it ended: whether the ports ran out, for how long, how many calls failed, and how early the warning came. `pool` is
 * null when the pool is no longer in the socket table.
 */
export function summarizeResolved(alert: Alert, pool: PoolForecast | null, nowMs: number): string {
  if (alert.rule === 'empty') return summarizePortsAgain(alert, nowMs);
  const length = formatDuration(Math.max(0, nowMs - (alert.firingAtMs ?? nowMs)));
  if (alert.rule === 'blind') return `Over after ${length}: portcast has good samples again.`;
  if (alert.rule === 'trouble') {
    const none = { part: '', message: 'not known' };
    return summarizeTroubleOver(alert.trouble ?? none, { fromMs: alert.pendingAtMs, untilMs: nowMs });
  }
  const lastForecast = pool ?? alert.latest ?? alert.raised;
  const outcome = lastForecast === null ? null : describeOutcome(alert, lastForecast);
  const destination = lastForecast === null ? (alert.poolId ?? '') : nameDestination(lastForecast);
  const over = outcome === null ? 'Over.' : `Over. ${outcome}`;
  if (pool === null) return `${over} No connection to ${destination} is left, so its ports are free.`;
  const needed = countDemandedPorts(pool);
  const demand = needed === null ? '' : `; this rate needs ${formatCount(needed)}`;
  const { used, capacity } = pool;
  const end = outcome === null ? ` ${describeEnd(alert.rule, pool)}.` : '';
  return `${over}${end} Now ${formatCount(used)} of ${formatCount(capacity)} in use${demand}.`;
}

function describeEnd(rule: Exclude<Rule, 'empty' | 'blind' | 'trouble'>, pool: PoolForecast): string {
  const ports = namePorts(pool);
  switch (rule) {
    case 'failing':
      return `No ${nameFailingCall(pool)} failed in the last minute`;
    case 'imminent':
      return `${capitalize(ports)} are no longer about to run out`;
    case 'leak':
      return `The connections held open ${nameUse(pool)} no longer grow towards the limit`;
    case 'pressure':
    case 'use':
      return `Use of the ${ports} is back below the line`;
  }
}

function summarizePressure(pool: PoolForecast): string {
  const [needed, capacity] = [countNeededPorts(pool) ?? 0, formatCount(pool.capacity)];
  const present = `Now ${describeRates(pool)}`;
  if ((pool.pressure ?? 0) >= 1) {
    return `This rate needs ${formatPorts(needed)} ${nameUse(pool)}; there are ${capacity}. ${present}.`;
  }
  return `This rate keeps ${formatPercent(pool.pressure ?? 0)} of the ${namePorts(pool)} in use (${formatCount(needed)} of ${capacity}). ${present}.`;
}

function describeUse({ used, capacity }: PoolForecast): string {
  return `${formatCount(used)} of ${formatCount(capacity)} used`;
}

function describeRates(pool: PoolForecast): string {
  const unmet = describeUnmetDemand(pool);
  if (unmet !== null) return `${describeUse(pool)}. ${unmet}`;
  if (pool.closeRate === null) return describeUse(pool);
  const sustainable = `${formatRate(pool.sustainableRate)}/s sustainable`;
  return `${describeUse(pool)}, ${formatRate(pool.closeRate)} closes/s against ${sustainable}`;
}

/** What the forecast rests on beside the present rate. */
function describeBasis({ probability, probabilityIfHeld, probabilityBasis, burstsKnown }: PoolForecast): string {
  if (probabilityBasis === 'history' && probability !== null && probabilityIfHeld !== null) {
    const [likely, without] = [formatPercent(probability), formatPercent(probabilityIfHeld)];
    return ` That is ${likely} likely, ${nameBursts(burstsKnown)} (${without} without them).`;
  }
  return probabilityBasis === 'climb' ? ' The close rate is rising; it may stop rising first.' : '';
}

/** `going by the last 9 bursts`. */
export function nameBursts(count: number): string {
  return `going by the last ${formatCount(count)} bursts`;
}

function describeInstant(exhaustsAtMs: number, nowMs: number): string {
  const soon = formatHowSoon(exhaustsAtMs, nowMs);
  return exhaustsAtMs <= nowMs ? soon : `${soon}, at ${formatTimeOfDay(exhaustsAtMs)}`;
}
