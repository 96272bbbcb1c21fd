/** Scores in the database: kept across restarts, summed up, bounded, and cheap to read. */
import { describe, expect, it } from 'vitest';

import type { PoolForecast } from '../../../../daemon/forecast/types.js';
import { createSummaryReader } from '../../../../daemon/store/records/score-summary.js';
import { DAY_MS, MINUTE_MS } from '../../../../daemon/units.js';
import { watchQueryCost } from '../../../builders/query-cost.js';
import { createEvidence, pool } from '../../../builders/records.js';
import { NOTHING_SCORED } from '../../../builders/score-summary.js';
import { openTestStore, type TestStore } from '../../../builders/stores.js';

const ID = 'connect_host_10.0.0.1_10.0.0.2_443';

interface BeatOptions {
  /** An alert of rule `imminent` is firing. */
  readonly alarmed?: boolean;
  /** Time between the two tables that the evidence is from. */
  readonly widthMs?: number;
}

const CALM: Partial<PoolForecast> = { closeRate: 5, pressure: 0.3, available: 700, probability: 0.001, mode: 'steady' };

const FULL: Partial<PoolForecast> = { closeRate: 25, pressure: 1.5, available: 0, probability: 1, mode: 'exhausted' };

function beat(test: TestStore, changes: Partial<PoolForecast>, { alarmed = false, widthMs = 2000 }: BeatOptions = {}) {
  const forecast = pool(ID, { sampledAtMs: test.clock.wallMs(), ...changes });
  const firedAtMs = test.clock.wallMs() - 1900;
  test.beat({
    pools: [forecast],
    evidence: new Map([[ID, createEvidence(forecast, test.clock.monotonicMs(), widthMs)]]),
    alarmed: alarmed ? [{ poolId: ID, kind: 'alarm', firedAtMs, withinMs: 10 * MINUTE_MS }] : [],
  });
}

/** A forecast that the ports run out in `leftSeconds`. */
function churn(test: TestStore, leftSeconds: number): Partial<PoolForecast> {
  const at = (seconds: number): number => test.clock.wallMs() + seconds * 1000;
  return {
    closeRate: 25,
    closeRateLow: 23,
    closeRateHigh: 27,
    sustainableRate: 16,
    pressure: 1.5,
    available: leftSeconds * 25,
    exhaustsAtMs: at(leftSeconds),
    earliestAtMs: at(leftSeconds - 3),
    latestAtMs: at(leftSeconds + 3),
    probability: 0.98,
    mode: 'churn',
  };
}

/** A calm minute, 20 s of churn with a warning, and a minute and a half of failures. `halfway` is called in the churn. */
function runIncident(test: TestStore, halfway: () => void = () => undefined): void {
  for (let index = 0; index < 30; index++) beat(test, CALM);
  for (let left = 20; left > 0; left -= 2) {
    // The first table after a restart shows the closes of the minute before.
    beat(test, churn(test, left), { alarmed: left <= 16, widthMs: left === 8 ? 40_000 : 2000 });
    if (left === 10) halfway();
  }
  for (let index = 0; index < 45; index++) beat(test, FULL, { alarmed: true });
}

/** Lets more than two hours pass, with a tick a minute: after a jump of the clock nothing expires for an hour. */
function passHours(test: TestStore): void {
  for (let index = 0; index < 70; index++) {
    test.clock.advance(59_000);
    test.pass(1000);
  }
}

