import { describe, expect, it } from 'vitest';
import { scoreToWire } from '../../../../daemon/wire/score.js';
import { listScoreFacts } from '../../../../dashboard/src/words/score-facts.js';
import { NOTHING_SCORED, SCORED } from '../../../builders/score-summary.js';

function readFacts(summary: typeof SCORED): Map<string, { value: string; help: string }> {
  const facts = listScoreFacts(scoreToWire(summary)).flatMap((group) => group.facts);
  return new Map(facts.map(({ name, value, help }) => [name, { value, help }]));
}

describe('listScoreFacts', () => {
  it('is empty while there is nothing to score', () => {
    expect(listScoreFacts(scoreToWire(NOTHING_SCORED))).toEqual([]);
  });
  it('states error, intervals, Brier score and episodes', () => {
    const facts = readFacts(SCORED);
    expect(facts.get('Error')?.help).toBe('Median over 40 forecasts of pools that ran out; 95% within 5.2 s.');
    expect(facts.get('90% interval')?.value).toBe('40 of 44 inside');
    expect(facts.get('90% interval')?.help).toContain('(target 90%)');
    expect(facts.get('Brier score')).toEqual({
      value: '0.0042',
      help: 'Over 1,200 forecasts; a forecast that is always the average would have 0.0196. 0 is perfect.',
    });
    expect(facts.get('Alarms')?.value).toBe('3 came true');
  });
  it('states the share of intervals where the count is not exact', () => {
    expect(readFacts({ ...SCORED, intervals: 12_345 }).get('90% interval')?.value).toBe('91% of 12,345 inside');
  });
  it('prints none yet for what cannot be computed', () => {
    const facts = readFacts({ ...NOTHING_SCORED, forecasts: 3 });
    expect([facts.get('Error')?.value, facts.get('90% interval')?.value]).toEqual(['none yet', 'none yet']);
  });
});
