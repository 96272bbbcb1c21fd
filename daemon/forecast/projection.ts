/** The projected use of a pool, for charts: if rate, growth and climb stay as they are, with the 90% band. */
import { buildExpected } from './exhaustion.js';
import { boundFlow } from './flow-spread.js';
import { createExhaustionInput, type PoolFacts, type SampleFacts } from './pool-facts.js';
import { HORIZON_MS, projectQueue } from './queue.js';
import type { AheadPoint, PoolForecast } from './types.js';

/** Points after the first one, which is the present. */
const POINTS = 60;
/** The projection covers this many holds, or this many times the time to the exhaustion where that is longer. */
const HOLDS = 2;
const TIMES_TO_EXHAUSTION = 1.2;

/** 61 points over two holds, or past the exhaustion where that comes later. Empty while the rate is unknown. */
export function projectUse(facts: PoolFacts, forecast: PoolForecast, sample: SampleFacts): AheadPoint[] {
  const input = createExhaustionInput(facts, sample);
  if (input === null) return [];
  const { sampledAtMs, exhaustsAtMs, holdMs } = forecast;
  const afterMs = exhaustsAtMs === null ? 0 : exhaustsAtMs - sampledAtMs;
  const spanMs = Math.min(HORIZON_MS, Math.max(HOLDS * holdMs, TIMES_TO_EXHAUSTION * afterMs));
  const instants = Array.from({ length: POINTS + 1 }, (_, i) => (i * spanMs) / POINTS);
  const { buildQueue } = input;
  const expected = buildExpected(input);
  const band = boundFlow(input, expected, Math.min(spanMs, holdMs));
  const used = projectQueue(expected, instants);
  const low = projectQueue(buildQueue(band.low), instants);
  const high = projectQueue(buildQueue(band.high), instants);
  return instants.map((instant, i) => ({
    atMs: Math.round(sampledAtMs + instant),
    used: used[i] ?? 0,
    low: low[i] ?? 0,
    high: high[i] ?? 0,
  }));
}
