/** A mail server on loopback that works, and a way to send one message through the e-mail channel. */
import { readFileSync } from 'node:fs';
import { simpleParser, type ParsedMail } from 'mailparser';
import { SMTPServer, type SMTPServerOptions } from 'smtp-server';
import type { SendOutcome } from '../../daemon/notify-contracts.js';
import { createEmailChannel } from '../../daemon/notify/email/email-channel.js';
import type { SmtpOptions } from '../../daemon/notify/email/smtp-session.js';
import { createTestDial } from './dial.js';
import { message } from './messages.js';

interface MailServer {
  readonly port: number;
  readonly mails: {
    readonly mail: ParsedMail;
    readonly to: readonly string[];
    readonly user: unknown;
    readonly secure: boolean;
  }[];
}

/** The one login that the server accepts. Every recipient is accepted, except those that begin with `nobody`. */
export const LOGIN = { user: 'portcast', password: 'correct horse' };

const readTls = (name: string): Buffer =>
  readFileSync(new URL(`../fixtures/tls/test-only-${name}.pem`, import.meta.url));

/** @param onTestFinished of the test that uses the server: it is closed then. */
export async function startMailServer(
  onTestFinished: (close: () => Promise<void>) => void,
  changes: SMTPServerOptions = {},
): Promise<MailServer> {
  const mails: MailServer['mails'] = [];
  const server = new SMTPServer({
    authOptional: true,
    // Tests need no name for 127.0.0.1.
    disableReverseLookup: true,
    key: readTls('key'),
    cert: readTls('cert'),
    logger: false,
    onAuth(auth, _session, done) {
      if (auth.username === LOGIN.user && auth.password === LOGIN.password) done(null, { user: auth.username });
      else done(Object.assign(new Error(`bad password ${auth.password ?? ''}`), { responseCode: 535 }));
    },
    onRcptTo({ address }, _session, done) {
      if (address.startsWith('nobody')) done(Object.assign(new Error('5.1.1 no such user'), { responseCode: 550 }));
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
  onTestFinished(() => new Promise((resolve) => server.close(() => resolve())));
  const address = server.server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return { port: address.port, mails };
}

export function smtpOptions(changes: Partial<SmtpOptions>): SmtpOptions {
  return {
    host: '127.0.0.1',
    port: 1,
    security: 'none',
    user: null,
    password: null,
    from: { name: 'portcast', address: 'portcast@example.org' },
    allowSelfSigned: false,
    timeoutMs: 2000,
    name: null,
    ...changes,
  };
}

/** Sends one message through a channel of its own. */
export async function sendMail(changes: Partial<SmtpOptions>, mail = message()): Promise<SendOutcome> {
  const channel = createEmailChannel(smtpOptions(changes), createTestDial());
  try {
    return await channel.send(mail);
  } finally {
    channel.close();
  }
}
