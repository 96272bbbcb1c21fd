/** One SMTP session, in which messages are handed over one after another. The replies it reads are bounded. */
import { Readable } from 'node:stream';
import SMTPConnection from 'nodemailer/lib/smtp-connection';
import { SECOND_MS } from '../../units.js';
import type { Dial } from '../connect/dial.js';
import { limitSilence, sendNoop } from './connection-inside.js';
import { connectToServer, createTlsOptions, type ServerOptions, type ServerSocket } from './server-socket.js';
import { createSteps, type Done, type Steps } from './session-steps.js';
import { copyFailure, type SmtpFailure } from './smtp-failure.js';

/** The options of the e-mail channel. */
export interface SmtpOptions extends ServerOptions {
  /** Null: no login. */
  readonly user: string | null;
  readonly password: string | null;
  readonly from: { readonly name: string; readonly address: string };
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
  /** Connects, begins TLS and logs in, unless that was done before. Null when the session is ready for a message. */
  open(): Promise<SmtpFailure | null>;
  /** Hands over one message in a session that is opened first where it is not. One at a time. */
  send(delivery: Delivery): Promise<HandOver>;
  /** Keeps an open session from being closed for want of work. Not while a message is handed over. */
  noop(): Promise<SmtpFailure | null>;
  /** Until the next step the server has nothing to say, so its silence does not end the session. */
  rest(): void;
  /** False when either side has ended the session. */
  readonly isOpen: boolean;
  /** How many messages the server has accepted in this session. */
  readonly accepted: number;
  /** Ends the session at once. The step under way fails with this. */
  abort(failure: SmtpFailure): void;
  /** Ends the session with QUIT, so that the server closes first and keeps the port in TIME_WAIT, where it can. */
  quit(): void;
}

const MAX_RESPONSE_BYTES = 64 * 1024;
const MAX_CLOSE_MS = SECOND_MS;
const OVER: SmtpFailure = { code: 'ECONNECTION', message: 'the session is over' };

/** @param clientName the name for EHLO */
export function createSession(options: SmtpOptions, clientName: string, dial: Dial): SmtpSession {
  const steps = createSteps();
  const giveUp = new AbortController();
  let connection: SMTPConnection | null = null;
  let opening: Promise<SmtpFailure | null> | null = null;
  let accepted = 0;
  let isTransactionOpen = false;

  const connect = async (): Promise<SmtpFailure | null> => {
    const opened = await openConnection({ options, clientName, dial, steps, signal: giveUp.signal });
    if (!(opened instanceof SMTPConnection)) return steps.end(opened);
    connection = opened;
    return greet(opened, steps, options);
  };
  const open = (): Promise<SmtpFailure | null> => (opening ??= connect());
  /** Runs one step in a session that is open. Meanwhile the server may be silent for the time of one step. */
  const runStep = async (start: (ready: SMTPConnection, done: Done) => void): Promise<SmtpFailure | null> => {
    const ready = connection;
    if (ready === null) return OVER;
    limitSilence(ready, options.timeoutMs);
    return steps.run((done) => start(ready, done));
  };
  const close = (): void => {
    giveUp.abort();
    connection?.close();
  };

  return {
    open,
    async send(delivery) {
      // After a refusal the sender is still set (RFC 5321, 4.1.1.5).
      const failure = (await open()) ?? (isTransactionOpen ? await runStep(sendReset) : null);
      if (failure !== null) return { ok: false, failure, isContentSent: false };
      isTransactionOpen = true;
      const result = await handOver(runStep, { ...delivery, sender: options.from.address });
      if (result.ok) {
        accepted += 1;
        isTransactionOpen = false;
      }
      return result;
    },
    noop: async () => (await open()) ?? (await runStep(sendNoop)),
    rest() {
      if (connection !== null) limitSilence(connection, 0);
    },
    get isOpen() {
      return steps.ended() === null;
    },
    get accepted() {
      return accepted;
    },
    abort(failure) {
      steps.end(failure);
      close();
    },
    quit() {
      if (steps.ended() !== null) return;
      steps.end(OVER);
      connection?.quit();
      setTimeout(close, connection === null ? 0 : Math.min(MAX_CLOSE_MS, options.timeoutMs)).unref();
    },
  };
}

function sendReset(connection: SMTPConnection, done: Done): void {
  connection.reset((error) => done(error ?? null));
}

interface Opening {
  readonly options: SmtpOptions;
  readonly clientName: string;
  readonly dial: Dial;
  readonly steps: Steps;
  readonly signal: AbortSignal;
}

async function openConnection(opening: Opening): Promise<SMTPConnection | SmtpFailure> {
  const { options, clientName, dial, steps, signal } = opening;
  const startedMs = performance.now();
  const result = await connectToServer(options, dial, signal);
  const ended = steps.ended();
  if (ended !== null && 'socket' in result) result.socket.destroy();
  if (ended !== null) return ended;
  if (!('socket' in result)) return result;
  const leftMs = Math.max(1, options.timeoutMs - (performance.now() - startedMs));
  const connection = new SMTPConnection(buildConnectionOptions(options, clientName, { ...result, leftMs }));
  steps.watch(connection);
  return connection;
}

/** Takes the greeting, says EHLO, begins TLS where the server is asked for it, and logs in. */
async function greet(
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
  runStep: (start: (connection: SMTPConnection, done: Done) => void) => Promise<SmtpFailure | null>,
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
  const failure = await runStep((connection, done) => {
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

/** @param leftMs what connecting has left of the time for connecting and the greeting */
function buildConnectionOptions(
  options: SmtpOptions,
  clientName: string,
  { socket, leftMs }: ServerSocket & { readonly leftMs: number },
) {
  const { host, port, security, timeoutMs } = options;
  return {
    host,
    port,
    name: clientName,
    connection: socket,
    secure: security === 'tls',
    secured: security === 'tls',
    requireTLS: security === 'starttls',
    ignoreTLS: security === 'none',
    tls: createTlsOptions(options),
    connectionTimeout: leftMs,
    greetingTimeout: timeoutMs,
    socketTimeout: timeoutMs,
    socketCloseTimeout: Math.min(MAX_CLOSE_MS, timeoutMs),
    maxResponseSize: MAX_RESPONSE_BYTES,
  };
}
