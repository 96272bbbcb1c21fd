/** What to do about this pool; a pool that is gone needs nothing. */
import { PoolAdvice } from '../../../parts/advice/pool-advice.js';
import type { WirePool } from '../../../../../daemon/wire/pool.js';

export function PoolAdviceSection({ id, pool }: { readonly id: string; readonly pool: WirePool | null }) {
  return pool === null ? null : <PoolAdvice id={id} />;
}
