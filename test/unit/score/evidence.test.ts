/** The evidence from whole simulated hosts: when ports ran out, as exactly as two tables show it, and all closes. */
import { describe, expect, it } from 'vitest';
import { createForecaster } from '../../../daemon/forecast/forecaster.js';
import type { FailedConnect } from '../../../daemon/pool/failed-connect.js';
import { createEvidenceCollector } from '../../../daemon/score/evidence.js';
import type { CountedCloses, ObservedExhaustion } from '../../../daemon/score/types.js';
import type { Snapshot } from '../../../daemon/snapshot/snapshot.js';
import { churn, samplesOf, SERVER, WALL_START } from '../../builders/recordings.js';
import { requireValue } from '../../builders/require-value.js';
import { LEARNED, type World } from '../../tools/simulator/world.js';

interface Options {
  readonly learned?: boolean;
  readonly hasTimers?: boolean;
  /** The connects that failed since the sample before the one at an instant; absent where they are not watched. */
  readonly failuresAt?: (ms: number) => readonly FailedConnect[];
}

interface Bounds {
  readonly afterMs: number;
  readonly beforeMs: number;
  readonly seenBy: ObservedExhaustion['seenBy'];
}

const simulated = new Map<World, ReturnType<typeof samplesOf>>();

/** The samples of a world, simulated once for all cases that differ only in what the daemon can see of it. */
function shareSamples(world: World, seconds: number): ReturnType<typeof samplesOf> {
  const run = simulated.get(world) ?? samplesOf(world, seconds);
  if (run.samples.length !== seconds / 2 + 1) throw new Error('a world is simulated for one length only');
  simulated.set(world, run);
  return run;
}

/** The first exhaustion of the first pool, and all closes counted. Instants are ms after the start. */
function collectEvidence(world: World, seconds: number, options: Options = {}) {
  const { learned = true, hasTimers = true, failuresAt } = options;
  const { samples, failedAtMs } = shareSamples(world, seconds);
  const startMs = requireValue(samples[0]).table.snapshot.monotonicMs;
  const forecaster = createForecaster();
  const collector = createEvidenceCollector();
  let firstExhaustion: Bounds | null = null;
  let unknownSamples = 0;
  const counted: CountedCloses[] = [];
  for (const { host, table } of samples) {
    const { limits, counters } = host;
    const granularity = { ...host.granularity, learned };
    const snapshot: Snapshot = { ...table.snapshot, hasTimers };
    const failures = failuresAt?.(snapshot.monotonicMs - startMs) ?? null;
    const outcome = forecaster.update({ snapshot, limits, granularity, counters, intervalMs: 2000, failures });
    const [evidence] = collector.collect({ snapshot, limits, granularity, failures }, outcome).values();
    if (evidence === undefined) continue;
    counted.push(...evidence.counted);
    if (evidence.ranOut === 'unknown') unknownSamples += 1;
    else if (evidence.ranOut !== null) {
      const { afterMs, beforeMs, seenBy } = evidence.ranOut;
      firstExhaustion ??= { afterMs: (afterMs ?? startMs) - startMs, beforeMs: beforeMs - startMs, seenBy };
    }
  }
  return { failedAtMs, firstExhaustion, unknownSamples, counted };
}

/** The same for a world in which the simulator's first connect fails and the tables show an exhaustion. */
function collectFailure(world: World, seconds: number, options: Options = {}): Bounds & { failedAtMs: number } {
  const { failedAtMs, firstExhaustion } = collectEvidence(world, seconds, options);
  return { failedAtMs: requireValue(failedAtMs), ...requireValue(firstExhaustion) };
}

/** The pool fills just before each release, and samples are taken just after it: tables show it full seconds late. */
const BEATING = churn((ms) => (ms < 300_000 ? 5 : 25));

