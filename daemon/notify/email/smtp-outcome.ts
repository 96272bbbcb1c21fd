/** Turns a failed attempt to send into a sentence for the operator, and decides whether another attempt makes sense. */
import type { SendOutcome } from '../../notify-contracts.js';
import { cleanLine } from '../message/sanitize.js';
import { explainConnection, explainTimeout } from './connection-failure.js';
import { findFinalCause } from './refusal.js';
import { copyFailure, type FailureContext, type SmtpFailure } from './smtp-failure.js';

const MAX_ERROR = 400;
const MAX_REPLY = 240;
/** The server closes the session, whatever it was asked (RFC 5321, 3.8). */
export const SESSION_OVER = 421;
/** The server does not know the command (RFC 5321, 4.2.2): to EHLO and HELO no mail server says that. */
const UNKNOWN_COMMAND_CODES = [500, 502];

/**
 * A mail is given up only when the server refuses this mailbox or this message for good. Everything else can be mended by
 * an operator, or passes, so the mail is then tried again, as when the server cannot be reached.
 */
export function classifyFailure(raw: SmtpFailure, context: FailureContext): SendOutcome & { ok: false } {
  const failure = redactFailure(raw, context.secrets);
  const cause = findCause(failure, context);
  const sentence = cause === 'message' ? explainRefusedMessage(failure, context) : explainFailure(failure, context);
  const refused = findRefused(failure);
  const outcome = { ok: false, retry: cause === null, error: cleanLine(sentence, MAX_ERROR) } as const;
  return refused === null ? outcome : { ...outcome, refused };
}

function findRefused({ command, responseCode = SESSION_OVER }: SmtpFailure): 'recipient' | 'message' | null {
  if (responseCode === SESSION_OVER) return null;
  if (command === 'RCPT TO') return 'recipient';
  return command === 'DATA' ? 'message' : null;
}

function findCause(failure: SmtpFailure, { sender, recipient }: FailureContext): 'mailbox' | 'message' | null {
  const { code, command = '', responseCode, response } = failure;
  if (responseCode !== undefined && response !== undefined) {
    return findFinalCause({ code: responseCode, reply: response, command, sender, recipient });
  }
  // The library compares the size of the message with the one that the server has announced (RFC 1870).
  return code === 'EMESSAGE' && command === 'MAIL FROM' ? 'message' : null;
}

function explainFailure(failure: SmtpFailure, context: FailureContext): string {
  const { code, command = '', response, message } = failure;
  if (code === 'EDNS') return `the name of the mail server ${context.server} cannot be resolved: ${message}`;
  if (code === 'ETIMEDOUT') return explainTimeout(failure, context);
  if (code === 'EAUTH' || command.startsWith('AUTH')) return explainLogin(failure, context);
  if (response === undefined) return explainConnection(failure, context);
  const hint = ['EHLO', 'HELO'].includes(command) ? '' : findHint(response, context);
  return `${explainReply(failure, context)}: ${cleanLine(response, MAX_REPLY)}${hint}`;
}

/** The sentence to which the reply of the server is added. */
function explainReply({ code, command = '', responseCode }: SmtpFailure, context: FailureContext): string {
  const { server, sender, recipient, clientName } = context;
  switch (command) {
    case 'MAIL FROM':
      return `the mail server ${server} refused the sender ${sender}`;
    case 'RCPT TO':
      return `the mail server ${server} refused the recipient ${recipient}`;
    case 'DATA':
      return `the mail server ${server} refused the message to ${recipient}`;
    case 'STARTTLS':
      return responseCode === undefined || responseCode >= 500
        ? `the mail server ${server} does not offer STARTTLS, which is required; try tls on its port 465 (mail.smtp.security)`
        : `the mail server ${server} cannot begin TLS at the moment`;
    case 'EHLO':
    case 'HELO':
      return UNKNOWN_COMMAND_CODES.includes(responseCode ?? 0)
        ? `what answers at ${server} is not a mail server: it knows neither EHLO nor HELO`
        : `the mail server ${server} refused the name ${clientName} that portcast gives itself (${command}); ` +
            'set mail.smtp.name to a name that it takes';
    default:
      return code === 'EPROTOCOL' && responseCode === undefined
        ? `what answers at ${server} is not a mail server`
        : `the mail server ${server} rejected the connection`;
  }
}

/** Servers may refuse the name, or ask for TLS, only in reply to a later command. */
function findHint(response: string, { clientName, security }: FailureContext): string {
  if (/\b(?:helo|ehlo)\b/i.test(response)) return ` (portcast gives the name ${clientName}, see mail.smtp.name)`;
  const wantsTls = security === 'none' && /\bstarttls\b/i.test(response);
  return wantsTls ? ' (set mail.smtp.security: starttls)' : '';
}

function explainLogin({ response, responseCode, message }: SmtpFailure, { server }: FailureContext): string {
  if (response === undefined) return `the mail server ${server} refused the login, check user and password: ${message}`;
  const isPassing = responseCode !== undefined && responseCode < 500;
  return isPassing
    ? `the mail server ${server} could not check the login: ${response}`
    : `the mail server ${server} refused the login, check user and password: ${response}`;
}

function explainRefusedMessage({ response, message }: SmtpFailure, { server, recipient }: FailureContext): string {
  return `the mail server ${server} refused the message to ${recipient}: ${response ?? message}`;
}

/** Before a text is cut, because a part of a secret would not be found any more. */
function redactFailure(failure: SmtpFailure, secrets: readonly string[]): SmtpFailure {
  const { message, response } = failure;
  return {
    ...copyFailure(failure),
    message: redactSecrets(message, secrets),
    response: response === undefined ? undefined : redactSecrets(response, secrets),
  };
}

/** Removes each secret as plain text and in base64, the two forms in which a server could echo a login. */
function redactSecrets(text: string, secrets: readonly string[]): string {
  return secrets
    .filter((secret) => secret !== '')
    .flatMap((secret) => [secret, Buffer.from(secret).toString('base64')])
    .reduce((result, form) => result.replaceAll(form, '***'), text);
}
