/** What a whole replay comes to, from its alerts and from what the scorer found. */
import { warningKindOf } from '../alert/promises.js';
import type { ScoredEpisode, SettledForecast } from '../score/types.js';
import type { AlertVerdict, ForecastScore, ReplayedAlert, ReplayedFailure, ReplayScore } from './outcome.js';
import { findQuantile } from '../units.js';

/** An alert before anything is said of it. */
export type FiredAlert = Omit<ReplayedAlert, 'verdict' | 'leadMs' | 'reference'>;

interface Told {
  readonly fired: readonly FiredAlert[];
  readonly failures: readonly ReplayedFailure[];
  /** Judged. */
  readonly episodes: readonly ScoredEpisode[];
  readonly settled: readonly SettledForecast[];
  /** The last sample. */
  readonly endMs: number;
}

export function scoreReplay(told: Told): { alerts: ReplayedAlert[]; score: ReplayScore } {
  const alerts = told.fired.map((alert): ReplayedAlert => {
    const kind = warningKindOf(alert.rule);
    if (kind === null) return { ...alert, verdict: 'level', leadMs: null, reference: null };
    const episode = told.episodes.find(
      ({ poolId, kind: of, fromMs, toMs }) =>
        poolId === alert.poolId && of === kind && alert.firedAtMs >= fromMs && alert.firedAtMs <= (toMs ?? Infinity),
    );
    const verdict = verdictOf(episode?.verdict ?? null);
    return { ...alert, verdict, leadMs: leadIn(alert, told), reference: episode?.reference ?? null };
  });
  const episodes = { fulfilled: 0, late: 0, unfulfilled: 0, unjustified: 0, undecided: 0 };
  for (const { kind, verdict } of told.episodes) if (kind !== 'shown') episodes[verdictOf(verdict)] += 1;
  return { alerts, score: { episodes, ...leads(told.failures), forecasts: forecastScore(told.settled) } };
}

function verdictOf(verdict: ScoredEpisode['verdict']): Exclude<AlertVerdict, 'level'> {
  return verdict === null || verdict === 'unknown' ? 'undecided' : verdict;
}

/** From firing to the first failure that fell into this alert. */
function leadIn({ poolId, firedAtMs, resolvedAtMs }: FiredAlert, { failures, endMs }: Told): number | null {
  const untilMs = resolvedAtMs ?? endMs;
  const first = failures.find(
    (failure) => failure.poolId === poolId && failure.failedAtMs >= firedAtMs && failure.failedAtMs <= untilMs,
  );
  return first === undefined ? null : first.failedAtMs - firedAtMs;
}

/** Over the failures that could be warned of. */
function leads(failures: readonly ReplayedFailure[]) {
  const foreseeable = failures.filter(({ afterAtMs }) => afterAtMs !== null);
  const ahead = foreseeable.map(({ alarmLeadMs }) => alarmLeadMs).filter((leadMs) => leadMs > 0);
  ahead.sort((a, b) => a - b);
  return {
    failures: foreseeable.length,
    missed: foreseeable.length - ahead.length,
    leadMedianMs: findQuantile(ahead, 0.5),
    leadLeastMs: ahead[0] ?? null,
  };
}

function forecastScore(settled: readonly SettledForecast[]): ForecastScore {
  const errors = settled.flatMap(({ errorMs }) => (errorMs === null ? [] : [Math.abs(errorMs)])).sort((a, b) => a - b);
  const held = settled.flatMap((each) => each.held ?? []);
  return {
    scored: errors.length,
    errorMedianMs: findQuantile(errors, 0.5),
    errorP95Ms: findQuantile(errors, 0.95),
    coverage: held.length === 0 ? null : held.reduce((sum, share) => sum + share, 0) / held.length,
  };
}

/** Nearest rank; null of nothing. `ascending` is sorted. */
