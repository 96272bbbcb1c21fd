import { describe, expect, it } from 'vitest';
import { createStallWatch } from '../../../daemon/sampling/stall-watch.js';
import { fakeClock, fakeHealth } from '../../fakes.js';

function createWatch(beatMs: number) {
  const clock = fakeClock();
  const health = fakeHealth();
  const watch = createStallWatch({ clock, health, beatMs });
  const checkFor = (seconds: number): boolean[] =>
    Array.from({ length: seconds }, () => {
      clock.advance(1000);
      return watch.check();
    });
  return { clock, health, watch, checkFor };
}

describe('the watch over the schedule', () => {
  it('is silent while beats end', () => {
    const { watch, checkFor, health } = createWatch(2000);
    for (let beat = 0; beat < 100; beat += 1) {
      expect(checkFor(2)).toEqual([false, false]);
      watch.ended();
    }
    expect(health.problems.size).toBe(0);
  });

  it('reports after 30 s that no beat ends, and takes it back with the next beat', () => {
    const { watch, checkFor, health } = createWatch(2000);
    expect(checkFor(30).indexOf(true)).toBe(29);
    expect(health.problems.get('stall')).toBe('no beat has ended for 30 s: a read of the host does not return');
    watch.ended();
    expect(health.problems.size).toBe(0);
    expect(checkFor(29)).not.toContain(true);
  });

  it('waits for five beats where they are rare', () => {
    expect(createWatch(60_000).checkFor(301).indexOf(true)).toBe(299);
  });

  it('does not take a stopped process for a stalled schedule', () => {
    const { clock, watch, checkFor } = createWatch(2000);
    clock.advance(3_600_000);
    expect(watch.check()).toBe(false);
    expect(checkFor(29)).not.toContain(true);
  });
});
