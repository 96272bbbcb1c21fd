/** `GET /api/v1/pools` with parameters: the pools that match a text. */
import { MAX_LISTED_POOLS } from '../pool/pool-choice.js';
import { formatEndpoint } from '../host/endpoint.js';
import type { WirePool, WirePools, WirePoolSearch } from '../wire/pool.js';
import { quoteInput } from './problem.js';
import { readParameters, readWholeNumber, usageError } from './query.js';

const MAX_SEARCH_LENGTH = 100;
const DEFAULT_FOUND = 100;
const CONTROLS = /[\u0000-\u001f\u007f]/;

interface PoolSearch {
  /** In lower case. The words must all be found; an empty text matches every pool. */
  readonly words: readonly string[];
  readonly limit: number;
}

/**
 * Null without parameters. `search` is a text of at most 100 characters; `limit` is 1 to 4000.
 * @throws PortcastError USAGE
 */
export function parsePoolsQuery(url: string): PoolSearch | null {
  const given = readParameters(url, ['search', 'limit']);
  if (given.size === 0) return null;
  const text = given.get('search') ?? '';
  if (text.length > MAX_SEARCH_LENGTH || CONTROLS.test(text)) {
    throw usageError(
      `search is ${quoteInput(text)}; allowed: at most ${MAX_SEARCH_LENGTH} characters without control characters`,
    );
  }
  const limit = readWholeNumber(given, { name: 'limit', min: 1, max: MAX_LISTED_POOLS }) ?? DEFAULT_FOUND;
  return { words: text.toLowerCase().split(/\s+/).filter(Boolean), limit };
}

/** The pools that have every word somewhere in what is known of them, in the given order; the first `limit` of them. */
export function searchPools({ host, pools, unlisted }: WirePools, { words, limit }: PoolSearch): WirePoolSearch {
  const found = pools.filter((pool) => {
    const text = describePool(pool);
    return words.every((word) => text.includes(word));
  });
  return { host, pools: found.slice(0, limit), unlisted: unlisted ?? null, matches: found.length };
}

/** What the search looks at: addresses, port, both together, namespace, mode, kind, id, and the owners. */
function describePool(pool: WirePool): string {
  const { remoteAddress, remotePort } = pool;
  const end = remoteAddress === null || remotePort === null ? [] : [formatEndpoint(remoteAddress, remotePort)];
  const owners = [...pool.processes, ...pool.failedBy].flatMap(({ name, pid }) => [name, pid]);
  const own = pool.own ?? [];
  return [pool.localAddress, remoteAddress, ...end, remotePort, pool.namespace, pool.mode, pool.kind, pool.id, own]
    .concat(owners)
    .join('\n')
    .toLowerCase();
}
