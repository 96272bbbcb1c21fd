/**
 * The verdict on each alert of a replay, from the episode it belongs to. How episodes are judged:
 * test/unit/score/scorer.test.ts.
 */
import { describe, expect, it } from 'vitest';
import type { ScoredEpisode, SettledForecast } from '../../../daemon/score/types.js';
import type { ReplayedFailure } from '../../../daemon/replay/outcome.js';
import { scoreReplay, type FiredAlert } from '../../../daemon/replay/replay-score.js';

const alert = (fromS: number, toS: number | null, more: Partial<FiredAlert> = {}): FiredAlert => ({
  rule: 'imminent',
  poolId: 'p',
  destination: '10.0.0.2:443',
  severity: 'critical',
  mail: true,
  summary: '',
  pendingAtMs: fromS * 1000 - 4000,
  firedAtMs: fromS * 1000,
  resolvedAtMs: toS === null ? null : toS * 1000,
  ...more,
});
const START = { capacity: 1000, holdMs: 62_000, live: 0, isLeak: false, withinMs: 600_000, counted: [] };
const episode = (fromS: number, toS: number, more: Partial<ScoredEpisode> = {}): ScoredEpisode => ({
  poolId: 'p',
  kind: 'alarm',
  fromMs: fromS * 1000,
  toMs: toS * 1000,
  failedAtMs: null,
  reference: 0.9,
  leadMs: null,
  verdict: 'unfulfilled',
  start: START,
  ...more,
});
const failure = (second: number, more: Partial<ReplayedFailure> = {}): ReplayedFailure => ({
  poolId: 'p',
  destination: '10.0.0.2:443',
  failedAtMs: second * 1000,
  afterAtMs: second * 1000 - 1000,
  beforeAtMs: second * 1000 + 1000,
  untilAtMs: second * 1000 + 1000,
  seenBy: 'table',
  shownLeadMs: 0,
  alarmLeadMs: 0,
  ...more,
});
const score = (findings: Partial<Parameters<typeof scoreReplay>[0]>) =>
  scoreReplay({ fired: [], failures: [], episodes: [], settled: [], endMs: 1_000_000, ...findings });

describe('an alert', () => {
  it('has the verdict and the reference of its episode, which several alerts may share', () => {
    const fired = [alert(10, 100), alert(130, 200), alert(400, null)];
    const episodes = [
      episode(10, 200, { verdict: 'fulfilled' }),
      episode(400, 500, { verdict: 'unknown', reference: null }),
      episode(400, 500, { kind: 'leak' }),
      episode(400, 500, { poolId: 'q', verdict: 'late' }),
      episode(400, 500, { kind: 'shown', verdict: 'unjustified' }),
    ];
    const { alerts, score: sums } = score({ fired, episodes, failures: [failure(150)] });
    expect(alerts.map(({ verdict, leadMs, reference }) => [verdict, leadMs, reference])).toEqual([
      ['fulfilled', null, 0.9],
      ['fulfilled', 20_000, 0.9],
      ['undecided', null, null],
    ]);
    // An episode that was only shown is no alert.
    expect(sums.episodes).toEqual({ fulfilled: 1, late: 1, unfulfilled: 1, unjustified: 0, undecided: 1 });
  });

  it.each(['pressure', 'use', 'failing'] as const)(
    'of the rule %s promises no exhaustion, so there is nothing to judge',
    (rule) => {
      const { alerts } = score({ fired: [alert(10, 100, { rule })], failures: [failure(50)] });
      expect(alerts).toMatchObject([{ verdict: 'level', leadMs: null, reference: null }]);
    },
  );

  it('leads from its own firing to a failure of its own pool', () => {
    const { alerts } = score({ fired: [alert(10, null)], failures: [failure(20, { poolId: 'q' }), failure(50)] });
    expect(alerts).toMatchObject([{ leadMs: 40_000 }]);
  });
});

it('leads and misses are counted over the failures that a warning was possible of', () => {
  const failures = [
    failure(0, { afterAtMs: null }),
    failure(50, { alarmLeadMs: 30_000 }),
    failure(500),
    failure(900, { alarmLeadMs: 10_000 }),
  ];
  expect(score({ failures }).score).toMatchObject({
    failures: 3,
    missed: 1,
    leadMedianMs: 10_000,
    leadLeastMs: 10_000,
  });
});

it('errors of forecasts have their median and 95% quantile by nearest rank, and the shares held their mean', () => {
  const settled = Array.from({ length: 21 }, (_, i): SettledForecast => ({
    poolId: 'p',
    madeAtMs: i,
    settledAtMs: 1000,
    failedAtMs: 1000,
    probability: 0.9,
    happened: true,
    errorMs: i === 20 ? null : i % 2 === 0 ? i : -i,
    held: i < 14 ? 1 : i === 14 ? 0.5 : i === 20 ? null : 0,
  }));
  expect(score({ settled }).score.forecasts).toEqual({
    scored: 20,
    errorMedianMs: 9,
    errorP95Ms: 18,
    coverage: 14.5 / 20,
  });
});
