/** Scores in the database: kept across restarts, summed up, bounded, and cheap to ask for. */
import { describe, expect, it } from 'vitest';

import type { PoolForecast } from '../../../../daemon/forecast/types.js';
import { DAY_MS, MINUTE_MS } from '../../../../daemon/units.js';
import { NOTHING_SCORED } from '../../../builders/score-summary.js';
import { openTestStore, type TestStore } from '../../../builders/stores.js';
import { createEvidence, pool } from '../../../builders/records.js';

const ID = 'connect_host_10.0.0.1_10.0.0.2_443';

function beat(test: TestStore, some: Partial<PoolForecast>, alarmed = false, widthMs = 2000): void {
  const made = pool(ID, { sampledAtMs: test.clock.wallMs(), ...some });
  const firedAtMs = test.clock.wallMs() - 1900;
  test.beat({
    pools: [made],
    evidence: new Map([[ID, createEvidence(made, test.clock.monotonicMs(), widthMs)]]),
    alarmed: alarmed ? [{ poolId: ID, kind: 'alarm', firedAtMs, withinMs: 600_000 }] : [],
  });
}

const CALM: Partial<PoolForecast> = { closeRate: 5, pressure: 0.3, available: 700, probability: 0.001, mode: 'steady' };
const FULL: Partial<PoolForecast> = { closeRate: 25, pressure: 1.5, available: 0, probability: 1, mode: 'exhausted' };

function churn(test: TestStore, left: number): Partial<PoolForecast> {
  const at = (seconds: number): number => test.clock.wallMs() + seconds * 1000;
  return {
    ...{ closeRate: 25, closeRateLow: 23, closeRateHigh: 27, sustainableRate: 16, pressure: 1.5, available: left * 25 },
    ...{
      exhaustsAtMs: at(left),
      earliestAtMs: at(left - 3),
      latestAtMs: at(left + 3),
      probability: 0.98,
      mode: 'churn',
    },
  };
}

/** A calm minute, 20 s of churn that is warned of, and a minute and a half of failures. */
function incident(test: TestStore, between: () => void = () => undefined): void {
  for (let index = 0; index < 30; index++) beat(test, CALM);
  for (let left = 20; left > 0; left -= 2) {
    // The first table after a restart shows the closes of the minute before.
    beat(test, churn(test, left), left <= 16, left === 8 ? 40_000 : 2000);
    if (left === 10) between();
  }
  for (let index = 0; index < 45; index++) beat(test, FULL, true);
}

