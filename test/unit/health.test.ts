import { describe, expect, it } from 'vitest';
import { createHealth } from '../../daemon/health.js';
import { createPassingReport } from '../../daemon/sampling/passing-report.js';
import { fakeClock, fakeHealth, fakeLog } from '../fakes.js';

describe('health', () => {
  it('keeps the beginning of a problem, its newest words, and forgets it when it is over', () => {
    const clock = fakeClock();
    const health = createHealth(clock, fakeLog());
    const since = clock.wallMs();
    health.report('store', 'the database is locked; 1 record waits');
    clock.advance(5000);
    health.report('store', 'the database is locked; 3 records wait');
    expect(health.problems()).toEqual([
      { part: 'store', message: 'the database is locked; 3 records wait', sinceMs: since },
    ]);
    health.report('store', null);
    expect(health.problems()).toEqual([]);
  });

  it('logs when a problem begins, changes in words and ends; not when only its figures move', () => {
    const log = fakeLog();
    const health = createHealth(fakeClock(), log);
    health.report('mail', null);
    for (const waiting of [1, 2, 3]) health.report('mail', `refused; ${waiting} messages wait`);
    health.report('mail', 'no answer; 3 messages wait');
    health.report('mail', null);
    expect(log.lines.map((line) => line.level)).toEqual(['warn', 'warn', 'info']);
  });

  it('takes back what only happened once, ten minutes after it last did', () => {
    const clock = fakeClock();
    const health = fakeHealth();
    const step = createPassingReport('clock', clock, health);
    step.expire();
    step.report('stepped by 1 h');
    clock.advance(9 * 60_000);
    step.report('stepped by 2 h');
    clock.advance(9 * 60_000);
    step.expire();
    expect(health.problems.get('clock')).toBe('stepped by 2 h');
    clock.advance(60_000);
    step.expire();
    expect(health.problems.has('clock')).toBe(false);
  });
});
