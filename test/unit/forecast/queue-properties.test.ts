/** Properties of the instant at which the ports run out: more closes, more ports, other units, and the projected use. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { findExhaustion, HORIZON_MS, projectQueue, type Queue } from '../../../daemon/forecast/queue.js';
import type { Releases, Timing } from '../../../daemon/forecast/release.js';
import { createQueue, TIME_WAIT_TIMING } from '../../builders/pool-facts.js';
import { requireValue } from '../../builders/require-value.js';

const SEEDED = { seed: 16, numRuns: 100 };

const anyRate = fc.double({ min: 0, max: 60, noNaN: true });
const anyOffset = fc.double({ min: 0, max: 2047, noNaN: true });
const anyGrowth = fc.constantFrom(0, 0, 0.02, 3);
const anyReleases: fc.Arbitrary<Releases> = fc
  .array(fc.record({ at: fc.integer({ min: 1, max: 62_000 }), ports: fc.integer({ min: 1, max: 40 }) }), {
    maxLength: 20,
  })
  .map((held) => {
    const sorted = [...held].sort((a, b) => a.at - b.at);
    return { atMs: sorted.map(({ at }) => at), ports: sorted.map(({ ports }) => ports) };
  });
const anyQueue = fc
  .tuple(anyRate, anyOffset, anyReleases, anyGrowth, fc.integer({ min: 0, max: 300 }))
  .map(([rate, offsetMs, releases, growth, live]) =>
    createQueue(0, {
      releases,
      growth,
      live,
      inflows: [{ rate, timing: { ...TIME_WAIT_TIMING, grid: { stepMs: 2048, offsetMs } } }],
    }),
  );
const withRate = (queue: Queue, rate: number): Queue => ({
  ...queue,
  inflows: queue.inflows.map((inflow) => ({ ...inflow, rate })),
});

describe('the instant at which the ports run out', () => {
  const orLater = (queue: Queue): number => findExhaustion(queue) ?? Infinity;

  it('is never later with more closes', () => {
    fc.assert(
      fc.property(anyQueue, anyRate, anyRate, (queue, a, b) => {
        const slower = orLater(withRate(queue, Math.min(a, b)));
        expect(orLater(withRate(queue, Math.max(a, b)))).toBeLessThanOrEqual(slower + 1e-6);
      }),
      SEEDED,
    );
  });

  it('is never earlier with a greater capacity', () => {
    fc.assert(
      fc.property(anyQueue, fc.integer({ min: 1, max: 500 }), (queue, more) => {
        const larger = { ...queue, capacity: queue.capacity + more };
        expect(orLater(larger)).toBeGreaterThanOrEqual(orLater(queue) - 1e-6);
      }),
      SEEDED,
    );
  });

  it('stays when all ports and rates are multiplied', () => {
    fc.assert(
      fc.property(anyQueue, fc.integer({ min: 2, max: 20 }), (queue, factor) => {
        const multiplied: Queue = {
          ...queue,
          capacity: factor * queue.capacity,
          live: factor * queue.live,
          growth: factor * queue.growth,
          releases: { ...queue.releases, ports: queue.releases.ports.map((ports) => factor * ports) },
          inflows: queue.inflows.map((inflow) => ({ ...inflow, rate: factor * inflow.rate })),
        };
        const [before, after] = [findExhaustion(queue), findExhaustion(multiplied)];
        if (before === null) expect(after).toBeNull();
        else expect(requireValue(after) / Math.max(1, before)).toBeCloseTo(before / Math.max(1, before), 6);
      }),
      SEEDED,
    );
  });

  it('scales with the unit of time', () => {
    fc.assert(
      fc.property(anyQueue, fc.integer({ min: 2, max: 20 }), (queue, factor) => {
        const stretch = ({ grid, ...timing }: Timing): Timing => ({
          durationMs: factor * timing.durationMs,
          roundingMs: factor * timing.roundingMs,
          grid: grid === null ? null : { stepMs: factor * grid.stepMs, offsetMs: factor * grid.offsetMs },
        });
        const stretched: Queue = {
          ...queue,
          growth: queue.growth / factor,
          releases: { ...queue.releases, atMs: queue.releases.atMs.map((atMs) => factor * atMs) },
          inflows: queue.inflows.map(({ rate, timing }) => ({ rate: rate / factor, timing: stretch(timing) })),
        };
        const [before, after] = [findExhaustion(queue), findExhaustion(stretched, factor * HORIZON_MS)];
        if (before === null) expect(after).toBeNull();
        else expect(requireValue(after)).toBeCloseTo(factor * before, 3);
      }),
      SEEDED,
    );
  });

  it('is found by a longer horizon wherever a shorter one finds it', () => {
    fc.assert(
      fc.property(anyQueue, fc.integer({ min: 1, max: 120_000 }), (queue, horizonMs) => {
        const within = findExhaustion(queue, horizonMs);
        const found = findExhaustion(queue);
        expect(within).toBe(found !== null && found <= horizonMs ? found : null);
      }),
      SEEDED,
    );
  });

  it('is that of the projected use', () => {
    fc.assert(
      fc.property(fc.double({ min: 1, max: 40, noNaN: true }), fc.integer({ min: 0, max: 300 }), (rate, live) => {
        const queue = createQueue(rate, { live });
        const after = findExhaustion(queue);
        const instants = Array.from({ length: 400 }, (_, i) => i * 500);
        const full = projectQueue(queue, instants).findIndex((used) => used >= 1000 - 1e-9);
        if (after === null) expect(full).toBe(-1);
        else {
          // The saw may drop again before the next instant of the grid, so it may be full later than it first was.
          expect(full).toBeGreaterThanOrEqual(0);
          expect(requireValue(instants[full])).toBeGreaterThanOrEqual(after - 1e-6);
        }
      }),
      { ...SEEDED, numRuns: 25 },
    );
  });
});
