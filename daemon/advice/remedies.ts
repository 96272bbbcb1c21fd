/** What to do about a pool, with the effect of each remedy computed from its forecast. */
import type { Cause, PoolForecast } from '../forecast/types.js';
import { bracketAddress, formatEndpoint, isWildcard } from '../host/endpoint.js';
import type { HostLimits, PortRange } from '../host/limits.js';
import { formatCount, formatDuration, formatRate } from '../units.js';
import {
  computeEffect,
  NOT_FIN_TIMEOUT,
  rankRemedies,
  REQUESTS_PER_CONNECTION,
  UNSTATED_EFFECT,
  WIDEST_RANGE,
  type Effect,
  type Load,
  type Remedy,
} from './effect.js';
import { suggestUnskipping } from './skipped-ports.js';

/** Remedies for this pool on this host, the best first. Each cause has its own. */
export function findRemedies(forecast: PoolForecast, limits: HostLimits): Remedy[] {
  const cause = findCause(forecast);
  const unskipping = suggestUnskipping(forecast, (added) =>
    cause === 'closes' ? computeChanged(forecast, { capacity: forecast.capacity + added }) : UNSTATED_EFFECT,
  );
  if (cause === 'unanswered') return [...unskipping, ...listUnansweredRemedies(forecast, limits)];
  if (cause === 'growth') return [...unskipping, ...listLeakRemedies(forecast, limits)];
  // For clients that bind first nothing else has as great an effect, though it cannot be stated as a number.
  return [...unskipping, ...suggestNoBind(forecast), ...rankRemedies(listChurnRemedies(forecast, limits))];
}

function createLoad({ capacity, live, used, reusable, closeRate, holdMs }: PoolForecast): Load {
  return { capacity, live, held: used - reusable, rate: closeRate ?? 0, holdMs };
}

function computeChanged(forecast: PoolForecast, changes: Partial<Load>): Effect {
  return forecast.closeRate === null ? UNSTATED_EFFECT : computeEffect({ ...createLoad(forecast), ...changes });
}

/** A forecast without a cause, as older versions stored it, tells it by its mode, and when exhausted by what is held. */
function findCause({ cause, mode, live, timeWait, synSent = 0 }: PoolForecast): Cause {
  if (cause != null) return cause;
  const isLeaking = mode === 'leak' || (mode === 'exhausted' && live > timeWait);
  if (!isLeaking) return 'closes';
  return synSent > live / 2 ? 'unanswered' : 'growth';
}

/** The peer, or a firewall on the way, drops the SYNs: each attempt holds its port until the client gives up. */
function listUnansweredRemedies(forecast: PoolForecast, limits: HostLimits): Remedy[] {
  const waiting = formatCount(forecast.synSent ?? 0);
  return [
    {
      name: 'check_peer',
      title: 'Find out why the server does not answer',
      detail: `${waiting} connects ${namePath(forecast)} are unanswered (SYN_SENT): the server is down or overloaded, or a firewall drops the packets. Each attempt holds its port until it times out.`,
      ...UNSTATED_EFFECT,
    },
    {
      name: 'find_owner',
      title: 'Find out which process is connecting',
      detail: listSockets('syn-sent', forecast),
      commands: [listSockets('syn-sent', forecast)],
      ...UNSTATED_EFFECT,
    },
    {
      name: 'connect_timeout',
      title: 'Give the client a connect time-out of a few seconds, and a pause before it tries again',
      detail: `Without one an attempt holds its port for about 2 minutes (net.ipv4.tcp_syn_retries).`,
      ...UNSTATED_EFFECT,
    },
    ...suggestWiderRange(limits, () => UNSTATED_EFFECT).map(delaysOnly),
  ];
}

function delaysOnly(remedy: Remedy): Remedy {
  return { ...remedy, detail: `${remedy.detail} This only delays the exhaustion.` };
}

/** The `ss` command that lists the sockets of a pool in a state, with their processes. */
function listSockets(state: string, { remoteAddress, remotePort, localAddress }: PoolForecast): string {
  const command = `ss -tnp state ${state}`;
  if (remoteAddress !== null)
    return `${command} '( dst ${bracketAddress(remoteAddress)} dport = :${remotePort ?? 0} )'`;
  // A socket that was bound to the wildcard has another local address once it is connected.
  return isWildcard(localAddress) ? command : `${command} '( src ${bracketAddress(localAddress)} )'`;
}

function listChurnRemedies(forecast: PoolForecast, limits: HostLimits): Remedy[] {
  const load = createLoad(forecast);
  const computeWith = (changes: Partial<Load>): Effect => computeChanged(forecast, changes);
  const half = computeWith({ live: load.live / 2, held: load.held / 2, rate: load.rate / 2 });
  return [
    ...suggestReuse(forecast, limits, computeWith({ holdMs: limits.twReuseDelayMs, held: forecast.live })),
    ...suggestWiderRange(limits, (added) => computeWith({ capacity: load.capacity + added })),
    {
      name: 'keep_alive',
      title: 'Keep connections alive or pool them in the client',
      detail: `With ${REQUESTS_PER_CONNECTION} requests per connection, the closes ${namePath(forecast)} fall ${describeFewerCloses(forecast)}.`,
      ...computeWith({ rate: load.rate / REQUESTS_PER_CONNECTION }),
    },
    {
      name: 'second_destination',
      title:
        forecast.kind === 'bind'
          ? 'Bind to a second local address as well'
          : 'Spread over a second port or address of the server, or a second local address',
      detail: `Each combination has its own ${formatCount(forecast.capacity)} ports.`,
      ...half,
      sustainableRate: half.sustainableRate === null ? null : 2 * half.sustainableRate,
    },
    {
      name: 'server_closes',
      title: 'Let the server close first',
      detail: `The side that closes first holds the TIME_WAIT. ${NOT_FIN_TIMEOUT}, so lowering it changes nothing here.`,
      ...computeWith({ rate: 0 }),
    },
  ];
}

