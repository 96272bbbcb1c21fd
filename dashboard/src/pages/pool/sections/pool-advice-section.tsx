/** What to do about this pool; a pool that is gone needs nothing. */
import { PoolAdvice } from '../../../parts/advice/pool-advice.js';
import type { PoolSectionProps } from '../section-props.js';

export function PoolAdviceSection({ id, pool }: PoolSectionProps) {
  return pool === null ? null : <PoolAdvice id={id} />;
}
