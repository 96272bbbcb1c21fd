/** What `replay` says, for people and for machines. Pure. */
import { type ForecastScore, type ReplayedAlert, type ReplayedFailure, type ReplayScore } from '../replay/outcome.js';
import { DAY_MS, formatCount, formatDuration, formatPercent, isoOrNull } from '../units.js';

import { formatTable } from './text.js';
import type { ReplayOutcome } from '../replay/outcome.js';

/** What was replayed, and what came of it. */
export interface Replayed {
  readonly file: string;
  readonly kind: 'recording' | 'history';
  /** Null where an anonymized recording, or the database, does not tell. */
  readonly host: string | null;
  /** What the reader must know about how far this can be trusted. */
  readonly notes: readonly string[];
  readonly outcome: ReplayOutcome;
}

const HEADINGS = ['RULE', 'POOL', 'PENDING', 'FIRED', 'RESOLVED', 'LEAD', 'VERDICT'];
const NONE = '-';

/** Instants are UTC: the time of day, with the date where the samples reach over midnight. */
export function formatReplay({ file, kind, host, notes, outcome }: Replayed): string {
  const { fromMs, toMs, samples, pools, alerts, failures, score } = outcome;
  const from = host === null ? '' : ` of ${host}`;
  const head = [`${kind}${from}: ${file}`];
  if (fromMs !== null && toMs !== null) {
    const span = `${stamp(fromMs, true)} to ${stamp(toMs, true)} UTC (${formatDuration(toMs - fromMs)})`;
    head.push(`${span}, ${formatCount(samples)} samples, ${count(pools, 'pool')}`);
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
  ].join('\n');
}

function failureLines(failures: readonly ReplayedFailure[], dated: boolean): string[] {
  if (failures.length === 0) return ['No pool ran out of ports.'];
  return failures.map((failure) => {
    const { destination, afterAtMs, beforeAtMs, seenBy } = failure;
    const what = `Ports to ${destination} ran out`;
    if (afterAtMs === null) return `${what} before ${stamp(beforeAtMs, dated)}, unseen.`;
    if (seenBy === 'connects') return `${what} at ${stamp(beforeAtMs, dated)}, when a connect failed.`;
    if (seenBy === 'timers') return `${what} at ${stamp(beforeAtMs, dated)}, as the timers show.`;
    return `${what} between ${stamp(afterAtMs, dated)} and ${stamp(beforeAtMs, dated)}.`;
  });
}

function alertLines(alerts: readonly ReplayedAlert[], dated: boolean): string[] {
  if (alerts.length === 0) return ['No alert would have fired.'];
  const rows = alerts.map(({ rule, destination, pendingAtMs, firedAtMs, resolvedAtMs, leadMs, verdict }) => [
    rule,
    destination,
    stamp(pendingAtMs, dated),
    stamp(firedAtMs, dated),
    resolvedAtMs === null ? 'still firing' : stamp(resolvedAtMs, dated),
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
    `${undecided} undecided; ${count(levels, 'alert')} on a level`;
  return [
    `warnings   ${warnings}`,
    `failures   ${failuresText(score)}`,
    `forecasts  ${forecastsText(score.forecasts)}`,
  ];
}

function failuresText({ failures, missed, leadMedianMs, leadLeastMs }: ReplayScore): string {
  if (failures === 0) return 'none to warn of';
  const found = `${failures}, ${missed} of them missed`;
  if (leadMedianMs === null || leadLeastMs === null) return found;
  return `${found}; warned ${formatDuration(leadMedianMs)} ahead in the median, ${formatDuration(leadLeastMs)} at least`;
}

function forecastsText({ scored, errorMedianMs, errorP95Ms, coverage }: ForecastScore): string {
  if (errorMedianMs === null || errorP95Ms === null || coverage === null)
    return 'none to score: nothing shown came true';
  const off = `${formatDuration(errorMedianMs)} off in the median, ${formatDuration(errorP95Ms)} in 95% of cases`;
  return `${formatCount(scored)} scored, ${off}; the 90% interval held the failure in ${formatPercent(coverage)}`;
}

function stamp(atMs: number, dated: boolean): string {
  const iso = new Date(atMs).toISOString();
  return dated ? `${iso.slice(0, 10)} ${iso.slice(11, 19)}` : iso.slice(11, 19);
}

function count(value: number, noun: string): string {
  return `${formatCount(value)} ${noun}${value === 1 ? '' : 's'}`;
}

/** As docs/replay.md describes it. */
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
      ...{ rule, poolId, severity, mail, summary },
      pendingAt: isoOrNull(alert.pendingAtMs),
      firedAt: isoOrNull(alert.firedAtMs),
      resolvedAt: isoOrNull(alert.resolvedAtMs),
      verdict,
      leadSeconds: seconds(alert.leadMs),
      oracleProbability: reference,
    })),
    score: {
      episodes: score.episodes,
      failures: score.failures,
      missed: score.missed,
      leadMedianSeconds: seconds(score.leadMedianMs),
      leadLeastSeconds: seconds(score.leadLeastMs),
      forecasts: {
        scored: forecasts.scored,
        errorMedianSeconds: seconds(forecasts.errorMedianMs),
        errorP95Seconds: seconds(forecasts.errorP95Ms),
        coverage: forecasts.coverage,
      },
    },
  };
}

function seconds(ms: number | null): number | null {
  return ms === null ? null : ms / 1000;
}
