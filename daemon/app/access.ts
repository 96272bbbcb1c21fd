/** The part of app.ts that connects users and tokens, and what must hold before the API is open to others. */
import { hasOperator, type Accounts } from '../access/accounts.js';
import { createAuthority, type Authority } from '../api/access/authority.js';
import { readTlsPair } from '../api/access/tls-files.js';
import type { Config, HttpConfig } from '../config/config.js';
import type { Clock } from '../contracts.js';
import { PortcastError } from '../errors.js';
import { isLoopback } from '../host/ip-address.js';
import type { Log } from '../log.js';
import type { Store } from '../store/store.js';

interface AccessParts {
  readonly config: Config;
  readonly store: Store;
  readonly clock: Clock;
  readonly log: Log;
}

/** @throws PortcastError CONFIG_INVALID where the API would be open to others, or its TLS files cannot be used. */
export function openAccess({ config, store, clock, log }: AccessParts): Authority {
  const accounts = store.access.accounts();
  if (accounts !== null) refuseOpenAccess(config, accounts, clock.wallMs());
  // Warnings matter more than the dashboard: portcast starts, and nobody can log in until the database can be read.
  else if (isExposed(config.http)) log.error('access: the database cannot be read, so nobody can log in');
  const { file: databaseFile } = config.store;
  return createAuthority({ store: store.access, databaseFile, isExposed: isExposed(config.http), clock, log });
}

/**
 * What `run` and `config check` demand: whoever can reach the API from elsewhere must log in, so somebody must be able to.
 * @throws PortcastError CONFIG_INVALID
 */
export function refuseOpenAccess({ http, store }: Config, accounts: Accounts, nowMs: number): void {
  if (http.tls !== null) readTlsPair(http.tls);
  if (!isExposed(http) || hasOperator(accounts, nowMs)) return;
  const [key, value] = isLoopback(http.address)
    ? ['http.publicOrigins', http.publicOrigins.join(', ')]
    : ['http.address', http.address];
  throw new PortcastError(
    'CONFIG_INVALID',
    `${key}: found ${value}, where others can reach portcast, and no operator in the database ${store.file}; ` +
      'allowed with a login: portcast user add NAME --role operator',
  );
}

export function isExposed({ address, publicOrigins }: HttpConfig): boolean {
  return !isLoopback(address) || publicOrigins.length > 0;
}
