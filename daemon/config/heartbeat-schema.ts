/** The schema of `heartbeat`: the URL of an outside watchdog. */
import { HOUR_MS, SECOND_MS } from '../units.js';
import { defineMasked, maskAnyUrl } from './channel-schema.js';
import { parseTargetUrl } from './channel-values.js';
import { defineKey, defineSection, keyDocs, parseDurationWithin } from './key-definition.js';

export const heartbeatSchema = defineSection('', {
  url: defineMasked(
    parseTargetUrl,
    {
      default: undefined,
      description: 'The URL. It is a secret: only its scheme and host are ever shown.',
      example: 'https://watchdog.example.org/ping/1234',
    },
    maskAnyUrl,
  ),
  every: defineKey(parseDurationWithin(10 * SECOND_MS, HOUR_MS), '1m', 'It is called at most this often.'),
})
  .nullable()
  .prefault(null)
  .register(keyDocs, {
    description:
      'A URL that is called while samples are good, so that an outside watchdog notices a host that is gone. null means none.',
    default: null,
  });
