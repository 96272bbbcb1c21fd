/** Forecasts held against what happened: truth, error, interval, episodes, gaps, restarts and clocks that step. */
import { describe, expect, it } from 'vitest';
import type { Evidence } from '../../../daemon/score/evidence.js';
import type { PoolForecast } from '../../../daemon/forecast/types.js';
import type { FiringWarning, ScoreOutcome } from '../../../daemon/score/types.js';
import { createScorer, type Scorer, type Unsettled } from '../../../daemon/score/scorer.js';
import { createEvidence, pool } from '../../builders/records.js';
import { MAX_SAMPLE_AGE_MS } from '../../fakes.js';

const ID = 'p';
const T0 = Date.UTC(2026, 0, 5, 12);

interface Beat {
  readonly pool: Partial<PoolForecast> | null;
  readonly alarmed?: boolean;
  readonly leaking?: boolean;
  readonly evidence?: Partial<Evidence>;
}

/** Beats every 2 s; forecasts are kept at the beats where `kept` says so. */
function scene(scorer: Scorer = createScorer()) {
  const state = { atMs: T0, monotonicMs: 5_000_000 };
  const all = { settled: [], episodes: [], failures: [], failing: [] } as {
    -readonly [K in keyof ScoreOutcome]: ScoreOutcome[K][number][];
  };
  const firing = (kind: FiringWarning['kind'], withinMs: number): FiringWarning => ({
    ...{ poolId: ID, kind, firedAtMs: state.atMs - 1900, withinMs },
  });
  const beat = (
    { pool: some, alarmed = false, leaking = false, evidence: witnessed = {} }: Beat,
    kept = false,
  ): ScoreOutcome => {
    const made = some === null ? null : pool(ID, { sampledAtMs: state.atMs, capacity: 1000, ...some });
    const outcome = scorer.observe({
      ...state,
      maxSampleAgeMs: MAX_SAMPLE_AGE_MS,
      pools: made === null ? [] : [made],
      kept: made !== null && kept ? [{ ...made, poolId: ID, madeAtMs: state.atMs }] : [],
      evidence: new Map(made === null ? [] : [[ID, { ...createEvidence(made, state.monotonicMs), ...witnessed }]]),
      alarmed: [...(alarmed ? [firing('alarm', 600_000)] : []), ...(leaking ? [firing('leak', 3_600_000)] : [])],
    });
    all.settled.push(...outcome.settled);
    all.episodes.push(...outcome.episodes);
    all.failures.push(...outcome.failures);
    state.atMs += 2000;
    state.monotonicMs += 2000;
    return outcome;
  };
  const beats = (count: number, one: Beat): void => {
    for (let index = 0; index < count; index++) beat(one);
  };
  const judged = () => all.episodes.filter(({ verdict }) => verdict !== null);
  return { state, all, beat, beats, judged };
}

const CALM = { pool: { closeRate: 5, available: 700, probability: 0.001 } };

/** A step to 25 closes a second: exhaustion in `left` seconds. */
function churn(atMs: number, left: number, some: Partial<PoolForecast> = {}): Beat {
  const at = (seconds: number): number => atMs + seconds * 1000;
  return {
    pool: {
      ...{
        closeRate: 25,
        closeRateLow: 23,
        closeRateHigh: 27,
        sustainableRate: 16,
        pressure: 1.5,
        available: left * 25,
      },
      ...{
        exhaustsAtMs: at(left),
        earliestAtMs: at(left - 3),
        latestAtMs: at(left + 3),
        probability: 0.98,
        mode: 'churn',
      },
      ...some,
    },
  };
}

const FULL: Beat = { pool: { closeRate: 25, available: 0, probability: 1, mode: 'exhausted' } };

