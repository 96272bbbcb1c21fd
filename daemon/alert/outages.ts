/** The outages of a pool while it has an alert, and the sentence that says what became of the alert. */
import { buildOutageKey, type Outage } from '../outage/outage.js';
import { MINUTE_MS } from '../units.js';
import type { Alert } from './alert.js';

/** The newest outages that an alert keeps. */
const MAX_OUTAGES = 20;
/** An alert becomes pending with the sample that shows the outage, which is up to a sample later. */
const BEFORE_PENDING_MS = MINUTE_MS;

/** The alert with the outages of its pool, as far as they belong to its time. */
export function addOutages(alert: Alert, ofPool: readonly Outage[] | null): Alert {
  if (ofPool === null) return alert;
  const sinceMs = alert.pendingAtMs - BEFORE_PENDING_MS;
  const current = ofPool.filter(({ isOver, lastMs }) => !isOver || lastMs >= sinceMs);
  const known = alert.outages ?? [];
  if (current.length === 0 && known.length === 0) return { ...alert, outages: known };
  const byKey = new Map([...known, ...current].map((outage) => [buildOutageKey(outage), outage]));
  const outages = [...byKey.values()].sort((a, b) => a.fromMs - b.fromMs).slice(-MAX_OUTAGES);
  return { ...alert, outages };
}
