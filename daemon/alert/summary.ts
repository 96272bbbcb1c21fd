/** The sentences of an alert, and how pools and instants are named for people. */
import type { PoolForecast } from '../forecast/types.js';
import { formatEndpoint } from '../host/endpoint.js';
import { formatCount, formatDuration, formatPercent, formatRate, MINUTE_MS, SECOND_MS } from '../units.js';
import type { Alert, Rule } from './alert.js';
import { summarizePortsAgain } from './no-port.js';
import { usedRatio } from './rules.js';

/** How many failing processes are named. The others are summed up as "and others". */
const MAX_NAMED = 3;

/** Where a pool leads: `10.0.0.2:443`, `[2001:db8::2]:443`, `any destination from 10.0.0.1` for a `bind` pool. */
export function nameDestination(pool: PoolForecast): string {
  return `${nameRemoteEnd(pool)}${nameNamespace(pool)}`;
}

/** The call that fails when the pool is full: `connect() to 10.0.0.2:443`, `bind() on 10.0.0.1`. */
export function nameFailingCall(pool: PoolForecast): string {
  if (pool.kind === 'bind') return `bind() on ${pool.localAddress}${nameNamespace(pool)}`;
  return `connect() to ${nameDestination(pool)}`;
}

/** The time of day in UTC, for a sentence about the near future: `14:03:22 UTC`. */
export function formatTimeOfDay(epochMs: number): string {
  return `${new Date(epochMs).toISOString().slice(11, 19)} UTC`;
}

/** How far off an instant is: `in 28 s`, `now`. Whole seconds, because no forecast is more precise than that. */
export function formatHowSoon(instantMs: number, nowMs: number): string {
  const seconds = Math.round((instantMs - nowMs) / SECOND_MS);
  return seconds <= 0 ? 'now' : `in ${formatDuration(seconds * SECOND_MS)}`;
}

/** The ports that the pool would hold if its present close rate went on; null where that rate is not known. */
export function countNeededPorts({ pressure, capacity }: PoolForecast): number | null {
  return pressure === null ? null : Math.round(pressure * capacity);
}

/**
 * The same where it states the demand; null where it does not: the growth of open connections decides (a leak), or there
 * are fewer closes than attempts because connects fail (exhausted).
 */
export function countDemandedPorts(pool: PoolForecast): number | null {
  return pool.mode === 'leak' || pool.mode === 'exhausted' ? null : countNeededPorts(pool);
}

/** `1 port`, `1,534 ports`. */
export function formatPorts(count: number): string {
  return `${formatCount(count)} ${count === 1 ? 'port' : 'ports'}`;
}

/** How many calls failed and whose: `12 in the last minute, by curl (pid 7)`. */
export function describeFailures({ failedConnects, failedBy = [] }: PoolForecast): string {
  const count = `${formatCount(failedConnects ?? 0)} in the last minute`;
  const names = failedBy.slice(0, MAX_NAMED).map(({ name, pid }) => `${name} (pid ${pid})`);
  const others = failedBy.length > names.length ? ' and others' : '';
  return names.length === 0 ? count : `${count}, by ${names.join(', ')}${others}`;
}

/**
 * States the danger and the present use. Where the forecast assumes more than that the present rate goes on, a sentence
 * with this assumption follows. `pool` is null for `blind` only.
 */
export function summarizeActive(rule: Rule, pool: PoolForecast | null, at: { sinceMs: number; nowMs: number }): string {
  if (pool === null) {
    return `portcast is blind: it has had no good sample since ${formatTimeOfDay(at.sinceMs)} and would not notice an exhaustion.`;
  }
  const destination = nameDestination(pool);
  if (rule === 'failing') {
    return `${nameFailingCall(pool)} fails: out of local ports. Failures: ${describeFailures(pool)}. Ports: ${describeUse(pool)}.`;
  }
  if (pool.mode === 'exhausted') {
    const held = `${formatCount(pool.live)} open, ${formatCount(pool.timeWait)} in TIME_WAIT`;
    return `Out of ports to ${destination}: ${describeUse(pool)} (${held}).`;
  }
  const runOut = `Ports to ${destination} run out ${describeInstant(pool.exhaustsAtMs, at.nowMs)}`;
  switch (rule) {
    case 'imminent':
    case 'empty':
    case 'blind':
      if (pool.mode === 'leak') return `${runOut}: ${describeHeld(pool)}.${describeAssumption(pool)}`;
      return `${runOut}: ${describeRates(pool)}.${describeAssumption(pool)}`;
    case 'leak':
      return `${runOut}: ${describeHeld(pool)}.`;
    case 'pressure':
      return summarizePressure(pool);
    case 'use':
      return `${formatPercent(usedRatio(pool))} of the ports to ${destination} are used (${formatCount(pool.used)} of ${formatCount(pool.capacity)}).`;
  }
}