/** Clients that bind first share one pool per local address, instead of one per destination (kernel rule 7). */
function suggestNoBind(forecast: PoolForecast): Remedy[] {
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

function suggestReuse(forecast: PoolForecast, limits: HostLimits, effect: Effect): Remedy[] {
  // bind(0) never reuses a TIME_WAIT port. Where connect() reuses them already, there is nothing to gain.
  if (forecast.kind !== 'connect' || forecast.reuse !== 'none' || limits.twReuse === null) return [];
  const commands: string[] = [];
  if (limits.twReuse !== 1) commands.push('sysctl -w net.ipv4.tcp_tw_reuse=1');
  if (!limits.timestamps) commands.push('sysctl -w net.ipv4.tcp_timestamps=1');
  if (commands.length === 0) {
    return [
      {
        name: 'peer_timestamps',
        title: 'Turn on TCP timestamps at the server',
        detail: `tcp_tw_reuse is 1 here, but no reuse of a port ${namePath(forecast)} was seen: that needs timestamps at both ends.`,
        ...effect,
      },
    ];
  }
  return [
    {
      name: 'tw_reuse',
      title: 'Let connect() reuse TIME_WAIT ports',
      detail: `${commands.join(' && ')}: takes effect at once. A port can then be taken again after ${formatDuration(limits.twReuseDelayMs)}, if the server uses TCP timestamps too.`,
      commands,
      ...effect,
    },
  ];
}

function suggestWiderRange(limits: HostLimits, computeWith: (added: number) => Effect): Remedy[] {
  const [first, last] = WIDEST_RANGE;
  const { range } = limits;
  const added = countAddedPorts(limits);
  if (added <= 0) return [];
  const command = `sysctl -w net.ipv4.ip_local_port_range="${first} ${last}"`;
  return [
    {
      name: 'wider_range',
      title: `Widen the range from ${range.first}-${range.last} to ${first}-${last}`,
      detail: `${command}: adds ${formatCount(added)} ports at once. Reserve the ports that services listen on (net.ipv4.ip_local_reserved_ports).`,
      commands: [command],
      ...computeWith(added),
    },
  ];
}

/** The ports that the widest range has and the present one has not, less those that are reserved. */
function countAddedPorts({ range, reservedPorts }: HostLimits): number {
  const [first, last] = WIDEST_RANGE;
  const below: PortRange = { first, last: range.first - 1 };
  const above: PortRange = { first: range.last + 1, last };
  let added = Math.max(0, range.first - first) + Math.max(0, last - range.last);
  for (const reserved of reservedPorts) added -= countCommonPorts(reserved, below) + countCommonPorts(reserved, above);
  return added;
}

function countCommonPorts(a: PortRange, b: PortRange): number {
  return Math.max(0, Math.min(a.last, b.last) - Math.max(a.first, b.first) + 1);
}

function listLeakRemedies(forecast: PoolForecast, limits: HostLimits): Remedy[] {
  const growth = forecast.liveGrowth ?? 0;
  const hasCloseWait = forecast.closeWait > 0;
  const command = listSockets(hasCloseWait ? 'close-wait' : 'established', forecast);
  return [
    hasCloseWait ? suggestClosing(forecast) : suggestLimit(forecast),
    {
      name: 'find_owner',
      title: 'Find out which process holds them',
      detail: `${command}; restarting that process frees its ports.`,
      commands: [command],
      ...UNSTATED_EFFECT,
    },
    ...suggestWiderRange(limits, (added) => ({
      ...UNSTATED_EFFECT,
      secondsToExhaustion: growth > 0 ? (forecast.capacity + added - forecast.used) / growth : null,
    })).map(delaysOnly),
  ];
}

function suggestClosing({ closeWait, live }: PoolForecast): Remedy {
  return {
    name: 'close_sockets',
    title: 'Make the application close the sockets in CLOSE_WAIT',
    detail: `${formatCount(closeWait)} of ${formatCount(live)} open connections are in CLOSE_WAIT: the server has closed them and the application has not. No system setting ends them.`,
    ...UNSTATED_EFFECT,
  };
}

function suggestLimit({ live, liveGrowth }: PoolForecast): Remedy {
  const growth = liveGrowth ?? 0;
  return {
    name: 'bound_pool',
    title: 'Limit the number of connections that the application keeps open',
    detail: `${formatCount(live)} connections are open${growth > 0 ? `, ${formatRate(growth)} more every second` : ''}: give its connection pool a maximum size and an idle time-out.`,
    ...UNSTATED_EFFECT,
  };
}

function describeFewerCloses({ closeRate }: PoolForecast): string {
  if (closeRate === null) return `to 1 in ${REQUESTS_PER_CONNECTION}`;
  return `from ${formatRate(closeRate)}/s to ${formatRate(closeRate / REQUESTS_PER_CONNECTION)}/s`;
}

/** `to 10.0.0.2:443`; `from 10.0.0.1`, `of these clients` for a pool without one destination. */
function namePath({ remoteAddress, remotePort, localAddress }: PoolForecast): string {
  if (remoteAddress === null) return isWildcard(localAddress) ? 'of these clients' : `from ${localAddress}`;
  return `to ${formatEndpoint(remoteAddress, remotePort ?? 0)}`;
}
