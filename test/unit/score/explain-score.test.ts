import { expect, it } from 'vitest';
import { explainScore } from '../../../daemon/score/explain-score.js';
import { NOTHING_SCORED, SCORED } from '../../builders/score-summary.js';

it('states when scoring starts while nothing is scored', () => {
  expect(explainScore(NOTHING_SCORED)).toBe(
    'nothing to score yet: scoring starts with the first pool that is half full or is forecast to be',
  );
});

it('gives failures, warnings, the error and the intervals in one sentence', () => {
  expect(explainScore(SCORED)).toBe(
    'in 30 days pools ran out of ports 5 times: 0 without a warning, 1 faster than sampling; ' +
      '7 warnings: 4 came true, 2 did not because the traffic changed, 1 unjustified; ' +
      'the forecast instant was off by 850 ms in the median; 91% of the 90% intervals held the instant',
  );
});

it('leaves out what has no data, and counts one of a thing as one', () => {
  const shown = { ...NOTHING_SCORED.shown, fulfilled: 1 };
  expect(explainScore({ ...NOTHING_SCORED, forecasts: 12, shown })).toBe(
    'in 30 days no pool ran out of ports; 1 warning: 1 came true, 0 did not because the traffic changed, 0 unjustified',
  );
  expect(explainScore({ ...NOTHING_SCORED, failures: 1 })).toContain(
    'pools ran out of ports once: 0 without a warning',
  );
});
