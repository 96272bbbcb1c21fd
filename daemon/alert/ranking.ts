/** The order in which pools are listed. */
import type { Alert } from './alert.js';

/**
 * Pools with a firing critical alert first, each group in the given order. A pool that ran out and drains now may look
 * idle while its clients still fail, so it stays on top until its alert has resolved. Pools of `own` come last, because
 * portcast and its viewers are not what the host is watched for; one with an alert stands where any other pool would.
 */
export function rankPools<P extends { readonly id: string }>(
  pools: readonly P[],
  alerts: readonly Alert[],
  isOwn: (pool: P) => boolean = () => false,
): P[] {
  const alerting = new Set(alerts.map(({ poolId }) => poolId));
  const critical = new Set(
    alerts.flatMap(({ state, severity, poolId }) => (state === 'firing' && severity === 'critical' ? [poolId] : [])),
  );
  const groups: [P[], P[], P[]] = [[], [], []];
  for (const pool of pools) {
    groups[critical.has(pool.id) ? 0 : isOwn(pool) && !alerting.has(pool.id) ? 2 : 1].push(pool);
  }
  return groups.flat();
}
