/** The sentences of an alert, and the name of a pool for people. */
import type { PoolForecast } from '../forecast/types.js';
import { formatCount, formatDuration, formatPercent, formatRate, SECOND_MS } from '../units.js';
import type { Alert, Rule } from './alert.js';
import { usedRatio } from './rules.js';
import { formatEndpoint } from '../host/endpoint.js';

/** Where a pool leads: `10.0.0.2:443`, `[2001:db8::2]:443`, `any destination from 10.0.0.1` for a `bind` pool. */
export function nameDestination(pool: PoolForecast): string {
  return `${remoteEnd(pool)}${pool.namespace === 'host' ? '' : ` in namespace ${pool.namespace}`}`;
}

/** The time of day in UTC, for a sentence about the near future: `14:03:22 UTC`. */
export function formatTimeOfDay(epochMs: number): string {
  return `${new Date(epochMs).toISOString().slice(11, 19)} UTC`;
}

/** How far off an instant is: `in 28 s`, `now`. Whole seconds: a tenth is no information about the future. */
export function formatHowSoon(instantMs: number, nowMs: number): string {
  const seconds = Math.round((instantMs - nowMs) / SECOND_MS);
  return seconds <= 0 ? 'now' : `in ${formatDuration(seconds * SECOND_MS)}`;
}

/** What it is and how far, and a sentence on what that rests on where it is not the present rate; `pool` is null for `blind` only. */
export function summarizeActive(rule: Rule, pool: PoolForecast | null, at: { sinceMs: number; nowMs: number }): string {
  if (pool === null) {
    return `portcast is blind: no good sample since ${formatTimeOfDay(at.sinceMs)}, so no exhaustion would be noticed.`;
  }
  const to = nameDestination(pool);
  const used = `${formatCount(pool.used)} of ${formatCount(pool.capacity)} used`;
  const rates =
    pool.closeRate === null
      ? used
      : `${used}, ${formatRate(pool.closeRate)} closes/s against ${formatRate(pool.sustainableRate)}/s sustainable`;
  if (rule === 'failing') return `Connects to ${to} fail for want of a port: ${describeFailures(pool)}, ${used}.`;
  if (pool.mode === 'exhausted') return `No port is left to ${to}: ${rates}.`;
  const runsOut = `Ports to ${to} run out ${instant(pool.exhaustsAtMs, at.nowMs)}`;
  switch (rule) {
    case 'imminent':
    case 'blind':
      return `${runsOut}: ${rates}.${condition(pool)}`;
    case 'leak':
      return `${runsOut}: ${formatCount(pool.live)} of ${formatCount(pool.capacity)} are held open, growing${growth(pool)}.`;
    case 'pressure':
      return `Ports to ${to} settle at ${formatPercent(pool.pressure ?? 0)} of capacity if the rate holds: ${rates}.`;
    case 'use':
      return `${formatPercent(usedRatio(pool))} of the ports to ${to} are used (${formatCount(pool.used)} of ${formatCount(pool.capacity)}).`;
  }
}

/** On what the forecast rests, where it is more than that the present rate goes on. */
function condition({ probability, probabilityIfHeld, probabilityBasis, burstsKnown }: PoolForecast): string {
  if (probabilityBasis === 'history' && probability !== null && probabilityIfHeld !== null) {
    const [likely, held] = [formatPercent(probability), formatPercent(probabilityIfHeld)];
    return ` By how long the ${formatCount(burstsKnown)} bursts before lasted, that is ${likely} likely; if this one goes on, ${held}.`;
  }
  if (probabilityBasis !== 'climb') return '';
  return ' This holds if the close rate goes on climbing as it does now; it may settle before that.';
}

/** How it ended; `pool` is null when the pool vanished from the table. */
export function summarizeResolved(alert: Alert, pool: PoolForecast | null, nowMs: number): string {
  const lasted = `It lasted ${formatDuration(Math.max(0, nowMs - (alert.firingAtMs ?? nowMs)))}.`;
  if (alert.rule === 'blind') return `portcast sees again. ${lasted}`;
  const known = alert.latest ?? alert.raised;
  const to = known === null ? (alert.poolId ?? '') : nameDestination(known);
  if (pool === null) return `No connection to ${to} is left, so its ports are free. ${lasted}`;
  const now = `${formatCount(pool.used)} of ${formatCount(pool.capacity)} used`;
  const pressure = pool.pressure === null ? '' : `, pressure ${formatPercent(pool.pressure)}`;
  switch (alert.rule) {
    case 'failing':
      return `No connect to ${to} was seen to fail in the last minute (${now}${pressure}). ${lasted}`;
    case 'imminent':
      return `Ports to ${to} are no longer about to run out (${now}${pressure}). ${lasted}`;
    case 'leak':
      return `Ports held open to ${to} no longer grow towards the limit (${now}${pressure}). ${lasted}`;
    case 'pressure':
    case 'use':
      return `Ports to ${to} are back below the line (${now}${pressure}). ${lasted}`;
  }
}

/** How many, and whose: `12 in the last minute, by curl (pid 7)`. */
export function describeFailures({ failedConnects, failedBy = [] }: PoolForecast): string {
  const count = `${formatCount(failedConnects ?? 0)} in the last minute`;
  const names = failedBy.slice(0, 3).map(({ name, pid }) => `${name} (pid ${pid})`);
  const more = failedBy.length > names.length ? ' and others' : '';
  return names.length === 0 ? count : `${count}, by ${names.join(', ')}${more}`;
}

function remoteEnd({ remoteAddress, remotePort, localAddress, kind }: PoolForecast): string {
  if (remoteAddress === null) {
    const how = kind === 'bind' ? ' after bind()' : '';
    return `any destination from ${localAddress}${how}`;
  }
  if (remotePort === null) return remoteAddress;
  return formatEndpoint(remoteAddress, remotePort);
}

function instant(exhaustsAtMs: number | null, nowMs: number): string {
  if (exhaustsAtMs === null) return 'soon';
  return `${formatHowSoon(exhaustsAtMs, nowMs)}, at ${formatTimeOfDay(exhaustsAtMs)}`;
}

function growth(pool: PoolForecast): string {
  return pool.liveGrowth === null || pool.liveGrowth <= 0 ? '' : ` by ${formatRate(pool.liveGrowth)}/s`;
}
