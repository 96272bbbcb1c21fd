/** How a command logs in at the daemon, and how it knows that it is the daemon. */
import { findLocalUrl } from '../app/addresses.js';
import { readLocalSecret, signLocally } from '../api/access/local-login.js';
import type { Config } from '../config/config.js';
import { PortcastError } from '../errors.js';
import { isLoopback } from '../host/ip-address.js';
import type { CliIo } from './context.js';
import type { DaemonAddress } from './daemon-client.js';

/** A token of `portcast token add`. */
const TOKEN_VARIABLE = 'PORTCAST_TOKEN';

type DaemonPlace = Pick<DaemonAddress, 'base' | 'login' | 'certFile'>;

/**
 * The daemon of the configuration. Without a token in the environment the command shows that it can read the secret beside
 * the database; where it cannot, it asks without a login, which is enough while there is no user.
 */
export function locateDaemon(io: CliIo, { http, store }: Pick<Config, 'http' | 'store'>): DaemonPlace {
  const base = findLocalUrl(http);
  const token = readToken(io, base);
  const certFile = http.tls?.cert ?? null;
  if (token !== null) return { base, certFile, login: () => token };
  return {
    base,
    certFile,
    login(request) {
      // Read for each request: the daemon makes it when the first user is added.
      const secret = readLocalSecret(store.file);
      return secret === null ? null : signLocally(secret, request, Date.now());
    },
  };
}

/** A daemon at a URL that was given: only a token is sent there, as it may be another host. */
export function locateDaemonAt(io: CliIo, base: string): DaemonPlace {
  const token = readToken(io, base);
  return { base, certFile: null, login: () => token };
}

/** @throws PortcastError USAGE where it would be sent unencrypted to another host, or is no token. */
function readToken({ env }: CliIo, base: string): string | null {
  const token = env[TOKEN_VARIABLE]?.trim();
  if (token === undefined || token === '') return null;
  if (!/^[\x21-\x7e]+$/.test(token)) {
    throw new PortcastError(
      'USAGE',
      `$${TOKEN_VARIABLE} has a character that no token has; allowed: what portcast token add printed`,
    );
  }
  const { protocol, hostname } = new URL(base);
  const isLocal = hostname === 'localhost' || isLoopback(hostname.replace(/^\[|\]$/g, ''));
  if (protocol === 'https:' || isLocal) return token;
  throw new PortcastError(
    'USAGE',
    `$${TOKEN_VARIABLE} is not sent unencrypted to ${base}; allowed: an https URL, or one of this host`,
  );
}
