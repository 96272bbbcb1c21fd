import fc from 'fast-check';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { SendOutcome } from '../../../../daemon/notify-contracts.js';
import { createEmailChannel } from '../../../../daemon/notify/email/email-channel.js';
import { smtpDialogue, startBrokenServer, type BrokenServer } from '../../../builders/broken-mail-server.js';
import { createTestDial } from '../../../builders/dial.js';
import { LOGIN, sendMail, smtpOptions, startMailServer } from '../../../builders/mail-server.js';
import { message } from '../../../builders/messages.js';

const errorOf = (outcome: SendOutcome): string => (outcome.ok ? expect.unreachable() : outcome.error);

async function startDialogue(replies: Parameters<typeof smtpDialogue>[0]): Promise<BrokenServer> {
  const server = await startBrokenServer(smtpDialogue(replies));
  onTestFinished(() => server.close());
  return server;
}

describe('a login', () => {
  it('that is refused is tried again, because an operator may mend it, and the password is never shown', async () => {
    const { port, mails } = await startMailServer(onTestFinished);
    const password = 'wrong-secret';
    const outcome = await sendMail({ port, security: 'starttls', user: LOGIN.user, password, allowSelfSigned: true });
    expect(outcome).toMatchObject({ ok: false, retry: true });
    const error = errorOf(outcome);
    expect(error).toMatch(/^the mail server 127\.0\.0\.1:\d+ refused the login, check user and password: 535/);
    expect(error).toContain('***');
    expect(error).not.toContain(password);
    expect(error).not.toContain(Buffer.from(`\0portcast\0${password}`).toString('base64'));
    expect(mails).toEqual([]);
  });

  it('that the server does not offer fails before the mail and the password are sent', async () => {
    const server = await startDialogue({});
    const outcome = await sendMail({ port: server.port, ...LOGIN });
    expect(outcome).toMatchObject({ ok: false, retry: true });
    expect(errorOf(outcome)).toContain('offers no login');
    expect(server.received()).toContain('EHLO');
    expect(server.received()).not.toMatch(/AUTH|MAIL/);
  });
});

describe('encryption', () => {
  it('with starttls is required: a server without it gets neither login nor mail', async () => {
    const server = await startDialogue({ ehlo: '250-test\r\n250 AUTH PLAIN' });
    const outcome = await sendMail({ port: server.port, security: 'starttls', ...LOGIN });
    expect(outcome).toMatchObject({ ok: false, retry: true });
    expect(errorOf(outcome)).toContain('STARTTLS');
    expect(server.received()).toContain('EHLO');
    expect(server.received()).not.toMatch(/AUTH|MAIL/);
  });

  it.each(['starttls', 'tls'] as const)(
    'over %s with a self-signed certificate is refused unless that is allowed',
    async (security) => {
      const { port, mails } = await startMailServer(onTestFinished, { secure: security === 'tls' });
      const outcome = await sendMail({ port, security });
      expect(outcome).toMatchObject({ ok: false, retry: true });
      expect(errorOf(outcome)).toMatch(/certificate of the mail server .* is self-signed; .*allowSelfSigned/);
      expect(mails).toEqual([]);
    },
  );
});

describe('addresses', () => {
  it.each(['a@b.org\r\nBcc: evil@x.y', 'a@b.org, evil@x.y', 'a b@c.org', '<a@b.org>', 'nobody', 'a@b@c'])(
    'such as the recipient %j are refused without a connection',
    async (recipient) => {
      const server = await startDialogue({});
      const outcome = await sendMail({ port: server.port }, message({ recipient }));
      expect(outcome).toMatchObject({ ok: false, retry: false });
      expect(server.connections).toBe(0);
    },
  );

  it('of the sender are checked when the channel is created', () => {
    const from = { name: 'x', address: 'a@b.c\r\nBcc: evil@x.y' };
    expect(() => createEmailChannel(smtpOptions({ from }), createTestDial())).toThrow(
      /the sender "a@b\.c\\r\\nBcc: evil@x\.y" is not an address/,
    );
  });
});

describe('the subject and the name of the sender', () => {
  const hostile = fc.array(
    fc.constantFrom(
      '\r\nBcc: evil@x.y',
      '\n',
      '\r',
      '\0',
      '\u2028',
      '\u202e',
      '"',
      '<',
      '>',
      ',',
      ':',
      ';',
      '=?utf-8?Q?x?=',
      'ä',
      '😀',
      'web-1',
      ' ',
    ),
    { maxLength: 12 },
  );

  it('cannot add a header', async () => {
    const { port, mails } = await startMailServer(onTestFinished, { disabledCommands: ['STARTTLS', 'AUTH'] });
    // The mails of one run are sent at the same time, because the server takes 100 ms for each greeting.
    const batch = fc.array(fc.tuple(hostile, hostile), { minLength: 40, maxLength: 40 });
    await fc.assert(
      fc.asyncProperty(batch, async (pairs) => {
        mails.length = 0;
        const outcomes = await Promise.all(
          pairs.map(([subject, name], index) => {
            const from = { name: name.join(''), address: 'portcast@example.org' };
            return sendMail({ port, from }, message({ subject: subject.join(''), messageId: `${index}@example.org` }));
          }),
        );
        for (const outcome of outcomes) expect(outcome).toMatchObject({ ok: true });
        expect(new Set(mails.map(({ mail }) => mail.messageId)).size).toBe(pairs.length);
        for (const { mail, to } of mails) {
          expect(to).toEqual(['ops@example.org']);
          expect(mail.headers.has('bcc')).toBe(false);
          expect(mail.from?.value.map(({ address }) => address)).toEqual(['portcast@example.org']);
          expect(mail.to).toMatchObject({ value: [{ address: 'ops@example.org' }] });
          expect(mail.subject ?? '').not.toMatch(/[\p{Cc}\u2028\u202e]/u);
          expect(mail.text?.trim()).toBe('text part');
        }
      }),
      { numRuns: 1 },
    );
  });
});
