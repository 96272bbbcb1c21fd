/** Finds the pool that `--pool` names, for every command that has this option. */
import { PortcastError } from '../errors.js';
import { formatCount } from '../units.js';
import { findPools, namePool, type PoolName } from '../wire/plan-pool.js';

/** Pools that an error lists. */
const MAX_LISTED = 20;

/**
 * @param text an id, or `ADDRESS:PORT`.
 * @throws PortcastError USAGE where no pool or several are meant; it lists those that are allowed.
 */
export function choosePool<T extends PoolName>(pools: readonly T[], text: string): T {
  const found = findPools(pools, text);
  const [pool] = found;
  if (pool !== undefined && found.length === 1) return pool;
  const candidates = found.length > 1 ? found : pools;
  const listed = candidates.slice(0, MAX_LISTED).map((each) => `${each.id} (${namePool(each)})`);
  const more = candidates.length - listed.length;
  const rest = more > 0 ? ` and ${formatCount(more)} more` : '';
  const exist = listed.length === 0 ? 'no pool holds a port now' : `allowed: ${listed.join(', ')}${rest}`;
  const quoted = JSON.stringify(text);
  const what = found.length > 1 ? `several pools lead to ${quoted}` : `there is no pool ${quoted}`;
  throw new PortcastError('USAGE', `${what}; ${exist}`);
}
