/** The schema of `heartbeat`: the URL of an outside watchdog. */
import { accept, refuse, type Parsed } from '../quantities.js';
import { HOUR_MS, SECOND_MS } from '../units.js';
import { defineMasked, maskAnyUrl } from './channel-schema.js';
import { defineKey, defineSection, keyDocs, parseDurationWithin } from './key-definition.js';

export const heartbeatSchema = defineSection('', {
  url: defineMasked(
    parseSecretUrl,
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

/** An error does not quote it. */
function parseSecretUrl(value: unknown): Parsed<string> {
  const url = typeof value === 'string' && URL.canParse(value) ? new URL(value) : null;
  const isGood = url !== null && /^https?:$/.test(url.protocol) && url.username === '' && url.password === '';
  if (isGood && typeof value === 'string') return accept(value);
  return {
    ...refuse('an http or https URL without a login, such as https://watchdog.example.org/ping/1234'),
    hide: true,
  };
}
