/**
 * How often somebody may try a password. Failures count for the address that they came from and for the user that they were
 * about. An address that has not failed for this user lately may always try once, so whoever tries passwords from elsewhere
 * cannot keep a user out.
 */
import { formatAddress, parseAddress } from '../host/ip-address.js';
import { isV4Words } from '../host/ipv4-mapped.js';
import { MINUTE_MS, SECOND_MS } from '../units.js';

interface Limit {
  /** So many failures in a row are free. */
  readonly burst: number;
  /** After that one more attempt in each such time. */
  readonly everyMs: number;
}

const OF_ADDRESS: Limit = { burst: 10, everyMs: 30 * SECOND_MS };
const OF_USER: Limit = { burst: 30, everyMs: 10 * SECOND_MS };
/** What an address may do about a user whose own limit is reached. */
const OF_PAIR: Limit = { burst: 1, everyMs: MINUTE_MS };
/** Beyond that the entries that were used the longest ago are forgotten: some 100 bytes each. */
const MAX_ENTRIES = 10_000;

interface Attempt {
  readonly address: string;
  readonly user: string;
}

interface LoginLimit {
  /** How long to wait before this attempt may be made, in ms; 0 for not at all. */
  waitMs(attempt: Attempt, nowMs: number): number;
  /** Counts an attempt when it begins, so that attempts at the same time count too. */
  begin(attempt: Attempt, nowMs: number): void;
  /** This attempt does not count: the password was right, or was not looked at. */
  forgive(attempt: Attempt): void;
}

export function createLoginLimit(maxEntries = MAX_ENTRIES): LoginLimit {
  /** Until when the failures of a key count, each with the time of its limit (the generic cell rate algorithm). */
  const busyUntilMs = new Map<string, number>();
  const waitOf = (key: string, { burst, everyMs }: Limit, nowMs: number): number =>
    Math.max(0, (busyUntilMs.get(key) ?? nowMs) - nowMs - (burst - 1) * everyMs);
  const count = (key: string, { burst, everyMs }: Limit, nowMs: number): void => {
    const untilMs = Math.max(nowMs, busyUntilMs.get(key) ?? nowMs) + everyMs;
    busyUntilMs.delete(key);
    busyUntilMs.set(key, Math.min(untilMs, nowMs + burst * everyMs));
    for (const oldest of busyUntilMs.keys()) {
      if (busyUntilMs.size <= maxEntries) break;
      busyUntilMs.delete(oldest);
    }
  };
  const uncount = (key: string, { everyMs }: Limit): void => {
    const untilMs = busyUntilMs.get(key);
    if (untilMs !== undefined) busyUntilMs.set(key, untilMs - everyMs);
  };
  return {
    waitMs(attempt, nowMs) {
      const ofUser = waitOf(userKey(attempt), OF_USER, nowMs);
      const ofPair = ofUser === 0 ? 0 : Math.min(ofUser, waitOf(pairKey(attempt), OF_PAIR, nowMs));
      return Math.max(waitOf(addressKey(attempt), OF_ADDRESS, nowMs), ofPair);
    },
    begin(attempt, nowMs) {
      count(addressKey(attempt), OF_ADDRESS, nowMs);
      count(userKey(attempt), OF_USER, nowMs);
      count(pairKey(attempt), OF_PAIR, nowMs);
    },
    forgive(attempt) {
      uncount(addressKey(attempt), OF_ADDRESS);
      uncount(userKey(attempt), OF_USER);
      uncount(pairKey(attempt), OF_PAIR);
    },
  };
}

function addressKey({ address }: Attempt): string {
  return `address ${groupAddress(address)}`;
}

function userKey({ user }: Attempt): string {
  return `user ${user}`;
}

function pairKey(attempt: Attempt): string {
  return `${addressKey(attempt)} ${userKey(attempt)}`;
}

/** One customer of a provider usually has a whole /64 of IPv6. */
function groupAddress(address: string): string {
  const words = parseAddress(address.split('%', 1)[0] ?? '');
  if (words === null) return address;
  return isV4Words(words[0], words[1], words[2]) ? formatAddress(...words) : formatAddress(words[0], words[1], 0, 0);
}
