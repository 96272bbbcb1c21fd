/** Use ahead, for charts: if rate, growth and climb stay as they are, with its 90% band. */
import type { AheadPoint, PoolForecast } from './types.js';
import { boundFlow } from './exhaustion.js';
import { createExhaustionInput, type PoolFacts, type SampleFacts } from './pool-forecast.js';
import { HORIZON_MS, projectQueue } from './queue.js';

const POINTS = 60;
/** How far beyond the exhaustion the picture goes. */
const MARGIN = 1.2;

/** About 60 points over two holds, or past the exhaustion where that comes later. Empty while the rate is unknown. */
export function projectUse(facts: PoolFacts, forecast: PoolForecast, sample: SampleFacts): AheadPoint[] {
  const prospect = createExhaustionInput(facts, sample);
  if (prospect === null) return [];
  const { sampledAtMs, exhaustsAtMs, holdMs } = forecast;
  const afterMs = exhaustsAtMs === null ? 0 : exhaustsAtMs - sampledAtMs;
  const spanMs = Math.min(HORIZON_MS, Math.max(2 * holdMs, MARGIN * afterMs));
  const instants = Array.from({ length: POINTS + 1 }, (_, i) => (i * spanMs) / POINTS);
  const { demand, growth, queueAt } = prospect;
  const expected = queueAt({ rate: demand.rate, growth: growth.perSecond, climbing: true });
  const band = boundFlow(prospect, expected, Math.min(spanMs, holdMs));
  const used = projectQueue(expected, instants);
  const low = projectQueue(queueAt(band.low), instants);
  const high = projectQueue(queueAt(band.high), instants);
  return instants.map((instant, i) => ({
    atMs: Math.round(sampledAtMs + instant),
    used: used[i] ?? 0,
    low: low[i] ?? 0,
    high: high[i] ?? 0,
  }));
}