describe('a warning that comes true', () => {
  it('scores instant, interval, probability, lead and both episodes', () => {
    const { state, all, beat, beats, judged } = scene();
    beats(3, CALM);
    const startedAtMs = state.atMs;
    beat(churn(state.atMs, 20), true);
    for (let left = 18; left > 0; left -= 2) beat({ ...churn(state.atMs, left), alarmed: left <= 16 });
    beat({ ...FULL, alarmed: true });
    // The failure is half-way between the last two samples: 19 s after the warning.
    const failedAtMs = startedAtMs + 19_000;
    const between = { afterAtMs: failedAtMs - 1000, beforeAtMs: failedAtMs + 1000, seenBy: 'table' };
    expect(all.failures).toEqual([
      { poolId: ID, failedAtMs, ...between, shownLeadMs: 19_000, alarmLeadMs: 16_900, sudden: false },
    ]);
    expect(all.settled).toMatchObject([
      { madeAtMs: startedAtMs, failedAtMs, probability: 0.98, happened: true, errorMs: 1000, held: 1 },
    ]);
    expect(judged()).toMatchObject([
      { kind: 'shown', fromMs: startedAtMs, toMs: failedAtMs, failedAtMs, leadMs: 19_000, verdict: 'fulfilled' },
      { kind: 'alarm', fromMs: startedAtMs + 2100, leadMs: 16_900, verdict: 'fulfilled' },
    ]);
    expect(judged()[0]?.reference).toBeGreaterThan(0.99);
    // What stays on while it fails belongs to it; a second failure within a minute is the same one.
    beats(10, { ...FULL, alarmed: true });
    beat({ ...churn(state.atMs, 5), alarmed: true });
    beats(5, { ...FULL, alarmed: true });
    beats(60, CALM);
    expect([all.failures.length, judged().length]).toEqual([1, 2]);
  });

  it('counts the lead of a second failure from the end of the first', () => {
    const { state, all, beat, beats } = scene();
    beats(2, CALM);
    beats(5, churn(state.atMs, 20));
    beats(3, FULL);
    const clearAtMs = state.atMs - 2000;
    for (let index = 0; index < 35; index++) beat(churn(state.atMs, 20));
    beat(FULL);
    expect(all.failures.map(({ shownLeadMs }) => shownLeadMs)).toEqual([9000, state.atMs - 2000 - 1000 - clearAtMs]);
  });

  it('tells an interval that missed, and an instant foretold too soon', () => {
    const { state, all, beat } = scene();
    beat(CALM);
    beat(churn(state.atMs, 5), true);
    for (let index = 0; index < 10; index++) beat(churn(state.atMs, 5));
    beat(FULL);
    expect(all.settled).toMatchObject([{ happened: true, errorMs: -16_000, held: 0 }]);
  });

  it('says nothing of the instant where the traffic changed, or the probability was low', () => {
    const { state, all, beat, beats } = scene();
    beat(CALM);
    beat(churn(state.atMs, 20), true);
    beats(3, churn(state.atMs, 20));
    beat(churn(state.atMs, 20, { probability: 0.4 }), true);
    beats(6, churn(state.atMs, 9, { closeRate: 90 }));
    beat(FULL);
    expect(all.settled).toMatchObject([
      { probability: 0.98, happened: true, errorMs: null, held: null },
      { probability: 0.4, happened: true, errorMs: null, held: null },
    ]);
  });
});

describe('a failure that was not warned of', () => {
  it('is a miss where there was something to see, and sudden where there was not', () => {
    const seen = scene();
    seen.beat(CALM);
    seen.beat({ pool: { closeRate: 12, pressure: 0.75, available: 300, probability: 0.1 } }, true);
    seen.beat(FULL);
    expect(seen.all.failures).toMatchObject([{ shownLeadMs: 0, alarmLeadMs: 0, sudden: false }]);
    const sudden = scene();
    sudden.beats(3, CALM);
    sudden.beat({ ...FULL, alarmed: false });
    expect(sudden.all.failures).toMatchObject([{ shownLeadMs: 0, alarmLeadMs: 0, sudden: true }]);
    // The warning of the failure itself is no warning.
    sudden.beats(40, { ...FULL, alarmed: true });
    sudden.beats(100, CALM);
    expect(sudden.all.episodes).toMatchObject([
      { kind: 'shown', verdict: 'late', failedAtMs: null },
      { kind: 'alarm', verdict: 'late', failedAtMs: null },
    ]);
  });
});

