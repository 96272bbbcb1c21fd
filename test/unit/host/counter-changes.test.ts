import { describe, expect, it } from 'vitest';
import { haveCountersChanged } from '../../../daemon/host/counter-changes.js';
import { fakeClock, zeroCounters } from '../../fakes.js';

describe('haveCountersChanged', () => {
  const before = zeroCounters(fakeClock());

  it('is false while the counters stay the same, whatever the time', () => {
    expect(haveCountersChanged(before, { ...before, takenAtMs: 1, monotonicMs: 1 })).toBe(false);
  });

  it.each(['inUse', 'orphan', 'timeWait', 'tw', 'twRecycled', 'twKilled', 'activeOpens', 'passiveOpens'] as const)(
    'is true when %s changes',
    (name) => expect(haveCountersChanged(before, { ...before, [name]: 1 })).toBe(true),
  );

  it('is true before the first dump, and always on a system without counters', () => {
    expect(haveCountersChanged(null, before)).toBe(true);
    const none = { ...before, timeWait: null, activeOpens: null };
    expect(haveCountersChanged(none, none)).toBe(true);
  });
});
