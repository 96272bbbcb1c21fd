/** One SMTP session, in which one message is handed over. Its steps, its length and the replies it reads are bounded. */
import { isIP } from 'node:net';
import SMTPConnection from 'nodemailer/lib/smtp-connection';
import type { SendOutcome } from '../../contracts.js';
import { formatEndpoint } from '../../host/endpoint.js';
import { SECOND_MS } from '../../units.js';
import { cleanLine } from '../message/sanitize.js';
import { classifyFailure, type FailureContext, type SmtpFailure } from './smtp-outcome.js';

/** The options of the e-mail channel. */
export interface SmtpOptions {
  readonly host: string;
  readonly port: number;
  /** `starttls` is required, not just tried. */
  readonly security: 'none' | 'starttls' | 'tls';
  /** Null: no login. */
  readonly user: string | null;
  readonly password: string | null;
  readonly from: { readonly name: string; readonly address: string };
  readonly allowSelfSigned: boolean;
  /** How long one step of the session may take; the whole session may take three times as long. */
  readonly timeoutMs: number;
}

interface Delivery {
  readonly recipient: string;
  /** The message as MIME. */
  readonly raw: Buffer;
}

/** How a session ends: the first call counts, later ones change nothing. */
interface SessionEnd {
  readonly finish: (outcome: SendOutcome) => void;
  readonly fail: (failure: SmtpFailure) => void;
}

/** Bounds the whole session, because a server that sends one byte now and then never exceeds the limit of one step. */
const SESSION_STEPS = 3;
const MAX_RESPONSE_BYTES = 64 * 1024;
const MAX_CLOSE_MS = SECOND_MS;
const MAX_RESPONSE_TEXT = 200;

/** @param openSessions holds the function that aborts this session while it is open. */
export function runSession(
  options: SmtpOptions,
  delivery: Delivery,
  openSessions: Set<() => void>,
): Promise<SendOutcome> {
  return new Promise((resolve) => {
    const connection = new SMTPConnection(buildConnectionOptions(options));
    const context = buildFailureContext(options, delivery);
    const sessionMs = options.timeoutMs * SESSION_STEPS;
    const finish = (outcome: SendOutcome): void => {
      clearTimeout(deadline);
      openSessions.delete(abort);
      // Resolved before the connection is closed, because closing it emits a failure of its own.
      resolve(outcome);
      connection.close();
    };
    const fail = (failure: SmtpFailure): void => finish(classifyFailure(failure, context));
    const abort = (): void => fail({ message: 'portcast is stopping' });
    const deadline = setTimeout(
      () => fail({ code: 'ETIMEDOUT', message: `the session was not over after ${sessionMs} ms` }),
      sessionMs,
    );
    openSessions.add(abort);
    connection.on('error', fail);
    connection.once('end', () => fail({ code: 'ECONNECTION', message: 'connection closed' }));
    connection.connect((error) => {
      if (error) fail(error);
      else logIn(connection, options, delivery, { finish, fail });
    });
  });
}

function logIn(connection: SMTPConnection, options: SmtpOptions, delivery: Delivery, end: SessionEnd): void {
  const { user, password, from } = options;
  if (user === null) {
    submit(connection, from.address, delivery, end);
    return;
  }
  if (!connection.allowsAuth) {
    end.fail({ code: 'EAUTH', message: 'it offers no login on this connection, though a user is configured' });
    return;
  }
  connection.login({ credentials: { user, pass: password ?? '' } }, (error) => {
    if (error) end.fail(error);
    else submit(connection, from.address, delivery, end);
  });
}

function submit(
  connection: SMTPConnection,
  sender: string,
  { recipient, raw }: Delivery,
  { finish, fail }: SessionEnd,
): void {
  connection.send({ from: sender, to: [recipient], size: raw.length }, raw, (error, info) => {
    // The library reports no error when the server refused some recipients and accepted others.
    const refusal = error ?? info.rejectedErrors?.[0];
    if (refusal !== undefined) fail(refusal);
    else if (info.rejected.length > 0) fail({ message: 'the recipient was refused', command: 'RCPT TO' });
    else finish({ ok: true, response: cleanLine(info.response, MAX_RESPONSE_TEXT) });
  });
}

function buildConnectionOptions({ host, port, security, allowSelfSigned, timeoutMs }: SmtpOptions) {
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
    socketCloseTimeout: Math.min(MAX_CLOSE_MS, timeoutMs),
    maxResponseSize: MAX_RESPONSE_BYTES,
  };
}

function buildFailureContext(options: SmtpOptions, { recipient }: Delivery): FailureContext {
  const { host, port, from, user, password, timeoutMs } = options;
  return {
    server: formatEndpoint(host, port),
    sender: from.address,
    recipient,
    timeoutMs,
    secrets: password === null ? [] : [password, `\0${user ?? ''}\0${password}`],
  };
}
