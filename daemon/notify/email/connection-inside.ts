/**
 * Two things that the SMTP library does within itself and offers to nobody: sending NOOP, and how long the server may be
 * silent. The version of the library is fixed, and the tests of the session use both.
 */
import type { Socket } from 'node:net';
import type SMTPConnection from 'nodemailer/lib/smtp-connection';
import type { SmtpFailure } from './smtp-failure.js';

interface Inside {
  /** The socket, after STARTTLS the encrypted one; false before the connection and after its end. */
  readonly _socket: Socket | false;
  readonly _responseActions: ((reply: string) => void)[];
  _sendCommand(command: string): void;
}

/** Ends the session when the server says nothing for so long; 0 lifts the limit. */
export function limitSilence(connection: SMTPConnection, ms: number): void {
  const { _socket: socket } = connection as unknown as Inside;
  if (socket !== false) socket.setTimeout(ms);
}

/** `done` is called with null when the server has agreed. It is not called when the connection ends meanwhile. */
export function sendNoop(connection: SMTPConnection, done: (failure: SmtpFailure | null) => void): void {
  const inside = connection as unknown as Inside;
  inside._responseActions.push((reply) => {
    const isAgreed = reply.startsWith('2');
    const responseCode = Number(reply.slice(0, 3));
    done(isAgreed ? null : { code: 'EPROTOCOL', message: reply, response: reply, responseCode, command: 'NOOP' });
  });
  inside._sendCommand('NOOP');
}
