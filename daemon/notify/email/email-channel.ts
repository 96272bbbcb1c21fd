/** The e-mail channel: one SMTP session per message, bounded in every direction. */
import { createHash } from 'node:crypto';
import { isIP } from 'node:net';
import MailComposer from 'nodemailer/lib/mail-composer';
import SMTPConnection from 'nodemailer/lib/smtp-connection';
import type { Channel, OutboxMessage, SendOutcome } from '../../contracts.js';
import { messageOf, PortcastError } from '../../errors.js';
import { isMailAddress } from '../../mail-address.js';
import { cleanLine } from '../message/sanitize.js';
import { classifyFailure, type FailureContext, type SmtpFailure } from './smtp-outcome.js';
import { formatEndpoint } from '../../host/endpoint.js';

export interface SmtpOptions {
  readonly host: string;
  readonly port: number;
  /** `starttls` is required, never merely tried. */
  readonly security: 'none' | 'starttls' | 'tls';
  /** Null: no login. */
  readonly user: string | null;
  readonly password: string | null;
  readonly from: { readonly name: string; readonly address: string };
  readonly allowSelfSigned: boolean;
  /** How long one step of the dialogue may take; a whole session may take three times as long. */
  readonly timeoutMs: number;
}

export type EmailChannel = Channel & {
  /** Ends sessions under way, as failed; later messages fail as well. */
  close(): void;
};

/** A server that sends a byte now and then never runs into the limit of one step: this one it does. */
const SESSION_STEPS = 3;

/**
 * @throws PortcastError CONFIG_INVALID when the sender is no plain mail address.
 *
 * Sending never throws. With a user set it logs in or fails: a message is never sent without the login asked for.
 */
export function createEmailChannel(options: SmtpOptions): EmailChannel {
  const { address } = options.from;
  if (!isMailAddress(address)) {
    throw new PortcastError('CONFIG_INVALID', `the sender ${JSON.stringify(address)} is not an address like a@b.org`);
  }
  const open = new Set<() => void>();
  let closed = false;
  return {
    async send(message) {
      if (closed) return { ok: false, retry: true, error: 'portcast is stopping' };
      if (!isMailAddress(message.recipient)) {
        const quoted = JSON.stringify(cleanLine(message.recipient, 100));
        return { ok: false, retry: false, error: `the recipient ${quoted} is not an address like a@b.org` };
      }
      try {
        return await runSession(options, { message, raw: await compose(options, message) }, open);
      } catch (error) {
        return { ok: false, retry: true, error: `the message could not be handed over: ${messageOf(error)}` };
      }
    },
    close() {
      closed = true;
      for (const abort of open) abort();
    },
  };
}

/** Addresses go in as objects: as strings they would be parsed, and could smuggle in further recipients. */
function compose({ from }: SmtpOptions, message: OutboxMessage): Promise<Buffer> {
  const composer = new MailComposer({
    from: { name: cleanLine(from.name, 100), address: from.address },
    to: { name: '', address: message.recipient },
    subject: cleanLine(message.subject, 200),
    text: message.text,
    html: message.html,
    messageId: `<${message.messageId}>`,
    date: new Date(message.createdAtMs),
    ...(message.alertId === null ? {} : { references: threadOf(message.alertId, message.messageId) }),
    headers: {
      // RFC 3834: no vacation notes in answer, please.
      'Auto-Submitted': 'auto-generated',
      'X-Auto-Response-Suppress': 'All',
      'X-Portcast-Created': new Date(message.createdAtMs).toISOString(),
    },
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  return composer.compile().build();
}

/** A parent that all mails of one alert share, so that readers show its start and its end together. */
function threadOf(alertId: string, messageId: string): string {
  const hash = createHash('sha256').update(alertId).digest('hex').slice(0, 32);
  return `<alert-${hash}@${messageId.replace(/^.*@/, '')}>`;
}

interface Delivery {
  readonly message: OutboxMessage;
  readonly raw: Buffer;
}

function runSession(options: SmtpOptions, delivery: Delivery, open: Set<() => void>): Promise<SendOutcome> {
  return new Promise((resolve) => {
    const connection = new SMTPConnection(connectionOptions(options));
    const context = failureContext(options, delivery.message);
    const sessionMs = options.timeoutMs * SESSION_STEPS;
    const finish = (outcome: SendOutcome): void => {
      clearTimeout(deadline);
      open.delete(abort);
      // First come, first told: closing ends the connection, which is a failure of its own.
      resolve(outcome);
      connection.close();
    };
    const fail = (failure: SmtpFailure): void => finish(classifyFailure(failure, context));
    const abort = (): void => fail({ message: 'portcast is stopping' });
    const deadline = setTimeout(
      () => fail({ code: 'ETIMEDOUT', message: `the session was not over after ${sessionMs} ms` }),
      sessionMs,
    );
    open.add(abort);
    connection.on('error', fail);
    connection.once('end', () => fail({ code: 'ECONNECTION', message: 'connection closed' }));
    converse(connection, options, delivery, { finish, fail });
  });
}

function converse(
  connection: SMTPConnection,
  options: SmtpOptions,
  { message, raw }: Delivery,
  { finish, fail }: { finish: (outcome: SendOutcome) => void; fail: (failure: SmtpFailure) => void },
): void {
  const { user, password, from } = options;
  const submit = (): void =>
    connection.send({ from: from.address, to: [message.recipient], size: raw.length }, raw, (error, info) => {
      // As it comes back from a server that took some recipients only, this is no error to the library.
      const refused = error ?? info.rejectedErrors?.[0];
      if (refused !== undefined) {
        fail(refused);
        return;
      }
      if (info.rejected.length > 0) {
        fail({ message: 'the recipient was refused', command: 'RCPT TO' });
        return;
      }
      finish({ ok: true, response: cleanLine(info.response, 200) });
    });
  connection.connect((error) => {
    if (error) {
      fail(error);
      return;
    }
    if (user === null) {
      submit();
      return;
    }
    if (!connection.allowsAuth) {
      fail({ code: 'EAUTH', message: 'it offers no login on this connection, though a user is configured' });
      return;
    }
    connection.login({ credentials: { user, pass: password ?? '' } }, (refused) => {
      if (refused) {
        fail(refused);
        return;
      }
      submit();
    });
  });
}

function connectionOptions({ host, port, security, allowSelfSigned, timeoutMs }: SmtpOptions) {
  return {
    host,
    port,
    secure: security === 'tls',
    requireTLS: security === 'starttls',
    ignoreTLS: security === 'none',
    tls: {
      rejectUnauthorized: !allowSelfSigned,
      minVersion: 'TLSv1.2' as const,
      ...(isIP(host) === 0 ? { servername: host } : {}),
    },
    dnsTimeout: timeoutMs,
    connectionTimeout: timeoutMs,
    greetingTimeout: timeoutMs,
    socketTimeout: timeoutMs,
    socketCloseTimeout: Math.min(1000, timeoutMs),
    maxResponseSize: 64 * 1024,
  };
}

function failureContext({ host, port, from, user, password, timeoutMs }: SmtpOptions, message: OutboxMessage) {
  const context: FailureContext = {
    server: formatEndpoint(host, port),
    sender: from.address,
    recipient: message.recipient,
    timeoutMs,
    secrets: password === null ? [] : [password, `\0${user ?? ''}\0${password}`],
  };
  return context;
}
