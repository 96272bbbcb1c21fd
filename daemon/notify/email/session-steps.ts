/** Runs the steps of an SMTP session one after another, and ends the one under way when the session ends. */
import type SMTPConnection from 'nodemailer/lib/smtp-connection';
import type { SmtpFailure } from './smtp-failure.js';

/** Called once by the library; later failures of the session have no effect on that step. */
export type Done = (failure: SmtpFailure | null) => void;

export interface Steps {
  /** The session ends with this connection. */
  watch(connection: SMTPConnection): void;
  /** Runs one step. It ends with the first of its own result and the end of the session. */
  run(start: (done: Done) => void): Promise<SmtpFailure | null>;
  /** Ends the session and the step under way. @returns why the session has ended, which may be an earlier failure */
  end(failure: SmtpFailure): SmtpFailure;
  /** Why the session has ended; null while it goes on. */
  ended(): SmtpFailure | null;
}

/** The library calls nobody back when the session ends while it connects or logs in; it emits events. */
export function createSteps(): Steps {
  let ended: SmtpFailure | null = null;
  let endStep: Done = () => undefined;
  const end = (failure: SmtpFailure): SmtpFailure => {
    ended ??= failure;
    endStep(ended);
    return ended;
  };
  const watch = (connection: SMTPConnection): void => {
    connection.on('error', end);
    connection.once('end', () => {
      ended ??= { code: 'ECONNECTION', message: 'connection closed' };
      // The library may report the reply with which the server closed the connection after this event. That says more.
      setImmediate(endStep, ended);
    });
  };
  const run = (start: (done: Done) => void): Promise<SmtpFailure | null> =>
    new Promise((resolve) => {
      endStep = resolve;
      if (ended === null) start(resolve);
      else resolve(ended);
    });
  return { watch, run, end, ended: () => ended };
}
