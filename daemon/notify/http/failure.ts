/** Sentences about a request without an answer, instead of the words of OpenSSL. */
import { messageOf } from '../../errors.js';
import { cleanLine } from '../message/sanitize.js';

const MAX_MESSAGE = 200;
const TRUST_IT = 'trust its authority: NODE_EXTRA_CA_CERTS names a file of certificates';

const SENTENCES: Readonly<Record<string, string>> = {
  ABORT_ERR: 'was not waited for, because portcast stops',
  ECONNREFUSED: 'refuses connections: nothing listens there',
  EHOSTUNREACH: 'cannot be reached: no route leads to its host, or a firewall refuses it',
  ENETUNREACH: 'cannot be reached: this host has no route to its network',
  ETIMEDOUT: 'does not answer: no reply to the connection request',
  ECONNRESET: 'closed the connection before it had answered',
  EPIPE: 'closed the connection before it had answered',
  EACCES: 'cannot be reached: this host forbids the connection (firewall)',
  EPERM: 'cannot be reached: this host forbids the connection (firewall)',
  EADDRNOTAVAIL: 'cannot be reached: this host has no free port for a connection to it',
  ENOTFOUND: 'is not known: its name cannot be resolved',
  EAI_AGAIN: 'is not known at present: the name server does not answer',
  DEPTH_ZERO_SELF_SIGNED_CERT: `has a certificate that is self-signed; ${TRUST_IT}`,
  SELF_SIGNED_CERT_IN_CHAIN: `has a certificate of an authority that this host does not trust; ${TRUST_IT}`,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: `has a certificate of an authority that this host does not know; ${TRUST_IT}`,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: `has a certificate without that of its authority; ${TRUST_IT}`,
  CERT_HAS_EXPIRED: 'has a certificate that has expired; renew it there, or correct the clock of this host',
  CERT_NOT_YET_VALID: 'has a certificate that is not valid yet; correct the clock of this host',
  ERR_TLS_CERT_ALTNAME_INVALID: 'has a certificate for another name; set the URL to a name in it',
  HPE_HEADER_OVERFLOW: 'sent too long a header',
};

/** What OpenSSL says about the first bytes of a server that speaks no TLS; which of these depends on its version. */
const NO_TLS = /wrong.version.number|packet.length.too.long|http.request/i;

/** @param server scheme and host. */
export function explainFailure(server: string, error: unknown): string {
  const code = typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : '';
  const sentence = SENTENCES[code];
  if (sentence !== undefined) return `${server} ${sentence}`;
  if (NO_TLS.test(`${code} ${messageOf(error)}`)) return `${server} does not speak TLS on this port; try http`;
  if (code.startsWith('HPE_')) return `${server} does not answer in HTTP: ${cleanLine(messageOf(error), MAX_MESSAGE)}`;
  return `the request to ${server} failed: ${cleanLine(messageOf(error), MAX_MESSAGE)}`;
}
