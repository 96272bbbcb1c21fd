/** The pools of the newest cycle as JSON, worst first. */
import { rankPools } from './alert/ranking.js';
import type { CycleView } from './contracts.js';
import type { PoolForecast } from './forecast/types.js';
import { findOwnTraffic, type OwnEndpoints } from './pool/own-traffic.js';
import { poolToWire, type WirePool } from './wire/pool.js';

/** The order of `rankPools`. */
export function rankView(view: CycleView, own: OwnEndpoints): PoolForecast[] {
  return rankPools(view.pools, view.alerts, (pool) => findOwnTraffic(pool, own) !== null);
}

/** At most `limit` pools. A pool with an alert has the owners that were found for the alert. */
export function listPools(view: CycleView, own: OwnEndpoints, limit = Infinity): WirePool[] {
  const owners = new Map(view.alerts.map((alert) => [alert.poolId, alert.owners.processes]));
  return rankView(view, own)
    .slice(0, limit)
    .map((pool) => {
      const wire = poolToWire(pool, owners.get(pool.id));
      const traffic = findOwnTraffic(pool, own);
      return traffic === null ? wire : { ...wire, own: traffic };
    });
}

/** The pools that hold no port any more and whose alert is not resolved yet, as they were when they were last seen. */
export function listGonePools({ pools, alerts }: CycleView): WirePool[] {
  const present = new Set<string | null>(pools.map(({ id }) => id));
  const gone = new Map<string, WirePool>();
  for (const { poolId, latest, raised, owners } of alerts) {
    const last = latest ?? raised;
    if (poolId === null || last === null || present.has(poolId)) continue;
    const goneSince = new Date(last.sampledAtMs).toISOString();
    const known = gone.get(poolId);
    // Of two alerts of one pool the later forecast counts.
    if (known?.goneSince !== undefined && known.goneSince >= goneSince) continue;
    gone.set(poolId, { ...poolToWire(last, owners.processes), ahead: [], goneSince });
  }
  return [...gone.values()];
}
