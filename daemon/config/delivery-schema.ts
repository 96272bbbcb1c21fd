/** The schema of `delivery`: how messages leave this host while its ports run out. */
import { LAST_PORT } from '../host/kernel-constants.js';
import type { LocalPortSetting } from '../host/local-ports.js';
import { parsePortRange } from '../host/port-range.js';
import { accept, refuse, type Parsed } from '../quantities.js';
import { defineKey, defineSection } from './key-definition.js';

/** With more ports the search for a free one could take longer than the connection. */
const MAX_PORTS = 1024;

export const deliverySchema = defineSection('How messages leave this host while its ports run out.', {
  localPorts: defineKey(
    parseLocalPorts,
    'auto',
    'The local ports of the connections to mail servers and other channels, which must lie outside the ephemeral range. ' +
      'auto takes 64 ports just below the range, or above it where there is no room. null leaves the choice to the kernel.',
    '32704-32767',
  ),
});

function parseLocalPorts(value: unknown): Parsed<LocalPortSetting> {
  if (value === null || value === 'auto') return accept(value);
  const range = typeof value === 'string' ? parsePortRange(value) : null;
  return range !== null && range.last - range.first < MAX_PORTS
    ? accept(range)
    : refuse(`auto, FIRST-LAST with at most ${MAX_PORTS} ports from 1 to ${LAST_PORT}, such as 32704-32767, or null`);
}
