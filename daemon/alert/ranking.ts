/** The order in which pools are listed. */
import type { Alert } from './alert.js';

/**
 * Pools with a firing critical alert first, each group in the given order. A pool that ran out and drains now may look
 * idle while its clients still fail, so it stays on top until its alert has resolved.
 */
export function rankPools<P extends { readonly id: string }>(pools: readonly P[], alerts: readonly Alert[]): P[] {
  const critical = new Set(
    alerts.flatMap(({ state, severity, poolId }) => (state === 'firing' && severity === 'critical' ? [poolId] : [])),
  );
  return [...pools.filter(({ id }) => critical.has(id)), ...pools.filter(({ id }) => !critical.has(id))];
}
