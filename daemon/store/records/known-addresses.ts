/** The addresses of the servers of the channels, so that a message after a restart needs no resolver. */
import { isIP } from 'node:net';
import type { AddressStore, KnownAddresses } from '../../notify-contracts.js';
import type { StoreState } from './store-state.js';

/** @param state of the database that is open at the moment */
export function createAddressStore(state: () => StoreState): AddressStore {
  return {
    loadAddresses() {
      try {
        const stored: unknown = JSON.parse(state().read('addresses') ?? '[]');
        return Array.isArray(stored) ? stored.filter(isKnown) : [];
      } catch {
        return [];
      }
    },
    saveAddresses(known) {
      try {
        state().write('addresses', JSON.stringify(known));
      } catch {
        // The database is full or locked. The addresses are saved again with one of the next look-ups.
      }
    },
  };
}

function isKnown(value: unknown): value is KnownAddresses {
  if (typeof value !== 'object' || value === null) return false;
  const { host, addresses, atMs } = value as Partial<Record<keyof KnownAddresses, unknown>>;
  const areAddresses = Array.isArray(addresses) && addresses.every((one) => typeof one === 'string' && isIP(one) !== 0);
  return typeof host === 'string' && Number.isFinite(atMs) && areAddresses && addresses.length > 0;
}
