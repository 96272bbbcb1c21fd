import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { wheelGranularityMs } from '../../../daemon/host/release-granularity.js';
import { steps } from './plan.js';
import { simulate } from './simulate.js';
import { createWheel } from './wheel.js';
import { LEARNED, limitsOf, MONOTONIC_START, SERVER } from './world.js';

describe('releases', () => {
  it.each([100, 250, 300, 1000])('at %d Hz are at (floor(expiry / g) + 1) x g on the jiffies (property)', (hz) => {
    const instant = fc.double({ min: 0, max: 1e6, noNaN: true });
    const duration = fc.constantFrom(10_000, 30_000, 60_000);
    const phase = fc.double({ min: 0, max: 5000, noNaN: true });
    fc.assert(
      fc.property(instant, duration, phase, (ms, durationMs, phaseMs) => {
        const wheel = createWheel({ ...LEARNED, hz, phaseMs });
        const releaseAt = wheel.releaseAt(wheel.expiryTick(ms, durationMs), durationMs);
        const g = wheelGranularityMs(durationMs, hz);
        const tick = 1000 / hz;
        const onJiffies = MONOTONIC_START + ms - phaseMs;
        const expiry = (Math.floor(onJiffies / tick + 1e-9) + Math.ceil(durationMs / tick - 1e-9)) * tick;
        const boundary = (Math.floor(expiry / g + 1e-9) + 1) * g;
        expect(releaseAt + MONOTONIC_START - phaseMs).toBeCloseTo(boundary, 5);
        expect(releaseAt - ms).toBeGreaterThan(durationMs - tick - 1e-6);
        expect(releaseAt - ms).toBeLessThanOrEqual(durationMs + g + tick + 1e-6);
      }),
    );
  });

  it.each([100, 250, 300, 1000])('free a port at the instant stated, and not before, at %d Hz', (hz) => {
    const granularity = { hz, timeWaitMs: wheelGranularityMs(60_000, hz), phaseMs: 321, learned: true };
    const simulation = simulate({
      limits: limitsOf(),
      granularity,
      streams: [{ to: [SERVER], rate: steps([0, 10], [950, 0]), fate: 'time_wait' }],
    });
    const wheel = createWheel(granularity);
    const releases = Array.from({ length: 9 }, (_, i) =>
      wheel.releaseAt(wheel.expiryTick(100 * (i + 1), 60_000), 60_000),
    );
    for (const release of new Set(releases)) {
      simulation.runTo(release - 0.01);
      expect(simulation.used()).toBe(releases.filter((other) => other > release - 0.01).length);
      simulation.runTo(release);
      expect(simulation.used()).toBe(releases.filter((other) => other > release).length);
    }
  });
});
