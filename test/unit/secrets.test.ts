import { describe, expect, it } from 'vitest';
import { MASK, maskSecrets, maskStrings, mayBeSecret } from '../../daemon/secrets.js';

describe('maskSecrets', () => {
  it.each([
    ['smtp://user:hunter2@host:25 fails', `smtp://${MASK}@host:25 fails`],
    ['smtp://hunter2@host', `smtp://${MASK}@host`],
    ['https://user:p@ss/hunter2@host/x', `https://${MASK}@host/x`],
    ['the host "user:hunter2@mail.example.org" is unknown', `the host "${MASK}@mail.example.org" is unknown`],
    ['password=hunter2 and more', `password=${MASK} and more`],
    ['{"password":"hunter2","port":1}', `{"password":"${MASK}","port":1}`],
    ['{"msg":"{\\"token\\":\\"hunter2\\"}"}', `{"msg":"{\\"token\\":\\"${MASK}\\"}"}`],
    ['--smtp-password=hunter2', `--smtp-password=${MASK}`],
    ['--password hunter2', `--password ${MASK}`],
    ['SMTP_PASSWORD=hunter2', `SMTP_PASSWORD=${MASK}`],
    ['Authorization: Bearer hunter2hunter2', `Authorization: Bearer ${MASK}`],
    ['ghp_abcdefghijklmnopqrstuvwxyz0123456789', MASK],
    ['key AKIAABCDEFGHIJKLMNOP here', `key ${MASK} here`],
    ['eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.abc-DEF_1', MASK],
  ])('%s', (text, masked) => expect(maskSecrets(text)).toBe(masked));

  it.each([
    'mail.smtp.password: found a secret in the configuration file; allowed passwordFile (the path of a file)',
    'ports to 10.0.0.2:443 run out in 5 min, from [::1]:80',
    'mail         to ops@example.org',
    'mail.smtp.passwordFile: /etc/portcast/smtp-password  # line 3',
    'dashboard    http://127.0.0.1:9470',
    '2026-01-05T12:00:00.000Z the process tokenizer (pid 3) holds 5 ports',
  ])('leaves as it is: %s', (text) => expect(maskSecrets(text)).toBe(text));

  it('is applied to every string of JSON data', () => {
    expect(maskStrings({ a: ['smtp://u:p@h', 1, null], b: true })).toEqual({
      a: [`smtp://${MASK}@h`, 1, null],
      b: true,
    });
  });
});

describe('mayBeSecret', () => {
  it.each([
    'hunter2',
    'S3cr3t!',
    '/hunter2',
    'user:hunter',
    'p@ss',
    'correct horse battery9staple',
    'dGhpcyBpcyBhIHNlY3JldA==',
    'smtp://user:pass@host',
    ['a', 'hunter2'],
    { hunter2: null },
    { smtp: { x: 'hunter2' } },
  ])('%j', (value) => expect(mayBeSecret(value)).toBe(true));

  it.each([
    'starttls',
    '30sec',
    '200%',
    '512MB',
    '*/2 * * * *',
    '127.0.0.1.example.org',
    '[::1]:80',
    '::',
    '10.0.0.1:25',
    'smtp.example.org:587',
    'Ops <ops@example.org>',
    'http://10.0.0.1:9470/x',
    '/var/lib/portcast',
    ['ops'],
    70000,
    true,
    null,
    { host: 'x', port: 1 },
  ])('not %j', (value) => expect(mayBeSecret(value)).toBe(false));
});
