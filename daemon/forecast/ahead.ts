/** Use ahead, for charts: if the rate stays, with its 90% band. */
import type { AheadPoint, PoolForecast } from './forecast.js';
import { rateBand } from './interval.js';
import { queueOf, type PoolFacts } from './pool-forecast.js';
import { HORIZON_MS, usedAfter } from './queue.js';

const POINTS = 60;
/** How far beyond the exhaustion the picture goes. */
const MARGIN = 1.2;

/** About 60 points over two holds, or past the exhaustion where that comes later. Empty while the rate is unknown. */
export function aheadOf(facts: PoolFacts, forecast: PoolForecast, timeWaitMs: number): AheadPoint[] {
  const { demand } = facts;
  if (demand === null) return [];
  const { sampledAtMs, exhaustsAtMs, holdMs } = forecast;
  const afterMs = exhaustsAtMs === null ? 0 : exhaustsAtMs - sampledAtMs;
  const spanMs = Math.min(HORIZON_MS, Math.max(2 * holdMs, MARGIN * afterMs));
  const instants = Array.from({ length: POINTS + 1 }, (_, i) => (i * spanMs) / POINTS);
  const queueAt = queueOf(facts, timeWaitMs);
  const band = rateBand(demand, (demand.rate * Math.min(spanMs, holdMs)) / 1000);
  const used = usedAfter(queueAt(demand.rate), instants);
  const low = usedAfter(queueAt(Math.min(band.low, demand.rate)), instants);
  const high = usedAfter(queueAt(Math.max(band.high, demand.rate)), instants);
  return instants.map((instant, i) => ({
    atMs: Math.round(sampledAtMs + instant),
    used: used[i] ?? 0,
    low: low[i] ?? 0,
    high: high[i] ?? 0,
  }));
}
