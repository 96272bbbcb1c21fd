/** The score of one pool in sentences. */
import { formatCount, formatDuration, SECOND_MS } from '../../../daemon/units.js';
import type { WirePoolScore } from '../../../daemon/wire/pool-page.js';
import type { WireEpisode } from '../../../daemon/wire/score.js';
import { formatPlural } from './format.js';

export const NO_SCORE =
  'No forecast of this pool could be checked yet. That begins with the first time it is half full, or is forecast to be.';
const KINDS: Record<WireEpisode['kind'], string> = {
  shown: 'Forecast above 50%',
  alarm: 'Alert',
  leak: 'Alert of a leak',
};
const VERDICTS: Record<NonNullable<WireEpisode['verdict']>, string> = {
  fulfilled: 'came true',
  unfulfilled: 'right at first, then the traffic changed',
  unjustified: 'unjustified',
  late: 'after the ports had run out',
  unknown: 'not known: no samples',
};

/** Empty while nothing could be checked yet. */
export function describePoolScore(score: WirePoolScore): string[] {
  const { days, outages, warnedOutages, leadMedianSeconds, warnings, intervals, coverage } = score;
  const sentences: string[] = [];
  if (outages > 0) {
    const lead = leadMedianSeconds === null ? '' : `, half of them at least ${formatSeconds(leadMedianSeconds)} before`;
    const warned =
      warnedOutages === 0
        ? 'No warning came before'
        : `A warning came before ${formatCount(warnedOutages)} of them${lead}`;
    sentences.push(`The ports ran out ${formatTimes(outages)} in ${days} days. ${warned}.`);
  }
  const { fulfilled, unfulfilled, unjustified, late, unknown } = warnings;
  const told = fulfilled + unfulfilled + unjustified + late + unknown;
  if (told > 0) {
    const parts = [
      `${formatCount(fulfilled)} came true`,
      unfulfilled > 0 ? `${formatCount(unfulfilled)} did not, because the traffic changed` : '',
      unjustified > 0 ? `${formatCount(unjustified)} ${unjustified === 1 ? 'was' : 'were'} unjustified` : '',
      late > 0 ? `${formatCount(late)} came when the ports had run out already` : '',
      unknown > 0 ? `of ${formatCount(unknown)} it is not known, because portcast had no samples` : '',
    ];
    sentences.push(
      `Of ${formatPlural(told, 'alert')} that ${told === 1 ? 'is' : 'are'} over, ${parts.filter((part) => part !== '').join('; ')}.`,
    );
  }
  if (intervals > 0 && coverage !== null) {
    const inside = formatCount(Math.round(intervals * coverage));
    sentences.push(
      `${inside} of ${formatCount(intervals)} intervals of 90% contained the instant at which the ports ran out.`,
    );
  }
  return sentences;
}

export function formatEpisodeKind({ kind }: WireEpisode): string {
  return (KINDS as Partial<Record<string, string>>)[kind] ?? kind;
}

export function formatVerdict({ verdict }: WireEpisode): string {
  if (verdict === null) return 'goes on';
  return (VERDICTS as Partial<Record<string, string>>)[verdict] ?? verdict;
}

export function formatLead({ leadSeconds }: WireEpisode): string {
  return leadSeconds === null ? '' : formatSeconds(leadSeconds);
}

function formatTimes(count: number): string {
  return count === 1 ? 'once' : `${formatCount(count)} times`;
}

function formatSeconds(seconds: number): string {
  return formatDuration(Math.round(seconds) * SECOND_MS);
}
