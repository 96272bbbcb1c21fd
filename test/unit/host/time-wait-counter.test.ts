import { describe, expect, it } from 'vitest';
import { NO_COUNTERS, type CounterValues } from '../../../daemon/host/counters.js';
import { createTimeWaitCounter, type TimeWaitCounts } from '../../../daemon/host/time-wait-counter.js';

const TIME_WAIT_SAMPLES = 30;

/** 20 sockets enter TIME_WAIT between two samples and leave it 30 samples later; some are reused before. */
function play(
  counts: TimeWaitCounts,
  { reused = 0, samples = 100, ...more }: Partial<CounterValues> & { reused?: number; samples?: number } = {},
) {
  const counter = createTimeWaitCounter();
  let learnedAt: number | null = null;
  let [entered, left] = [0, 0];
  for (let sample = 0; sample <= samples; sample++) {
    const recycled = reused * sample;
    counter.observe({
      ...NO_COUNTERS,
      takenAtMs: 0,
      monotonicMs: 2000 * sample,
      timeWait: entered - left - recycled,
      tw: counts === 'entries' ? entered : left,
      twKilled: 0,
      twRecycled: recycled,
      ...more,
    });
    if (counter.counts() !== null) learnedAt ??= sample;
    // Bursts, so that the table also shrinks.
    if (sample % 50 < 40) entered += 20;
    if (sample >= TIME_WAIT_SAMPLES && (sample - TIME_WAIT_SAMPLES) % 50 < 40) left += 20 - reused;
  }
  return { counter, learnedAt };
}

describe('the counter of sockets that entered TIME_WAIT', () => {
  it('learns exits at the first growth, and counts entries by the change of the table', () => {
    const { counter, learnedAt } = play('exits');
    expect(counter.counts()).toBe('exits');
    expect(learnedAt).toBe(1);
  });

  it('learns entries when the table shrinks', () => {
    const { counter } = play('entries', { samples: 200 });
    expect(counter.counts()).toBe('entries');
  });

  it.each(['entries', 'exits'] as const)('is not misled by reuse where the kernel counts %s', (counts) => {
    const { counter } = play(counts, { reused: 5, samples: 200 });
    expect([counts, null]).toContain(counter.counts());
  });

  it('counts what entered from then on', () => {
    const counter = createTimeWaitCounter();
    const observe = (timeWait: number, tw: number, twRecycled = 0): void =>
      counter.observe({ ...NO_COUNTERS, takenAtMs: 0, monotonicMs: 0, timeWait, tw, twKilled: 0, twRecycled });
    observe(0, 0);
    expect(counter.entered()).toBeNull();
    observe(100, 0);
    expect([counter.counts(), counter.entered()]).toEqual(['exits', 100]);
    // 40 entered, 30 left, 20 were reused.
    observe(90, 30, 20);
    expect(counter.entered()).toBe(140);
  });

  it.each([
    ['without the counters', { timeWait: null }],
    ['with changes so small that they may have come between two readings', { timeWait: 9, tw: 0 }],
  ])('learns nothing %s', (_, counters: Partial<CounterValues>) => {
    const counter = createTimeWaitCounter();
    const observe = (values: Partial<CounterValues>): void =>
      counter.observe({ ...NO_COUNTERS, takenAtMs: 0, monotonicMs: 0, timeWait: 0, tw: 0, ...values });
    observe({});
    observe(counters);
    expect([counter.counts(), counter.entered()]).toEqual([null, null]);
  });

  it('starts again where a counter went back', () => {
    const counter = createTimeWaitCounter();
    const observe = (timeWait: number, tw: number): void =>
      counter.observe({ ...NO_COUNTERS, takenAtMs: 0, monotonicMs: 0, timeWait, tw, twKilled: 0, twRecycled: 0 });
    observe(100, 5000);
    observe(100, 0);
    observe(40, 10);
    expect([counter.counts(), counter.entered()]).toEqual(['entries', 10]);
  });
});
