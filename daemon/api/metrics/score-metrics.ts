/** The metrics of the forecast score: `portcast_forecast_*`, all over the last 30 days. */
import type { WireEpisodeCounts, WireScore } from '../../wire/score.js';
import { createGauge, createLabelledGauge, type MetricFamily, type MetricPoint } from './metric-family.js';

const KINDS = ['shown', 'alarm'] as const;
const VERDICTS = ['fulfilled', 'unfulfilled', 'unjustified'] as const;

/** A family is absent while nothing has been compared that it could be computed from. */
export function listScoreFamilies(score: WireScore): MetricFamily[] {
  return [...listForecastFamilies(score), ...listWarningFamilies(score)];
}

function listForecastFamilies(score: WireScore): MetricFamily[] {
  return [
    createGauge(
      'portcast_forecast_scored',
      'Forecasts of the last 30 days that were compared with what happened.',
      score.forecasts,
    ),
    createGauge(
      'portcast_forecast_brier_score',
      'Mean squared error of the 10-minute probability; 0 is perfect.',
      score.brier,
    ),
    createGauge(
      'portcast_forecast_base_ratio',
      'Share of the scored forecasts after which the pool ran out of ports within 10 minutes.',
      score.baseRate,
    ),
    createGauge(
      'portcast_forecast_error_median_seconds',
      'Median error of the forecast time of exhaustion, early or late.',
      score.errorMedianSeconds,
    ),
    createGauge(
      'portcast_forecast_error_p95_seconds',
      '95th percentile of the error of the forecast time of exhaustion, early or late.',
      score.errorP95Seconds,
    ),
    createGauge(
      'portcast_forecast_interval_coverage_ratio',
      'Share of the 90% intervals that contained the true time of exhaustion.',
      score.coverage,
    ),
  ];
}

function listWarningFamilies(score: WireScore): MetricFamily[] {
  return [
    createLabelledGauge(
      'portcast_forecast_episodes',
      'Warnings of the last 30 days by outcome: kind "shown" is a forecast above one half, "alarm" an alert of the rules imminent and leak.',
      KINDS.flatMap((kind) => VERDICTS.map((verdict) => ({ labels: { kind, verdict }, value: score[kind][verdict] }))),
    ),
    createGauge('portcast_forecast_failures', 'How often a pool ran out of ports in the last 30 days.', score.failures),
    createGauge(
      'portcast_forecast_failures_sudden',
      'How many of these failures came faster than a sample.',
      score.sudden,
    ),
    createLabelledGauge(
      'portcast_forecast_missed_failures',
      'Failures without a warning, not counting the sudden ones.',
      pointsByKind(score, (counts) => counts.missed),
    ),
    createLabelledGauge(
      'portcast_forecast_lead_seconds',
      'Median time from the warning to the failure.',
      pointsByKind(score, (counts) => counts.leadMedianSeconds),
    ),
  ];
}

function pointsByKind(score: WireScore, of: (counts: WireEpisodeCounts) => number | null): MetricPoint[] {
  return KINDS.map((kind) => ({ labels: { kind }, value: of(score[kind]) }));
}
