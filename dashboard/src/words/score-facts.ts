/** How right the daemon's forecasts were, as facts with what each means. Pure. */
import { formatCount, formatDuration, formatPercent } from '../../../daemon/units.js';
import type { WireEpisodeCounts, WireScore } from '../../../daemon/wire/score.js';
import { formatPlural } from './format.js';
import type { FactGroup } from './host-facts.js';

const NONE = 'none yet';

const seconds = (value: number | null): string => (value === null ? NONE : formatDuration(value * 1000));

/** The facts by subject; empty while there is nothing to score. */
export function listScoreFacts(score: WireScore): FactGroup[] {
  if (score.forecasts === 0 && score.failures === 0 && episodes(score.shown) + episodes(score.alarm) === 0) return [];
  const p95 = score.errorP95Seconds === null ? '' : `, 95% within ${seconds(score.errorP95Seconds)}`;
  return [
    {
      title: 'The instant',
      facts: [
        {
          name: 'Off by',
          value: seconds(score.errorMedianSeconds),
          help:
            score.errors === 0
              ? 'Of forecasts whose pool ran out while the traffic went on.'
              : `Median over ${formatPlural(score.errors, 'forecast')} whose pool ran out${p95}.`,
        },
        {
          name: '90% interval held',
          value: score.coverage === null ? NONE : formatPercent(score.coverage),
          help:
            score.intervals === 0
              ? 'Of the same forecasts, how many had the instant inside.'
              : `Of ${formatPlural(score.intervals, 'interval')}, those that had the instant inside. Honest is 90%.`,
        },
      ],
    },
    {
      title: 'The probability',
      facts: [
        {
          name: 'Brier score',
          value: score.brier === null ? NONE : score.brier.toFixed(4),
          help: `${brierHelp(score)} 0 is perfect.`,
        },
        {
          name: 'Failures',
          value: formatCount(score.failures),
          help: `Times a pool began to fail; ${formatCount(score.sudden)} faster than sampling.`,
        },
      ],
    },
    {
      title: 'The warnings',
      facts: [episodeFact('Shown above 50%', score.shown), episodeFact('Alarms', score.alarm)],
    },
  ];
}

function brierHelp({ forecasts, baseRate }: WireScore): string {
  const over = `Over ${formatPlural(forecasts, 'forecast')}`;
  if (baseRate === null || baseRate === 0 || baseRate === 1) return `${over}.`;
  return `${over}; knowing only how often it happens would give ${(baseRate * (1 - baseRate)).toFixed(4)}.`;
}

function episodes({ fulfilled, unfulfilled, unjustified, missed }: WireEpisodeCounts): number {
  return fulfilled + unfulfilled + unjustified + missed;
}

function episodeFact(name: string, counts: WireEpisodeCounts): FactGroup['facts'][number] {
  const lead = counts.leadMedianSeconds === null ? '' : ` Median lead ${seconds(counts.leadMedianSeconds)}.`;
  return {
    name,
    value: `${formatCount(counts.fulfilled)} came true`,
    help: `${formatCount(counts.unfulfilled)} unfulfilled as the traffic changed, ${formatCount(counts.unjustified)} unjustified, ${formatCount(counts.missed)} missed.${lead}`,
  };
}
