/** The labelled lines of a mail: what is known about the pool and the host, with its numbers. */
import { describeHeld, describeLive, describeUnmetShortly, findCause } from '../../alert/demand.js';
import { capitalize, formatHowSoon, nameCalls, nameDestination } from '../../alert/names.js';
import { PROBABILITY_WITHIN_MS } from '../../forecast/thresholds.js';
import type { PoolForecast } from '../../forecast/types.js';
import { countReservedPorts, type HostLimits } from '../../host/limits.js';
import type { Outage } from '../../outage/outage.js';
import { nameBursts } from '../../alert/summary.js';
import { formatCount, formatDuration, formatPercent, SECOND_MS } from '../../units.js';
import type { LocalTime } from './local-time.js';
import { cleanLine } from './sanitize.js';

export interface Fact {
  readonly label: string;
  readonly value: string;
}

/** A probability closer to certainty than this is not rounded to 100%: a forecast is never certain. */
const NEARLY_CERTAIN = 0.995;

/** When the ports run out, with the 90% interval; where they do not at the present rate, whether a rising rate would. */
export function describeInstant(pool: PoolForecast, nowMs: number, time: LocalTime): Fact {
  const label = 'When';
  if (pool.demandAtLeast === true && pool.exhaustsAtMs === null) {
    return { label, value: `${capitalize(nameCalls(pool))} failed until just now, and the demand may still be there.` };
  }
  if (pool.exhaustsAtMs !== null) {
    const instant = time.formatInstant(pool.exhaustsAtMs);
    // The interval of an instant that has passed is past as well, or says no more than that it may come at any moment.
    if (pool.exhaustsAtMs <= nowMs) return { label, value: `At any moment (forecast for ${instant})` };
    return { label, value: `${instant}, ${formatHowSoon(pool.exhaustsAtMs, nowMs)}${formatInterval(pool, time)}` };
  }
  if (pool.pressureFullAtMs !== null) {
    const { pressureFullEarliestAtMs: earliestAtMs, pressureFullLatestAtMs: latestAtMs } = pool;
    const instant = `${time.formatInstant(pool.pressureFullAtMs)}${formatInterval({ earliestAtMs, latestAtMs }, time)}`;
    return { label, value: `Not at this rate. If it keeps rising: ${instant}` };
  }
  return { label, value: 'Not at this rate' };
}

/**
 * How likely it is, and what may still prevent it; nothing where it is a fact or not known. The probability includes the doubt
 * whether the traffic lasts, so it depends on no condition.
 */
export function describeCertainty(pool: PoolForecast, nowMs: number): Fact[] {
  const { mode, probability, probabilityBasis, probabilityIfHeld, burstsKnown, exhaustsAtMs } = pool;
  // The probability is about the next 10 minutes, so it says nothing of a later instant.
  const isSoon = exhaustsAtMs !== null && exhaustsAtMs - nowMs <= PROBABILITY_WITHIN_MS;
  if (mode === 'exhausted' || probability === null || !isSoon) return [];
  const likely = `${formatLikely(probability)} likely within 10 minutes`;
  const without = probabilityIfHeld === null ? '' : ` (${formatLikely(probabilityIfHeld)} without them)`;
  const doubt = {
    rate: '; the traffic may change before',
    climb: '; the rate may stop rising first',
    history: `, ${nameBursts(burstsKnown)}${without}`,
  }[probabilityBasis];
  return [{ label: 'How sure', value: `${likely}${doubt}` }];
}

/** What the pool holds now, what takes the ports, and why it runs out or does not. */
export function describePool(pool: PoolForecast): Fact[] {
  const facts: Fact[] = [{ label: 'Ports', value: describePorts(pool) }];
  if (findCause(pool) === 'growth') facts.push({ label: 'Growth', value: describeHeld(pool) });
  // While the pool is exhausted the sentence below states the demand.
  const unmet = pool.mode === 'exhausted' ? null : describeUnmetShortly(pool);
  if (unmet !== null) facts.push({ label: 'Demand', value: unmet });
  facts.push({ label: 'Why', value: pool.why });
  return facts;
}

/** Since when the ports are out, where that is known. */
export function describeOutageNow(outages: readonly Outage[], nowMs: number, time: LocalTime): Fact {
  const open = outages.find(({ isOver }) => !isOver);
  if (open === undefined || nowMs - open.fromMs < SECOND_MS) return { label: 'When', value: 'Now' };
  const lasts = formatDuration(Math.round((nowMs - open.fromMs) / SECOND_MS) * SECOND_MS);
  return { label: 'When', value: `Now, since ${time.formatInstant(open.fromMs)} (${lasts})` };
}

/** Where the connections of the pool begin and lead to. */
export function describePath(pool: PoolForecast): Fact {
  if (pool.remoteAddress === null) return { label: 'Route', value: capitalize(nameDestination(pool)) };
  return { label: 'Route', value: `${pool.localAddress} to ${nameDestination(pool)}` };
}

export function describeHost(hostName: string, limits: HostLimits | null): Fact {
  const name = cleanLine(hostName, 100);
  if (limits === null) return { label: 'Host', value: name };
  const { first, last } = limits.range;
  const count = countReservedPorts(limits);
  const reserved = count > 0 ? `, ${formatCount(count)} reserved` : '';
  const assumed = limits.timeWaitAssumed ? ' (assumed)' : '';
  const range = `ports ${first} to ${last}${reserved}`;
  return { label: 'Host', value: `${name}: ${range}, TIME_WAIT ${formatDuration(limits.timeWaitMs)}${assumed}` };
}

/** An interval without an end means that the ports may never run out at the low end of the rate. */
export function formatInterval(
  { earliestAtMs, latestAtMs }: Pick<PoolForecast, 'earliestAtMs' | 'latestAtMs'>,
  time: LocalTime,
): string {
  if (earliestAtMs === null) return '';
  const earliest = time.formatClock(earliestAtMs);
  if (latestAtMs === null) return ` (90%: not before ${earliest}, perhaps never)`;
  const latest = time.formatClock(latestAtMs);
  return latest === earliest ? '' : ` (90%: ${earliest} to ${latest})`;
}

function formatLikely(probability: number): string {
  return probability >= NEARLY_CERTAIN ? 'Over 99%' : formatPercent(probability);
}

function describePorts(pool: PoolForecast): string {
  const closeWait = pool.closeWait > 0 ? ` (${formatCount(pool.closeWait)} in CLOSE_WAIT)` : '';
  const reusable = pool.reusable > 0 ? `, of which ${formatCount(pool.reusable)} can be taken again` : '';
  const held = `${describeLive(pool)}${closeWait}, ${formatCount(pool.timeWait)} in TIME_WAIT${reusable}`;
  return `${formatCount(pool.used)} of ${formatCount(pool.capacity)} used: ${held}`;
}
