/** The outages of a pool, sample by sample: when one begins and ends, what it counts, and what survives a restart. */
import { describe, expect, it } from 'vitest';
import type { PoolForecast } from '../../../daemon/forecast/types.js';
import type { Outage } from '../../../daemon/outage/outage.js';
import { createOutageTracker, MAX_KNOWN, type OutageSample } from '../../../daemon/outage/tracker.js';
import type { FailedConnect } from '../../../daemon/pool/failed-connect.js';
import type { Evidence } from '../../../daemon/score/evidence.js';
import { SECOND_MS } from '../../../daemon/units.js';
import { createPoolForecast } from '../../builders/pool-forecast.js';
import { createOutage } from '../../builders/outage.js';
import { MAX_SAMPLE_AGE_MS } from '../../fakes.js';

const T0 = Date.UTC(2026, 0, 5, 12);
const MONOTONIC_0 = 5_000_000;
const STEP_MS = 2048;

const FREE: Partial<PoolForecast> = { used: 500, available: 500, closeRate: 25, mode: 'churn' };
const FULL: Partial<PoolForecast> = { used: 1000, available: 0, closeRate: 0, mode: 'exhausted' };
const SHOWN: Partial<PoolForecast> = { ...FREE, probability: 0.9, exhaustsAtMs: T0 };

const failedAt = (second: number): FailedConnect => ({
  atMs: T0 + second * SECOND_MS,
  kind: 'connect',
  localAddress: '10.0.0.1',
  remoteAddress: '10.0.0.2',
  remotePort: 443,
  pid: 7,
  name: 'curl',
});

interface Beat extends Partial<Omit<OutageSample, 'pools' | 'evidence'>> {
  /** Null: the pool is not in the table. */
  readonly pool: Partial<PoolForecast> | null;
  readonly evidence?: Evidence;
}

/** Observes one sample per beat, `everySeconds` apart. */
function play(beats: readonly Beat[], options: { everySeconds?: number; stored?: Outage[] } = {}) {
  const tracker = createOutageTracker(options.stored);
  const changes: Outage[][] = beats.map(({ pool, evidence, ...changed }, index) => {
    const second = index * (options.everySeconds ?? 2);
    const forecast = pool === null ? null : createPoolForecast(pool);
    return tracker.observe({
      atMs: T0 + second * SECOND_MS,
      monotonicMs: MONOTONIC_0 + second * SECOND_MS,
      pools: forecast === null ? [] : [forecast],
      evidence: new Map(forecast !== null && evidence !== undefined ? [[forecast.id, evidence]] : []),
      failures: null,
      alarmed: [],
      releaseStepMs: STEP_MS,
      maxSampleAgeMs: MAX_SAMPLE_AGE_MS,
      ...changed,
    });
  });
  return { tracker, changes, known: tracker.listKnown() };
}

const times = (count: number, beat: Beat): Beat[] => Array.from({ length: count }, () => beat);
/** Start and end in seconds. */
const spans = (outages: readonly Outage[]) =>
  outages.map(({ fromMs, lastMs, isOver }) => [(fromMs - T0) / SECOND_MS, isOver ? (lastMs - T0) / SECOND_MS : null]);

