import { describe, expect, it } from 'vitest';
import { DEFAULT_ALERT_SETTINGS } from '../../../daemon/alert/settings.js';
import type { StoredSample } from '../../../daemon/contracts.js';
import { createForecaster } from '../../../daemon/forecast/forecaster.js';
import { MIGRATIONS_DIR } from '../../../daemon/paths.js';
import { buildPools } from '../../../daemon/pool/build-pools.js';
import { createPoolMemory } from '../../../daemon/pool/pool-memory.js';
import { inferHold } from '../../../daemon/forecast/stored-hold.js';
import { inferLimits, createSnapshotFrom } from '../../../daemon/replay/stored-table.js';
import { createStoredReplay } from '../../../daemon/replay/stored-replay.js';
import { openHistory } from '../../../daemon/store/series/export.js';
import { HOUR_MS, MINUTE_MS } from '../../../daemon/units.js';
import { pool } from '../../builders/records.js';
import { openTestStore, type TestStore } from '../../builders/stores.js';
import { churn, samplesOf } from '../../builders/recordings.js';
import { MAX_SAMPLE_AGE_MS } from '../../fakes.js';

const ID = 'connect_host_10.0.0.1_10.0.0.2_443';
const POOL = {
  id: ID,
  kind: 'connect' as const,
  namespace: 'host',
  localAddress: '10.0.0.1',
  remoteAddress: '10.0.0.2',
  remotePort: 443,
};
const sample = (more: Partial<StoredSample> = {}): StoredSample => ({
  poolId: ID,
  atMs: 1_700_000_000_000,
  used: 620,
  timeWait: 600,
  live: 20,
  closeRate: 10,
  pressure: 0.64,
  capacity: 1000,
  ...more,
});

/** Forecasts and stores the samples of a simulated host, as the daemon would. */
function storeSamples(test: TestStore, rate: (ms: number) => number, seconds: number): void {
  const forecaster = createForecaster();
  for (const { host, table } of samplesOf(churn(rate), seconds).samples) {
    const { pools } = forecaster.update({ ...host, snapshot: table.snapshot, intervalMs: 2000 });
    test.beat({ pools });
  }
}

function replay(file: string) {
  const history = openHistory(file, MIGRATIONS_DIR);
  try {
    const stored = createStoredReplay(DEFAULT_ALERT_SETTINGS, MAX_SAMPLE_AGE_MS, history.pools());
    for (const minutes of history.minuteWindows()) stored.takeMinutes(minutes);
    for (const samples of history.rawWindows()) stored.takeSamples(samples);
    return stored.finish(history.hours());
  } finally {
    history.close();
  }
}

