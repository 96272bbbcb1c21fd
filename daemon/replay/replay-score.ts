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

/** The part of the findings that belongs to one pool. */
type PoolFindings = Pick<ReplayFindings, 'episodes' | 'failures' | 'endMs'>;

export function scoreReplay(findings: ReplayFindings): { alerts: ReplayedAlert[]; score: ReplayScore } {
  const { fired, failures, episodes, settled, endMs } = findings;
  const [episodesOfPool, failuresOfPool] = [groupByPool(episodes), groupByPool(failures)];
  return {
    alerts: fired.map((alert) =>
      judgeAlert(alert, {
        episodes: episodesOfPool.get(alert.poolId) ?? [],
        failures: failuresOfPool.get(alert.poolId) ?? [],
        endMs,
      }),
    ),
    score: { episodes: countVerdicts(episodes), ...scoreLeads(failures), forecasts: scoreForecasts(settled) },
  };
}

/** An alert has the verdict and the reference of the episode that it belongs to. */
function judgeAlert(alert: FiredAlert, findings: PoolFindings): ReplayedAlert {
  const alertKind = warningKindOf(alert.rule);
  if (alertKind === null) return { ...alert, verdict: 'level', leadMs: null, reference: null };
  const episode = findings.episodes.find(
    ({ kind, fromMs, toMs }) =>
      kind === alertKind && alert.firedAtMs >= fromMs && alert.firedAtMs <= (toMs ?? Infinity),
  );
  return {
    ...alert,
    verdict: toAlertVerdict(episode?.verdict ?? null),
    leadMs: measureAlertLead(alert, findings),
    reference: episode?.reference ?? null,
  };
}

function groupByPool<T extends { readonly poolId: string }>(items: readonly T[]): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const group = groups.get(item.poolId);
    if (group === undefined) groups.set(item.poolId, [item]);
    else group.push(item);
  }
  return groups;
}

function toAlertVerdict(verdict: ScoredEpisode['verdict']): Exclude<AlertVerdict, 'level'> {
  return verdict === null || verdict === 'unknown' ? 'undecided' : verdict;
}

/** The time from firing to the first failure of the pool that came while the alert was firing; null without one. */
function measureAlertLead({ firedAtMs, resolvedAtMs }: FiredAlert, { failures, endMs }: PoolFindings): number | null {
  const untilMs = resolvedAtMs ?? endMs;
  const first = failures.find(({ failedAtMs }) => failedAtMs >= firedAtMs && failedAtMs <= untilMs);
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
