/** What to do about a pool, with the effect of each step computed from its forecast. */
import type { PoolForecast } from '../forecast/types.js';
import type { HostLimits } from '../host/limits.js';
import { formatCount, formatDuration, formatRate } from '../units.js';
import {
  computeEffect,
  NOT_FIN_TIMEOUT,
  rankRemedies,
  REQUESTS_PER_CONNECTION,
  UNSTATED_EFFECT,
  WIDEST_RANGE,
  type Load,
  type Remedy,
} from './effect.js';
import { formatEndpoint } from '../host/endpoint.js';

/** Remedies for this pool on this host, the best first. A leak has other remedies than churn. */
export function findRemedies(forecast: PoolForecast, limits: HostLimits): Remedy[] {
  const leaking = forecast.mode === 'leak' || (forecast.mode === 'exhausted' && forecast.live > forecast.timeWait);
  return leaking ? leakRemedies(forecast, limits) : rankRemedies(churnRemedies(forecast, limits));
}

function churnRemedies(forecast: PoolForecast, limits: HostLimits): Remedy[] {
  const load: Load = {
    capacity: forecast.capacity,
    live: forecast.live,
    held: forecast.used - forecast.reusable,
    rate: forecast.closeRate ?? 0,
    holdMs: forecast.holdMs,
  };
  const known = forecast.closeRate !== null;
  const stated = (changes: Partial<Load>) => (known ? computeEffect({ ...load, ...changes }) : UNSTATED_EFFECT);
  const half = stated({ live: load.live / 2, held: load.held / 2, rate: load.rate / 2 });
  return [
    ...bindRemedy(forecast),
    ...reuseRemedy(forecast, limits, stated({ holdMs: limits.twReuseDelayMs, held: forecast.live })),
    ...widerRemedy(limits, (more) => stated({ capacity: load.capacity + more })),
    {
      name: 'keep_alive',
      title: 'Keep connections alive, or pool them, in the client',
      detail: `With ${REQUESTS_PER_CONNECTION} requests per connection ${target(forecast)} would see ${formatRate(load.rate / REQUESTS_PER_CONNECTION)} closes/s instead of ${formatRate(load.rate)}.`,
      ...stated({ rate: load.rate / REQUESTS_PER_CONNECTION }),
    },
    {
      name: 'second_destination',
      title:
        forecast.kind === 'bind'
          ? 'Connect from a second local address as well'
          : 'Spread over a second port or address of the server, or a second local address',
      detail: `Each combination has its own ${formatCount(forecast.capacity)} ports.`,
      ...half,
      sustainableRate: half.sustainableRate === null ? null : 2 * half.sustainableRate,
    },
    {
      name: 'server_closes',
      title: 'Let the server close first',
      detail: `TIME_WAIT stays with the side that closes first. ${NOT_FIN_TIMEOUT}, so lowering it changes nothing here.`,
      ...stated({ rate: 0 }),
    },
  ];
}

/** Clients that bind first give up the pool per destination (kernel rule 7). */
function bindRemedy(forecast: PoolForecast): Remedy[] {
  if (forecast.kind !== 'bind') return [];
  return [
    {
      name: 'bind_no_port',
      title: 'Do not take a port at bind()',
      detail: `Set IP_BIND_ADDRESS_NO_PORT before bind(${forecast.localAddress}, 0), or do not bind at all: then every destination has ${formatCount(forecast.capacity)} ports of its own.`,
      ...UNSTATED_EFFECT,
    },
  ];
}

