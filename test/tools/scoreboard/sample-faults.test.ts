import { describe, expect, it } from 'vitest';
import type { Alert } from '../../../daemon/alert/alert.js';
import { createPoolForecast } from '../../builders/pool-forecast.js';
import { firesCritical, isCalm, isRateOutside, isUnlikelyStated } from './sample-faults.js';

const AT = 1_000_000;

describe('the stated rate', () => {
  it.each([
    [28.0, 18.4, 26.6, true],
    [18.3, 18.4, 26.6, true],
    [18.4, 18.4, 26.6, false],
    [26.6, 18.4, 26.6, false],
  ])('%d beside %d to %d', (closeRate, closeRateLow, closeRateHigh, outside) => {
    expect(isRateOutside(createPoolForecast({ closeRate, closeRateLow, closeRateHigh }))).toBe(outside);
  });

  it('is not outside where it is not known', () => {
    expect(isRateOutside(createPoolForecast({ closeRate: null, closeRateLow: 1, closeRateHigh: 2 }))).toBe(false);
  });
});

describe('an unlikely exhaustion', () => {
  it.each([
    ['with an instant within 10 minutes', { probability: 0.19, exhaustsAtMs: AT + 60_000 }, true],
    ['with an instant beyond them', { probability: 0.19, exhaustsAtMs: AT + 601_000 }, false],
    ['with the mode churn', { probability: 0.1, exhaustsAtMs: null, mode: 'churn' }, true],
    ['that is likely enough', { probability: 0.2, exhaustsAtMs: AT + 60_000, mode: 'churn' }, false],
    ['without a probability', { probability: null, exhaustsAtMs: AT + 60_000 }, false],
  ] as const)('%s', (_, changes, stated) => {
    expect(isUnlikelyStated(createPoolForecast({ sampledAtMs: AT, mode: 'steady', ...changes }))).toBe(stated);
  });
});

describe('a pool whose connects fail', () => {
  const failing = { mode: 'exhausted', exhaustsAtMs: AT, closeRate: 16 } as const;

  it.each([
    ['says so', {}, false],
    ['is steady', { mode: 'steady' }, true],
    ['is idle', { mode: 'idle' }, true],
    ['never runs out', { mode: 'churn', exhaustsAtMs: null }, true],
    ['has a rate of less than a tenth of the demand', { closeRate: 3.1 }, true],
    ['has no known rate', { closeRate: null }, true],
  ] as const)('is calm where it %s: %#', (_, changes, calm) => {
    expect(isCalm(createPoolForecast({ ...failing, ...changes }), 32)).toBe(calm);
  });

  it('is calm where no pool is shown', () => {
    expect(isCalm(null, 32)).toBe(true);
  });
});

describe('a critical alert', () => {
  const alert = (changes: Partial<Alert>): Alert[] => [
    {
      id: 'imminent_a_1',
      rule: 'imminent',
      poolId: 'a',
      severity: 'critical',
      state: 'firing',
      mail: true,
      pendingAtMs: AT,
      firingAtMs: AT,
      resolvedAtMs: null,
      clearSinceMs: null,
      lastSeenAtMs: AT,
      summary: '',
      raised: null,
      latest: null,
      owners: { processes: [], why: null },
      ...changes,
    },
  ];

  it.each([
    ['imminent', {}, true],
    ['a leak within minutes', { rule: 'leak' }, true],
    ['a leak within the hour', { rule: 'leak', severity: 'warning' }, false],
    ['connects that failed', { rule: 'failing' }, false],
    ['pending', { state: 'pending', firingAtMs: null }, false],
    ['from before scoring began', { firingAtMs: AT - 1 }, false],
  ] as const)('%s', (_, changes, fires) => {
    expect(firesCritical(alert(changes), AT)).toBe(fires);
  });
});
