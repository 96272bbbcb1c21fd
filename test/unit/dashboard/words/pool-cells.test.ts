import { describe, expect, it } from 'vitest';
import { showsSameName, showsSameCells, showsSameTimeLeft } from '../../../../dashboard/src/words/pool-cells.js';
import { iso, wirePool } from '../../../builders/wire-pool.js';

const NOW = Date.UTC(2026, 0, 5, 12);
const ahead = [{ at: iso(NOW), used: 1, low: 0, high: 2 }];
const pool = wirePool({ exhaustsAt: null, sampledAt: iso(NOW) });

describe('the cells of a pool', () => {
  it('stay when only what they do not show has changed', () => {
    const next = { ...pool, sampledAt: iso(NOW + 2000), why: 'other', closeRateLow: 1, closeRateHigh: 9, ahead };
    expect(showsSameCells(pool, next)).toBe(true);
  });

  it('do not read the projection, whose points are made when they are read', () => {
    const unread = {
      ...pool,
      get ahead(): never {
        throw new Error('it was read');
      },
    };
    expect(showsSameCells(unread, pool)).toBe(true);
    expect(showsSameCells(pool, unread)).toBe(true);
  });

  it.each([
    ['used', { used: pool.used + 1 }],
    ['open connections', { live: pool.live + 1 }],
    ['TIME_WAIT', { timeWait: pool.timeWait + 1 }],
    ['the capacity', { capacity: pool.capacity + 1 }],
    ['the close rate', { closeRate: 1.5 }],
    ['a close rate that is not known', { closeRate: null }],
    ['the sustainable rate', { sustainableRate: 1.5 }],
    ['the pressure', { pressure: 0.001 }],
    ['calls that fail', { demandAtLeast: !pool.demandAtLeast }],
    ['whose pool it is', { own: 'viewer' as const }],
    ['the mode', { mode: 'leak' as const }],
    ['a pool that is gone', { goneSince: iso(NOW) }],
    ['a climb', { pressureFullAt: iso(NOW + 60_000) }],
  ])('change with %s, and when it is as before again', (_, change) => {
    expect(showsSameCells(pool, { ...pool, ...change })).toBe(false);
    expect(showsSameCells({ ...pool, ...change }, pool)).toBe(false);
  });

  it('change with each sample while an exhaustion is foreseen', () => {
    const full = { ...pool, exhaustsAt: iso(NOW + 60_000) };
    expect(showsSameCells(full, full)).toBe(true);
    expect(showsSameCells(full, { ...full, sampledAt: iso(NOW + 2000) })).toBe(false);
  });

  it('stay when a number changes by less than they show', () => {
    const rated = { ...pool, closeRate: 1.502, pressure: 0.9003, sustainableRate: 16.12 };
    expect(showsSameCells(rated, { ...rated, closeRate: 1.504, pressure: 0.8997, sustainableRate: 16.13 })).toBe(true);
    expect(showsSameCells(rated, { ...rated, closeRate: 1.506 })).toBe(false);
    expect(showsSameCells(rated, { ...rated, pressure: 0.899 })).toBe(false);
  });

  it('of the name and of the time left stay while other ones change', () => {
    const busier = { ...pool, used: pool.used + 1, closeRate: 3 };
    expect(showsSameName(pool, busier)).toBe(true);
    expect(showsSameTimeLeft(pool, busier)).toBe(true);
    expect(showsSameName(pool, { ...pool, mode: 'leak' })).toBe(false);
    expect(showsSameTimeLeft(pool, { ...pool, goneSince: iso(NOW) })).toBe(false);
    const full = { ...pool, exhaustsAt: iso(NOW + 60_000) };
    expect(showsSameTimeLeft(full, { ...full })).toBe(false);
    expect(showsSameTimeLeft(full, { ...pool })).toBe(false);
  });
});
