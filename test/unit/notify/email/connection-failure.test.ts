import { describe, expect, it } from 'vitest';
import type { FailureContext } from '../../../../daemon/notify/email/smtp-failure.js';
import { classifyFailure } from '../../../../daemon/notify/email/smtp-outcome.js';
import { expectFailure, titled, type BrokenCase } from '../../../builders/broken-case.js';
import { smtpDialogue } from '../../../builders/broken-mail-server.js';

/** What else may answer on the port. */
const OTHER_SERVERS: BrokenCase[] = [
  {
    title: 'an SSH server where TLS is expected is named as a port without TLS',
    handle: (socket) => void socket.write('SSH-2.0-OpenSSH_9.2\r\n'),
    retry: true,
    error: /this port does not speak TLS/,
    options: { security: 'tls' },
  },
  {
    title: 'an HTTP server where TLS is expected is named as a port without TLS',
    handle: (socket) => void socket.once('data', () => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n')),
    retry: true,
    error: /this port does not speak TLS/,
    options: { security: 'tls' },
  },
  {
    title: 'a close during the TLS handshake is named',
    handle: (socket) => void socket.once('data', () => socket.destroy()),
    retry: true,
    error: /closed the connection during the handshake; .*try starttls/,
    options: { security: 'tls' },
  },
  {
    title: 'a POP3 server is no mail server to send to',
    handle: (socket) => void socket.write('+OK POP3 ready\r\n'),
    retry: true,
    error: /what answers at .* is not a mail server: \+OK POP3 ready/,
  },
  {
    title: 'an FTP server is no mail server',
    handle: smtpDialogue({ greeting: '220 FTP', ehlo: '500 EHLO not understood' }),
    retry: true,
    error: /is not a mail server: it knows neither EHLO nor HELO: 500/,
  },
  {
    title: 'a server without STARTTLS is told apart',
    handle: smtpDialogue({ starttls: '502 5.5.1 not implemented' }),
    retry: true,
    error: /does not offer STARTTLS, which is required; try tls on its port 465 \(mail\.smtp\.security\): 502/,
    options: { security: 'starttls' },
  },
  {
    title: 'a server that cannot begin TLS at the moment is told apart',
    handle: smtpDialogue({ ehlo: '250-test\r\n250 STARTTLS', starttls: '454 4.7.0 TLS not available' }),
    retry: true,
    error: /cannot begin TLS at the moment: 454/,
    options: { security: 'starttls' },
  },
  {
    title: 'a server that agrees to STARTTLS without TLS is told apart',
    handle: smtpDialogue({
      ehlo: '250-test\r\n250 STARTTLS',
      starttls: (socket) => void socket.write('220 go on\r\n', () => void socket.write('220 go on\r\n')),
    }),
    retry: true,
    error: /TLS with the mail server .* failed: it (agreed to STARTTLS and then did not speak TLS|closed)/,
    options: { security: 'starttls' },
  },
  {
    title: 'a server that wants STARTTLS gets the setting named',
    handle: smtpDialogue({ mail: '530 5.7.0 Must issue a STARTTLS command first' }),
    retry: true,
    error: /Must issue a STARTTLS command first \(set mail\.smtp\.security: starttls\)$/,
  },
  {
    title: 'a login that cannot be checked at the moment is no wrong password',
    handle: smtpDialogue({ ehlo: '250-test\r\n250 AUTH PLAIN', auth: '454 4.7.0 Temporary failure' }),
    retry: true,
    error: /could not check the login: 454/,
    options: { user: 'portcast', password: 'secret' },
  },
];

describe('a port that is not what the configuration says', () => {
  it.for(titled(OTHER_SERVERS))('%s', ([, broken], context) => expectFailure(broken, context));
});

describe('a certificate or a connection that fails', () => {
  const context: FailureContext = {
    server: 'smtp.example.org:465',
    security: 'tls',
    clientName: 'web-1.example.org',
    sender: 'portcast@example.org',
    recipient: 'ops@example.org',
    timeoutMs: 2000,
    secrets: [],
  };

  it.each([
    ['CERT_HAS_EXPIRED', /certificate .* has expired; renew it there, or correct the clock of this host/],
    ['CERT_NOT_YET_VALID', /certificate .* is not valid yet; correct the clock/],
    [
      'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
      /certificate .* authority that this host does not know; .*NODE_EXTRA_CA_CERTS/,
    ],
    ['SELF_SIGNED_CERT_IN_CHAIN', /certificate .* authority that this host does not trust; .*allowSelfSigned/],
    ['ERR_TLS_CERT_ALTNAME_INVALID', /certificate .* is for another name; set mail\.smtp\.host/],
    ['ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION', /speaks only versions before 1\.2/],
    ['ERR_SSL_DH_KEY_TOO_SMALL', /its key is too weak/],
    ['ERR_SSL_NO_SHARED_CIPHER', /no cipher in common/],
    ['EHOSTUNREACH', /cannot be reached: no route/],
    ['EADDRNOTAVAIL', /this host has no free port/],
    ['EPERM', /firewall/],
  ])('as %s is explained with what to do', (originalCode, sentence) => {
    const outcome = classifyFailure({ message: 'words of OpenSSL', code: 'ESOCKET', originalCode }, context);
    expect(outcome).toMatchObject({ retry: true, error: expect.stringMatching(sentence) as string });
    expect(outcome.error).toContain('smtp.example.org:465');
  });
});
