import { readFileSync } from 'node:fs';
import type { Socket } from 'node:net';
import fc from 'fast-check';
import { simpleParser, type ParsedMail } from 'mailparser';
import { SMTPServer, type SMTPServerOptions } from 'smtp-server';
import { afterEach, describe, expect, it } from 'vitest';
import type { SendOutcome } from '../../../../daemon/contracts.js';
import { createEmailChannel } from '../../../../daemon/notify/email/email-channel.js';
import type { SmtpOptions } from '../../../../daemon/notify/email/smtp-session.js';
import { brokenServer, smtpDialogue } from '../../../builders/broken-mail-server.js';
import { message } from '../../../builders/messages.js';

const tls = (name: string) => readFileSync(new URL(`../../../fixtures/tls/test-only-${name}.pem`, import.meta.url));
const PASSWORD = 'correct horse';

const cleanups: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0)) await cleanup();
});

function options(changes: Partial<SmtpOptions>): SmtpOptions {
  return {
    host: '127.0.0.1',
    port: 1,
    security: 'none',
    user: null,
    password: null,
    from: { name: 'portcast', address: 'portcast@example.org' },
    allowSelfSigned: false,
    timeoutMs: 2000,
    ...changes,
  };
}

interface RealServer {
  readonly port: number;
  readonly mails: { mail: ParsedMail; to: string[]; user: unknown; secure: boolean }[];
}

async function realServer(changes: SMTPServerOptions = {}): Promise<RealServer> {
  const mails: RealServer['mails'] = [];
  const server = new SMTPServer({
    authOptional: true,
    key: tls('key'),
    cert: tls('cert'),
    logger: false,
    onAuth(auth, _session, done) {
      if (auth.username === 'portcast' && auth.password === PASSWORD) done(null, { user: auth.username });
      else done(Object.assign(new Error(`bad password ${auth.password ?? ''}`), { responseCode: 535 }));
    },
    onRcptTo(address, _session, done) {
      if (address.address.startsWith('nobody'))
        done(Object.assign(new Error('5.1.1 no such user'), { responseCode: 550 }));
      else done();
    },
    onData(stream, session, done) {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', () => {
        void simpleParser(Buffer.concat(chunks)).then((mail) => {
          const to = session.envelope.rcptTo.map(({ address }) => address);
          mails.push({ mail, to, user: session.user, secure: session.secure });
          done();
        });
      });
    },
    ...changes,
  });
  server.on('error', () => undefined);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  cleanups.push(() => new Promise((resolve) => server.close(() => resolve())));
  const address = server.server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return { port: address.port, mails };
}

async function send(changes: Partial<SmtpOptions>, mail = message()): Promise<SendOutcome> {
  const channel = createEmailChannel(options(changes));
  try {
    return await channel.send(mail);
  } finally {
    channel.close();
  }
}

describe('a working server', () => {
  it('gets one mail with both parts, the stable Message-ID and the date of the promise', async () => {
    const { port, mails } = await realServer({ disabledCommands: ['STARTTLS', 'AUTH'] });
    expect(await send({ port })).toMatchObject({ ok: true });
    expect(mails).toHaveLength(1);
    const { mail, to } = mails[0] ?? expect.unreachable();
    expect(to).toEqual(['ops@example.org']);
    expect(mail.messageId).toBe('<0123456789abcdef@example.org>');
    expect(mail.subject).toBe(message().subject);
    expect(mail.date?.getTime()).toBe(message().createdAtMs);
    expect(mail.text?.trim()).toBe('text part');
    expect(mail.html).toContain('<p>html part</p>');
    expect(mail.from?.value).toEqual([{ name: 'portcast', address: 'portcast@example.org' }]);
    expect(mail.headers.get('auto-submitted')).toBe('auto-generated');
    expect(mail.references).toMatch(/^<alert-[0-9a-f]{32}@example\.org>$/);
  });

  it.each(['starttls', 'tls'] as const)('over %s with a login', async (security) => {
    const { port, mails } = await realServer({ secure: security === 'tls', authOptional: false });
    const outcome = await send({ port, security, user: 'portcast', password: PASSWORD, allowSelfSigned: true });
    expect(outcome).toMatchObject({ ok: true });
    expect(mails).toMatchObject([{ user: 'portcast', secure: true }]);
  });

  it('takes the good one of two recipients and refuses the other for good', async () => {
    const { port, mails } = await realServer();
    const good = await send({ port });
    const bad = await send({ port }, message({ recipient: 'nobody@example.org' }));
    expect(good).toMatchObject({ ok: true });
    expect(bad).toMatchObject({ ok: false, retry: false });
    expect(bad).toMatchObject({ error: expect.stringContaining('refused the recipient nobody@example.org') as string });
    expect(mails).toHaveLength(1);
  });
});

