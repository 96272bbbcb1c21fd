/** Whether there may soon be something to tell, for which the channels open their connections ahead. */
import type { Alert } from '../alert/alert.js';
import { isNotable } from '../forecast/thresholds.js';
import type { PoolForecast } from '../forecast/types.js';
import type { Incident } from './incident.js';

interface Situation {
  readonly pools: readonly PoolForecast[];
  /** Pending and firing. */
  readonly alerts: readonly Alert[];
  readonly incidents: readonly Incident[];
}

/** While an alert is pending or fires, an incident is not over, or a pool is half full, will be, or is forecast to run out. */
export function mayTellSoon({ pools, alerts, incidents }: Situation): boolean {
  return alerts.length > 0 || incidents.some(({ state }) => state !== 'resolved') || pools.some(isNotable);
}