describe('a warning that does not come true', () => {
  it('is unfulfilled where the true rate would have exhausted the pool, and unjustified where not', () => {
    const stopped = scene();
    stopped.beats(2, CALM);
    for (let index = 0; index < 5; index++) stopped.beat({ ...churn(stopped.state.atMs, 30), alarmed: index > 0 });
    stopped.beats(40, CALM);
    expect(stopped.judged()).toMatchObject([
      { kind: 'shown', verdict: 'unfulfilled', failedAtMs: null, leadMs: null },
      { kind: 'alarm', verdict: 'unfulfilled' },
    ]);
    const mistaken = scene();
    mistaken.beats(2, CALM);
    // Right at the second look: 12 a second are fewer than the 16 that the pool sustains.
    mistaken.beat(churn(mistaken.state.atMs, 30, { latestAtMs: null }));
    mistaken.beats(40, { pool: { closeRate: 12, available: 500, probability: 0.05 } });
    expect(mistaken.judged()).toMatchObject([{ kind: 'shown', verdict: 'unjustified' }]);
    expect(mistaken.judged()[0]?.reference).toBeLessThan(0.1);
  });

  it('is one episode across gaps of less than a minute, and ends where it was last on', () => {
    const { state, beat, beats, judged, all } = scene();
    beats(2, CALM);
    const fromMs = state.atMs;
    beat(churn(state.atMs, 30));
    beats(28, CALM);
    const toMs = state.atMs;
    beat(churn(state.atMs, 30));
    beats(28, CALM);
    expect(judged()).toEqual([]);
    beats(5, CALM);
    expect(judged()).toMatchObject([{ fromMs, toMs }]);
    expect(all.episodes.map(({ verdict, reference }) => [verdict, reference === null])).toEqual([
      [null, true],
      [null, false],
      ['unjustified', false],
    ]);
  });

  it('counts against the probability after 10 minutes, and against an interval that is over', () => {
    const { state, all, beat, beats } = scene();
    beat(CALM);
    beat(churn(state.atMs, 30), true);
    beats(299, churn(state.atMs, 30));
    expect(all.settled).toEqual([]);
    beats(2, churn(state.atMs, 30));
    expect(all.settled).toMatchObject([{ happened: false, failedAtMs: null, errorMs: null, held: 0 }]);
  });

  it('ends as well when its pool holds no port any more', () => {
    const { state, all, beat, beats, judged } = scene();
    beats(2, CALM);
    beat(churn(state.atMs, 30), true);
    beats(310, { pool: null });
    expect(judged()).toMatchObject([{ kind: 'shown', verdict: 'unjustified' }]);
    expect(all.settled).toMatchObject([{ happened: false, held: null }]);
  });
});

describe('the rule leak', () => {
  const LEAK = { closeRate: 0, available: 500, probability: 0.01, mode: 'leak' } as const;
  const held = (live: number) => ({ pool: { ...LEAK, live, used: live, available: 1000 - live } });

  it('is judged by the growth of the minute after, and as far ahead as it promises', () => {
    const growing = scene();
    for (let index = 0; index < 40; index++) growing.beat({ ...held(500 + index), leaking: true });
    growing.beats(31, held(300));
    expect(growing.judged()).toMatchObject([{ kind: 'leak', verdict: 'unfulfilled', reference: 1 }]);
    const settled = scene();
    for (let index = 0; index < 40; index++) settled.beat({ ...held(500 + Math.min(index, 2)), leaking: true });
    settled.beats(31, held(300));
    expect(settled.judged()).toMatchObject([{ kind: 'leak', verdict: 'unjustified', reference: 0 }]);
  });

  it('warns of the same failure as imminent does: overlapping alerts lead as one', () => {
    const { all, beat, beats, judged } = scene();
    beats(2, CALM);
    beats(20, { ...held(900), leaking: true });
    beats(5, { ...held(950), leaking: true, alarmed: true });
    beats(5, { ...held(980), alarmed: true });
    beat({ ...FULL, alarmed: true });
    expect(all.failures).toMatchObject([{ alarmLeadMs: 2 * 30 * 1000 - 1000 + 1900 }]);
    expect(judged().map(({ kind, verdict }) => [kind, verdict])).toEqual([
      ['leak', 'fulfilled'],
      ['alarm', 'fulfilled'],
    ]);
  });
});

describe('the end of a replay', () => {
  it('judges what is over, and leaves open what is still on', () => {
    const scorer = createScorer();
    const { state, beat, beats, judged } = scene(scorer);
    beats(2, CALM);
    for (let index = 0; index < 5; index++) beat(churn(state.atMs, 30));
    for (let index = 0; index < 5; index++) beat({ ...CALM, alarmed: true });
    expect(judged()).toEqual([]);
    expect(scorer.finish().episodes.map(({ kind, verdict }) => [kind, verdict])).toEqual([
      ['shown', 'unfulfilled'],
      ['alarm', 'unknown'],
    ]);
  });
});

describe('the truth', () => {
  it('is the failed connects where they are counted: a full table alone is none', () => {
    const { state, all, beat, beats } = scene();
    beats(2, { pool: { ...CALM.pool, failedConnects: 0 } });
    beat({ pool: { ...churn(state.atMs, 4).pool, failedConnects: 0 } }, true);
    beats(5, { pool: { ...FULL.pool, reuse: 'after_delay', failedConnects: 0 } });
    expect(all.failures).toEqual([]);
    beat({ pool: { ...FULL.pool, reuse: 'after_delay', failedConnects: 3 } });
    expect(all.failures).toMatchObject([{ shownLeadMs: 11_000 }]);
  });

  it('is unknown with reuse where nobody counts: nothing is scored', () => {
    const { state, all, beat, beats } = scene();
    beat({ pool: { ...CALM.pool, reuse: 'after_delay' } });
    beat({ pool: { ...churn(state.atMs, 4).pool, reuse: 'after_delay' } }, true);
    beats(400, { pool: { ...FULL.pool, reuse: 'after_delay' } });
    expect(all).toEqual({ settled: [], episodes: [], failures: [], failing: [] });
  });
});

