/** One SMTP session, in which one message is handed over. Its steps, its length and the replies it reads are bounded. */
import { isIP } from 'node:net';
import SMTPConnection from 'nodemailer/lib/smtp-connection';
import type { SendOutcome } from '../../contracts.js';
import { formatEndpoint } from '../../host/endpoint.js';
import { SECOND_MS } from '../../units.js';
import { cleanLine } from '../message/sanitize.js';
import { findClientName } from './client-name.js';
import { copyFailure, type FailureContext, type SmtpFailure } from './smtp-failure.js';
import { classifyFailure } from './smtp-outcome.js';

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
  /** The name for EHLO; null means that one is chosen, see `findClientName`. */
  readonly name: string | null;
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
    const clientName = options.name ?? findClientName(options.from.address);
    const connection = new SMTPConnection(buildConnectionOptions(options, clientName));
    const context = buildFailureContext(options, delivery, clientName);
    let isConnected = false;
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
    connection.on('error', (error: SmtpFailure) => {
      fail(isConnected ? error : completeFailure(error, connection.lastServerResponse));
    });
    connection.once('end', () => fail({ code: 'ECONNECTION', message: 'connection closed' }));
    connection.connect((error) => {
      isConnected = true;
      if (error) fail(completeFailure(error, connection.lastServerResponse));
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

/**
 * Adds what the server had said last. The library does not report the reply to EHLO when the server closes the connection
 * after it; and a server may close it without any reply to a name that it does not take.
 */
function completeFailure(failure: SmtpFailure, lastReply: string | false): SmtpFailure {
  if (lastReply === false) return { ...copyFailure(failure), isUngreeted: true };
  if (failure.code !== 'ECONNECTION' || failure.response !== undefined) return failure;
  const isRefusal = /^[45]\d\d/.test(lastReply);
  if (!isRefusal && !lastReply.startsWith('220')) return failure;
  const reply = isRefusal ? { response: lastReply, responseCode: Number(lastReply.slice(0, 3)) } : {};
  return { ...copyFailure(failure), ...reply, command: 'EHLO' };
}

function buildConnectionOptions(options: SmtpOptions, clientName: string) {
  const { host, port, security, allowSelfSigned, timeoutMs } = options;
  return {
    host,
    port,
    name: clientName,
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

function buildFailureContext(options: SmtpOptions, { recipient }: Delivery, clientName: string): FailureContext {
  const { host, port, security, from, user, password, timeoutMs } = options;
  return {
    server: formatEndpoint(host, port),
    security,
    clientName,
    sender: from.address,
    recipient,
    timeoutMs,
    secrets: password === null ? [] : [password, `\0${user ?? ''}\0${password}`],
  };
}
