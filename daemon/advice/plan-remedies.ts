/** What helps a planned load, each with its computed effect. */
import { DEFAULT_REUSE_DELAY_MS } from '../host/kernel-constants.js';
import { formatCount, formatDuration, formatRate } from '../units.js';
import {
  computeEffect,
  NOT_FIN_TIMEOUT,
  REQUESTS_PER_CONNECTION,
  WIDEST_RANGE,
  type Load,
  type Remedy,
} from './effect.js';

interface PlannedPorts {
  readonly ports: readonly [number, number];
  readonly reserved?: number;
}

export function listPlanRemedies(load: Load, { ports, reserved = 0 }: PlannedPorts): Remedy[] {
  const { rate, live, capacity } = load;
  const keptConnections = Math.min(capacity, live + Math.ceil(rate / REQUESTS_PER_CONNECTION));
  const remedies: Remedy[] = [
    {
      name: 'keep_alive',
      title: 'Keep connections alive or pool them',
      detail: `With ${REQUESTS_PER_CONNECTION} requests per connection, closes fall to ${formatRate(rate / REQUESTS_PER_CONNECTION)}/s; a pool of fixed size closes almost none (about ${formatCount(keptConnections)} connections kept here).`,
      ...computeEffect({ ...load, rate: rate / REQUESTS_PER_CONNECTION }),
    },
    {
      name: 'tw_reuse',
      title: 'Let connect() reuse TIME_WAIT ports',
      detail: `Linux: sysctl -w net.ipv4.tcp_tw_reuse=1, with TCP timestamps on at both ends; a port can be taken again after ${formatDuration(DEFAULT_REUSE_DELAY_MS)}. ${NOT_FIN_TIMEOUT}.`,
      ...computeEffect({ ...load, holdMs: Math.min(DEFAULT_REUSE_DELAY_MS, load.holdMs) }),
    },
  ];
  const [widestFirst, widestLast] = WIDEST_RANGE;
  if (ports[0] > widestFirst || ports[1] < widestLast) {
    remedies.push({
      name: 'wider_range',
      title: `Widen the range to ${widestFirst}-${widestLast}`,
      detail: `Linux: sysctl -w net.ipv4.ip_local_port_range="${widestFirst} ${widestLast}"; reserve the ports that services listen on.`,
      ...computeEffect({ ...load, capacity: widestLast - widestFirst + 1 - reserved }),
    });
  }
  // Half of the connections go to each of two pools of this size.
  const half = computeEffect({ ...load, live: live / 2, held: live / 2, rate: rate / 2 });
  remedies.push(
    {
      name: 'second_destination',
      title: 'Spread over a second destination or local address',
      detail:
        'Use another port or address of the server, or connect from another address of this host: each combination has the whole range again.',
      ...half,
      sustainableRate: half.sustainableRate === null ? null : 2 * half.sustainableRate,
    },
    {
      name: 'server_closes',
      title: 'Let the server close first',
      detail:
        'The side that closes first holds the TIME_WAIT; on a listening port it takes none of the ports of this host.',
      ...computeEffect({ ...load, rate: 0 }),
    },
  );
  return remedies;
}