describe('the exhaustion of a pool', () => {
  it('is found to within one close from the timers, although the tables show it seconds late', () => {
    const { failedAtMs, afterMs, beforeMs, seenBy } = collectFailure(BEATING, 380);
    expect(seenBy).toBe('timers');
    expect(beforeMs).toBe(afterMs);
    expect(Math.abs(beforeMs - failedAtMs)).toBeLessThan(100);
  });

  it.each([
    ['the release step is not learned', { learned: false }],
    ['the tables have no timers', { hasTimers: false }],
  ])('lies within bounds where %s', (_name, options) => {
    const { failedAtMs, afterMs, beforeMs, seenBy } = collectFailure(BEATING, 380, options);
    expect(seenBy).toBe('table');
    // The first full table comes seconds late, so the instant half-way from the table before it would be seconds off.
    expect(beforeMs).toBeGreaterThan(failedAtMs + 4000);
    expect(afterMs).toBeLessThanOrEqual(failedAtMs);
    expect(beforeMs).toBeLessThan(failedAtMs + 12_000);
  });

  it.each([3, 5, 9, 11])('lies within bounds where the pool is full for moments only (seed %i)', (seed) => {
    const climb = (ms: number): number => (ms < 480_000 ? 2 + ms / 24_000 : 2);
    const world = churn(climb, { seed, arrivals: { kind: 'poisson' } });
    for (const options of [{ learned: false }, { hasTimers: false }]) {
      const { failedAtMs, afterMs, beforeMs } = collectFailure(world, 500, options);
      expect(afterMs).toBeLessThanOrEqual(failedAtMs);
      expect(beforeMs).toBeGreaterThan(failedAtMs);
    }
    const { failedAtMs, beforeMs } = collectFailure(world, 500);
    // The last port is taken before the first connect fails, by up to one release step.
    expect(failedAtMs - beforeMs).toBeGreaterThanOrEqual(-1);
    expect(failedAtMs - beforeMs).toBeLessThan(LEARNED.timeWaitMs);
  });

  it.each([true, false])('is not reported for a pool that never fills (release step learned: %s)', (learned) => {
    const world = churn(() => 15);
    const { failedAtMs, firstExhaustion, counted } = collectEvidence(world, 200, { learned });
    expect(counted.length).toBeGreaterThan(50);
    expect([failedAtMs, firstExhaustion]).toEqual([null, null]);
  });

  it('is the first failed connect where failed connects are watched, and nothing else', () => {
    const failed: FailedConnect = {
      atMs: WALL_START + 341_300,
      kind: 'connect',
      localAddress: null,
      remoteAddress: SERVER.remote,
      remotePort: SERVER.port,
      pid: 1,
      name: 'client',
    };
    const failuresAt = (ms: number) => (ms === 342_000 ? [{ ...failed, atMs: failed.atMs + 500 }, failed] : []);
    const { firstExhaustion } = collectEvidence(BEATING, 380, { failuresAt });
    expect(firstExhaustion).toEqual({ afterMs: 341_300, beforeMs: 341_300, seenBy: 'connects' });
    expect(collectEvidence(BEATING, 380, { failuresAt: () => [] }).firstExhaustion).toBeNull();
  });

  it('is unknown where ports may be reused and failed connects are not watched', () => {
    const loopback = { local: '127.0.0.1', remote: '127.0.0.1', port: 443 };
    const world = churn(() => 700, { streams: [{ to: [loopback], rate: () => 700, fate: 'time_wait' }] });
    const reusing: World = { ...world, limits: { ...world.limits, twReuse: 2 } };
    const { firstExhaustion, unknownSamples } = collectEvidence(reusing, 20);
    expect(firstExhaustion).toBeNull();
    expect(unknownSamples).toBeGreaterThan(5);
  });
});

describe('the counted closes', () => {
  const world = churn((ms) => (ms < 60_000 ? 5 : 12));

  it.each([true, false])('are all closes that there were, each counted once (timers: %s)', (hasTimers) => {
    const { counted } = collectEvidence(world, 150, { hasTimers });
    const endMs = requireValue(counted.at(-1)).toMs;
    const lastMinute = counted.filter(({ fromMs }) => fromMs >= endMs - 60_000);
    const closes = lastMinute.reduce((sum, stretch) => sum + stretch.closes, 0);
    expect(closes).toBeGreaterThan(12 * 55);
    expect(closes).toBeLessThan(12 * 62);
    expect(counted.length).toBeGreaterThan(30);
    counted.slice(1).forEach(({ fromMs }, index) => {
      expect(fromMs).toBeGreaterThanOrEqual(requireValue(counted[index]).toMs - 1);
    });
  });
});
