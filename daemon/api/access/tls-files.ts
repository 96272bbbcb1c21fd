/** The certificate and the key of the server, read from files and read again when they change. */
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import type { Server } from 'node:https';
import { createSecureContext } from 'node:tls';
import { messageOf, PortcastError } from '../../errors.js';
import { DAY_MS, formatDuration, SECOND_MS } from '../../units.js';

const CHECK_EVERY_MS = 5 * SECOND_MS;
/** From then on the coming end of a certificate is a problem. */
const SOON_MS = 14 * DAY_MS;
const MAX_PEM_BYTES = 2 ** 20;
/** TLS 1.0 and 1.1 are deprecated (RFC 8996). */
const MIN_VERSION = 'TLSv1.2';

export interface TlsFiles {
  readonly cert: string;
  readonly key: string;
}

export interface TlsPair {
  readonly cert: Buffer;
  readonly key: Buffer;
  readonly minVersion: typeof MIN_VERSION;
  readonly expiresAtMs: number;
}

/** @throws PortcastError CONFIG_INVALID that says which file is wrong, and never quotes it. */
export function readTlsPair({ cert: certFile, key: keyFile }: TlsFiles): TlsPair {
  const [cert, key] = [readPem(certFile, 'cert'), readPem(keyFile, 'key')];
  const certificate = within('cert', certFile, 'a certificate in PEM form', () => new X509Certificate(cert));
  const privateKey = within('key', keyFile, 'a private key in PEM form without a passphrase', () =>
    createPrivateKey(key),
  );
  if (!certificate.checkPrivateKey(privateKey)) {
    throw invalid(`http.tls.key: ${keyFile} is not the key of the certificate in ${certFile}`);
  }
  within('cert', certFile, 'a certificate that OpenSSL accepts', () =>
    createSecureContext({ cert, key, minVersion: MIN_VERSION }),
  );
  return { cert, key, minVersion: MIN_VERSION, expiresAtMs: Date.parse(certificate.validTo) };
}

interface FollowOptions {
  readonly files: TlsFiles;
  readonly server: Server;
  /** The pair that the server was started with. */
  readonly first: TlsPair;
  readonly wallMs: () => number;
  /** Takes what is wrong now; null where nothing is. */
  readonly report: (problem: string | null) => void;
  /** An argument for tests. */
  readonly everyMs?: number;
}

/** Looks at the files every 5 s. A new pair that cannot be used is a problem, and the server keeps the one before. */
export function followTlsFiles(options: FollowOptions): () => void {
  const { files, server, first, wallMs, report, everyMs = CHECK_EVERY_MS } = options;
  // The first check reads the files again, because they may have changed since the server was started with them.
  let seen = '';
  let { expiresAtMs } = first;
  let failure: string | null = null;
  const check = (): void => {
    const mark = markFiles(files);
    // While a pair is being written it may be half the old one, so what failed is read again each time.
    if (mark !== seen || failure !== null) {
      seen = mark;
      try {
        const pair = readTlsPair(files);
        server.setSecureContext(pair);
        ({ expiresAtMs } = pair);
        failure = null;
      } catch (error) {
        failure = `the new certificate cannot be used, so the one before stays: ${messageOf(error)}`;
      }
    }
    report(failure ?? describeExpiry(files.cert, expiresAtMs - wallMs()));
  };
  check();
  const timer = setInterval(check, everyMs);
  timer.unref();
  return () => clearInterval(timer);
}

function describeExpiry(file: string, leftMs: number): string | null {
  if (leftMs > SOON_MS) return null;
  if (leftMs <= 0) return `the certificate ${file} has expired, so clients refuse it`;
  return `the certificate ${file} expires in ${formatDuration(leftMs)}`;
}

/** Differs when a file was written, renamed over, or is reached by a symbolic link that now leads elsewhere. */
function markFiles({ cert, key }: TlsFiles): string {
  return [cert, key]
    .map((file) => {
      const stat = statSync(file, { bigint: true, throwIfNoEntry: false });
      return stat === undefined ? 'none' : `${stat.dev}:${stat.ino}:${stat.size}:${stat.mtimeNs}:${stat.ctimeNs}`;
    })
    .join(' ');
}

function readPem(file: string, name: string): Buffer {
  try {
    const stat = statSync(file);
    if (!stat.isFile()) throw new Error('it is no regular file');
    if (stat.size > MAX_PEM_BYTES)
      throw new Error(`it has ${stat.size} bytes, and at most ${MAX_PEM_BYTES} are allowed`);
    return readFileSync(file);
  } catch (error) {
    throw invalid(`http.tls.${name}: ${file} cannot be read: ${messageOf(error).replace(/, \w+ '.*$/s, '')}`, error);
  }
}

function within<T>(name: string, file: string, allowed: string, act: () => T): T {
  try {
    return act();
  } catch (error) {
    throw invalid(`http.tls.${name}: ${file} is not ${allowed}`, error);
  }
}

function invalid(message: string, cause?: unknown): PortcastError {
  return new PortcastError('CONFIG_INVALID', message, { cause });
}