describe('security', () => {
  it('a refused login is retried, as an operator may mend it, and never shows the password', async () => {
    const { port, mails } = await realServer();
    const password = 'wrong-secret';
    const outcome = await send({ port, security: 'starttls', user: 'portcast', password, allowSelfSigned: true });
    expect(outcome).toMatchObject({ ok: false, retry: true });
    const { error } = outcome as { error: string };
    expect(error).toMatch(/^the mail server 127\.0\.0\.1:\d+ refused the login, check user and password: 535/);
    expect(error).toContain('***');
    expect(error).not.toContain(password);
    expect(error).not.toContain(Buffer.from(`\0portcast\0${password}`).toString('base64'));
    expect(mails).toEqual([]);
  });

  it('a server that offers no login is not sent the mail, nor the password', async () => {
    const server = await brokenServer(smtpDialogue({}));
    cleanups.push(() => server.close());
    const outcome = await send({ port: server.port, user: 'portcast', password: PASSWORD });
    expect(outcome).toMatchObject({
      ok: false,
      retry: true,
      error: expect.stringContaining('offers no login') as string,
    });
    expect(server.received()).not.toMatch(/AUTH|MAIL/);
  });

  it('starttls is required: a server without it gets neither login nor mail', async () => {
    const server = await brokenServer(smtpDialogue({ ehlo: '250-test\r\n250 AUTH PLAIN' }));
    cleanups.push(() => server.close());
    const outcome = await send({ port: server.port, security: 'starttls', user: 'portcast', password: PASSWORD });
    expect(outcome).toMatchObject({ ok: false, retry: true, error: expect.stringContaining('STARTTLS') as string });
    expect(server.received()).not.toMatch(/AUTH|MAIL/);
  });

  it.each(['starttls', 'tls'] as const)(
    'a self-signed certificate is refused over %s unless allowed',
    async (security) => {
      const { port, mails } = await realServer({ secure: security === 'tls' });
      const outcome = await send({ port, security });
      expect(outcome).toMatchObject({ ok: false, retry: true });
      expect((outcome as { error: string }).error).toMatch(
        /certificate of the mail server .* is self-signed; .*allowSelfSigned/,
      );
      expect(mails).toEqual([]);
    },
  );

  it.each(['a@b.org\r\nBcc: evil@x.y', 'a@b.org, evil@x.y', 'a b@c.org', '<a@b.org>', 'nobody', 'a@b@c'])(
    'refuses the recipient %j without a connection',
    async (recipient) => {
      const server = await brokenServer(smtpDialogue({}));
      cleanups.push(() => server.close());
      expect(await send({ port: server.port }, message({ recipient }))).toMatchObject({ ok: false, retry: false });
      expect(server.connections).toBe(0);
    },
  );

  it('refuses a sender that is no address at the start', () => {
    const from = { name: 'x', address: 'a@b.c\r\nBcc: evil@x.y' };
    expect(() => createEmailChannel(options({ from }))).toThrow(
      /the sender "a@b\.c\\r\\nBcc: evil@x\.y" is not an address/,
    );
  });

  it('lets no subject and no sender name add a header', async () => {
    const { port, mails } = await realServer({ disabledCommands: ['STARTTLS', 'AUTH'] });
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
    await fc.assert(
      fc.asyncProperty(hostile, hostile, async (subject, name) => {
        mails.length = 0;
        const from = { name: name.join(''), address: 'portcast@example.org' };
        expect(await send({ port, from }, message({ subject: subject.join('') }))).toMatchObject({ ok: true });
        const { mail, to } = mails[0] ?? expect.unreachable();
        expect(to).toEqual(['ops@example.org']);
        expect(mail.headers.has('bcc')).toBe(false);
        expect(mail.from?.value.map(({ address }) => address)).toEqual(['portcast@example.org']);
        expect(mail.to).toMatchObject({ value: [{ address: 'ops@example.org' }] });
        expect(mail.subject ?? '').not.toMatch(/[\p{Cc}\u2028\u202e]/u);
        expect(mail.text?.trim()).toBe('text part');
      }),
      { numRuns: 40 },
    );
  });
});

