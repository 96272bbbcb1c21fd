import { describe, expect, it } from 'vitest';
import { rankPools } from '../../../daemon/alert/ranking.js';
import { createAlert } from '../../builders/records.js';

const POOLS = [{ id: 'a' }, { id: 'b' }, { id: 'c' }, { id: 'd' }];
const order = (...alerts: Parameters<typeof createAlert>[1][]): string =>
  rankPools(
    POOLS,
    alerts.map((changes) => createAlert('1', changes)),
  )
    .map(({ id }) => id)
    .join('');

describe('the order of pools', () => {
  it('is the given one while no critical alert fires', () => {
    expect(order()).toBe('abcd');
    expect(order({ poolId: 'd', state: 'pending' }, { poolId: 'c', severity: 'warning' })).toBe('abcd');
    expect(order({ poolId: null, rule: 'blind' }, { poolId: 'gone' })).toBe('abcd');
  });

  it('has the pools with a firing critical alert first, in the given order', () => {
    expect(order({ poolId: 'd' }, { poolId: 'b' })).toBe('bdac');
  });
});
