/** The schema of `delivery`: through which channels messages are sent, and how they leave this host while its ports run out. */
import { LAST_PORT } from '../host/kernel-constants.js';
import type { LocalPortSetting } from '../host/local-ports.js';
import { parsePortRange } from '../host/port-range.js';
import { accept, refuse, type Parsed } from '../quantities.js';
import { MINUTE_MS, SECOND_MS } from '../units.js';
import * as channels from './channel-values.js';
import * as checks from './channel-checks.js';
import { defineKey, defineSection, parseDurationWithin } from './key-definition.js';
import * as values from './values.js';

/** With more ports the search for a free one could take longer than the connection. */
const MAX_PORTS = 1024;

export const deliverySchema = defineSection('How messages are sent.', {
  mode: defineKey(
    values.parseOneOf(['all', 'failover'] as const),
    'all',
    'all sends each message through every channel. failover uses the channels of order one after another.',
  ),
  order: defineKey(
    channels.parseChannelOrder,
    [],
    'With failover: the first channel is used, and each further one where none before has accepted the message. Channels that are not listed are always used.',
    ['slack', 'mail'],
  ),
  failoverAfter: defineKey(
    parseDurationWithin(SECOND_MS, 2 * MINUTE_MS),
    '30s',
    'With failover: how long each channel has before the next one is used.',
  ),
  localPorts: defineKey(
    parseLocalPorts,
    'auto',
    'The local ports of the connections to mail servers and other channels, which must lie outside the ephemeral range. ' +
      'auto takes 64 ports just below the range, or above it where there is no room. null leaves the choice to the kernel.',
    '32704-32767',
  ),
}).superRefine(checks.checkFailover);

function parseLocalPorts(value: unknown): Parsed<LocalPortSetting> {
  if (value === null || value === 'auto') return accept(value);
  const range = typeof value === 'string' ? parsePortRange(value) : null;
  return range !== null && range.last - range.first < MAX_PORTS
    ? accept(range)
    : refuse(`auto, FIRST-LAST with at most ${MAX_PORTS} ports from 1 to ${LAST_PORT}, such as 32704-32767, or null`);
}
