/** Outages of simulated hosts, beside every call that failed in truth. */
import { describe, expect, it } from 'vitest';
import { createForecaster } from '../../../daemon/forecast/forecaster.js';
import type { Outage } from '../../../daemon/outage/outage.js';
import { createOutageTracker } from '../../../daemon/outage/tracker.js';
import { createEvidenceCollector } from '../../../daemon/score/evidence.js';
import { SECOND_MS } from '../../../daemon/units.js';
import { requireValue } from '../../builders/require-value.js';
import { MAX_SAMPLE_AGE_MS } from '../../fakes.js';
import { steps } from '../../tools/simulator/plan.js';
import { describeFailedConnect } from '../../tools/simulator/failed-connect.js';
import { simulate } from '../../tools/simulator/simulate.js';
import { LEARNED, limitsOf, SERVER, WALL_START, type World } from '../../tools/simulator/world.js';

/** 40 closes/s on 1,000 ports from second 10 to second 60. */
const OVERLOAD: World = {
  limits: limitsOf(),
  granularity: LEARNED,
  streams: [{ to: [SERVER], rate: steps([0, 2], [10_000, 40], [60_000, 2]), fate: 'time_wait', life: { forMs: 300 } }],
  arrivals: { kind: 'poisson' },
};
const SECONDS = 180;
const SAMPLE_SECONDS = 2;

function watch(world: World, countFailures: boolean) {
  const simulation = simulate(world);
  const forecaster = createForecaster();
  const collector = createEvidenceCollector();
  const tracker = createOutageTracker();
  const { limits, granularity } = world;
  const outages = new Map<number, Outage>();
  let read = 0;
  for (let second = 0.7; second < SECONDS; second += SAMPLE_SECONDS) {
    simulation.runTo(second * SECOND_MS);
    const snapshot = simulation.snapshot();
    const all = simulation.failures();
    const unread = all.slice(read).map(describeFailedConnect);
    read = all.length;
    const failures = countFailures ? unread : null;
    const counters = simulation.counters();
    const intervalMs = SAMPLE_SECONDS * SECOND_MS;
    const outcome = forecaster.update({ snapshot, limits, granularity, counters, intervalMs, failures });
    const changed = tracker.observe({
      atMs: snapshot.takenAtMs,
      monotonicMs: snapshot.monotonicMs,
      pools: outcome.pools,
      evidence: collector.collect({ snapshot, limits, granularity, failures }, outcome),
      failures,
      alarmed: [],
      releaseStepMs: granularity.timeWaitMs,
      maxSampleAgeMs: MAX_SAMPLE_AGE_MS,
    });
    for (const outage of changed) outages.set(outage.fromMs, outage);
  }
  return { outages: [...outages.values()], failures: simulation.failures().map(({ atMs }) => WALL_START + atMs) };
}

describe('the outage of a simulated host', () => {
  it('has exactly the calls that failed, from the first to the last, where they are counted', () => {
    const { outages, failures } = watch(OVERLOAD, true);
    expect(failures.length).toBeGreaterThan(500);
    expect(outages.reduce((sum, { failedConnects }) => sum + (failedConnects ?? 0), 0)).toBe(failures.length);
    const [outage] = outages;
    expect(Math.abs(requireValue(outage).fromMs - requireValue(failures[0]))).toBeLessThanOrEqual(1);
    expect(requireValue(outages.at(-1)).lastMs).toBeGreaterThanOrEqual(Math.round(requireValue(failures.at(-1))) - 1);
    expect(outage).toMatchObject({ peakUsed: 1000, isEstimated: false, isOver: true });
    expect(requireValue(outage).warnedMs).toBeGreaterThan(10_000);
  });

  it('has an estimate of them where they are not counted', () => {
    const { outages, failures } = watch(OVERLOAD, false);
    const estimated = outages.reduce((sum, { failedConnects }) => sum + (failedConnects ?? 0), 0);
    expect(outages.every(({ isEstimated }) => isEstimated)).toBe(true);
    expect(estimated / failures.length).toBeGreaterThan(0.8);
    expect(estimated / failures.length).toBeLessThan(1.2);
    expect(Math.abs(requireValue(outages[0]).fromMs - requireValue(failures[0]))).toBeLessThan(2 * SECOND_MS);
  });

  it('does not exist where no call failed', () => {
    const calm = { ...OVERLOAD, streams: OVERLOAD.streams.map((stream) => ({ ...stream, rate: steps([0, 14]) })) };
    expect(watch(calm, true)).toEqual({ outages: [], failures: [] });
  });
});
