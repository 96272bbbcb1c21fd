/** What one sample shows of a pool whose demand is followed. */
import type { DemandSighting } from '../../daemon/forecast/demand.js';

type Since = NonNullable<DemandSighting['since']>;
/** What happened in the 2 s before a sample: nothing, and failed calls are not counted, unless the test states otherwise. */
export const createSince = (of: Partial<Since> = {}): Since => ({ ms: 2000, opened: 0, freed: 0, failed: null, ...of });
/** A sample with free ports and 20 closes/s, unless the test states otherwise. */
export const createSighting = (monotonicMs: number, of: Partial<DemandSighting> = {}): DemandSighting => ({
  monotonicMs,
  isFull: false,
  available: 500,
  perSecond: 20,
  growthPerSecond: 0,
  seen: 600,
  lastedMs: 30_000,
  capacity: 1000,
  meanPerSecond: 10,
  since: createSince({ opened: 40, freed: 40 }),
  ...of,
});
/** A sample of a full pool in which nothing is closed. */
export const createFullSighting = (monotonicMs: number, of: Partial<DemandSighting> = {}): DemandSighting =>
  createSighting(monotonicMs, { isFull: true, available: 0, perSecond: 0, seen: 0, since: createSince(), ...of });