/** How it ended; `pool` is null when the pool is no longer in the socket table. */
export function summarizeResolved(alert: Alert, pool: PoolForecast | null, nowMs: number): string {
  if (alert.rule === 'empty') return summarizePortsAgain(alert, nowMs);
  const over = `Over after ${formatDuration(Math.max(0, nowMs - (alert.firingAtMs ?? nowMs)))}`;
  if (alert.rule === 'blind') return `${over}: portcast has good samples again.`;
  const lastForecast = alert.latest ?? alert.raised;
  const destination = lastForecast === null ? (alert.poolId ?? '') : nameDestination(lastForecast);
  if (pool === null) return `${over}: no connection to ${destination} is left, so its ports are free.`;
  const needed = countDemandedPorts(pool);
  const demand = needed === null ? '' : `; this rate needs ${formatCount(needed)}`;
  return `${over}: ${describeEnd(alert.rule, pool)}. Now ${describeUse(pool)}${demand}.`;
}

function describeEnd(rule: Exclude<Rule, 'empty' | 'blind'>, pool: PoolForecast): string {
  const destination = nameDestination(pool);
  switch (rule) {
    case 'failing':
      return `no ${nameFailingCall(pool)} failed in the last minute`;
    case 'imminent':
      return `ports to ${destination} are no longer about to run out`;
    case 'leak':
      return `the connections held open to ${destination} no longer grow towards the limit`;
    case 'pressure':
    case 'use':
      return `use of the ports to ${destination} is back below the line`;
  }
}

function summarizePressure(pool: PoolForecast): string {
  const destination = nameDestination(pool);
  const [needed, capacity] = [countNeededPorts(pool) ?? 0, formatCount(pool.capacity)];
  const present = `Now ${describeRates(pool)}`;
  if ((pool.pressure ?? 0) >= 1) {
    return `This rate needs ${formatPorts(needed)} to ${destination}; there are ${capacity}. ${present}.`;
  }
  return `This rate keeps ${formatPercent(pool.pressure ?? 0)} of the ports to ${destination} in use (${formatCount(needed)} of ${capacity}). ${present}.`;
}

/** The connections that a leaking pool holds: `37 connections are open, 4 more every second; none is closed`. */
function describeHeld({ live, closeWait, liveGrowth, closeRate }: PoolForecast): string {
  const inCloseWait = closeWait > 0 ? ` (${formatCount(closeWait)} in CLOSE_WAIT)` : '';
  const growth = liveGrowth === null || liveGrowth <= 0 ? '' : `, ${formatGrowth(liveGrowth)}`;
  const closed = closeRate === 0 ? '; none is closed' : '';
  return `${formatCount(live)} connections are open${inCloseWait}${growth}${closed}`;
}

function describeUse({ used, capacity }: PoolForecast): string {
  return `${formatCount(used)} of ${formatCount(capacity)} used`;
}

function describeRates(pool: PoolForecast): string {
  if (pool.closeRate === null) return describeUse(pool);
  const sustainable = `${formatRate(pool.sustainableRate)}/s sustainable`;
  return `${describeUse(pool)}, ${formatRate(pool.closeRate)} closes/s against ${sustainable}`;
}

/** What the forecast assumes where it is more than that the present rate goes on. */
function describeAssumption({ probability, probabilityIfHeld, probabilityBasis, burstsKnown }: PoolForecast): string {
  if (probabilityBasis === 'history' && probability !== null && probabilityIfHeld !== null) {
    const [likely, ifHeld] = [formatPercent(probability), formatPercent(probabilityIfHeld)];
    return ` That is ${likely} likely, going by how long the last ${formatCount(burstsKnown)} bursts lasted; if this burst goes on, ${ifHeld}.`;
  }
  if (probabilityBasis !== 'climb') return '';
  return ' This assumes that the close rate keeps rising; it may stop rising first.';
}

function nameRemoteEnd({ remoteAddress, remotePort, localAddress, kind }: PoolForecast): string {
  if (remoteAddress === null) {
    const how = kind === 'bind' ? ' after bind()' : '';
    return `any destination from ${localAddress}${how}`;
  }
  if (remotePort === null) return remoteAddress;
  return formatEndpoint(remoteAddress, remotePort);
}

function nameNamespace({ namespace }: PoolForecast): string {
  return namespace === 'host' ? '' : ` in namespace ${namespace}`;
}

function describeInstant(exhaustsAtMs: number | null, nowMs: number): string {
  if (exhaustsAtMs === null) return 'soon';
  return `${formatHowSoon(exhaustsAtMs, nowMs)}, at ${formatTimeOfDay(exhaustsAtMs)}`;
}

function formatGrowth(perSecond: number): string {
  if (perSecond >= 1) return `${formatRate(perSecond)} more every second`;
  return `${formatRate((perSecond * MINUTE_MS) / SECOND_MS)} more every minute`;
}
