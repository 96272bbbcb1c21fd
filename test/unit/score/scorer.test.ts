/** Failures and warnings as the scorer judges them, sample by sample. */
import { describe, expect, it } from 'vitest';
import { createScorer } from '../../../daemon/score/scorer.js';
import { CALM, createScoredPool, FULL, POOL_ID, rushing } from '../../builders/scored-pool.js';

describe('a warning that is fulfilled', () => {
  it('settles its forecast, gives its lead and is fulfilled, as shown and as alarm', () => {
    const { clock, collected, observe, repeat, judgedEpisodes } = createScoredPool();
    repeat(3, CALM);
    const startedAtMs = clock.atMs;
    observe(rushing(clock.atMs, 20), 'kept');
    for (let left = 18; left > 0; left -= 2) observe({ ...rushing(clock.atMs, left), alarmed: left <= 16 });
    observe({ ...FULL, alarmed: true });
    // The failure is half-way between the last two samples: 19 s after the warning.
    const failedAtMs = startedAtMs + 19_000;
    expect(collected.failures).toEqual([
      {
        poolId: POOL_ID,
        failedAtMs,
        afterAtMs: failedAtMs - 1000,
        beforeAtMs: failedAtMs + 1000,
        seenBy: 'table',
        shownLeadMs: 19_000,
        alarmLeadMs: 16_900,
        sudden: false,
      },
    ]);
    expect(collected.settled).toMatchObject([
      { madeAtMs: startedAtMs, failedAtMs, probability: 0.98, happened: true, errorMs: 1000, held: 1 },
    ]);
    expect(judgedEpisodes()).toMatchObject([
      { kind: 'shown', fromMs: startedAtMs, toMs: failedAtMs, failedAtMs, leadMs: 19_000, verdict: 'fulfilled' },
      { kind: 'alarm', fromMs: startedAtMs + 2100, leadMs: 16_900, verdict: 'fulfilled' },
    ]);
    expect(judgedEpisodes()[0]?.reference).toBeGreaterThan(0.99);
  });

  it('is judged once: while the pool goes on failing, and when it fails again within a minute', () => {
    const { clock, collected, observe, repeat, judgedEpisodes } = createScoredPool();
    repeat(3, CALM);
    for (let left = 20; left > 0; left -= 2) observe({ ...rushing(clock.atMs, left), alarmed: left <= 16 });
    repeat(11, { ...FULL, alarmed: true });
    observe({ ...rushing(clock.atMs, 5), alarmed: true });
    repeat(5, { ...FULL, alarmed: true });
    repeat(60, CALM);
    expect([collected.failures.length, judgedEpisodes().length]).toEqual([1, 2]);
  });

  it('leads to a second failure from the end of the first on', () => {
    const { clock, collected, observe, repeat } = createScoredPool();
    repeat(2, CALM);
    repeat(5, rushing(clock.atMs, 20));
    repeat(3, FULL);
    const clearAtMs = clock.atMs - 2000;
    for (let index = 0; index < 35; index++) observe(rushing(clock.atMs, 20));
    observe(FULL);
    const leads = collected.failures.map(({ shownLeadMs }) => shownLeadMs);
    expect(leads).toEqual([9000, clock.atMs - 2000 - 1000 - clearAtMs]);
  });

  it('gives no error where the traffic changed or the probability was low', () => {
    const { clock, collected, observe, repeat } = createScoredPool();
    observe(CALM);
    observe(rushing(clock.atMs, 20), 'kept');
    repeat(3, rushing(clock.atMs, 20));
    observe(rushing(clock.atMs, 20, { probability: 0.4 }), 'kept');
    repeat(6, rushing(clock.atMs, 9, { closeRate: 90 }));
    observe(FULL);
    expect(collected.settled).toMatchObject([
      { probability: 0.98, happened: true, errorMs: null, held: null },
      { probability: 0.4, happened: true, errorMs: null, held: null },
    ]);
  });
});

describe('a failure that was not warned of', () => {
  it('is missed where an earlier sample showed that the pool matters', () => {
    const { collected, observe } = createScoredPool();
    observe(CALM);
    observe({ pool: { closeRate: 12, pressure: 0.75, available: 300, probability: 0.1 } }, 'kept');
    observe(FULL);
    expect(collected.failures).toMatchObject([{ shownLeadMs: 0, alarmLeadMs: 0, sudden: false }]);
  });

  it('is sudden where no sample showed that, and warnings that begin with it are late', () => {
    const { collected, observe, repeat } = createScoredPool();
    repeat(3, CALM);
    observe(FULL);
    expect(collected.failures).toMatchObject([{ shownLeadMs: 0, alarmLeadMs: 0, sudden: true }]);
    repeat(40, { ...FULL, alarmed: true });
    repeat(100, CALM);
    expect(collected.episodes).toMatchObject([
      { kind: 'shown', verdict: 'late', failedAtMs: null },
      { kind: 'alarm', verdict: 'late', failedAtMs: null },
    ]);
  });
});

