/** The result of a replay as text and as JSON. Pure. */
import type { ForecastScore, ReplayedAlert, ReplayedFailure, ReplayOutcome, ReplayScore } from '../replay/outcome.js';
import { DAY_MS, formatCount, formatDuration, formatPercent, isoOrNull, SECOND_MS } from '../units.js';
import { escapeControls } from './terminal.js';
import { formatTable } from './text.js';

const HEADINGS = ['RULE', 'POOL', 'PENDING', 'FIRED', 'RESOLVED', 'LEAD', 'VERDICT'];
const NONE = '-';

/** A replayed file and its result. */
export interface Replayed {
  readonly file: string;
  readonly kind: 'recording' | 'history';
  /** Null for an anonymized recording and for a database, which have no host name. */
  readonly host: string | null;
  /** What limits the result, for example that the end of the file is missing. */
  readonly notes: readonly string[];
  readonly outcome: ReplayOutcome;
}

/**
 * The result as text. Times are UTC, without the date when all samples are of one day. Names in it come from the file and
 * may hold anything, so control characters are escaped.
 */
export function formatReplay({ file, kind, host, notes, outcome }: Replayed): string {
  const { fromMs, toMs, samples, pools, alerts, failures, score } = outcome;
  const from = host === null ? '' : ` of ${host}`;
  const head = [`${kind}${from}: ${file}`];
  if (fromMs !== null && toMs !== null) {
    const span = `${formatTime(fromMs, true)} to ${formatTime(toMs, true)} UTC (${formatDuration(toMs - fromMs)})`;
    head.push(`${span}, ${formatCount(samples)} samples, ${formatCountOf(pools, 'pool')}`);
  }
  const dated = fromMs !== null && toMs !== null && Math.floor(fromMs / DAY_MS) !== Math.floor(toMs / DAY_MS);
  return [
    ...head,
    ...notes.map((note) => `note: ${note}`),
    '',
    ...failureLines(failures, dated),
    '',
    ...alertLines(alerts, dated),
    '',
    ...scoreLines(score, alerts),
  ]
    .map(escapeControls)
    .join('\n');
}

function failureLines(failures: readonly ReplayedFailure[], dated: boolean): string[] {
  if (failures.length === 0) return ['No pool ran out of ports.'];
  return failures.map((failure) => {
    const { destination, afterAtMs, beforeAtMs, seenBy } = failure;
    const what = `Ports to ${destination} ran out`;
    const at = formatTime(beforeAtMs, dated);
    if (afterAtMs === null) return `${what} before ${at}, while there was no sample.`;
    if (seenBy === 'connects') return `${what} at ${at}: a connect failed then.`;
    if (seenBy === 'timers') return `${what} at ${at}, according to the TIME_WAIT timers.`;
    return `${what} between ${formatTime(afterAtMs, dated)} and ${at}.`;
  });
}

function alertLines(alerts: readonly ReplayedAlert[], dated: boolean): string[] {
  if (alerts.length === 0) return ['No alert would have fired.'];
  const rows = alerts.map(({ rule, destination, pendingAtMs, firedAtMs, resolvedAtMs, leadMs, verdict }) => [
    rule,
    destination,
    formatTime(pendingAtMs, dated),
    formatTime(firedAtMs, dated),
    resolvedAtMs === null ? 'still firing' : formatTime(resolvedAtMs, dated),
    leadMs === null ? NONE : formatDuration(leadMs),
    verdict,
  ]);
  return formatTable(HEADINGS, rows, ['LEAD']);
}

function scoreLines(score: ReplayScore, alerts: readonly ReplayedAlert[]): string[] {
  const { fulfilled, late, unfulfilled, unjustified, undecided } = score.episodes;
  const levels = alerts.filter(({ verdict }) => verdict === 'level').length;
  const warnings =
    `${fulfilled} fulfilled, ${unfulfilled} unfulfilled, ${unjustified} unjustified, ${late} late, ` +
    `${undecided} undecided; ${formatCountOf(levels, 'alert')} about a level`;
  return [
    `warnings   ${warnings}`,
    `failures   ${formatFailures(score)}`,
    `forecasts  ${formatForecasts(score.forecasts)}`,
  ];
}

function formatFailures({ failures, missed, leadMedianMs, leadLeastMs }: ReplayScore): string {
  if (failures === 0) return 'none to warn of';
  const counts = `${failures}, ${missed} of them without a warning`;
  if (leadMedianMs === null || leadLeastMs === null) return counts;
  return `${counts}; warned ${formatDuration(leadMedianMs)} ahead (median), at least ${formatDuration(leadLeastMs)} ahead`;
}

function formatForecasts({ scored, errorMedianMs, errorP95Ms, coverage }: ForecastScore): string {
  if (errorMedianMs === null || errorP95Ms === null || coverage === null)
    return 'none to score: no failure followed a forecast above 50%';
  const errors = `error ${formatDuration(errorMedianMs)} (median), ${formatDuration(errorP95Ms)} (95th percentile)`;
  return `${formatCount(scored)} scored; ${errors}; the 90% interval contained the failure in ${formatPercent(coverage)}`;
}

function formatTime(atMs: number, dated: boolean): string {
  const iso = new Date(atMs).toISOString();
  return dated ? `${iso.slice(0, 10)} ${iso.slice(11, 19)}` : iso.slice(11, 19);
}

function formatCountOf(value: number, noun: string): string {
  return `${formatCount(value)} ${noun}${value === 1 ? '' : 's'}`;
}

/** The JSON that docs/replay.md describes. */
export function createReplayJson({ file, kind, host, notes, outcome }: Replayed) {
  const { fromMs, toMs, samples, pools, alerts, failures, score } = outcome;
  const { forecasts } = score;
  return {
    file,
    kind,
    host,
    fromAt: isoOrNull(fromMs),
    toAt: isoOrNull(toMs),
    samples,
    pools,
    notes,
    failures: failures.map((failure) => ({
      poolId: failure.poolId,
      failedAt: isoOrNull(failure.failedAtMs),
      afterAt: isoOrNull(failure.afterAtMs),
      beforeAt: isoOrNull(failure.beforeAtMs),
      untilAt: isoOrNull(failure.untilAtMs),
      seenBy: failure.seenBy,
    })),
    alerts: alerts.map(({ rule, poolId, severity, mail, summary, verdict, reference, ...alert }) => ({
      rule,
      poolId,
      severity,
      mail,
      summary,
      pendingAt: isoOrNull(alert.pendingAtMs),
      firedAt: isoOrNull(alert.firedAtMs),
      resolvedAt: isoOrNull(alert.resolvedAtMs),
      verdict,
      leadSeconds: toSeconds(alert.leadMs),
      oracleProbability: reference,
    })),
    score: {
      episodes: score.episodes,
      failures: score.failures,
      missed: score.missed,
      leadMedianSeconds: toSeconds(score.leadMedianMs),
      leadLeastSeconds: toSeconds(score.leadLeastMs),
      forecasts: {
        scored: forecasts.scored,
        errorMedianSeconds: toSeconds(forecasts.errorMedianMs),
        errorP95Seconds: toSeconds(forecasts.errorP95Ms),
        coverage: forecasts.coverage,
      },
    },
  };
}

function toSeconds(ms: number | null): number | null {
  return ms === null ? null : ms / SECOND_MS;
}