describe('an outage', () => {
  it('lasts from the first to the last table without a free port, and is over 4 release steps later', () => {
    const beats = [{ pool: FREE }, ...times(5, { pool: FULL }), ...times(5, { pool: FREE })];
    const { changes, known } = play(beats);
    expect(changes.map((each) => spans(each)[0] ?? null)).toEqual([
      null,
      ...Array<unknown>(5).fill([2, null]),
      ...Array<unknown>(4).fill(null),
      [2, 10],
    ]);
    expect(known).toMatchObject([{ peakUsed: 1000, capacity: 1000, isOver: true }]);
  });

  it('goes on over gaps in which the demand retakes each batch of ports that comes free', () => {
    const waves = [...times(2, { pool: FULL }), ...times(3, { pool: FREE })];
    const { known } = play([...waves, ...waves, ...waves, ...times(3, { pool: FREE })]);
    expect(spans(known)).toEqual([[0, 22]]);
  });

  it('is not ended by one free sample, however rarely the host is sampled', () => {
    const beats = [{ pool: FULL }, { pool: FREE }, { pool: FULL }, { pool: FREE }, { pool: FREE }];
    expect(spans(play(beats, { everySeconds: 15 }).known)).toEqual([[0, 30]]);
  });

  it('ends when its pool is no longer in the table', () => {
    expect(spans(play([{ pool: FULL }, ...times(6, { pool: null })]).known)).toEqual([[0, 0]]);
  });

  it('is shown by failed connects though ports look free, at their instants', () => {
    const failing = { ...FREE, failedConnects: 3 };
    const { known } = play([
      { pool: { ...FREE, failedConnects: 0 }, failures: [] },
      { pool: failing, failures: [failedAt(0.5), failedAt(1.25), failedAt(0.75)] },
      ...times(6, { pool: failing, failures: [] }),
    ]);
    expect(spans(known)).toEqual([[0.5, 1.25]]);
    expect(known[0]).toMatchObject({ peakUsed: 500, failedConnects: 3, isEstimated: false });
  });

  it('counts only the failed connects of its own pool', () => {
    const failing = { ...FULL, failedConnects: 1 };
    const other = { ...failedAt(0.5), remoteAddress: '10.0.0.9' };
    const { known } = play([{ pool: failing, failures: [failedAt(0.5), other] }]);
    expect(known[0]?.failedConnects).toBe(1);
  });

  it('is shown by the timers of two tables between which the last port was taken', () => {
    const ranOut = { afterMs: MONOTONIC_0 + 900, beforeMs: MONOTONIC_0 + 1500, seenBy: 'timers' } as const;
    const { known } = play([
      { pool: FREE },
      { pool: { ...FREE, used: 990 }, evidence: { counted: [], ranOut } },
      ...times(6, { pool: FREE }),
    ]);
    expect(spans(known)).toEqual([[1.5, 1.5]]);
    expect(known[0]?.peakUsed).toBe(1000);
  });

  it('ends at the last sample before a gap, because nothing is known of the gap', () => {
    const later = { atMs: T0 + 300_000, monotonicMs: MONOTONIC_0 + 300_000 };
    const { known } = play([{ pool: FULL }, { pool: FULL }, { pool: FULL, ...later }]);
    expect(spans(known)).toEqual([
      [0, 2],
      [300, null],
    ]);
  });

  it('has the right length when the wall clock is stepped meanwhile', () => {
    const stepped = times(6, { pool: FREE }).map((beat, index) => ({ ...beat, atMs: T0 - 3_600_000 + index * 2000 }));
    const [outage] = play([{ pool: FULL }, { pool: FULL }, ...stepped]).known;
    expect(outage).toMatchObject({ fromMs: T0, lastMs: T0 + 2000, isOver: true });
  });
});

describe('the failed connects of an outage that are not counted', () => {
  const before = { ...FREE, closeRate: 25, used: 990, available: 10 };

  it('are estimated: the demand from before, less the connections that opened', () => {
    const opened = (fromSecond: number): Evidence => ({
      counted: [
        { fromMs: MONOTONIC_0 + fromSecond * SECOND_MS, toMs: MONOTONIC_0 + (fromSecond + 2) * SECOND_MS, closes: 20 },
      ],
      ranOut: null,
    });
    const { known } = play([
      { pool: before },
      { pool: FULL },
      { pool: FULL, evidence: opened(2) },
      { pool: FULL, evidence: opened(4) },
    ]);
    // 4 s at 25/s, less 40 that opened. The outage began at the second sample, so nothing is counted before it.
    expect(known[0]).toMatchObject({ failedConnects: 60, isEstimated: true });
  });

  it('follow a demand that is known to be greater', () => {
    const { known } = play([
      { pool: before },
      { pool: FULL },
      { pool: { ...FULL, demandAtLeast: true, closeRate: 40 } },
    ]);
    expect(known[0]).toMatchObject({ failedConnects: 80, isEstimated: true });
  });

  it('are unknown where no demand is known', () => {
    expect(play([{ pool: FULL }, { pool: FULL }]).known[0]).toMatchObject({ failedConnects: null, isEstimated: false });
  });

  it('are never fewer than none', () => {
    const { known } = play([{ pool: before }, { pool: { ...FULL, live: 0 } }, { pool: { ...FULL, live: 400 } }]);
    expect(known[0]?.failedConnects).toBe(0);
  });
});

