import { describe, expect, it } from 'vitest';
import type { PoolForecast } from '../../../daemon/forecast/types.js';
import { DAY_MS, HOUR_MS, SECOND_MS } from '../../../daemon/units.js';
import { createTimeline, exhausting, formatChanges, type Timeline } from '../../builders/alert-timeline.js';
import { calmForecast, poolForecast, T0 } from '../../builders/forecasts.js';

const exhaustingPool = (atMs: number): PoolForecast =>
  poolForecast({ sampledAtMs: atMs, ...exhausting(atMs + 30 * SECOND_MS), pressure: 0.1 });
const calmPool = (atMs: number): PoolForecast => calmForecast({ sampledAtMs: atMs });
const step = (timeline: Timeline, atMs: number, pool: (atMs: number) => PoolForecast): string[] =>
  formatChanges(timeline.beat({ atMs, pools: [pool(atMs)] }));

/** A timeline on which `imminent` has fired, at T0 + 4 s. */
function createFiring(): Timeline {
  const timeline = createTimeline();
  for (const second of [0, 2, 4]) step(timeline, T0 + second * SECOND_MS, exhaustingPool);
  expect(formatChanges(timeline.changes)).toEqual(['imminent: inactive -> pending', 'imminent: pending -> firing']);
  return timeline;
}

describe('a clock that is set back', () => {
  it.each([SECOND_MS, HOUR_MS, DAY_MS])('by %i ms keeps the elapsed time of a pending alert', (backMs) => {
    const timeline = createTimeline();
    step(timeline, T0, exhaustingPool);
    step(timeline, T0 + 2 * SECOND_MS, exhaustingPool);
    const jumpedMs = T0 + 2 * SECOND_MS - backMs;
    expect(step(timeline, jumpedMs, exhaustingPool)).toEqual([]);
    expect(step(timeline, jumpedMs + 2 * SECOND_MS, exhaustingPool)).toEqual(['imminent: pending -> firing']);
  });

  it('does not keep a firing alert from resolving, nor make its duration negative', () => {
    const timeline = createFiring();
    for (let second = 0; second <= 62; second += 2) {
      step(timeline, T0 - HOUR_MS + second * SECOND_MS, calmPool);
    }
    const { to, alert } = timeline.changes.at(-1) ?? expect.unreachable();
    expect(to).toBe('resolved');
    const { firingAtMs, resolvedAtMs } = alert;
    expect([firingAtMs, resolvedAtMs]).toEqual([T0 - HOUR_MS, T0 - HOUR_MS + 60 * SECOND_MS]);
  });

  it('does not keep blind from firing', () => {
    const timeline = createTimeline();
    for (let second = 0; second <= 60; second += 2) {
      timeline.beat({ atMs: T0 - HOUR_MS + second * SECOND_MS, pools: null, blindSinceMs: T0 });
    }
    expect(formatChanges(timeline.changes)).toContain('blind: pending -> firing');
  });
});

describe('a clock that is set forward', () => {
  const jumpedMs = T0 + 2 * HOUR_MS;

  it('does not fire a pending alert at once', () => {
    const timeline = createTimeline();
    step(timeline, T0, exhaustingPool);
    expect(step(timeline, jumpedMs, exhaustingPool)).toEqual([]);
    expect(step(timeline, jumpedMs + 2 * SECOND_MS, exhaustingPool)).toEqual([]);
    expect(step(timeline, jumpedMs + 4 * SECOND_MS, exhaustingPool)).toEqual(['imminent: pending -> firing']);
  });

  it('does not resolve a firing alert at once', () => {
    const timeline = createFiring();
    step(timeline, T0 + 6 * SECOND_MS, calmPool);
    expect(step(timeline, jumpedMs, calmPool)).toEqual([]);
    expect(timeline.active.map(({ rule, state }) => [rule, state])).toEqual([['imminent', 'firing']]);
  });

  it('does not fire blind at once', () => {
    const timeline = createTimeline();
    timeline.beat({ atMs: jumpedMs, pools: null, blindSinceMs: T0 });
    expect(formatChanges(timeline.changes)).toEqual(['blind: inactive -> pending']);
  });
});
