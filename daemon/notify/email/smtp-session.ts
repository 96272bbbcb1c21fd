/** One SMTP session, in which messages are handed over one after another. The replies it reads are bounded. */
import { isIP } from 'node:net';
import { Readable } from 'node:stream';
import SMTPConnection from 'nodemailer/lib/smtp-connection';
import { SECOND_MS } from '../../units.js';
import { copyFailure, type SmtpFailure } from './smtp-failure.js';

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
  /** How long one step of the session may take; one message may take three times as long. */
  readonly timeoutMs: number;
  /** The name for EHLO; null means that one is chosen, see `findClientName`. */
  readonly name: string | null;
}

export interface Delivery {
  readonly recipient: string;
  /** The message as MIME. */
  readonly raw: Buffer;
}

export type HandOver =
  | { readonly ok: true; readonly response: string }
  /** After the content was sent, the server may have accepted the message even though no reply came. */
  | { readonly ok: false; readonly failure: SmtpFailure; readonly isContentSent: boolean };

export interface SmtpSession {
  /** Hands over one message; the first one connects, begins TLS and logs in. One at a time. */
  send(delivery: Delivery): Promise<HandOver>;
  /** False when either side has ended the session. */
  readonly isOpen: boolean;
  /** How many messages the server has accepted in this session. */
  readonly accepted: number;
  /** Ends the session at once. The step under way fails with this. */
  abort(failure: SmtpFailure): void;
  /** Ends the session with QUIT, so that the server closes first and keeps the port in TIME_WAIT, where it can. */
  quit(): void;
}

/** Called once by the library; later failures of the session have no effect on that step. */
type Done = (failure: SmtpFailure | null) => void;

const MAX_RESPONSE_BYTES = 64 * 1024;
const MAX_CLOSE_MS = SECOND_MS;

/** @param clientName the name for EHLO */
export function createSession(options: SmtpOptions, clientName: string): SmtpSession {
  const connection = new SMTPConnection(buildConnectionOptions(options, clientName));
  const steps = watchSteps(connection);
  let accepted = 0;
  let isReady = false;
  let isTransactionOpen = false;

  const prepare = async (): Promise<SmtpFailure | null> => {
    if (!isReady) return openSession(connection, steps, options);
    // After a refusal the sender is still set (RFC 5321, 4.1.1.5).
    return isTransactionOpen ? steps.run((done) => connection.reset((error) => done(error ?? null))) : null;
  };

  return {
    async send(delivery) {
      const failure = await prepare();
      if (failure !== null) return { ok: false, failure, isContentSent: false };
      isReady = true;
      isTransactionOpen = true;
      const result = await handOver(connection, steps, { ...delivery, sender: options.from.address });
      if (result.ok) {
        accepted += 1;
        isTransactionOpen = false;
      }
      return result;
    },
    get isOpen() {
      return steps.ended() === null;
    },
    get accepted() {
      return accepted;
    },
    abort(failure) {
      steps.end(failure);
      connection.close();
    },
    quit() {
      if (steps.ended() !== null) return;
      steps.end({ code: 'ECONNECTION', message: 'the session is over' });
      connection.quit();
      setTimeout(() => connection.close(), Math.min(MAX_CLOSE_MS, options.timeoutMs)).unref();
    },
  };
}

interface Steps {
  /** Runs one step. It ends with the first of its own result and the end of the session. */
  run(start: (done: Done) => void): Promise<SmtpFailure | null>;
  end(failure: SmtpFailure): void;
  /** Why the session has ended; null while it goes on. */
  ended(): SmtpFailure | null;
}

/** The library calls nobody back when the session ends while it connects or logs in; it emits events. */
function watchSteps(connection: SMTPConnection): Steps {
  let ended: SmtpFailure | null = null;
  let endStep: Done = () => undefined;
  const end = (failure: SmtpFailure): void => {
    ended ??= failure;
    endStep(ended);
  };
  connection.on('error', end);
  connection.once('end', () => {
    ended ??= { code: 'ECONNECTION', message: 'connection closed' };
    // The library may report the reply with which the server closed the connection after this event. That says more.
    setImmediate(endStep, ended);
  });
  const run = (start: (done: Done) => void): Promise<SmtpFailure | null> =>
    new Promise((resolve) => {
      endStep = resolve;
      if (ended === null) start(resolve);
      else resolve(ended);
    });
  return { run, end, ended: () => ended };
}

/** Connects, begins TLS and logs in. */
async function openSession(
  connection: SMTPConnection,
  steps: Steps,
  { user, password }: SmtpOptions,
): Promise<SmtpFailure | null> {
  const failure = await steps.run((done) => connection.connect((error) => done(error ?? null)));
  if (failure !== null) return completeFailure(failure, connection.lastServerResponse);
  if (user === null) return null;
  if (!connection.allowsAuth) {
    return { code: 'EAUTH', message: 'it offers no login on this connection, though a user is configured' };
  }
  const credentials = { user, pass: password ?? '' };
  return steps.run((done) => connection.login({ credentials }, (error) => done(error ?? null)));
}

async function handOver(
  connection: SMTPConnection,
  steps: Steps,
  { sender, recipient, raw }: Delivery & { readonly sender: string },
): Promise<HandOver> {
  let response = '';
  let isContentSent = false;
  const content = new Readable({
    read() {
      // This is read once the server has asked for the content (354).
      isContentSent = true;
      this.push(raw);
      this.push(null);
    },
  });
  const failure = await steps.run((done) => {
    connection.send({ from: sender, to: [recipient], size: raw.length }, content, (error, info) => {
      response = error ? '' : info.response;
      // The library reports no error when the server refused some recipients and accepted others.
      done(error ?? info.rejectedErrors?.[0] ?? null);
    });
  });
  return failure === null ? { ok: true, response } : { ok: false, failure, isContentSent };
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
