/** From how many earlier bursts on the history of a pool counts in its forecast. */
import { describe, expect, it } from 'vitest';
import { createForecaster } from '../../../../daemon/forecast/forecaster.js';
import type { Burst } from '../../../../daemon/forecast/history/types.js';
import type { PoolForecast } from '../../../../daemon/forecast/types.js';
import { simulate } from '../../../tools/simulator/simulate.js';
import { limitsOf } from '../../../tools/simulator/world.js';
import { createStream, createWorld } from '../../../tools/simulator/worlds.js';

const TEN_MINUTES: Burst = {
  poolId: 'p',
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
