/** From how many earlier bursts on the history of a pool counts in its forecast. */
import { describe, expect, it } from 'vitest';
import { estimateBurstOdds } from '../../../../daemon/forecast/burst-odds.js';
import { createForecastMemories } from '../../../../daemon/forecast/forecast-memory.js';
import { createForecaster } from '../../../../daemon/forecast/forecaster.js';
import type { Burst } from '../../../../daemon/forecast/history/types.js';
import type { PoolForecast } from '../../../../daemon/forecast/types.js';
import { simulate } from '../../../tools/simulator/simulate.js';
import { limitsOf } from '../../../tools/simulator/world.js';
import { createStream, createWorld } from '../../../tools/simulator/worlds.js';

const TEN_MINUTES: Burst = {
  poolId: 'p',
  kind: 'closes',
  beganAtMs: Date.UTC(2026, 0, 5, 11),
  durationMs: 600_000,
  rate: 30,
  baseRate: 2,
  exhausted: false,
};

describe('the history of a pool in its forecast', () => {
  /** The forecast of 25 closes/s at 20 s, of a pool that had so many bursts of ten minutes. */
  const withBursts = (count: number) => {
    const simulation = simulate(createWorld([createStream(25)]));
    const forecaster = createForecaster();
    const past = () => ({ bursts: new Array<Burst>(count).fill(TEN_MINUTES), dailyPeaks: [] });
    let newest: PoolForecast | undefined;
    for (let atMs = 0; atMs <= 20_000; atMs += 2000) {
      simulation.runTo(atMs);
      const { granularity } = simulation;
      const snapshot = simulation.snapshot();
      const input = {
        snapshot,
        limits: limitsOf(),
        granularity,
        counters: simulation.counters(),
        intervalMs: 2000,
        past,
      };
      newest = forecaster.update(input).pools[0];
    }
    return newest;
  };

  it.each([
    [0, 'rate', 0],
    [1, 'rate', 0],
    [2, 'history', 2],
    [5, 'history', 5],
  ] as const)('of %d bursts gives the basis %s', (count, probabilityBasis, burstsKnown) => {
    expect(withBursts(count)).toMatchObject({ probabilityBasis, burstsKnown });
  });
});

/** Growth that began 20 s ago in a pool with these earlier bursts, and a burst of closes that began 10 s ago. */
function findOdds(earlier: readonly Burst[]) {
  const memory = createForecastMemories().find('p');
  const current = { rate: 30, baseRate: 2, dippedMs: null };
  memory.growthBurst.current = { ...current, beganMs: 80_000 };
  memory.burst.current = { ...current, beganMs: 90_000 };
  return estimateBurstOdds(memory, earlier, 100_000);
}

describe('the odds of growth', () => {
  const growth: Burst = { ...TEN_MINUTES, kind: 'growth' };
  const filled: Burst = { ...growth, exhausted: true };

  it.each<[string, readonly Burst[], number | null]>([
    ['no earlier growth', [], null],
    ['two that ended', [growth, growth], null],
    ['three that ended', [growth, growth, growth], 3],
    ['one that filled the pool', [filled], 1],
    ['one that ended and one that filled the pool', [growth, filled], 2],
    ['bursts of closes alone, although one filled the pool', [{ ...TEN_MINUTES, exhausted: true }, TEN_MINUTES], null],
  ])('of %s rest on so many', (_, earlier, expected) => {
    expect(findOdds(earlier).growthOdds?.count ?? null).toBe(expected);
  });

  it('are none while nothing grows', () => {
    const memory = createForecastMemories().find('p');
    expect(estimateBurstOdds(memory, [growth, growth, growth], 100_000)).toEqual({ burst: null, growthOdds: null });
  });

  it('rest on growths alone, those of closes on bursts of closes, each with its own age', () => {
    const brief = (kind: Burst['kind'], durationMs: number): Burst => ({ ...TEN_MINUTES, kind, durationMs });
    const growths = [20_000, 20_000, 20_000].map((ms) => brief('growth', ms));
    const closes = [10_000, 10_000].map((ms) => brief('closes', ms));
    const { burst, growthOdds } = findOdds([...growths, ...closes]);
    expect([burst?.count, growthOdds?.count]).toEqual([2, 3]);
    // A burst of its present age counts half, and one of half the age to come 1 / (1 + 2^(2 / 0.35)).
    const longer = 1 / (1 + 2 ** (2 / 0.35));
    expect(growthOdds?.probabilityToLast(20_000, 0.5)).toBeCloseTo((0.25 + 3 * longer) / (0.5 + 1.5), 9);
    expect(burst?.probabilityToLast(10_000, 0.5)).toBeCloseTo((0.25 + 2 * longer) / (0.5 + 1), 9);
  });
});