describe('how long before the warning came', () => {
  const alarm = (firedSecond: number) => ({
    poolId: createPoolForecast().id,
    kind: 'alarm' as const,
    firedAtMs: T0 + firedSecond * SECOND_MS,
    withinMs: 600_000,
  });
  const warnedOf = (beats: readonly Beat[]) => play(beats).known.map(({ warnedMs }) => warnedMs);

  it('counts from the first forecast above the 50% line', () => {
    expect(warnedOf([{ pool: FREE }, ...times(3, { pool: SHOWN }), { pool: FULL }])).toEqual([6000]);
  });

  it('counts from the alert where one fired', () => {
    const firing = { pool: SHOWN, alarmed: [alarm(2.5)] };
    expect(warnedOf([{ pool: SHOWN }, { pool: SHOWN }, firing, { pool: FULL, alarmed: [alarm(2.5)] }])).toEqual([3500]);
  });

  it('does not take an alert that fired only with the outage, nor a forecast of the same sample', () => {
    expect(warnedOf([{ pool: FREE }, { pool: { ...FULL, probability: 1 } }])).toEqual([null]);
    const late = [{ pool: SHOWN }, { pool: FULL, alarmed: [] }, ...times(3, { pool: FULL, alarmed: [alarm(2)] })];
    expect(warnedOf(late)).toEqual([2000]);
  });

  it('forgets a warning that has been off for a minute', () => {
    expect(warnedOf([{ pool: SHOWN }, ...times(40, { pool: FREE }), { pool: FULL }])).toEqual([null]);
  });

  it('counts a second outage from the end of the first one', () => {
    const firing = { alarmed: [alarm(0)] };
    const beats = [
      { pool: SHOWN, ...firing },
      { pool: SHOWN, ...firing },
      ...times(2, { pool: FULL, ...firing }),
      ...times(8, { pool: FREE, ...firing }),
      { pool: FULL, ...firing },
    ];
    expect(warnedOf(beats)).toEqual([4000, 18_000]);
  });
});

describe('outages over a restart', () => {
  const open = (secondsBefore: number): Outage =>
    createOutage({ fromMs: T0 - 60_000, lastMs: T0 - secondsBefore * SECOND_MS, isOver: false, failedConnects: 9 });

  it('go on when the next sample comes in time', () => {
    const { tracker, known } = play([{ pool: { ...FULL, failedConnects: 2 }, failures: [failedAt(-1), failedAt(0)] }], {
      stored: [open(10)],
    });
    expect(known).toMatchObject([
      { fromMs: T0 - 60_000, lastMs: T0, isOver: false, failedConnects: 11, warnedMs: 28_000 },
    ]);
    expect(tracker.listKnown()).toHaveLength(1);
  });

  it('are over at the last sample that showed them when it was too long ago, or the clock went back', () => {
    for (const seconds of [36, -5]) {
      const { changes } = play([{ pool: FREE }], { stored: [open(seconds)] });
      expect(changes[0]).toEqual([{ ...open(seconds), isOver: true }]);
    }
  });

  it('are known to the alerts, the newest of those that are over', () => {
    const stored = Array.from({ length: MAX_KNOWN + 5 }, (_, index) => createOutage({ fromMs: T0 + index }));
    expect(play([], { stored }).known).toEqual(stored.slice(5));
  });
});
