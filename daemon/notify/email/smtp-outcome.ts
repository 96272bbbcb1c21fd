/** Turns a failed attempt to send into a sentence for the operator, and decides whether another attempt makes sense. */
import type { SendOutcome } from '../../contracts.js';
import { cleanLine } from '../message/sanitize.js';
import { findFinalCause } from './refusal.js';

/** The parts of an SMTP or socket error that show its cause. */
export interface SmtpFailure {
  readonly message: string;
  /** `ETIMEDOUT`, `EDNS`, `ESOCKET`, `ETLS`, `EAUTH`, `EENVELOPE`, `EMESSAGE`, ... */
  readonly code?: string | undefined;
  /** The code of the system error behind it, such as `ECONNREFUSED`. */
  readonly originalCode?: string | undefined;
  readonly responseCode?: number | undefined;
  readonly response?: string | undefined;
  /** The command in flight: `CONN`, `EHLO`, `STARTTLS`, `AUTH PLAIN`, `MAIL FROM`, `RCPT TO`, `DATA`. */
  readonly command?: string | undefined;
  readonly timeoutType?: string | undefined;
}

export interface FailureContext {
  /** `smtp.example.org:587`. */
  readonly server: string;
  readonly sender: string;
  readonly recipient: string;
  readonly timeoutMs: number;
  /** Must not appear in any text, even where a server echoes them. */
  readonly secrets: readonly string[];
}

const MAX_ERROR = 400;

/**
 * A mail is given up only when the server refuses this mailbox or this message for good. Everything else can be mended by
 * an operator, or passes, so the mail is then tried again, as when the server cannot be reached.
 */
export function classifyFailure(failure: SmtpFailure, context: FailureContext): SendOutcome & { ok: false } {
  const cause = findCause(failure, context);
  const sentence = explainFailure(failure, context, cause);
  return { ok: false, retry: cause === null, error: cleanLine(redactSecrets(sentence, context.secrets), MAX_ERROR) };
}

function findCause(failure: SmtpFailure, { sender, recipient }: FailureContext): 'mailbox' | 'message' | null {
  const { code, command = '', responseCode, response } = failure;
  if (responseCode !== undefined && response !== undefined) {
    return findFinalCause({ code: responseCode, reply: response, command, sender, recipient });
  }
  // The library compares the size of the message with the one that the server has announced (RFC 1870).
  return code === 'EMESSAGE' && command === 'MAIL FROM' ? 'message' : null;
}

function explainFailure(failure: SmtpFailure, context: FailureContext, cause: 'mailbox' | 'message' | null): string {
  const { server, sender, recipient } = context;
  const reply = failure.response === undefined ? '' : `: ${failure.response}`;
  const { code, command = '' } = failure;
  if (code === 'EDNS') return `the name of the mail server ${server} cannot be resolved: ${failure.message}`;
  if (code === 'ETIMEDOUT') return explainTimeout(failure, context);
  if (code === 'EAUTH' || command.startsWith('AUTH')) {
    return `the mail server ${server} refused the login, check user and password${reply || `: ${failure.message}`}`;
  }
  if (cause === 'message') {
    return `the mail server ${server} refused the message to ${recipient}${reply || `: ${failure.message}`}`;
  }
  if (reply !== '') {
    if (command === 'MAIL FROM') return `the mail server ${server} refused the sender ${sender}${reply}`;
    if (command === 'RCPT TO') return `the mail server ${server} refused the recipient ${recipient}${reply}`;
    if (command === 'DATA') return `the mail server ${server} refused the message to ${recipient}${reply}`;
    if (command === 'STARTTLS') return `the mail server ${server} does not offer STARTTLS, which is required${reply}`;
    if (code === 'EPROTOCOL' && failure.responseCode === undefined) {
      return `what answers at ${server} is not a mail server${reply}`;
    }
    return `the mail server ${server} rejected the connection${reply}`;
  }
  return explainConnection(failure, server);
}

function explainConnection({ message, code, originalCode }: SmtpFailure, server: string): string {
  if (originalCode === 'ECONNREFUSED') return `the mail server ${server} refuses connections: nothing listens there`;
  if (/self.signed/i.test(message)) {
    return `the certificate of the mail server ${server} is self-signed; trust its authority or set mail.smtp.allowSelfSigned`;
  }
  if (/certificate|altname|unable to verify/i.test(message)) {
    return `the certificate of the mail server ${server} is not trusted: ${message}`;
  }
  if (code === 'ETLS' || /SSL|TLS/.test(message)) return `TLS with the mail server ${server} failed: ${message}`;
  if (code === 'ECONNECTION') return `the mail server ${server} closed the connection before the session was over`;
  return `the connection to the mail server ${server} failed: ${message}`;
}

function explainTimeout({ timeoutType, message }: SmtpFailure, { server, timeoutMs }: FailureContext): string {
  const limit = `${timeoutMs} ms`;
  const byType: Readonly<Record<string, string>> = {
    CONNECT_TIMEOUT: `did not take the connection (or finish its TLS handshake) within ${limit}`,
    GREETING_TIMEOUT: `took the connection but did not get through its greeting within ${limit}`,
    UPGRADE_TIMEOUT: `did not finish the TLS handshake within ${limit}`,
    SOCKET_TIMEOUT: `stopped answering for ${limit}`,
  };
  return `the mail server ${server} ${byType[timeoutType ?? ''] ?? `was too slow: ${message}`}`;
}

/** Removes each secret as plain text and in base64, the two forms in which a server could echo a login. */
function redactSecrets(text: string, secrets: readonly string[]): string {
  return secrets
    .filter((secret) => secret !== '')
    .flatMap((secret) => [secret, Buffer.from(secret).toString('base64')])
    .reduce((result, form) => result.replaceAll(form, '***'), text);
}