describe('a warning that does not come true', () => {
  it('is unfulfilled where the rate that followed its start would have exhausted the pool', () => {
    const { clock, observe, repeat, judgedEpisodes } = createScoredPool();
    repeat(2, CALM);
    for (let index = 0; index < 5; index++) observe({ ...rushing(clock.atMs, 30), alarmed: index > 0 });
    repeat(40, CALM);
    expect(judgedEpisodes()).toMatchObject([
      { kind: 'shown', verdict: 'unfulfilled', failedAtMs: null, leadMs: null },
      { kind: 'alarm', verdict: 'unfulfilled' },
    ]);
  });

  it('is unjustified where that rate would not have exhausted the pool', () => {
    const { clock, observe, repeat, judgedEpisodes } = createScoredPool();
    repeat(2, CALM);
    // The next sample shows that 12 closes per second came, fewer than the 16 that the pool sustains.
    observe(rushing(clock.atMs, 30, { latestAtMs: null }));
    repeat(40, { pool: { closeRate: 12, available: 500, probability: 0.05 } });
    expect(judgedEpisodes()).toMatchObject([{ kind: 'shown', verdict: 'unjustified' }]);
    expect(judgedEpisodes()[0]?.reference).toBeLessThan(0.1);
  });

  it('is one episode across gaps of less than a minute, and ends where it was last on', () => {
    const { clock, collected, observe, repeat, judgedEpisodes } = createScoredPool();
    repeat(2, CALM);
    const fromMs = clock.atMs;
    observe(rushing(clock.atMs, 30));
    repeat(28, CALM);
    const toMs = clock.atMs;
    observe(rushing(clock.atMs, 30));
    repeat(28, CALM);
    expect(judgedEpisodes()).toEqual([]);
    repeat(5, CALM);
    expect(judgedEpisodes()).toMatchObject([{ fromMs, toMs }]);
    expect(collected.episodes.map(({ verdict, reference }) => [verdict, reference === null])).toEqual([
      [null, true],
      [null, false],
      ['unjustified', false],
    ]);
  });

  it('ends as well when its pool holds no port any more', () => {
    const { clock, collected, observe, repeat, judgedEpisodes } = createScoredPool();
    repeat(2, CALM);
    observe(rushing(clock.atMs, 30), 'kept');
    repeat(310, { pool: null });
    expect(judgedEpisodes()).toMatchObject([{ kind: 'shown', verdict: 'unjustified' }]);
    expect(collected.settled).toMatchObject([{ happened: false, held: null }]);
  });
});

describe('the rule leak', () => {
  const holding = (live: number) => ({
    pool: {
      closeRate: 0,
      probability: 0.01,
      mode: 'leak' as const,
      live,
      used: live,
      available: 1000 - live,
    },
  });

  it.each([
    ['unfulfilled where the live ports grew during the minute after', Infinity, 'unfulfilled', 1],
    ['unjustified where they stopped growing', 2, 'unjustified', 0],
  ])('is %s', (_name, mostGrowth, verdict, reference) => {
    const { observe, repeat, judgedEpisodes } = createScoredPool();
    for (let index = 0; index < 40; index++) observe({ ...holding(500 + Math.min(index, mostGrowth)), leaking: true });
    repeat(31, holding(300));
    expect(judgedEpisodes()).toMatchObject([{ kind: 'leak', verdict, reference }]);
  });

  it('and the rule imminent warn of the same failure: alerts that overlap lead as one', () => {
    const { collected, observe, repeat, judgedEpisodes } = createScoredPool();
    repeat(2, CALM);
    repeat(20, { ...holding(900), leaking: true });
    repeat(5, { ...holding(950), leaking: true, alarmed: true });
    repeat(5, { ...holding(980), alarmed: true });
    observe({ ...FULL, alarmed: true });
    expect(collected.failures).toMatchObject([{ alarmLeadMs: 2 * 30 * 1000 - 1000 + 1900 }]);
    expect(judgedEpisodes().map(({ kind, verdict }) => [kind, verdict])).toEqual([
      ['leak', 'fulfilled'],
      ['alarm', 'fulfilled'],
    ]);
  });
});

describe('the end of the samples', () => {
  it('judges warnings that are over, and leaves those that are still on unknown', () => {
    const scorer = createScorer();
    const { clock, observe, repeat, judgedEpisodes } = createScoredPool(scorer);
    repeat(2, CALM);
    for (let index = 0; index < 5; index++) observe(rushing(clock.atMs, 30));
    repeat(5, { ...CALM, alarmed: true });
    expect(judgedEpisodes()).toEqual([]);
    expect(scorer.finish().episodes.map(({ kind, verdict }) => [kind, verdict])).toEqual([
      ['shown', 'unfulfilled'],
      ['alarm', 'unknown'],
    ]);
  });
});

describe('a failure', () => {
  it('is the first failed connect where failed connects are watched, and a full table alone is none', () => {
    const { clock, collected, observe, repeat } = createScoredPool();
    repeat(2, { pool: { ...CALM.pool, failedConnects: 0 } });
    observe({ pool: { ...rushing(clock.atMs, 4).pool, failedConnects: 0 } }, 'kept');
    repeat(5, { pool: { ...FULL.pool, reuse: 'after_delay', failedConnects: 0 } });
    expect(collected.failures).toEqual([]);
    observe({ pool: { ...FULL.pool, reuse: 'after_delay', failedConnects: 3 } });
    expect(collected.failures).toMatchObject([{ shownLeadMs: 11_000 }]);
  });

  it('cannot be seen where ports are reused and failed connects are not watched, so nothing is scored', () => {
    const { clock, collected, observe, repeat } = createScoredPool();
    observe({ pool: { ...CALM.pool, reuse: 'after_delay' } });
    observe({ pool: { ...rushing(clock.atMs, 4).pool, reuse: 'after_delay' } }, 'kept');
    repeat(400, { pool: { ...FULL.pool, reuse: 'after_delay' } });
    expect(collected).toEqual({ settled: [], episodes: [], failures: [] });
  });
});
