import { describe, expect, it } from 'vitest';
import { createPassingReport } from '../../../daemon/sampling/passing-report.js';
import { MINUTE_MS } from '../../../daemon/units.js';
import { fakeClock, fakeHealth } from '../../fakes.js';

describe('createPassingReport', () => {
  it('clears the problem ten minutes after it was last reported', () => {
    const clock = fakeClock();
    const health = fakeHealth();
    const step = createPassingReport('clock', clock, health);
    step.expire();
    step.report('stepped by 1 h');
    clock.advance(9 * MINUTE_MS);
    step.report('stepped by 2 h');
    clock.advance(9 * MINUTE_MS);
    step.expire();
    expect(health.problems.get('clock')).toBe('stepped by 2 h');
    clock.advance(MINUTE_MS);
    step.expire();
    expect(health.problems.has('clock')).toBe(false);
  });
});
