/** What each section of the page of a pool is given. */
import type { WirePool } from '../../../../daemon/wire/pool.js';

export interface PoolSectionProps {
  readonly id: string;
  /** Null while the pool is gone, so for a pool that is not in the latest sample. */
  readonly pool: WirePool | null;
}
