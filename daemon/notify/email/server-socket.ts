/** Opens the connection to the mail server, up to the end of the TLS handshake where TLS begins with the first byte. */
import { isIP, type Socket } from 'node:net';
import { connect as connectTls, type ConnectionOptions } from 'node:tls';
import { codeOf, messageOf } from '../../errors.js';
import { DialError, type Dial } from '../connect/dial.js';
import type { SmtpFailure } from './smtp-failure.js';

export interface ServerOptions {
  readonly host: string;
  readonly port: number;
  /** `starttls` is required, not just tried. */
  readonly security: 'none' | 'starttls' | 'tls';
  readonly allowSelfSigned: boolean;
  /** How long one step of the session may take; one message may take three times as long. */
  readonly timeoutMs: number;
}

export interface ServerSocket {
  readonly socket: Socket;
}

const TIMED_OUT: SmtpFailure = { code: 'ETIMEDOUT', timeoutType: 'CONNECT_TIMEOUT', message: 'Connection timeout' };

/** Never throws. The failures have the codes of the SMTP library, from which the sentences are made. */
export async function connectToServer(
  options: ServerOptions,
  dial: Dial,
  signal: AbortSignal,
): Promise<ServerSocket | SmtpFailure> {
  const { host, port, security, timeoutMs } = options;
  const deadlineMs = performance.now() + timeoutMs;
  try {
    const socket = await dial({ host, port, timeoutMs, signal });
    if (security !== 'tls') return { socket };
    return await beginTls(socket, options, Math.max(1, deadlineMs - performance.now()));
  } catch (error) {
    return { ...describeDialError(error), command: 'CONN', isUngreeted: true };
  }
}

/** The certificate is checked against the name, whichever address the connection goes to. */
export function createTlsOptions({ host, allowSelfSigned }: ServerOptions): ConnectionOptions {
  return {
    rejectUnauthorized: !allowSelfSigned,
    minVersion: 'TLSv1.2',
    // An address is no name that a client may give in TLS (RFC 6066, 3). It is compared with those in the certificate.
    ...(isIP(host) === 0 ? { servername: host } : { host }),
  };
}

function describeDialError(error: unknown): SmtpFailure {
  const message = messageOf(error);
  if (!(error instanceof DialError)) return { code: 'ESOCKET', originalCode: codeOf(error) ?? undefined, message };
  if (error.phase === 'timeout') return TIMED_OUT;
  if (error.phase === 'name') return { code: 'EDNS', message };
  return { code: 'ESOCKET', originalCode: error.code, message, note: error.note };
}

function beginTls(socket: Socket, options: ServerOptions, limitMs: number): Promise<ServerSocket | SmtpFailure> {
  return new Promise((resolve) => {
    const secure = connectTls({ ...createTlsOptions(options), socket });
    const finish = (result: ServerSocket | SmtpFailure): void => {
      clearTimeout(timer);
      secure.on('error', () => undefined);
      if (!('socket' in result)) secure.destroy();
      resolve(result);
    };
    const fail = (error: Error & { readonly reason?: string }): void => {
      const { message, reason } = error;
      const details = { originalCode: codeOf(error) ?? undefined, command: 'CONN', isUngreeted: true };
      finish({ code: 'ESOCKET', message, reason, ...details });
    };
    const timer = setTimeout(() => finish({ ...TIMED_OUT, command: 'CONN', isUngreeted: true }), limitMs);
    secure.once('secureConnect', () => finish({ socket: secure }));
    secure.once('error', fail);
    // The reset of the plain connection ends the handshake without an error of the encrypted one.
    secure.once('close', () => fail(Object.assign(new Error('the connection was closed'), { code: 'ECONNRESET' })));
  });
}
