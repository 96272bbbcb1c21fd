/** The pool of the source, as it is now. */
import { SECOND_MS } from '../../../../daemon/units.js';
import type { WirePool } from '../../../../daemon/wire/pool.js';
import type { WirePoolNow } from '../../../../daemon/wire/pool-page.js';
import type { WireSample } from '../../../../daemon/wire/sample.js';
import { fetchPool } from '../../state/page-api.js';
import { usePoll } from '../../state/use-poll.js';
import type { Source } from './draft.js';

const REFRESH_MS = 2 * SECOND_MS;

/** The stream has the worst pools only; any other one is requested by itself. Null where it is gone, or not known yet. */
export function usePool(source: Source, current: WireSample): WirePool | null {
  const id = source.kind === 'pool' ? source.id : null;
  const streamed = current.pools.find((pool) => pool.id === id) ?? null;
  const isMissing = id !== null && streamed === null;
  const { value } = usePoll({
    key: `what-if ${isMissing ? id : ''}`,
    everyMs: REFRESH_MS,
    request: async (signal) => (isMissing ? await fetchPool(id, signal) : null),
  });
  if (id === null || streamed !== null) return streamed;
  return value !== null && isNow(value) ? value : null;
}

function isNow(pool: WirePoolNow): pool is WirePoolNow & WirePool {
  return 'capacity' in pool;
}
