import { describe, expect, it } from 'vitest';
import { createHealth } from '../../daemon/health.js';
import { fakeClock, fakeLog } from '../fakes.js';

describe('health', () => {
  it('lists a problem with its first time and its newest text until it is over', () => {
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

  it('masks a secret that a problem quotes', () => {
    const log = fakeLog();
    const health = createHealth(fakeClock(), log);
    health.report('mail', 'cannot reach smtp://portcast:hunter2@mail.example.org');
    expect(health.problems()[0]?.message).toBe('cannot reach smtp://***@mail.example.org');
    expect(JSON.stringify(log.lines)).not.toContain('hunter2');
  });

  it('logs a problem when it begins, when its words change and when it ends, but not when only its numbers change', () => {
    const log = fakeLog();
    const health = createHealth(fakeClock(), log);
    health.report('mail', null);
    for (const waiting of [1, 2, 3]) health.report('mail', `refused; ${waiting} messages wait`);
    health.report('mail', 'no answer; 3 messages wait');
    health.report('mail', null);
    expect(log.lines.map((line) => line.level)).toEqual(['warn', 'warn', 'info']);
  });
});
