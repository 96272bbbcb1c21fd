/** What to do where connect() skips ports that were bound before (see daemon/pool/least-capacity.ts). */
import type { PoolForecast } from '../forecast/types.js';
import { formatCount } from '../units.js';
import type { Effect, Remedy } from './effect.js';

/**
 * Empty where connect() was not seen to skip any port.
 * @param computeWith the effect of so many more ports.
 */
export function suggestUnskipping(
  { skippedPorts = 0, capacity }: PoolForecast,
  computeWith: (added: number) => Effect,
): Remedy[] {
  if (skippedPorts === 0) return [];
  const effect = computeWith(skippedPorts);
  return [
    {
      name: 'bind_no_port',
      title: 'Let the programs that bind take no port at bind()',
      detail: `${formatCount(skippedPorts)} of ${formatCount(capacity + skippedPorts)} ports look free, but ports that were bound before cannot be taken by connect() on this kernel until their last connection is gone. Set IP_BIND_ADDRESS_NO_PORT before bind(address, 0) in each program of this host that binds before it connects.`,
      ...effect,
    },
    {
      name: 'separate_ranges',
      title: 'Give the programs that bind a range of their own',
      detail:
        'Let them bind to ports outside of net.ipv4.ip_local_port_range, or give their sockets another range with IP_LOCAL_PORT_RANGE (Linux 6.3 or later): then they bind no port that connect() needs.',
      ...effect,
    },
    {
      name: 'newer_kernel',
      title: 'Use Linux 6.18 or later',
      detail: 'From 6.18 on connect() can take a port again as soon as no bound socket is left on it.',
      ...effect,
    },
  ];
}
