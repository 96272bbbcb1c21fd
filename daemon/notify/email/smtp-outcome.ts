/** What a failed delivery means: a sentence for the operator, and whether another attempt makes sense. */
import type { SendOutcome } from '../../contracts.js';
import { cleanLine } from '../message/sanitize.js';

/** The parts of an SMTP or socket error that tell what happened. */
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
  /** Never to appear in a message, in whatever form a server may echo them. */
  readonly secrets: readonly string[];
}

/**
 * A promised mail is given up only when the server refuses this very recipient or this very message for good. A 5xx to
 * the greeting, the login, the sender or for policy reasons (5.7.x: relaying, for one) is trouble an operator can
 * mend, so it is tried again like a server that is away.
 */
export function classifyFailure(failure: SmtpFailure, context: FailureContext): SendOutcome & { ok: false } {
  const sentence = explain(failure, context);
  return { ok: false, retry: !isFinal(failure), error: cleanLine(redact(sentence, context.secrets), 400) };
}

function isFinal({ code, command, responseCode, response }: SmtpFailure): boolean {
  if (responseCode === undefined || responseCode < 500) return false;
  // 502, 503: the session went wrong, not the message. 530 to 538: a login is wanted. 5.2.2: the mailbox is full.
  if ([502, 503, 530, 534, 535, 538].includes(responseCode)) return false;
  const enhanced = /^\d{3}[ -](\d\.\d{1,3}\.\d{1,3})/.exec(response ?? '')?.[1] ?? '';
  if (command === 'RCPT TO') return !enhanced.startsWith('5.7.') && enhanced !== '5.2.2';
  return command === 'DATA' && code === 'EMESSAGE';
}

function explain(failure: SmtpFailure, context: FailureContext): string {
  const { server, sender, recipient } = context;
  const said = failure.response === undefined ? '' : `: ${failure.response}`;
  const { code, command = '' } = failure;
  if (code === 'EDNS') return `the name of the mail server ${server} cannot be resolved: ${failure.message}`;
  if (code === 'ETIMEDOUT') return timedOut(failure, context);
  if (code === 'EAUTH' || command.startsWith('AUTH')) {
    return `the mail server ${server} refused the login, check user and password${said || `: ${failure.message}`}`;
  }
  if (said !== '') {
    if (command === 'MAIL FROM') return `the mail server ${server} refused the sender ${sender}${said}`;
    if (command === 'RCPT TO') return `the mail server ${server} refused the recipient ${recipient}${said}`;
    if (command === 'DATA') return `the mail server ${server} refused the message to ${recipient}${said}`;
    if (command === 'STARTTLS') return `the mail server ${server} does not offer STARTTLS, which is required${said}`;
    if (code === 'EPROTOCOL' && failure.responseCode === undefined) {
      return `what answers at ${server} is not a mail server${said}`;
    }
    return `the mail server ${server} turned the connection away${said}`;
  }
  return unreachable(failure, server);
}

function unreachable({ message, code, originalCode }: SmtpFailure, server: string): string {
  if (originalCode === 'ECONNREFUSED') return `the mail server ${server} refuses connections: nothing listens there`;
  if (/self.signed/i.test(message)) {
    return `the certificate of the mail server ${server} is self-signed; trust its authority or set mail.smtp.allowSelfSigned`;
  }
  if (/certificate|altname|unable to verify/i.test(message)) {
    return `the certificate of the mail server ${server} is not trusted: ${message}`;
  }
  if (code === 'ETLS' || /SSL|TLS/.test(message)) return `TLS with the mail server ${server} failed: ${message}`;
  if (code === 'ECONNECTION') return `the mail server ${server} closed the connection in the middle of the dialogue`;
  return `the connection to the mail server ${server} failed: ${message}`;
}

function timedOut({ timeoutType, message }: SmtpFailure, { server, timeoutMs }: FailureContext): string {
  const limit = `${timeoutMs} ms`;
  const what: Readonly<Record<string, string>> = {
    CONNECT_TIMEOUT: `did not take the connection (or finish its TLS handshake) within ${limit}`,
    GREETING_TIMEOUT: `took the connection but did not get through its greeting within ${limit}`,
    UPGRADE_TIMEOUT: `did not finish the TLS handshake within ${limit}`,
    SOCKET_TIMEOUT: `stopped answering for ${limit}`,
  };
  return `the mail server ${server} ${what[timeoutType ?? ''] ?? `was too slow: ${message}`}`;
}

/** Removes each secret as it is and in base64, the two forms in which a server could echo a login. */
function redact(text: string, secrets: readonly string[]): string {
  return secrets
    .filter((secret) => secret !== '')
    .flatMap((secret) => [secret, Buffer.from(secret).toString('base64')])
    .reduce((result, form) => result.replaceAll(form, '***'), text);
}
