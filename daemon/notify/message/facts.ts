/** The labelled lines of a mail: what is known about the pool and the host, with its numbers. */
import {
  countDemandedPorts,
  describeHeld,
  describeLive,
  describeUnanswered,
  describeUnmetShortly,
  findCause,
} from '../../alert/demand.js';
import {
  capitalize,
  describeError,
  formatHowSoon,
  formatPorts,
  nameCalls,
  nameDestination,
  nameFailingCall,
} from '../../alert/names.js';
import { describeFailures } from '../../alert/summary.js';
import type { PoolForecast } from '../../forecast/types.js';
import type { HostLimits } from '../../host/limits.js';
import { formatCount, formatDuration, formatRate } from '../../units.js';
import { cleanLine } from './sanitize.js';

export interface Fact {
  readonly label: string;
  readonly value: string;
}

/** A date and time that means the same to every reader: `2026-01-05 14:03:22 UTC`. */
export function formatUtc(epochMs: number): string {
  return `${new Date(epochMs).toISOString().slice(0, 19).replace('T', ' ')} UTC`;
}

/** When the ports run out, with the 90% interval; where they do not at the present rate, whether a rising rate would. */
export function describeInstant(pool: PoolForecast, nowMs: number): Fact {
  const label = 'Runs out';
  if (pool.mode === 'exhausted') {
    return { label, value: `Already: ${nameFailingCall(pool)} ${describeError(pool)}.` };
  }
  if (pool.demandAtLeast === true && pool.exhaustsAtMs === null) {
    return { label, value: `${capitalize(nameCalls(pool))} failed until just now, and the demand may still be there.` };
  }
  if (pool.exhaustsAtMs !== null) {
    const soon = formatHowSoon(pool.exhaustsAtMs, nowMs);
    return { label, value: `${formatUtc(pool.exhaustsAtMs)}, ${soon}${formatInterval(pool)}` };
  }
  if (pool.pressureFullAtMs !== null) {
    const { pressureFullEarliestAtMs: earliestAtMs, pressureFullLatestAtMs: latestAtMs } = pool;
    const instant = `${formatUtc(pool.pressureFullAtMs)}${formatInterval({ earliestAtMs, latestAtMs })}`;
    return { label, value: `Not at this rate. If it keeps rising, it needs all ports by ${instant}.` };
  }
  return { label, value: 'Not at this rate.' };
}

export function describePool(pool: PoolForecast): Fact[] {
  const from = pool.remoteAddress === null ? '' : `, from ${pool.localAddress}`;
  const facts: Fact[] = [{ label: 'Pool', value: `${nameDestination(pool)}${from}` }];
  if ((pool.failedConnects ?? 0) > 0) facts.push({ label: 'Failed', value: describeFailures(pool) });
  facts.push({ label: 'Ports', value: describePorts(pool) }, ...describeFlow(pool));
  facts.push({ label: 'Why', value: pool.why });
  return facts;
}

export function describeHost(hostName: string, limits: HostLimits | null): Fact {
  const name = cleanLine(hostName, 100);
  if (limits === null) return { label: 'Host', value: name };
  const { first, last } = limits.range;
  const reserved = limits.reservedPorts.length > 0 ? ', some reserved' : '';
  const assumed = limits.timeWaitAssumed ? ' (assumed)' : '';
  const range = `ports ${first} to ${last}${reserved}`;
  return { label: 'Host', value: `${name}: ${range}, TIME_WAIT ${formatDuration(limits.timeWaitMs)}${assumed}` };
}

/** An interval without an end means that the ports may never run out at the low end of the rate. */
function formatInterval({ earliestAtMs, latestAtMs }: Pick<PoolForecast, 'earliestAtMs' | 'latestAtMs'>): string {
  if (earliestAtMs === null) return '';
  const earliest = formatUtc(earliestAtMs).slice(11, 19);
  if (latestAtMs === null) return ` (90%: after ${earliest}, or never)`;
  return ` (90%: between ${earliest} and ${formatUtc(latestAtMs).slice(11, 19)})`;
}

function describePorts(pool: PoolForecast): string {
  const closeWait = pool.closeWait > 0 ? ` (${formatCount(pool.closeWait)} in CLOSE_WAIT)` : '';
  const reusable = pool.reusable > 0 ? `, of which ${formatCount(pool.reusable)} can be taken again` : '';
  const held = `${describeLive(pool)}${closeWait}, ${formatCount(pool.timeWait)} in TIME_WAIT${reusable}`;
  return `${formatCount(pool.used)} of ${formatCount(pool.capacity)} used: ${held}; ${formatCount(pool.available)} available`;
}

function describeCloses(pool: PoolForecast): string {
  const sustainable = `sustainable: ${formatRate(pool.sustainableRate)}/s, as each close holds its port for ${formatDuration(pool.holdMs)}`;
  if (pool.closeRate === null) return `rate not known yet; ${sustainable}`;
  const { closeRateLow: low, closeRateHigh: high } = pool;
  const band = low === null || high === null ? '' : ` (90%: ${formatRate(low)} to ${formatRate(high)})`;
  return `${formatRate(pool.closeRate)}/s${band}; ${sustainable}`;
}

/** What takes the ports. Closes are left out where they do not: a rate of 0/s would read as calm. */
function describeFlow(pool: PoolForecast): Fact[] {
  const cause = findCause(pool);
  if (cause === 'growth') return [{ label: 'Growth', value: describeHeld(pool) }];
  const unanswered = cause === 'unanswered' ? [{ label: 'Waiting', value: describeUnanswered(pool) }] : [];
  const unmet = describeUnmetShortly(pool);
  if (unmet !== null) return [...unanswered, { label: 'Demand', value: unmet }];
  if (unanswered.length > 0) return unanswered;
  const closes = { label: 'Closes', value: describeCloses(pool) };
  const needed = countDemandedPorts(pool);
  if (needed === null) return [closes];
  const demand = `This rate needs ${formatPorts(needed)}; there are ${formatCount(pool.capacity)}`;
  return [closes, { label: 'Demand', value: demand }];
}
