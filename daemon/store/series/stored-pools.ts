/** Reads which pools a database has samples of. */
import type { StoredPool } from '../../contracts.js';
import { PortcastError } from '../../errors.js';
import type { Connection } from '../database.js';
import { isPort, parseIdentity } from './identity.js';
import { KIND } from './series-kinds.js';
import { OTHER } from './series-limit.js';

/** Far more than a daemon keeps in the longest time of retention. */
const MAX_POOLS = 65_536;
/** Of a name, and of an identity. */
const MAX_TEXT = 10_000;
const KINDS: readonly unknown[] = ['connect', 'bind', 'declared', 'snat'] satisfies StoredPool['kind'][];

/**
 * Every pool with a series of its own, by the id of the series. Raises STORE_CORRUPT for more than MAX_POOLS.
 * @param onDamage is called for each series whose identity is none of a pool; it is left out.
 */
export function readStoredPools(db: Connection, file: string, onDamage: () => void): Map<number, StoredPool> {
  const pools = new Map<number, StoredPool>();
  const rows = db
    .prepare<[number, string], { id: number; name: string | null; identity: string | null }>(
      `SELECT id, ${cut('name')}, ${cut('identity')} FROM series WHERE kind = ? AND name <> ? LIMIT ${MAX_POOLS + 1}`,
    )
    .all(KIND.pool, OTHER);
  if (rows.length > MAX_POOLS) {
    throw new PortcastError(
      'STORE_CORRUPT',
      `${file}: found more than ${MAX_POOLS} pools; allowed at most ${MAX_POOLS}`,
    );
  }
  for (const { id, name, identity } of rows) {
    const pool = name === null || identity === null ? null : parsePool(name, identity);
    if (pool === null) onDamage();
    else pools.set(id, pool);
  }
  return pools;
}

function cut(column: string): string {
  return `CASE WHEN length(${column}) <= ${MAX_TEXT} THEN ${column} END AS ${column}`;
}

/** Null where the text is no identity of a pool. */
export function parsePool(id: string, identity: string): StoredPool | null {
  const { kind, namespace, localAddress, remoteAddress, remotePort } = parseIdentity(identity) ?? {};
  const isRight =
    KINDS.includes(kind) &&
    typeof namespace === 'string' &&
    typeof localAddress === 'string' &&
    (remoteAddress === null || typeof remoteAddress === 'string') &&
    (remotePort === null || isPort(remotePort));
  return isRight ? ({ id, kind, namespace, localAddress, remoteAddress, remotePort } as StoredPool) : null;
}