describe('the score', () => {
  it('of a new database is that there is nothing to score', () => {
    const test = openTestStore();
    expect(test.store.scoreSummary()).toEqual(NOTHING_SCORED);
    expect(test.store.scoredEpisodes(10)).toEqual([]);
  });

  // After a restart the verdict is kept anew, so there are two forecasts to score.
  it.each([
    { name: 'while it runs', restart: false, awayMs: 0, forecasts: 1, coverage: 1 },
    { name: 'across a restart on the way', restart: true, awayMs: 0, forecasts: 2, coverage: 1 },
    { name: 'across a restart of 20 s', restart: true, awayMs: 20_000, forecasts: 2, coverage: 0.5 },
  ])('tells a warning that came true, $name', ({ restart, awayMs, forecasts, coverage }) => {
    const test = openTestStore();
    incident(test, () => {
      if (restart) test.reopen();
      test.clock.advance(awayMs);
    });
    test.reopen();
    expect(test.store.scoreSummary()).toMatchObject({
      ...{ forecasts, baseRate: 1, errors: forecasts, medianErrorMs: 1000, p95ErrorMs: Math.abs(1000 - awayMs) },
      ...{ intervals: forecasts, coverage, failures: 1, sudden: 0 },
      shown: { fulfilled: 1, unfulfilled: 0, unjustified: 0, missed: 0, medianLeadMs: 19_000 + awayMs },
      alarm: { fulfilled: 1, unfulfilled: 0, unjustified: 0, missed: 0 },
    });
    expect(test.store.scoreSummary().brier).toBeCloseTo(0.0004, 6);
    expect(test.store.scoredEpisodes(10).map(({ kind, verdict }) => [kind, verdict])).toEqual([
      ['alarm', 'fulfilled'],
      ['shown', 'fulfilled'],
    ]);
    expect(test.health.problems.size).toBe(0);
  });

  it('gives up what was open when the daemon was away for long, for good', () => {
    const test = openTestStore();
    for (let index = 0; index < 30; index++) beat(test, CALM);
    for (let left = 20; left > 10; left -= 2) beat(test, churn(test, left));
    test.reopen();
    expect(test.store.scoredEpisodes(10)).toMatchObject([{ kind: 'shown', verdict: null, toMs: null }]);
    test.clock.advance(5 * MINUTE_MS);
    beat(test, FULL);
    test.reopen();
    beat(test, FULL);
    test.reopen();
    expect(test.store.scoreSummary()).toMatchObject({ forecasts: 0, failures: 0, shown: { fulfilled: 0 } });
    expect(test.store.scoredEpisodes(10)).toMatchObject([{ kind: 'shown', verdict: 'unknown' }]);
    const db = test.sql();
    expect(db.prepare('SELECT count(*) FROM score WHERE happened IS NULL').pluck().get()).toBe(1);
  });

  it('settles every kept forecast once: one a minute of a pool under pressure', () => {
    const test = openTestStore();
    for (let index = 0; index < 30 * 30; index++) beat(test, { ...CALM, pressure: 0.6, probability: 0.2 });
    test.reopen();
    const db = test.sql();
    const scored = db.prepare('SELECT count(*) FROM score').pluck().get();
    const old = db.prepare('SELECT count(*) FROM forecast WHERE made_at_ms < ?').pluck();
    expect(scored).toBe(old.get(test.clock.wallMs() - 10 * MINUTE_MS - 4000));
    expect(scored).toBeGreaterThanOrEqual(19);
    expect(test.store.scoreSummary()).toMatchObject({ forecasts: scored, baseRate: 0, coverage: null });
    expect(test.store.scoreSummary().brier).toBeCloseTo(0.04, 6);
  });

  it('is of the last 30 days, kept a minute, and forgotten in its time', () => {
    const test = openTestStore();
    incident(test);
    test.store.flush();
    expect(test.store.scoreSummary()).toMatchObject({ forecasts: 1, failures: 1 });
    test.clock.advance(31 * DAY_MS);
    test.pass(MINUTE_MS);
    expect(test.store.scoreSummary()).toEqual(NOTHING_SCORED);
    expect(test.store.scoredEpisodes(10)).toHaveLength(2);
    // Two hours, for a clock that has jumped is not believed at once.
    for (let index = 0; index < 70; index++) {
      test.clock.advance(59_000);
      test.pass(1000);
    }
    const count = (table: string) => test.sql().prepare(`SELECT count(*) FROM ${table}`).pluck().get();
    expect([count('score'), count('score_day'), count('episode'), count('failure')]).toEqual([0, 1, 2, 1]);
    test.clock.advance(400 * DAY_MS);
    for (let index = 0; index < 70; index++) {
      test.clock.advance(59_000);
      test.pass(1000);
    }
    expect([count('score_day'), count('episode'), count('failure')]).toEqual([0, 0, 0]);
  });

  it('stays as it was, and says so in the log, while it cannot be read', () => {
    const test = openTestStore();
    incident(test);
    test.pass(2 * MINUTE_MS);
    const before = test.store.scoreSummary();
    test.sql().exec('DROP TABLE score_day');
    test.clock.advance(2 * MINUTE_MS);
    expect(before.failures).toBe(1);
    expect(test.store.scoreSummary()).toEqual(before);
    expect(test.log.lines.at(-1)).toMatchObject({ level: 'warn' });
  });

  it('of ten busy pools over a month is added up in a few ms', () => {
    const test = openTestStore();
    const db = test.sql();
    const nowMs = test.clock.wallMs();
    const score = db.prepare('INSERT INTO score VALUES (?, ?, ?, ?, 0.9, 1, ?, 1)');
    const day = db.prepare('INSERT INTO score_day VALUES (?, 14400, 100, 300, 50, 45)');
    const episode = db.prepare("INSERT INTO episode VALUES (?, 'shown', ?, ?, NULL, 0.9, NULL, 'unfulfilled', '{}')");
    const failure = db.prepare('INSERT INTO failure VALUES (NULL, ?, ?, 30000, 20000, 0, NULL, NULL, NULL)');
    db.transaction(() => {
      for (let index = 0; index < 30; index++) day.run(Math.floor(nowMs / DAY_MS) * DAY_MS - index * DAY_MS);
      for (let index = 0; index < 50_000; index++) {
        const atMs = nowMs - index * 50_000;
        score.run(`p${index % 10}`, atMs, atMs, atMs, index % 4 === 0 ? index % 9000 : null);
        if (index % 10 === 0) episode.run(`p${index % 10}`, atMs, atMs);
        if (index % 20 === 0) failure.run(`p${index % 10}`, atMs);
      }
    })();
    const times: number[] = [];
    for (let index = 0; index < 11; index++) {
      test.clock.advance(MINUTE_MS);
      const startedMs = performance.now();
      expect(test.store.scoreSummary().errors).toBe(1000);
      times.push(performance.now() - startedMs);
    }
    times.sort((a, b) => a - b);
    expect(times[5]).toBeLessThan(20);
  });
});
