/** Sentences about a connection to a mail server that could not be opened or used, instead of the words of OpenSSL. */
import type { FailureContext, SmtpFailure } from './smtp-failure.js';

/** The first bytes of the server are no TLS. Which of these OpenSSL reports depends on the bytes and on its version. */
const NO_TLS = /^ERR_SSL_(?:WRONG_VERSION_NUMBER|(?:PACKET|DATA)_LENGTH_TOO_LONG|HTTP_REQUEST|HTTPS_PROXY_REQUEST)$/;
const OLD_TLS = /^ERR_SSL_(?:UNSUPPORTED_PROTOCOL|TLSV1_ALERT_PROTOCOL_VERSION)$/;
const NO_CIPHER = /^ERR_SSL_(?:NO_SHARED_CIPHER|SSL.*_HANDSHAKE_FAILURE|.*_ALERT_INSUFFICIENT_SECURITY)$/;
const WEAK_KEY = /^ERR_SSL_.*(?:KEY_TOO_SMALL|MD_TOO_WEAK|DH_KEY_TOO_SMALL)$/;
const TRUST_IT =
  'trust its authority (NODE_EXTRA_CA_CERTS names a file of certificates) or set mail.smtp.allowSelfSigned';

const SYSTEM_ERRORS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'refuses connections: nothing listens there',
  EHOSTUNREACH: 'cannot be reached: no route leads to its host, or a firewall refuses it',
  ENETUNREACH: 'cannot be reached: this host has no route to its network',
  ENETDOWN: 'cannot be reached: the network of this host is down',
  ETIMEDOUT: 'does not answer: no reply to the connection request',
  ECONNRESET: 'reset the connection before the session was over',
  EPIPE: 'closed the connection before the session was over',
  EACCES: 'cannot be reached: this host forbids the connection (firewall)',
  EPERM: 'cannot be reached: this host forbids the connection (firewall)',
  EADDRNOTAVAIL: 'cannot be reached: this host has no free port for a connection to it',
};

const CERTIFICATE_ERRORS: Readonly<Record<string, string>> = {
  DEPTH_ZERO_SELF_SIGNED_CERT: `is self-signed; ${TRUST_IT}`,
  SELF_SIGNED_CERT_IN_CHAIN: `comes from an authority that this host does not trust; ${TRUST_IT}`,
  UNABLE_TO_GET_ISSUER_CERT: `comes from an authority that this host does not know; ${TRUST_IT}`,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: `comes from an authority that this host does not know; ${TRUST_IT}`,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: `comes without that of its authority, which this host does not know; ${TRUST_IT}`,
  CERT_HAS_EXPIRED: 'has expired; renew it there, or correct the clock of this host',
  CERT_NOT_YET_VALID: 'is not valid yet; correct the clock of this host, or of the one that made it',
  CERT_REVOKED: 'has been revoked; replace it there',
};

export function explainConnection(failure: SmtpFailure, context: FailureContext): string {
  const { server } = context;
  const { message, code, originalCode = '' } = failure;
  const certificate = CERTIFICATE_ERRORS[originalCode];
  if (certificate !== undefined) return `the certificate of the mail server ${server} ${certificate}`;
  if (originalCode === 'ERR_TLS_CERT_ALTNAME_INVALID') {
    return `the certificate of the mail server ${server} is for another name; set mail.smtp.host to a name in it: ${message}`;
  }
  if (/certificate|CERT_/i.test(`${originalCode} ${message}`)) {
    return `the certificate of the mail server ${server} is not trusted: ${message}`;
  }
  const trouble = SYSTEM_ERRORS[originalCode];
  const isTls = code === 'ETLS' || /SSL|TLS/.test(`${originalCode} ${message}`);
  // A reset during the handshake says more than a reset.
  if (isTls && (trouble === undefined || originalCode === 'ECONNRESET')) return explainTls(failure, context);
  if (trouble !== undefined) return `the mail server ${server} ${[trouble, failure.note].filter(Boolean).join('; ')}`;
  if (code === 'ECONNECTION' && failure.command === 'EHLO') {
    return `the mail server ${server} closed the connection in reply to the name ${context.clientName} that portcast gives itself (EHLO); set mail.smtp.name`;
  }
  if (code === 'ECONNECTION') return `the mail server ${server} closed the connection before the session was over`;
  return `the connection to the mail server ${server} failed: ${message || originalCode}`;
}

function explainTls(failure: SmtpFailure, context: FailureContext): string {
  return `TLS with the mail server ${context.server} failed: ${findTlsCause(failure, context)}`;
}

function findTlsCause({ originalCode = '', reason, message }: SmtpFailure, { security }: FailureContext): string {
  if (NO_TLS.test(originalCode)) {
    return security === 'tls'
      ? 'this port does not speak TLS; try starttls (mail.smtp.security)'
      : 'it agreed to STARTTLS and then did not speak TLS';
  }
  if (OLD_TLS.test(originalCode)) return 'it speaks only versions before 1.2, which are not safe';
  if (NO_CIPHER.test(originalCode)) return 'it has no cipher in common with this host';
  if (WEAK_KEY.test(originalCode)) return 'its key is too weak';
  if (originalCode === 'ECONNRESET' || /closed|disconnected/i.test(message)) {
    const hint = '; if this port does not speak TLS from the first byte, try starttls (mail.smtp.security)';
    return `it closed the connection during the handshake${security === 'tls' ? hint : ''}`;
  }
  return reason ?? (originalCode || message);
}

export function explainTimeout(failure: SmtpFailure, { server, timeoutMs, security }: FailureContext): string {
  const limit = `${timeoutMs} ms`;
  const { timeoutType, message } = failure;
  // A server speaks first (RFC 5321, 3.1), unless it waits for the client to begin TLS.
  const hint =
    security === 'tls'
      ? ''
      : '; a mail server speaks first: if this port expects TLS from the first byte, try tls (mail.smtp.security)';
  const byType: Readonly<Record<string, string>> = {
    CONNECT_TIMEOUT: `did not take the connection${security === 'tls' ? ' (or finish its TLS handshake)' : ''} within ${limit}`,
    GREETING_TIMEOUT: `took the connection but did not get through its greeting within ${limit}${hint}`,
    UPGRADE_TIMEOUT: `did not finish the TLS handshake within ${limit}`,
    SOCKET_TIMEOUT: `stopped answering for ${limit}${failure.isUngreeted === true ? hint : ''}`,
  };
  return `the mail server ${server} ${byType[timeoutType ?? ''] ?? `was too slow: ${message}`}`;
}
