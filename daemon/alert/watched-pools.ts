/** Which pools are forecast and stored whatever they hold. */
import type { Outage } from '../outage/outage.js';
import type { Alert } from './alert.js';

/** The pools that are followed whatever they hold: an alert or an outage of theirs goes on. */
export function listWatchedPools(alerts: readonly Alert[], outages: readonly Outage[]): ReadonlySet<string> {
  const open = outages.filter(({ isOver }) => !isOver);
  return new Set([...alerts, ...open].flatMap(({ poolId }) => poolId ?? []));
}