describe('a broken server', () => {
  const destroy = (socket: Socket): void => void socket.destroy();
  const trickle = (socket: Socket): void => {
    const timer = setInterval(() => socket.write('2'), 50);
    socket.on('close', () => clearInterval(timer));
  };
  const cases: [string, (socket: Socket) => void, boolean, RegExp, Partial<SmtpOptions>?][] = [
    [
      'a 421 greeting',
      smtpDialogue({ greeting: '421 4.3.2 too busy' }),
      true,
      /rejected the connection: 421 4\.3\.2 too busy/,
    ],
    ['a 554 greeting', smtpDialogue({ greeting: '554 5.7.1 not you' }), true, /rejected the connection: 554/],
    ['a garbage greeting', smtpDialogue({ greeting: 'SSH-2.0-OpenSSH_9.2' }), true, /is not a mail server: SSH-2\.0/],
    ['a close before the greeting', destroy, true, /closed the connection before the session was over/],
    ['451 at MAIL', smtpDialogue({ mail: '451 4.3.0 later' }), true, /refused the sender portcast@example\.org: 451/],
    [
      '550 at MAIL',
      smtpDialogue({ mail: '550 5.7.1 sender not allowed' }),
      true,
      /refused the sender portcast@example\.org: 550/,
    ],
    [
      '450 at RCPT',
      smtpDialogue({ rcpt: '450 4.2.0 greylisted' }),
      true,
      /refused the recipient ops@example\.org: 450/,
    ],
    ['550 at RCPT', smtpDialogue({ rcpt: '550 5.1.1 unknown' }), false, /refused the recipient ops@example\.org: 550/],
    [
      '550 without a reason at RCPT',
      smtpDialogue({ rcpt: '550 no' }),
      false,
      /refused the recipient ops@example\.org: 550 no/,
    ],
    ['relaying denied at RCPT', smtpDialogue({ rcpt: '554 5.7.1 relay access denied' }), true, /relay access denied/],
    ['530 at RCPT', smtpDialogue({ rcpt: '530 5.5.1 log in first' }), true, /log in first/],
    ['552 5.2.2 mailbox full', smtpDialogue({ rcpt: '552 5.2.2 mailbox full' }), true, /mailbox full/],
    ['451 at DATA', smtpDialogue({ data: '451 4.3.0 later' }), true, /refused the message to ops@example\.org: 451/],
    ['554 at DATA', smtpDialogue({ data: '554 no transaction' }), true, /refused the message to ops@example\.org: 554/],
    ['452 after the message', smtpDialogue({ end: '452 4.3.1 disk full' }), true, /refused the message to .*disk full/],
    [
      '554 after the message',
      smtpDialogue({ end: '554 5.6.0 content refused' }),
      false,
      /refused the message to .*content refused/,
    ],
    [
      'a drop in the middle of DATA',
      smtpDialogue({ body: destroy }),
      true,
      /closed the connection before the session was over/,
    ],
    ['a hang after DATA', smtpDialogue({ end: null }), true, /stopped answering for 150 ms/, { timeoutMs: 150 }],
    [
      'a silent server',
      () => undefined,
      true,
      /(did not get through its greeting within|stopped answering for) 150 ms/,
      { timeoutMs: 150 },
    ],
    ['one byte now and then', trickle, true, /within 150 ms|was too slow/, { timeoutMs: 150 }],
    [
      'one byte now and then after the greeting',
      smtpDialogue({ mail: trickle }),
      true,
      /was too slow: the session was not over after 450 ms/,
    ],
    [
      'an endless reply',
      smtpDialogue({ ehlo: (socket) => void socket.write(`250-${'x'.repeat(100_000)}`) }),
      true,
      /connection .*failed|rejected the/,
    ],
    [
      'TLS that never finishes',
      () => undefined,
      true,
      /TLS handshake\) within 150 ms/,
      { security: 'tls', timeoutMs: 150 },
    ],
    ['no TLS where TLS is expected', smtpDialogue({}), true, /TLS with the mail server .* failed/, { security: 'tls' }],
    [
      'STARTTLS that never finishes',
      smtpDialogue({ ehlo: '250-test\r\n250 STARTTLS', starttls: '220 go on' }),
      true,
      /(TLS handshake\)? within|stopped answering for) 150 ms/,
      { security: 'starttls', timeoutMs: 150 },
    ],
  ];
  it.each(cases)('%s', async (_name, talk, retry, error, changes = {}) => {
    const server = await brokenServer(talk);
    cleanups.push(() => server.close());
    const outcome = await send({ port: server.port, timeoutMs: 150, ...changes });
    expect(outcome).toMatchObject({ ok: false, retry });
    expect((outcome as { error: string }).error).toMatch(error);
    expect((outcome as { error: string }).error).toContain(`127.0.0.1:${server.port}`);
  });

  it('that is not there', async () => {
    const server = await brokenServer(() => undefined);
    await server.close();
    const outcome = await send({ port: server.port });
    expect(outcome).toEqual({
      ok: false,
      retry: true,
      error: `the mail server 127.0.0.1:${server.port} refuses connections: nothing listens there`,
    });
  });

  it('whose name does not exist', async () => {
    const outcome = await send({ host: 'smtp.invalid', port: 25 });
    expect(outcome).toMatchObject({ ok: false, retry: true });
    expect((outcome as { error: string }).error).toMatch(
      /the name of the mail server smtp\.invalid:25 cannot be resolved/,
    );
  });

  it('is let go when the channel closes', async () => {
    const server = await brokenServer(smtpDialogue({ mail: null }));
    cleanups.push(() => server.close());
    const channel = createEmailChannel(options({ port: server.port, timeoutMs: 60_000 }));
    const sending = channel.send(message());
    while (!server.received().includes('MAIL')) await new Promise((resolve) => setTimeout(resolve, 5));
    channel.close();
    expect(await sending).toMatchObject({ ok: false, retry: true });
    expect(await channel.send(message())).toMatchObject({ ok: false, retry: true, error: 'portcast is stopping' });
  });
});