describe('the score', () => {
  it('of a new database has nothing in it', () => {
    const test = openTestStore();
    expect(test.store.scoreSummary()).toEqual(NOTHING_SCORED);
    expect(test.store.scoredEpisodes(10)).toEqual([]);
  });

  // After a restart the next forecast counts as a change, so two forecasts are scored.
  it.each([
    { name: 'while it runs', restart: false, awayMs: 0, forecasts: 1, coverage: 1 },
    { name: 'across a restart on the way', restart: true, awayMs: 0, forecasts: 2, coverage: 1 },
    { name: 'across a restart of 20 s', restart: true, awayMs: 20_000, forecasts: 2, coverage: 0.5 },
  ])('counts a warning that came true, $name', ({ restart, awayMs, forecasts, coverage }) => {
    const test = openTestStore();
    runIncident(test, () => {
      if (restart) test.reopen();
      test.clock.advance(awayMs);
    });
    test.reopen();
    expect(test.store.scoreSummary()).toMatchObject({
      forecasts,
      baseRate: 1,
      errors: forecasts,
      medianErrorMs: 1000,
      p95ErrorMs: Math.abs(1000 - awayMs),
      intervals: forecasts,
      coverage,
      failures: 1,
      sudden: 0,
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

  it('never counts forecasts and warnings that were open when the daemon went away for five minutes', () => {
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

  it('is of the last 30 days, is computed once a minute, and loses its rows at their age', () => {
    const test = openTestStore();
    runIncident(test);
    test.store.flush();
    expect(test.store.scoreSummary()).toMatchObject({ forecasts: 1, failures: 1 });
    test.clock.advance(31 * DAY_MS);
    test.pass(MINUTE_MS);
    expect(test.store.scoreSummary()).toEqual(NOTHING_SCORED);
    expect(test.store.scoredEpisodes(10)).toHaveLength(2);
    passHours(test);
    const count = (table: string) => test.sql().prepare(`SELECT count(*) FROM ${table}`).pluck().get();
    expect([count('score'), count('score_day'), count('episode'), count('failure')]).toEqual([0, 1, 2, 1]);
    test.clock.advance(400 * DAY_MS);
    passHours(test);
    expect([count('score_day'), count('episode'), count('failure')]).toEqual([0, 0, 0]);
  });

  it('stays as it was while it cannot be read, with a line in the log', () => {
    const test = openTestStore();
    runIncident(test);
    test.pass(2 * MINUTE_MS);
    const before = test.store.scoreSummary();
    test.sql().exec('DROP TABLE score_day');
    test.clock.advance(2 * MINUTE_MS);
    expect(before.failures).toBe(1);
    expect(test.store.scoreSummary()).toEqual(before);
    expect(test.log.lines.at(-1)).toMatchObject({ level: 'warn' });
  });

  it('is summed up from the rows of 30 days, found by an index, with 1,000 errors and failures at most', () => {
    const test = openTestStore();
    const db = test.sql();
    const nowMs = test.clock.wallMs();
    const score = db.prepare('INSERT INTO score VALUES (?, ?, ?, ?, 0.9, 1, ?, 1)');
    const day = db.prepare('INSERT INTO score_day VALUES (?, 14400, 100, 300, 50, 45)');
    const episode = db.prepare("INSERT INTO episode VALUES (?, 'shown', ?, ?, NULL, 0.9, NULL, 'unfulfilled', '{}')");
    const failure = db.prepare('INSERT INTO failure VALUES (NULL, ?, ?, 30000, 20000, 0, NULL, NULL, NULL)');
    db.transaction(() => {
      for (let index = 0; index < 100; index++) day.run(Math.floor(nowMs / DAY_MS) * DAY_MS - index * DAY_MS);
      for (let index = 0; index < 3000; index++) {
        const atMs = nowMs - index * 10 * MINUTE_MS;
        score.run(`p${index % 10}`, atMs, atMs, atMs, index % 2 === 0 ? index : null);
        episode.run(`p${index % 10}`, atMs, atMs);
        failure.run(`p${index % 10}`, atMs);
      }
    })();
    const cost = watchQueryCost(db);
    const summary = createSummaryReader(db)(nowMs);
    expect(summary).toMatchObject({ forecasts: 30 * 14_400, errors: 1000, failures: 1000 });
    // One row of sums, one for each verdict of each kind of episode, and the newest errors and failures.
    expect(cost.countRows()).toBe(1 + 1 + 1000 + 1000);
    expect(cost.listFullScans()).toEqual([]);
  });
});
