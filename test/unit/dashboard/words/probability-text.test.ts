import { describe, expect, it } from 'vitest';
import {
  describeProbability,
  describeClimb,
  describeFailures,
} from '../../../../dashboard/src/words/probability-text.js';
import { listScoreFacts } from '../../../../dashboard/src/words/score-facts.js';
import { scoreToWire } from '../../../../daemon/wire/score.js';
import { NOTHING_SCORED, SCORED } from '../../../builders/score-summary.js';
import { iso, NOW, wirePool } from '../../../builders/wire-pool.js';

describe('chanceText', () => {
  const between = { earliestAt: iso(NOW + 24_000), latestAt: iso(NOW + 35_000) };
  it('conditions on the rate where no history speaks', () => {
    expect(describeProbability(wirePool({ probability: 0.97 }), NOW)).toBe(
      'If this goes on: 97% likely to run out within 10 minutes',
    );
    expect(describeProbability(wirePool({ probability: 0.97, ...between }), NOW)).toMatch(
      /^Between \d\d:\d\d:24 and \d\d:\d\d:35 \(90%\); if this goes on: 97% likely/,
    );
  });
  it('names the bursts it rests on, and what holds if this one goes on', () => {
    const pool = wirePool({ probability: 0.35, probabilityIfHeld: 0.97, probabilityBasis: 'history', burstsKnown: 24 });
    const told =
      '35% likely to run out within 10 minutes, by how long its last 24 bursts lasted; if this one goes on, 97%';
    expect(describeProbability(pool, NOW)).toBe(told);
    expect(describeProbability({ ...pool, ...between }, NOW)).toMatch(/if this one goes on, 97%, between .* \(90%\)$/);
  });
  it('does not promise that a climb goes on', () => {
    const pool = wirePool({ probability: 0.4, probabilityBasis: 'climb' });
    expect(describeProbability(pool, NOW)).toBe(
      '40% likely to run out within 10 minutes, as the climb may settle first',
    );
  });
  it('says nothing where nothing is known', () => {
    expect(describeProbability(wirePool({ probability: null }), NOW)).toBe('');
  });
});

describe('climbText', () => {
  const climb = { pressureFullAt: iso(NOW + 240_000), pressureFullEarliestAt: iso(NOW + 200_000) };
  it('states the interval', () => {
    const pool = wirePool({ ...climb, pressureFullLatestAt: iso(NOW + 300_000) });
    expect(describeClimb(pool, NOW)).toMatch(/^The rate climbs; .* at \d\d:04:00 \(90%: \d\d:03:20 to \d\d:05:00\)\.$/);
  });
  it('says that the climb may end first', () => {
    expect(describeClimb(wirePool(climb), NOW)).toContain('the climb may end first');
  });
  it('is silent without a climb', () => {
    expect(describeClimb(wirePool(), NOW)).toBeNull();
  });
});

describe('failingText', () => {
  it.each([
    [12, '12 connects failed in the last minute'],
    [1, '1 connect failed in the last minute'],
    [0, null],
    [null, null],
  ])('%s', (failedConnects, text) => {
    expect(describeFailures(wirePool({ failedConnects }))).toBe(text);
  });
});

describe('scoreFacts', () => {
  it('has none while there is nothing to score', () => {
    expect(listScoreFacts(scoreToWire(NOTHING_SCORED))).toEqual([]);
  });
  it('states error, coverage, Brier score and episodes', () => {
    const values = listScoreFacts(scoreToWire(SCORED)).flatMap(({ facts }) =>
      facts.map(({ name, value }) => [name, value]),
    );
    expect(values).toContainEqual(['90% interval held', '91%']);
    expect(values).toContainEqual(['Brier score', '0.0042']);
    expect(values).toContainEqual(['Alarms', '3 came true']);
  });
});
