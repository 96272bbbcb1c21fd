/** The code of the documentation that verifies a signature, run by Python as it stands there. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { PACKAGE_ROOT } from '../../../../daemon/paths.js';
import { createWebhookChannel } from '../../../../daemon/notify/webhook/webhook-channel.js';
import { documentedMessages } from '../../../builders/documented-messages.js';
import { startReceiver, targetOf } from '../../../builders/http-receiver.js';
import { requireValue } from '../../../builders/require-value.js';

it('accepts a message of portcast, and none with another body, secret or time', async () => {
  const docs = readFileSync(join(PACKAGE_ROOT, 'docs/alerts.md'), 'utf8');
  const code = requireValue(/```python\n([^`]+)```/.exec(docs)?.[1]);
  const receiver = await startReceiver();
  const [message] = documentedMessages();
  await createWebhookChannel({ ...targetOf(receiver.url), secret: 'key' }, Date.now).send(message);
  const { headers, body } = requireValue(receiver.requests[0]);
  const check = (changes: { secret?: string; body?: string; stamp?: string }): string => {
    const input = JSON.stringify({
      secret: changes.secret ?? 'key',
      body: changes.body ?? body,
      headers: {
        'X-Portcast-Timestamp': changes.stamp ?? headers['x-portcast-timestamp'],
        'X-Portcast-Signature': headers['x-portcast-signature'],
      },
    });
    const script = `import json, sys\n${code}\nc = json.load(sys.stdin)\nprint(is_genuine(c["secret"].encode(), c["headers"], c["body"].encode()))`;
    return execFileSync('python3', ['-c', script], { input, encoding: 'utf8', timeout: 20_000 }).trim();
  };
  expect(check({})).toBe('True');
  expect(check({ body: `${body} ` })).toBe('False');
  expect(check({ secret: 'kex' })).toBe('False');
  expect(check({ stamp: '1000000000' })).toBe('False');
});
