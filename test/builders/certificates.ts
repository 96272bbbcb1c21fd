/** Certificates for tests, made by openssl. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

interface CertificateFiles {
  readonly cert: string;
  readonly key: string;
}

/** A certificate for 127.0.0.1 that nobody but itself has signed. @param days until it expires; at least 1 */
export function createCertificate(folder: string, name: string, days = 30): CertificateFiles {
  const files = { cert: join(folder, `${name}.crt`), key: join(folder, `${name}.key`) };
  const subject = ['-subj', `/CN=${name}`, '-addext', 'subjectAltName=IP:127.0.0.1', '-days', String(days)];
  const ec = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
  const args = ['req', '-x509', ...ec, ...subject, '-keyout', files.key, '-out', files.cert];
  const { status, stderr, error } = spawnSync('openssl', args, { encoding: 'utf8', timeout: 20_000 });
  if (status !== 0) throw new Error(`openssl cannot make a certificate: ${error?.message ?? stderr}`);
  return files;
}
