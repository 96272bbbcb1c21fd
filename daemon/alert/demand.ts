/** What takes the ports of a pool, in words: closes, growth, connects that nobody answers, and unmet demand. */
import type { Cause, PoolForecast } from '../forecast/types.js';
import { formatCount, formatGrowth, formatRate } from '../units.js';
import { capitalize, nameCalls } from './names.js';

const AT_LEAST = 'at least';

/** Forecasts that were stored by an older version have no cause; their mode tells a leak from the rest. */
export function findCause({ cause, mode }: PoolForecast): Cause | null {
  return cause ?? (mode === 'leak' ? 'growth' : null);
}

/** The ports that the pool would hold if its present close rate went on; null where that rate is not known. */
export function countNeededPorts({ pressure, capacity }: PoolForecast): number | null {
  return pressure === null ? null : Math.round(pressure * capacity);
}

/**
 * The same where it states the demand; null where it does not: other things than closes take the ports, or there are
 * fewer closes than attempts because no port is free.
 */
export function countDemandedPorts(pool: PoolForecast): number | null {
  const cause = findCause(pool);
  const isUnmet = pool.mode === 'exhausted' && pool.demandAtLeast !== true;
  return cause === 'growth' || cause === 'unanswered' || isUnmet ? null : countNeededPorts(pool);
}

/** `Demand at least 32/s; connects fail`; `Connects fail` where no demand is known. Null while every call finds a port. */
export function describeUnmetDemand(pool: PoolForecast): string | null {
  const unmet = describeUnmet(pool);
  return unmet === null || unmet.startsWith(AT_LEAST) ? unmet && `Demand ${unmet}` : capitalize(unmet);
}

/** The same beside a label: `At least 32/s; connects fail`. */
export function describeUnmetShortly(pool: PoolForecast): string | null {
  const unmet = describeUnmet(pool);
  return unmet === null ? null : capitalize(unmet);
}

function describeUnmet(pool: PoolForecast): string | null {
  const { mode, demandAtLeast, closeRate } = pool;
  if (mode !== 'exhausted' && demandAtLeast !== true) return null;
  const fails = mode === 'exhausted' ? `${nameCalls(pool)} fail` : `${nameCalls(pool)} failed until just now`;
  const isKnown = demandAtLeast === true && (closeRate ?? 0) > 0;
  return isKnown ? `${AT_LEAST} ${formatRate(closeRate ?? 0)}/s; ${fails}` : fails;
}

/** `4 open`; `4 open, 512 unanswered` where connects wait for an answer. */
export function describeLive({ live, synSent = 0 }: PoolForecast): string {
  const open = `${formatCount(live - synSent)} open`;
  return synSent === 0 ? open : `${open}, ${formatCount(synSent)} unanswered`;
}

/** The connections that a leaking pool holds: `37 connections are open, 4 more every second; none is closed`. */
export function describeHeld({ live, closeWait, liveGrowth, closeRate }: PoolForecast): string {
  const inCloseWait = closeWait > 0 ? ` (${formatCount(closeWait)} in CLOSE_WAIT)` : '';
  const growth = liveGrowth === null || liveGrowth <= 0 ? '' : `, ${formatGrowth(liveGrowth)}`;
  const closed = closeRate === 0 ? '; none is closed' : '';
  return `${countOpen(live)}${inCloseWait}${growth}${closed}`;
}

/** The connects that nobody answers: `23 connects are unanswered (SYN_SENT); each attempt holds its port until it times out`. */
export function describeUnanswered({ synSent = 0 }: PoolForecast): string {
  const connects = synSent === 1 ? '1 connect is' : `${formatCount(synSent)} connects are`;
  return `${connects} unanswered (SYN_SENT); each attempt holds its port until it times out`;
}

function countOpen(live: number): string {
  return live === 1 ? '1 connection is open' : `${formatCount(live)} connections are open`;
}
