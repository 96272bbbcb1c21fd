/** Computes the result of a whole replay from its alerts and from what the scorer found. */
import { warningKindOf } from '../alert/promises.js';
import type { ScoredEpisode, SettledForecast } from '../score/types.js';
import { findQuantile } from '../units.js';
import type { AlertVerdict, ForecastScore, ReplayedAlert, ReplayedFailure, ReplayScore } from './outcome.js';

/** An alert that fired, before it is judged. */
export type FiredAlert = Omit<ReplayedAlert, 'verdict' | 'leadMs' | 'reference'>;

interface ReplayFindings {
  readonly fired: readonly FiredAlert[];
  readonly failures: readonly ReplayedFailure[];
  /** All of them are judged. */
  readonly episodes: readonly ScoredEpisode[];
  readonly settled: readonly SettledForecast[];
  /** The instant of the last sample, in epoch ms. */
  readonly endMs: number;
}

export function scoreReplay(findings: ReplayFindings): { alerts: ReplayedAlert[]; score: ReplayScore } {
  const { fired, failures, episodes, settled } = findings;
  return {
    alerts: fired.map((alert) => judgeAlert(alert, findings)),
    score: { episodes: countVerdicts(episodes), ...scoreLeads(failures), forecasts: scoreForecasts(settled) },
  };
}

/** An alert has the verdict and the reference of the episode that it belongs to. */
function judgeAlert(alert: FiredAlert, findings: ReplayFindings): ReplayedAlert {
  const alertKind = warningKindOf(alert.rule);
  if (alertKind === null) return { ...alert, verdict: 'level', leadMs: null, reference: null };
  const episode = findings.episodes.find(
    ({ poolId, kind, fromMs, toMs }) =>
      poolId === alert.poolId &&
      kind === alertKind &&
      alert.firedAtMs >= fromMs &&
      alert.firedAtMs <= (toMs ?? Infinity),
  );
  return {
    ...alert,
    verdict: toAlertVerdict(episode?.verdict ?? null),
    leadMs: measureAlertLead(alert, findings),
    reference: episode?.reference ?? null,
  };
}

function toAlertVerdict(verdict: ScoredEpisode['verdict']): Exclude<AlertVerdict, 'level'> {
  return verdict === null || verdict === 'unknown' ? 'undecided' : verdict;
}

/** The time from firing to the first failure of the pool that came while the alert was firing; null without one. */
function measureAlertLead(
  { poolId, firedAtMs, resolvedAtMs }: FiredAlert,
  { failures, endMs }: ReplayFindings,
): number | null {
  const untilMs = resolvedAtMs ?? endMs;
  const first = failures.find(
    (failure) => failure.poolId === poolId && failure.failedAtMs >= firedAtMs && failure.failedAtMs <= untilMs,
  );
  return first === undefined ? null : first.failedAtMs - firedAtMs;
}

/** Counts the verdicts on the episodes of alerts. An episode that was only shown is no alert. */
function countVerdicts(episodes: readonly ScoredEpisode[]): ReplayScore['episodes'] {
  const counts = { fulfilled: 0, late: 0, unfulfilled: 0, unjustified: 0, undecided: 0 };
  for (const { kind, verdict } of episodes) if (kind !== 'shown') counts[toAlertVerdict(verdict)] += 1;
  return counts;
}

/** Counts misses and leads over the failures that a warning was possible of. */
function scoreLeads(
  failures: readonly ReplayedFailure[],
): Pick<ReplayScore, 'failures' | 'missed' | 'leadMedianMs' | 'leadLeastMs'> {
  const foreseeable = failures.filter(({ afterAtMs }) => afterAtMs !== null);
  const leadsMs = foreseeable
    .map(({ alarmLeadMs }) => alarmLeadMs)
    .filter((leadMs) => leadMs > 0)
    .sort((a, b) => a - b);
  return {
    failures: foreseeable.length,
    missed: foreseeable.length - leadsMs.length,
    leadMedianMs: findQuantile(leadsMs, 0.5),
    leadLeastMs: leadsMs[0] ?? null,
  };
}

function scoreForecasts(settled: readonly SettledForecast[]): ForecastScore {
  const errorsMs = settled
    .flatMap(({ errorMs }) => (errorMs === null ? [] : [Math.abs(errorMs)]))
    .sort((a, b) => a - b);
  const shares = settled.flatMap(({ held }) => held ?? []);
  return {
    scored: errorsMs.length,
    errorMedianMs: findQuantile(errorsMs, 0.5),
    errorP95Ms: findQuantile(errorsMs, 0.95),
    coverage: shares.length === 0 ? null : shares.reduce((sum, share) => sum + share, 0) / shares.length,
  };
}
