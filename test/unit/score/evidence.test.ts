/** The truth that forecasts are judged by: when no port was left, as exactly as two tables tell. */
import { describe, expect, it } from 'vitest';
import { createEvidenceCollector } from '../../../daemon/score/evidence.js';
import type { ObservedExhaustion } from '../../../daemon/score/types.js';
import { createForecaster } from '../../../daemon/forecast/forecaster.js';
import type { FailedConnect } from '../../../daemon/pool/failed-connect.js';
import type { Snapshot } from '../../../daemon/snapshot/snapshot.js';
import { churn, samplesOf, SERVER, WALL_START } from '../../builders/recordings.js';
import type { World } from '../../tools/simulator/world.js';

interface Options {
  readonly learned?: boolean;
  readonly hasTimers?: boolean;
  /** Connects seen to fail since the sample before the one at an instant; absent where nobody watches. */
  readonly failuresAt?: (ms: number) => readonly FailedConnect[];
}

const simulated = new Map<World, ReturnType<typeof samplesOf>>();

/** The samples of a world, simulated once for all cases that differ only in what the daemon can see of it. */
function shareSamples(world: World, seconds: number): ReturnType<typeof samplesOf> {
  const run = simulated.get(world) ?? samplesOf(world, seconds);
  if (run.samples.length !== seconds / 2 + 1) throw new Error('a world is simulated for one length only');
  simulated.set(world, run);
  return run;
}

/** The first exhaustion of the first pool, and all closes counted, in ms after the start. */
function witness(world: World, seconds: number, { learned = true, hasTimers = true, failuresAt }: Options = {}) {
  const { samples, failedAtMs } = shareSamples(world, seconds);
  const start = samples[0]?.table.snapshot.monotonicMs ?? 0;
  const forecaster = createForecaster();
  const { collect: observe } = createEvidenceCollector();
  const ranOut: ObservedExhaustion[] = [];
  let unknown = 0;
  const counted: { fromMs: number; toMs: number; closes: number }[] = [];
  for (const { host, table } of samples) {
    const { limits, counters } = host;
    const granularity = { ...host.granularity, learned };
    const snapshot: Snapshot = { ...table.snapshot, hasTimers };
    const failures = failuresAt?.(snapshot.monotonicMs - start) ?? null;
    const outcome = forecaster.update({ snapshot, limits, granularity, counters, intervalMs: 2000, failures });
    const [evidence] = observe({ snapshot, limits, granularity, failures }, outcome).values();
    if (evidence === undefined) continue;
    counted.push(...evidence.counted);
    if (evidence.ranOut === 'unknown') unknown += 1;
    else if (evidence.ranOut !== null) ranOut.push(evidence.ranOut);
  }
  const since = (ms: number): number => ms - start;
  const [bounds = null] = ranOut.map((one) => ({
    ...one,
    afterMs: since(one.afterMs ?? start),
    beforeMs: since(one.beforeMs),
  }));
  return { failedAtMs: failedAtMs ?? NaN, bounds, unknown, counted };
}

/** The pool fills just before each release, and samples fall just after it: tables see it full seconds late. */
const BEATING = churn((ms) => (ms < 300_000 ? 5 : 25));

describe('when a pool ran out', () => {
  it('is known to one close from the timers, where tables see it seconds late', () => {
    const { failedAtMs, bounds } = witness(BEATING, 380);
    expect(bounds?.seenBy).toBe('timers');
    expect(bounds?.beforeMs).toBe(bounds?.afterMs);
    expect(Math.abs((bounds?.beforeMs ?? 0) - failedAtMs)).toBeLessThan(100);
  });

  it.each([
    ['the steps of release are not learned', { learned: false }],
    ['there are no timers', { hasTimers: false }],
  ])('lies within the bounds given where %s', (_name, options) => {
    const { failedAtMs, bounds } = witness(BEATING, 380, options);
    expect(bounds?.seenBy).toBe('table');
    // The full table comes late: half-way to the sample before it would be off by seconds, and outside.
    expect(bounds?.beforeMs).toBeGreaterThan(failedAtMs + 4000);
    expect(bounds?.afterMs).toBeLessThanOrEqual(failedAtMs);
    expect(bounds?.beforeMs).toBeLessThan(failedAtMs + 12_000);
  });

  it.each([3, 5, 9, 11])('lies within the bounds given where it is full for moments only (seed %i)', (seed) => {
    const climb = (ms: number): number => (ms < 480_000 ? 2 + ms / 24_000 : 2);
    const world = churn(climb, { seed, arrivals: { kind: 'poisson' } });
    for (const options of [{ learned: false }, { hasTimers: false }]) {
      const { failedAtMs, bounds } = witness(world, 500, options);
      expect(bounds?.afterMs).toBeLessThanOrEqual(failedAtMs);
      expect(bounds?.beforeMs).toBeGreaterThan(failedAtMs);
    }
    const { failedAtMs, bounds } = witness(world, 500);
    // The last port may be taken a moment before anybody asks for another one.
    expect(failedAtMs - (bounds?.beforeMs ?? 0)).toBeGreaterThanOrEqual(-1);
    expect(failedAtMs - (bounds?.beforeMs ?? 0)).toBeLessThan(2048);
  });

  it.each([true, false])('is never, where it does not (steps learned: %s)', (learned) => {
    expect(
      witness(
        churn(() => 15),
        200,
        { learned },
      ).bounds,
    ).toBeNull();
  });

  const failed: FailedConnect = {
    ...{ atMs: WALL_START + 341_300, kind: 'connect', localAddress: null, pid: 1, name: 'client' },
    ...{ remoteAddress: SERVER.remote, remotePort: SERVER.port },
  };
  it('is the first connect that failed where they are watched, and nothing else', () => {
    const failuresAt = (ms: number) => (ms === 342_000 ? [{ ...failed, atMs: failed.atMs + 500 }, failed] : []);
    const { bounds } = witness(BEATING, 380, { failuresAt });
    expect(bounds).toEqual({ afterMs: 341_300, beforeMs: 341_300, seenBy: 'connects' });
    expect(witness(BEATING, 380, { failuresAt: () => [] }).bounds).toBeNull();
  });

  it('cannot be told with reuse, where nobody watches', () => {
    const loopback = { local: '127.0.0.1', remote: '127.0.0.1', port: 443 };
    const streams = [{ to: [loopback], rate: () => 700, fate: 'time_wait' as const }];
    const world = churn(() => 700, { streams });
    const { bounds, unknown } = witness({ ...world, limits: { ...world.limits, twReuse: 2 } }, 20);
    expect(bounds).toBeNull();
    expect(unknown).toBeGreaterThan(5);
  });
});

describe('the closes counted', () => {
  it.each([true, false])('are all there were, each once (timers: %s)', (hasTimers) => {
    const { counted } = witness(
      churn((ms) => (ms < 60_000 ? 5 : 12)),
      150,
      { hasTimers },
    );
    const sum = counted.filter(({ fromMs }) => fromMs >= (counted.at(-1)?.toMs ?? 0) - 60_000);
    expect(sum.reduce((all, { closes }) => all + closes, 0)).toBeGreaterThan(12 * 55);
    expect(sum.reduce((all, { closes }) => all + closes, 0)).toBeLessThan(12 * 62);
    counted
      .slice(1)
      .forEach(({ fromMs }, index) => expect(fromMs).toBeGreaterThanOrEqual((counted[index]?.toMs ?? 0) - 1));
  });
});