describe('a stored history', () => {
  it('is replayed from counts alone, while the daemon has it open, and its alert fires before the ports run out', () => {
    const test = openTestStore();
    storeSamples(test, (ms) => (ms < 400_000 ? 10 : ms < 520_000 ? 25 : 5), 700);
    const { outcome, notes } = replay(test.file);
    expect(outcome.pools).toBe(1);
    expect(outcome.failures).toHaveLength(1);
    const imminent = outcome.alerts.filter(({ rule }) => rule === 'imminent');
    expect(imminent).toMatchObject([{ poolId: ID, destination: '10.0.0.2:443', verdict: 'fulfilled' }]);
    expect(imminent[0]?.leadMs).toBeGreaterThan(10_000);
    expect(outcome.score.forecasts.scored).toBeGreaterThan(5);
    expect(notes).toEqual([expect.stringMatching(/samples are kept, but not their timers/)]);
  });

  it('of a steady pool has no alert', () => {
    const test = openTestStore();
    storeSamples(test, () => 10, 600);
    const { outcome } = replay(test.file);
    expect(outcome).toMatchObject({ alerts: [], failures: [] });
    expect(outcome.samples).toBeGreaterThan(280);
  });

  it('that is older than the raw samples is judged by the minute, and only on levels', () => {
    const test = openTestStore({ retention: { rawMs: 10 * MINUTE_MS, minuteMs: 24 * HOUR_MS, hourMs: 48 * HOUR_MS } });
    const high = { used: 970, live: 10, timeWait: 960, available: 30, closeRate: 15.5, pressure: 0.97 };
    for (let beat = 0; beat < 30 * 60; beat += 1)
      test.beat({
        pools: [pool(ID, beat < 900 ? high : { ...high, used: 20, timeWait: 10, closeRate: 0.2, pressure: 0.02 })],
      });
    test.pass(HOUR_MS);
    const { outcome, notes } = replay(test.file);
    expect(outcome.alerts.map(({ rule, verdict }) => [rule, verdict]).sort()).toEqual([
      ['pressure', 'level'],
      ['use', 'level'],
    ]);
    expect(outcome.failures).toEqual([]);
    expect(notes).toContainEqual(expect.stringMatching(/only means of minutes are kept/));
  });

  it('of hours alone gives notes that it is too coarse to be judged or replayed', () => {
    const { finish } = createStoredReplay(DEFAULT_ALERT_SETTINGS, MAX_SAMPLE_AGE_MS, [POOL]);
    const day = Date.UTC(2026, 0, 5);
    const { outcome, notes } = finish({ fromMs: day, toMs: day + 24 * HOUR_MS });
    expect(outcome.samples).toBe(0);
    expect(notes).toEqual([
      '2026-01-05 00:00 to 2026-01-06 00:00 UTC (1 d): only hours are kept, too coarse to judge anything',
      'no sample of a pool is fine enough to be replayed',
    ]);
  });

  it('is replayed without the samples that a clock that was set back repeated', () => {
    const { takeSamples, finish } = createStoredReplay(DEFAULT_ALERT_SETTINGS, MAX_SAMPLE_AGE_MS, [POOL]);
    const sampleAt = (ms: number): StoredSample => sample({ atMs: Date.UTC(2026, 0, 5) + ms });
    takeSamples([sampleAt(0), sampleAt(2000), sampleAt(4000)]);
    takeSamples([sampleAt(1000), sampleAt(3000), sampleAt(6000)]);
    const { outcome, notes } = finish(null);
    expect(outcome.samples).toBe(4);
    expect(notes.at(-1)).toBe('2 samples were left out: the clock had been set back');
  });

  it('is not changed by a replay', () => {
    const test = openTestStore();
    storeSamples(test, () => 10, 20);
    const count = () => test.sql().prepare('SELECT count(*) FROM raw_tail').pluck().get();
    const before = count();
    replay(test.file);
    expect(count()).toBe(before);
  });

  it('of a newer schema is refused, as is another program’s database', () => {
    const test = openTestStore();
    const db = test.sql();
    db.prepare("INSERT INTO migration VALUES (99, '0099_future.sql', 'x', 0)").run();
    expect(() => replay(test.file)).toThrow(expect.objectContaining({ code: 'STORE_NEWER' }));
    db.pragma('application_id = 1');
    expect(() => replay(test.file)).toThrow(expect.objectContaining({ code: 'STORE_CORRUPT' }));
  });
});

describe('what is not stored is inferred:', () => {
  it.each([
    [{}, 62_000],
    [{ closeRate: null }, null],
    [{ pressure: null }, null],
    [{ closeRate: 0 }, null],
    // The steps in which pressure is stored would change the hold by seconds.
    [{ closeRate: 1, capacity: 28_232, pressure: 0.003 }, null],
    [{ closeRate: 50, pressure: 0.07 }, 1000],
  ] as const)('the hold of %j is %j', (more, holdMs) => {
    const hold = inferHold(sample(more));
    if (holdMs === null) expect(hold).toBeNull();
    else expect(hold).toBeCloseTo(holdMs, 3);
  });

  it.each([
    [null, { timeWaitMs: 60_000, roundingMs: 0, reuses: false }],
    [62_048, { timeWaitMs: 60_000, roundingMs: 2048, reuses: false }],
    [240_000, { timeWaitMs: 240_000, roundingMs: 0, reuses: false }],
    [1000, { timeWaitMs: 60_000, roundingMs: 0, reuses: true }],
  ] as const)('the limits with a hold of %j are %j', (holdMs, expected) => {
    const { limits, granularity, reuses } = inferLimits(1000, holdMs);
    expect({ timeWaitMs: limits.timeWaitMs, roundingMs: granularity.timeWaitMs, reuses }).toEqual(expected);
    expect(limits.range.last - limits.range.first + 1).toBe(1000);
  });

  it.each([
    [1000, 20, 600, null],
    [28_232, 5000, 20_000, 62_048],
    [64_511, 10, 64_501, null],
    [1000, 20, 600, 1000],
    [1000, 700, 600, null],
  ])(
    'a table of %j ports with %j live and %j in TIME_WAIT gives these counts again',
    (capacity, live, timeWait, holdMs) => {
      const stored = inferLimits(capacity, holdMs);
      const snapshot = createSnapshotFrom(POOL, sample({ capacity, live, timeWait }), stored);
      const memory = createPoolMemory();
      buildPools(snapshot, stored.limits, memory);
      const [built, ...others] = buildPools(
        { ...snapshot, monotonicMs: snapshot.monotonicMs + 2000 },
        stored.limits,
        memory,
      );
      expect(others).toEqual([]);
      expect(built).toMatchObject({ kind: 'connect', capacity, live, reuse: stored.reuses ? 'after_delay' : 'none' });
      expect(built?.timed.state).toHaveLength(Math.min(timeWait, capacity - live));
    },
  );
});
