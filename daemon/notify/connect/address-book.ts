/**
 * The addresses of the servers that portcast sends to. An address that was found once is used at once from then on and
 * looked up again in the background, so that neither a resolver that is down nor one that hangs delays a message.
 */
import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import type { Clock } from '../../contracts.js';
import type { AddressStore, KnownAddresses } from '../../notify-contracts.js';
import { messageOf } from '../../errors.js';
import { MINUTE_MS, SECOND_MS } from '../../units.js';

/** @returns the addresses of a name, the preferred one first; rejects when it has none or cannot be looked up. */
export type LookUp = (host: string) => Promise<readonly string[]>;

interface AddressBookParts {
  readonly clock: Clock;
  readonly store: AddressStore;
  /** An argument for tests. */
  readonly lookUp?: LookUp;
}

interface AddressFacts {
  /** The address that is tried first; null while none is known. */
  readonly address: string | null;
  /** Wall time of the look-up that found it; null for a literal address, and while none is known. */
  readonly foundAtMs: number | null;
  /** Why the latest look-up failed; null after one that succeeded. */
  readonly error: string | null;
}

export interface AddressBook {
  /** The known addresses at once, else those of a look-up that may take so long. Rejects when there are none. */
  find(host: string, limitMs: number): Promise<readonly string[]>;
  /** Looks the name up now. Rejects when that fails; the known addresses stay. */
  refresh(host: string, limitMs: number): Promise<readonly string[]>;
  /** This address has answered, so it is tried first from now on. */
  prefer(host: string, address: string): void;
  facts(host: string): AddressFacts;
}

/** The resolver of the system does not tell how long an answer is valid. */
const FRESH_MS = 5 * MINUTE_MS;
const RETRY_MS = 30 * SECOND_MS;
/** An unchanged answer is stored again this often, so that its age after a restart is about right. */
const STORE_EVERY_MS = 10 * MINUTE_MS;
/** Names of channels that were removed from the configuration are forgotten in time. */
const MAX_NAMES = 20;
/**
 * `getaddrinfo` blocks one of the four threads of libuv until the resolver gives up. Two are left for the files and the
 * other look-ups of the process.
 */
const MAX_LOOKUPS = 2;

export const NO_STORE: AddressStore = { loadAddresses: () => [], saveAddresses: () => undefined };

export function createAddressBook({ clock, store, lookUp = lookUpInSystem }: AddressBookParts): AddressBook {
  const known = new Map(store.loadAddresses().map((entry) => [entry.host, entry]));
  const errors = new Map<string, string>();
  const triedAtMs = new Map<string, number>();
  const storedAtMs = new Map<string, number>();
  const running = new Map<string, Promise<readonly string[]>>();
  const limit = limitLookups(lookUp);

  const keep = (host: string, found: readonly string[]): readonly string[] => {
    if (found.length === 0) throw new Error(`the name ${host} has no address`);
    const before = known.get(host);
    // The address that answered last stays the first as long as the name has it.
    const first = before?.addresses[0];
    const addresses = first !== undefined && found.includes(first) ? moveToFront(found, first) : found;
    const entry: KnownAddresses = { host, addresses, atMs: clock.wallMs() };
    known.delete(host);
    known.set(host, entry);
    errors.delete(host);
    const isNew = before?.addresses.join() !== addresses.join();
    const isDue = clock.monotonicMs() - (storedAtMs.get(host) ?? -Infinity) >= STORE_EVERY_MS;
    if (isNew || isDue) {
      storedAtMs.set(host, clock.monotonicMs());
      store.saveAddresses([...known.values()].slice(-MAX_NAMES));
    }
    return addresses;
  };
  const start = (host: string): Promise<readonly string[]> => {
    triedAtMs.set(host, clock.monotonicMs());
    const run = limit(host)
      .then((found) => keep(host, found))
      .finally(() => running.delete(host));
    // Nobody may be waiting for it any more when it fails.
    run.catch((error: unknown) => errors.set(host, messageOf(error)));
    running.set(host, run);
    return run;
  };
  const refresh = (host: string, limitMs: number): Promise<readonly string[]> =>
    isIP(host) === 0 ? withinLimit(running.get(host) ?? start(host), host, limitMs) : Promise.resolve([host]);

  return {
    refresh,
    async find(host, limitMs) {
      const entry = known.get(host);
      if (entry === undefined) return refresh(host, limitMs);
      const isOld = Math.abs(clock.wallMs() - entry.atMs) >= FRESH_MS || errors.has(host);
      const isDue = clock.monotonicMs() - (triedAtMs.get(host) ?? -Infinity) >= RETRY_MS;
      if (isOld && isDue && !running.has(host)) void start(host);
      return entry.addresses;
    },
    prefer(host, address) {
      const entry = known.get(host);
      if (entry !== undefined) known.set(host, { ...entry, addresses: moveToFront(entry.addresses, address) });
    },
    facts(host) {
      if (isIP(host) !== 0) return { address: host, foundAtMs: null, error: null };
      const entry = known.get(host);
      const error = errors.get(host) ?? null;
      return { address: entry?.addresses[0] ?? null, foundAtMs: entry?.atMs ?? null, error };
    },
  };
}

/** The names of /etc/hosts and of every other service of the system (nsswitch.conf) count too. */
async function lookUpInSystem(host: string): Promise<readonly string[]> {
  const found = await lookup(host, { all: true });
  return [...new Set(found.map(({ address }) => address))];
}

/** Runs at most so many look-ups at a time; the others wait for their turn. */
function limitLookups(lookUp: LookUp): LookUp {
  let free = MAX_LOOKUPS;
  const waiting: (() => void)[] = [];
  return async (host) => {
    if (free > 0) free -= 1;
    else await new Promise<void>((resolve) => waiting.push(resolve));
    try {
      return await lookUp(host);
    } finally {
      // The next one takes over the place of this one.
      const next = waiting.shift();
      if (next === undefined) free += 1;
      else next();
    }
  };
}

async function withinLimit<T>(work: Promise<T>, host: string, limitMs: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const timeUp = new Promise<never>((_, reject) => {
    const error = new Error(`the resolver did not answer for ${host} within ${Math.round(limitMs)} ms`);
    timer = setTimeout(() => reject(error), limitMs);
  });
  try {
    return await Promise.race([work, timeUp]);
  } finally {
    clearTimeout(timer);
  }
}

function moveToFront(addresses: readonly string[], first: string): readonly string[] {
  return [first, ...addresses.filter((address) => address !== first)];
}
