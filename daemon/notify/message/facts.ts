/** The numbers of a mail, each as a labelled line. */
import { nameDestination, describeFailures, formatHowSoon } from '../../alert/summary.js';
import type { PoolForecast } from '../../forecast/types.js';
import type { HostLimits } from '../../host/limits.js';
import { formatCount, formatDuration, formatPercent, formatRate } from '../../units.js';
import { cleanLine } from './sanitize.js';

export interface Fact {
  readonly label: string;
  readonly value: string;
}

/** A date and time that means the same to every reader: `2026-01-05 14:03:22 UTC`. */
export function formatUtc(epochMs: number): string {
  return `${new Date(epochMs).toISOString().slice(0, 19).replace('T', ' ')} UTC`;
}

/** When it runs out, with the 90% interval; where nothing runs out, where the pool is heading. */
export function describeInstant(pool: PoolForecast, nowMs: number): Fact {
  if (pool.mode === 'exhausted') {
    const error = pool.kind === 'bind' ? 'bind() fails with EADDRINUSE' : 'connect() fails with EADDRNOTAVAIL';
    return { label: 'Runs out', value: `It has run out: ${error}.` };
  }
  if (pool.exhaustsAtMs !== null) {
    const soon = formatHowSoon(pool.exhaustsAtMs, nowMs);
    const open = 'at the low end of the rate it may not happen';
    return { label: 'Runs out', value: `${formatUtc(pool.exhaustsAtMs)}, ${soon}${interval(pool, open)}` };
  }
  if (pool.pressureFullAtMs !== null) {
    const { pressureFullEarliestAtMs: earliestAtMs, pressureFullLatestAtMs: latestAtMs } = pool;
    const open = 'the climb may end before';
    const at = `${formatUtc(pool.pressureFullAtMs)}${interval({ earliestAtMs, latestAtMs }, open)}`;
    return { label: 'Runs out', value: `Not at the present rate; if it goes on climbing, pressure is 100% at ${at}.` };
  }
  return { label: 'Runs out', value: 'Not at the present rate.' };
}

export function describePool(pool: PoolForecast): Fact[] {
  return [
    { label: 'Pool', value: `${nameDestination(pool)}, from ${pool.localAddress}` },
    ...((pool.failedConnects ?? 0) > 0 ? [{ label: 'Failed', value: describeFailures(pool) }] : []),
    { label: 'Ports', value: ports(pool) },
    { label: 'Closes', value: closes(pool) },
    ...(pool.pressure === null
      ? []
      : [
          { label: 'Pressure', value: `${formatPercent(pool.pressure)} of capacity is where use settles at this rate` },
        ]),
    { label: 'Why', value: pool.why },
  ];
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

/** @param open what it means that the interval has no end. */
function interval(
  { earliestAtMs, latestAtMs }: Pick<PoolForecast, 'earliestAtMs' | 'latestAtMs'>,
  open: string,
): string {
  if (earliestAtMs === null) return '';
  const earliest = formatUtc(earliestAtMs).slice(11, 19);
  if (latestAtMs === null) return ` (90%: ${earliest} at the earliest; ${open})`;
  return ` (90%: between ${earliest} and ${formatUtc(latestAtMs).slice(11, 19)})`;
}

function ports(pool: PoolForecast): string {
  const closeWait = pool.closeWait > 0 ? ` (${formatCount(pool.closeWait)} in CLOSE_WAIT)` : '';
  const reusable = pool.reusable > 0 ? `, of which ${formatCount(pool.reusable)} can be taken again` : '';
  const held = `${formatCount(pool.live)} live${closeWait}, ${formatCount(pool.timeWait)} in TIME_WAIT${reusable}`;
  return `${formatCount(pool.used)} of ${formatCount(pool.capacity)} used: ${held}; ${formatCount(pool.available)} available`;
}

function closes(pool: PoolForecast): string {
  const sustainable = `sustainable: ${formatRate(pool.sustainableRate)}/s, as each close holds its port ${formatDuration(pool.holdMs)}`;
  if (pool.closeRate === null) return `rate not known yet; ${sustainable}`;
  const { closeRateLow: low, closeRateHigh: high } = pool;
  const band = low === null || high === null ? '' : ` (90%: ${formatRate(low)} to ${formatRate(high)})`;
  return `${formatRate(pool.closeRate)}/s${band}; ${sustainable}`;
}
