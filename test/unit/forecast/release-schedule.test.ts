/** The schedule of a pool second by second: the closes of the last minute and the releases ahead. */
import { describe, expect, it } from 'vitest';
import { describeReleases, type TimedSample } from '../../../daemon/forecast/release-schedule.js';
import { createTimedPorts } from '../../builders/pool.js';
import { LEARNED, limitsOf, MONOTONIC_START } from '../../tools/simulator/world.js';

const SAMPLE: TimedSample = {
  timed: new Map(),
  monotonicMs: MONOTONIC_START,
  hasTimers: true,
  limits: limitsOf({}),
  granularity: LEARNED,
};
const sum = (counts: readonly number[] | null): number => (counts ?? []).reduce((a, b) => a + b, 0);

describe('the release schedule', () => {
  it('counts every timed port once, as a close and as a release', () => {
    const timeWait = Array.from({ length: 600 }, (_, index) => index * 100 + 50);
    const { closes, releases, later, reusable, isExact, why } = describeReleases(
      createTimedPorts({ timeWait }),
      'none',
      SAMPLE,
    );
    expect(closes).toEqual(new Array(60).fill(10));
    expect(sum(releases) + later).toBe(600);
    expect({ reusable, isExact, why }).toEqual({ reusable: 0, isExact: true, why: null });
  });

  it('puts a close into the second of its age, the newest at the end', () => {
    const { closes } = describeReleases(
      createTimedPorts({ timeWait: [59_900, 59_900, 30_500, 1, -500] }),
      'none',
      SAMPLE,
    );
    expect(closes?.at(-1)).toBe(2);
    expect(closes?.[30]).toBe(1);
    expect(closes?.[0]).toBe(1);
    expect(sum(closes)).toBe(4);
  });

  it('releases only at the boundaries of the timer wheel where these are known', () => {
    const timeWait = Array.from({ length: 600 }, (_, index) => index * 100);
    const { releases } = describeReleases(createTimedPorts({ timeWait }), 'none', SAMPLE);
    const busy = (releases ?? []).filter((count) => count > 0);
    // One step is 2.048 s, so that about every second second has a release.
    expect(busy.length).toBeLessThanOrEqual(31);
    expect(Math.max(...busy)).toBeGreaterThanOrEqual(20);
  });

  it('says that it is not exact while the boundaries are unknown, and still counts every port', () => {
    const unknown = { ...SAMPLE, granularity: { ...LEARNED, learned: false, phaseMs: null } };
    const ports = createTimedPorts({ timeWait: [0, 0, 10_000, 59_000] });
    const schedule = describeReleases(ports, 'none', unknown);
    expect(sum(schedule.releases) + schedule.later).toBe(4);
    expect(schedule.isExact).toBe(false);
    expect(schedule.why).toMatch(/up to 2 s earlier/);
  });

  it('tells ports apart that connect() may take again already', () => {
    const reusing = { ...SAMPLE, limits: limitsOf({ twReuse: 1 }) };
    const ports = createTimedPorts({ timeWait: [59_700, 59_500, 40_000, 100] });
    const schedule = describeReleases(ports, 'after_delay', reusing);
    expect(schedule.reusable).toBe(2);
    expect(sum(schedule.releases)).toBe(2);
    expect(schedule.isExact).toBe(false);
  });

  it('has no counts where the rows have no timers, and says why', () => {
    const schedule = describeReleases(createTimedPorts({ timeWait: [-1, -1] }), 'none', {
      ...SAMPLE,
      hasTimers: false,
    });
    expect(schedule).toMatchObject({ closes: null, releases: null, isExact: false });
    expect(schedule.why).toMatch(/shows no timers/);
  });

  it('counts the ports of very long timers together', () => {
    const long = { ...SAMPLE, limits: limitsOf({ finTimeoutMs: 3_600_000 }) };
    const schedule = describeReleases(createTimedPorts({ timeWait: [1000], finWait2: [3_400_000] }), 'none', long);
    expect(schedule.later).toBe(1);
    expect(sum(schedule.releases)).toBe(1);
  });
});
