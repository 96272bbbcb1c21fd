/** What to do where connect() skips ports that were bound before (see daemon/pool/least-capacity.ts). */
import type { PoolForecast } from '../forecast/types.js';
import { formatCount } from '../units.js';
import { buildRemedy, type PortEffect } from './build-remedy.js';
import type { Remedy } from './effect.js';

const VERIFY = {
  text: 'Connects no longer fail while ports look free, and the forecast counts no skipped ports.',
  command: 'portcast forecast --json',
  expected: 'no field skippedPorts',
};

/**
 * Empty where connect() was not seen to skip any port.
 * @param computeWith the effect of so many more ports.
 */
export function suggestUnskipping(
  { skippedPorts = 0, capacity }: PoolForecast,
  computeWith: (added: number) => PortEffect,
): Remedy[] {
  if (skippedPorts === 0) return [];
  const effect = computeWith(skippedPorts);
  return [
    buildRemedy('bind_no_port', {
      title: 'Let the programs that bind take no port at bind()',
      detail: `${formatCount(skippedPorts)} of ${formatCount(capacity + skippedPorts)} ports look free, but ports that were bound before cannot be taken by connect() on this kernel until their last connection is gone. Set IP_BIND_ADDRESS_NO_PORT before bind(address, 0) in each program of this host that binds before it connects.`,
      effect,
      verify: VERIFY,
    }),
    buildRemedy('separate_ranges', {
      detail:
        'Let them bind to ports outside of net.ipv4.ip_local_port_range, or give their sockets a part of it with IP_LOCAL_PORT_RANGE (Linux 6.3 or later): then the ports that they bind are few.',
      effect,
      verify: VERIFY,
    }),
    buildRemedy('newer_kernel', {
      detail: 'From 6.18 on connect() can take a port again as soon as no bound socket is left on it.',
      effect,
      verify: VERIFY,
    }),
  ];
}