describe('gaps, clocks and restarts', () => {
  it('score nothing across a gap in which anything may have happened', () => {
    const { state, all, beat, beats, judged } = scene();
    beats(2, CALM);
    beat(churn(state.atMs, 30), true);
    state.atMs += 60_000;
    state.monotonicMs += 60_000;
    beat(FULL);
    expect(all.settled).toMatchObject([{ happened: null, errorMs: null, held: null }]);
    expect(judged()).toMatchObject([{ kind: 'shown', verdict: 'unknown' }]);
    beats(3, FULL);
    expect(all.failures).toMatchObject([{ afterAtMs: null, shownLeadMs: 0 }]);
  });

  it('take a schedule slower than that for what it is', () => {
    const { state, all, beat } = scene();
    const slowly = (one: Beat, kept = false): void => {
      beat(one, kept);
      state.atMs += 58_000;
      state.monotonicMs += 58_000;
    };
    for (let index = 0; index < 3; index++) slowly(CALM);
    slowly(churn(state.atMs, 100), true);
    slowly(FULL);
    expect(all.failures).toMatchObject([{ shownLeadMs: 30_000 }]);
  });

  it.each([-3_600_000, 86_400_000])('a wall clock stepped by %i ms changes no score', (step) => {
    const { state, all, beat, beats } = scene();
    beats(2, CALM);
    beat(churn(state.atMs, 10), true);
    const madeAtMs = state.atMs - 2000;
    state.atMs += step;
    beats(4, churn(state.atMs, 6));
    beat(FULL);
    expect(all.settled).toMatchObject([{ madeAtMs, happened: true, errorMs: 1000, held: 1 }]);
    expect(all.failures).toMatchObject([{ shownLeadMs: 9000 }]);
  });

  function unsettled(some: Partial<Unsettled> = {}): Unsettled {
    const made = pool(ID, { sampledAtMs: T0, ...churn(T0, 20).pool });
    const start = { capacity: 1000, holdMs: 62_048, live: 0, isLeak: false, withinMs: 600_000, counted: [] };
    const open = { toMs: null, failedAtMs: null, reference: null, leadMs: null, verdict: null, start };
    return {
      lastAtMs: T0 + 2000,
      forecasts: [{ ...made, poolId: ID, madeAtMs: T0 }],
      episodes: [{ poolId: ID, kind: 'shown', fromMs: T0, ...open }],
      failing: [],
      ...some,
    };
  }

  it('a short restart goes on where it was, on another monotonic clock', () => {
    const { state, all, beats, beat, judged } = scene(createScorer(unsettled()));
    state.atMs = T0 + 12_000;
    state.monotonicMs = 77;
    // The first table shows the closes of a minute.
    const counted = [{ fromMs: 77 - 60_000, toMs: 77, closes: 25 * 60 }];
    beat({ ...churn(state.atMs, 8), evidence: { counted } });
    beats(3, churn(state.atMs, 6));
    beat(FULL);
    expect(all.settled).toMatchObject([
      { madeAtMs: T0, happened: true, failedAtMs: T0 + 19_000, errorMs: 1000, held: 1 },
    ]);
    expect(judged()).toMatchObject([{ kind: 'shown', fromMs: T0, verdict: 'fulfilled' }]);
    expect(all.failures).toHaveLength(1);
  });

  it.each<[string, number, Partial<Unsettled>]>([
    ['a long one', 300_000, {}],
    ['one across which the clock went back', -60_000, {}],
    ['one of a store without a sample', 4000, { lastAtMs: null }],
  ])('%s gives up what was open', (_, laterMs, some) => {
    const { state, all, beat, judged } = scene(createScorer(unsettled(some)));
    state.atMs = T0 + laterMs;
    beat(FULL);
    expect(all.settled).toMatchObject([{ madeAtMs: T0, happened: null }]);
    expect(judged()).toMatchObject([{ kind: 'shown', fromMs: T0, verdict: 'unknown' }]);
    expect(all.failures).toMatchObject([{ afterAtMs: null, shownLeadMs: 0 }]);
  });

  it('a pool that was failing before a restart does not begin to fail after it', () => {
    const { state, all, beat } = scene(createScorer(unsettled({ failing: [ID], forecasts: [], episodes: [] })));
    state.atMs = T0 + 6000;
    beat(FULL);
    expect(all.failures).toEqual([]);
  });
});