function reuseRemedy(
  forecast: PoolForecast,
  limits: HostLimits,
  effect: Pick<Remedy, 'sustainableRate' | 'pressure' | 'secondsToExhaustion'>,
): Remedy[] {
  // bind(0) never reuses a TIME_WAIT port; where reuse works already there is nothing to gain.
  if (forecast.kind !== 'connect' || forecast.reuse !== 'none' || limits.twReuse === null) return [];
  const settings: string[] = [];
  if (limits.twReuse !== 1) settings.push('sysctl -w net.ipv4.tcp_tw_reuse=1');
  if (!limits.timestamps) settings.push('sysctl -w net.ipv4.tcp_timestamps=1');
  if (settings.length === 0) {
    return [
      {
        name: 'peer_timestamps',
        title: 'Turn on TCP timestamps at the server',
        detail: `tcp_tw_reuse is 1 here, but no port towards ${target(forecast)} was seen to be reused: that needs timestamps at both ends.`,
        ...effect,
      },
    ];
  }
  return [
    {
      name: 'tw_reuse',
      title: 'Let connect() reuse TIME_WAIT ports',
      detail: `${settings.join(' && ')}: takes effect at once, and a port is free again after ${formatDuration(limits.twReuseDelayMs)} where the server uses timestamps too.`,
      ...effect,
    },
  ];
}

function widerRemedy(
  { range, reservedPorts }: HostLimits,
  effect: (more: number) => Pick<Remedy, 'sustainableRate' | 'pressure' | 'secondsToExhaustion'>,
): Remedy[] {
  const [first, last] = WIDEST_RANGE;
  const below = Math.max(0, range.first - first);
  const above = Math.max(0, last - range.last);
  let reserved = 0;
  for (const each of reservedPorts) {
    reserved += Math.max(0, Math.min(each.last, range.first - 1) - Math.max(each.first, first) + 1);
    reserved += Math.max(0, Math.min(each.last, last) - Math.max(each.first, range.last + 1) + 1);
  }
  const more = below + above - reserved;
  if (more <= 0) return [];
  return [
    {
      name: 'wider_range',
      title: `Widen the range from ${range.first}-${range.last} to ${first}-${last}`,
      detail: `sysctl -w net.ipv4.ip_local_port_range="${first} ${last}": ${formatCount(more)} ports more, at once; reserve the ports that services listen on (net.ipv4.ip_local_reserved_ports).`,
      ...effect(more),
    },
  ];
}

function leakRemedies(forecast: PoolForecast, limits: HostLimits): Remedy[] {
  const growth = forecast.liveGrowth ?? 0;
  const stuck = forecast.closeWait > 0;
  const filter =
    forecast.remoteAddress === null
      ? `src ${forecast.localAddress}`
      : `dst ${quoted(forecast.remoteAddress)} dport = :${forecast.remotePort ?? 0}`;
  return [
    stuck
      ? {
          name: 'close_sockets',
          title: 'Close the sockets the application has forgotten',
          detail: `${formatCount(forecast.closeWait)} of ${formatCount(forecast.live)} live connections are in CLOSE_WAIT: the server has closed, the application has not. No setting of the system ends them.`,
          ...UNSTATED_EFFECT,
        }
      : {
          name: 'bound_pool',
          title: 'Bound the number of connections the application keeps',
          detail: `${formatCount(forecast.live)} connections are open${growth > 0 ? `, ${formatRate(growth)} more every second` : ''}: give its pool a maximum and an idle time-out.`,
          ...UNSTATED_EFFECT,
        },
    {
      name: 'find_owner',
      title: 'See which process holds them',
      detail: `ss -tnp ${stuck ? 'state close-wait' : 'state established'} '( ${filter} )'; restarting that process frees its ports.`,
      ...UNSTATED_EFFECT,
    },
    ...widerRemedy(limits, (more) => ({
      ...UNSTATED_EFFECT,
      secondsToExhaustion: growth > 0 ? (forecast.capacity + more - forecast.used) / growth : null,
    })).map((remedy) => ({ ...remedy, detail: `${remedy.detail} It only buys time.` })),
  ];
}

function target({ remoteAddress, remotePort, localAddress }: PoolForecast): string {
  if (remoteAddress === null) return `clients of ${localAddress}`;
  return formatEndpoint(remoteAddress, remotePort ?? 0);
}

function quoted(address: string): string {
  return address.includes(':') ? `[${address}]` : address;
}
