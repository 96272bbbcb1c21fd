/** Writes the score of the forecasts as one sentence, for the status and the score document. */
import { formatDuration, formatPercent } from '../units.js';
import type { ScoreSummary } from './types.js';

/** One sentence with its numbers; begins with `nothing to score yet` while there are none. */
export function explainScore(score: ScoreSummary): string {
  const { days, forecasts, failures, shown } = score;
  const warnings = shown.fulfilled + shown.unfulfilled + shown.unjustified;
  if (forecasts + failures + warnings === 0) {
    return 'nothing to score yet: scoring starts with the first pool that is half full or is forecast to be';
  }
  const failed =
    failures === 0
      ? 'no pool ran out of ports'
      : `pools ran out of ports ${failures === 1 ? 'once' : `${failures} times`}: ${shown.missed} without a warning, ` +
        `${score.sudden} faster than sampling`;
  const warned =
    `${warnings} warning${warnings === 1 ? '' : 's'}: ${shown.fulfilled} came true, ` +
    `${shown.unfulfilled} did not because the traffic changed, ${shown.unjustified} unjustified`;
  const error =
    score.medianErrorMs === null
      ? ''
      : `; the forecast instant was off by ${formatDuration(score.medianErrorMs)} in the median`;
  const held =
    score.coverage === null ? '' : `; ${formatPercent(score.coverage)} of the 90% intervals held the instant`;
  return `in ${days} days ${failed}; ${warned}${error}${held}`;
}
