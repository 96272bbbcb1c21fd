import { describe, expect, it } from 'vitest';
import { createTroubleReport, isSampleGood } from '../../../daemon/app/trouble.js';
import type { CycleView } from '../../../daemon/contracts.js';
import { createHealth } from '../../../daemon/health.js';
import { createCycleScene } from '../../builders/cycle-scene.js';
import { fakeClock, fakeLog, MAX_SAMPLE_AGE_MS } from '../../fakes.js';

describe('what counts as trouble', () => {
  it('is a part by which a warning could be late or missing', () => {
    const clock = fakeClock();
    const health = createHealth(clock, fakeLog());
    for (const part of ['store', 'limits', 'budget', 'clock', 'schedule', 'source', 'heartbeat', 'mail'] as const) {
      health.report(part, 'wrong');
    }
    const report = createTroubleReport(health, clock, () => []);
    expect(report().troubles.map(({ part }) => part)).toEqual(['store', 'mail']);
    expect(report().isComplete).toBe(false);
    clock.advance(120_000);
    expect(report().isComplete).toBe(true);
  });
});

describe('a channel', () => {
  it('is in trouble while its self-test fails, and says what became of its messages where that is known', () => {
    const clock = fakeClock();
    const health = createHealth(clock, fakeLog());
    const failed = { part: 'mail', message: 'the self-test failed: login refused', sinceMs: 5 } as const;
    const report = createTroubleReport(health, clock, () => [failed]);
    expect(report().troubles).toEqual([failed]);
    health.report('mail', '1 message waits');
    expect(report().troubles).toMatchObject([{ part: 'mail', message: '1 message waits' }]);
  });
});

describe('a good sample, for the heartbeat', () => {
  const parts = { maxSampleAgeMs: MAX_SAMPLE_AGE_MS };

  it('is recent, and the host can be read', async () => {
    const { beats, host, views } = createCycleScene();
    await beats(2);
    const view = views.at(-1) as CycleView;
    expect(isSampleGood(view, parts)).toBe(true);
    expect(isSampleGood({ ...view, atMs: view.atMs + MAX_SAMPLE_AGE_MS + 1 }, parts)).toBe(false);
    host.tableError = new Error('gone');
    host.counters = { tw: 1 };
    await beats(1);
    expect(isSampleGood(views.at(-1) as CycleView, parts)).toBe(false);
    host.hostError = new Error('gone');
    await beats(1);
    expect(isSampleGood(views.at(-1) as CycleView, parts)).toBe(false);
  });
});
