/** Verdicts and figures over a whole replay, from its alerts and failures. */
import { judgeEpisode, leadOf, mergeEpisodes, type Episode } from '../forecast/episodes.js';
import {
  failureInstant,
  type AlertVerdict,
  type ForecastScore,
  type ReplayedAlert,
  type ReplayedFailure,
  type ReplayScore,
} from './outcome.js';

/** An alert before anything is said of it. */
export type FiredAlert = Omit<ReplayedAlert, 'verdict' | 'leadMs'>;

/** One shown forecast, and what became of it. */
export interface ScoredForecast {
  /** `exhaustsAt` less the failure. */
  readonly errorMs: number;
  readonly held: boolean;
}

interface Told {
  readonly fired: readonly FiredAlert[];
  readonly failures: readonly ReplayedFailure[];
  readonly forecasts: readonly ScoredForecast[];
  readonly endMs: number;
}

export function scoreReplay(told: Told): { alerts: ReplayedAlert[]; score: ReplayScore } {
  const episodes = { fulfilled: 0, late: 0, unfulfilled: 0, unjustified: 0, undecided: 0 };
  const judged = new Map<FiredAlert, { verdict: AlertVerdict; leadMs: number | null }>();
  for (const alerts of bySubject(told.fired)) {
    const failures = told.failures.filter(({ poolId }) => poolId === alerts[0]?.poolId);
    const spans = alerts.map((alert) => ({ alert, ...spanOf(alert, told.endMs) }));
    for (const episode of mergeEpisodes(spans)) {
      const members = spans.filter(({ fromMs }) => fromMs >= episode.fromMs && fromMs <= episode.toMs);
      const verdict = verdictOf(
        members.map(({ alert }) => alert),
        episode,
        failures,
      );
      if (verdict !== 'level') episodes[verdict] += 1;
      for (const { alert, ...span } of members) judged.set(alert, { verdict, leadMs: leadIn(span, failures) });
    }
  }
  const alerts = told.fired.map((alert) => {
    const { verdict, leadMs } = judged.get(alert) ?? { verdict: 'undecided', leadMs: null };
    return { ...alert, verdict, leadMs: verdict === 'level' ? null : leadMs };
  });
  return { alerts, score: { episodes, ...leads(told), forecasts: forecastScore(told.forecasts) } };
}

function verdictOf(
  alerts: readonly FiredAlert[],
  episode: Episode,
  failures: readonly ReplayedFailure[],
): AlertVerdict {
  const first = alerts[0];
  if (first === undefined || !foresees(first)) return 'level';
  const already = failures.find(
    (failure) => failureInstant(failure) < episode.fromMs && failure.untilMs >= episode.fromMs,
  );
  if (already !== undefined) return 'late';
  const inside = failures.find((failure) => within(failureInstant(failure), episode));
  const failedAtMs = inside === undefined ? null : failureInstant(inside);
  if (failedAtMs === null && (first.oracle === null || alerts.some(({ resolvedAtMs }) => resolvedAtMs === null))) {
    return 'undecided';
  }
  return judgeEpisode(episode, { failedAtMs, oracleAtStart: first.oracle ?? 0 });
}

/** Over the failures that could be warned of. */
function leads({ fired, failures, endMs }: Told) {
  const foreseeable = failures.filter(({ afterMs }) => afterMs !== null);
  const found = foreseeable.map((failure) => {
    const alarms = fired.filter((alert) => alert.poolId === failure.poolId && foresees(alert));
    const unbroken = mergeEpisodes(
      alarms.map((alert) => spanOf(alert, endMs)).sort((a, b) => a.fromMs - b.fromMs),
      0,
    );
    const failedAtMs = failureInstant(failure);
    const covered = unbroken.some((episode) => within(failedAtMs, episode));
    return covered ? leadOf(unbroken, { onsetMs: -Infinity, failedAtMs }).leadMs : null;
  });
  const ahead = found.filter((lead) => lead !== null).sort((a, b) => a - b);
  return {
    failures: foreseeable.length,
    missed: found.length - ahead.length,
    leadMedianMs: quantile(ahead, 0.5),
    leadLeastMs: ahead[0] ?? null,
  };
}

function forecastScore(forecasts: readonly ScoredForecast[]): ForecastScore {
  const errors = forecasts.map(({ errorMs }) => Math.abs(errorMs)).sort((a, b) => a - b);
  return {
    scored: forecasts.length,
    errorMedianMs: quantile(errors, 0.5),
    errorP95Ms: quantile(errors, 0.95),
    coverage: forecasts.length === 0 ? null : forecasts.filter(({ held }) => held).length / forecasts.length,
  };
}

function leadIn(span: Episode, failures: readonly ReplayedFailure[]): number | null {
  const first = failures.map(failureInstant).find((instantMs) => within(instantMs, span));
  return first === undefined ? null : first - span.fromMs;
}

/** Alerts of the same rule and pool, in order. */
function bySubject(fired: readonly FiredAlert[]): FiredAlert[][] {
  const groups = new Map<string, FiredAlert[]>();
  for (const alert of fired) {
    const key = `${alert.rule} ${alert.poolId}`;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [alert]);
    else group.push(alert);
  }
  return [...groups.values()];
}

/** The rules that promise an exhaustion. */
export function foresees({ rule }: Pick<ReplayedAlert, 'rule'>): boolean {
  return rule === 'imminent' || rule === 'leak';
}

function spanOf(alert: FiredAlert, endMs: number): Episode {
  return { fromMs: alert.firedAtMs, toMs: alert.resolvedAtMs ?? endMs };
}

function within(instantMs: number, { fromMs, toMs }: Episode): boolean {
  return instantMs >= fromMs && instantMs <= toMs;
}

/** Nearest rank; null of nothing. `ascending` is sorted. */
function quantile(ascending: readonly number[], share: number): number | null {
  return ascending[Math.max(0, Math.ceil(share * ascending.length) - 1)] ?? null;
}
