/** The score of the forecasts as facts with explanations. */
import { formatCount, formatDuration, formatPercent } from '../../../daemon/units.js';
import type { WireEpisodeCounts, WireScore } from '../../../daemon/wire/score.js';
import { formatPlural } from './format.js';
import type { Fact, FactGroup } from './host-facts.js';

const NONE = 'none yet';
/** The daemon sends the share with four decimals, which gives the exact count below this many intervals. */
const EXACT_COUNT_BELOW = 10_000;

/** Empty while no forecast can be checked yet. */
export function listScoreFacts(score: WireScore): FactGroup[] {
  const checked = score.forecasts + score.failures + countEpisodes(score.shown) + countEpisodes(score.alarm);
  if (checked === 0) return [];
  return [
    { title: 'Time of exhaustion', facts: [errorFact(score), intervalFact(score)] },
    { title: 'Probability', facts: [brierFact(score), failureFact(score)] },
    { title: 'Warnings', facts: [episodeFact('Shown above 50%', score.shown), episodeFact('Alarms', score.alarm)] },
  ];
}

function errorFact({ errors, errorMedianSeconds, errorP95Seconds }: WireScore): Fact {
  const p95 = errorP95Seconds === null ? '' : `; 95% within ${formatSeconds(errorP95Seconds)}`;
  return {
    name: 'Error',
    value: formatSeconds(errorMedianSeconds),
    help:
      errors === 0
        ? 'Only forecasts of pools that ran out while the traffic went on can be compared.'
        : `Median over ${formatPlural(errors, 'forecast')} of pools that ran out${p95}.`,
  };
}

function intervalFact({ intervals, coverage }: WireScore): Fact {
  return {
    name: '90% interval',
    value: coverage === null ? NONE : `${formatInside(intervals, coverage)} of ${formatCount(intervals)} inside`,
    help: 'How often the true instant was inside the interval (target 90%).',
  };
}

function formatInside(intervals: number, coverage: number): string {
  return intervals < EXACT_COUNT_BELOW ? formatCount(intervals * coverage) : formatPercent(coverage);
}

function brierFact({ forecasts, brier, baseRate }: WireScore): Fact {
  const count = `Over ${formatPlural(forecasts, 'forecast')}`;
  const reference =
    baseRate === null || baseRate === 0 || baseRate === 1
      ? ''
      : `; a forecast that is always the average would have ${(baseRate * (1 - baseRate)).toFixed(4)}`;
  return {
    name: 'Brier score',
    value: brier === null ? NONE : brier.toFixed(4),
    help: `${count}${reference}. 0 is perfect.`,
  };
}

function failureFact({ failures, sudden }: WireScore): Fact {
  return {
    name: 'Failures',
    value: formatCount(failures),
    help: `How often a pool began to fail. ${formatCount(sudden)} of these came faster than the sampling.`,
  };
}

function episodeFact(name: string, counts: WireEpisodeCounts): Fact {
  const { fulfilled, unfulfilled, unjustified, missed, leadMedianSeconds } = counts;
  const lead = leadMedianSeconds === null ? '' : ` Median lead ${formatSeconds(leadMedianSeconds)}.`;
  return {
    name,
    value: `${formatCount(fulfilled)} came true`,
    help: `${formatCount(unfulfilled)} did not because the traffic changed, ${formatCount(unjustified)} unjustified, ${formatCount(missed)} missed.${lead}`,
  };
}

function countEpisodes({ fulfilled, unfulfilled, unjustified, missed }: WireEpisodeCounts): number {
  return fulfilled + unfulfilled + unjustified + missed;
}

function formatSeconds(seconds: number | null): string {
  return seconds === null ? NONE : formatDuration(seconds * 1000);
}
