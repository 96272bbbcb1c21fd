import { describe, expect, it } from 'vitest';
import { summarizeActive, nameDestination, formatHowSoon } from '../../../daemon/alert/summary.js';
import type { Rule } from '../../../daemon/alert/alert.js';
import type { PoolForecast } from '../../../daemon/forecast/types.js';
import { poolForecast, T0 } from '../../builders/forecasts.js';

describe('destinationOf', () => {
  const cases: [Partial<PoolForecast>, string][] = [
    [{}, '10.0.0.2:443'],
    [{ remoteAddress: '2001:db8::2', family: 'ipv6' }, '[2001:db8::2]:443'],
    [{ remotePort: null }, '10.0.0.2'],
    [{ kind: 'bind', remoteAddress: null, remotePort: null }, 'any destination from 10.0.0.1 after bind()'],
    [{ namespace: 'web' }, '10.0.0.2:443 in namespace web'],
  ];
  it.each(cases)('%o is %s', (changes, expected) => {
    expect(nameDestination(poolForecast(changes))).toBe(expected);
  });
});

describe('howSoon', () => {
  it.each([
    [28_400, 'in 28 s'],
    [400, 'now'],
    [-5000, 'now'],
    [43 * 60_000, 'in 43 min'],
  ])('%i ms is %s', (leftMs, expected) => {
    expect(formatHowSoon(T0 + leftMs, T0)).toBe(expected);
  });
});

describe('activeSummary', () => {
  const cases: [Rule, Partial<PoolForecast>, string][] = [
    ['imminent', { closeRate: null }, 'Ports to 10.0.0.2:443 run out in 28 s, at 14:03:22 UTC: 312 of 1,000 used.'],
    [
      'imminent',
      { mode: 'exhausted', used: 1000 },
      'No port is left to 10.0.0.2:443: 1,000 of 1,000 used, 25 closes/s against 15.9/s sustainable.',
    ],
    [
      'leak',
      { mode: 'leak', live: 700, liveGrowth: 0.25, exhaustsAtMs: T0 + 20 * 60_000 },
      'Ports to 10.0.0.2:443 run out in 20 min, at 14:22:54 UTC: 700 of 1,000 are held open, growing by 0.25/s.',
    ],
    [
      'pressure',
      { pressure: 0.93, exhaustsAtMs: null },
      'Ports to 10.0.0.2:443 settle at 93% of capacity if the rate holds: 312 of 1,000 used, 25 closes/s against 15.9/s sustainable.',
    ],
    [
      'imminent',
      { closeRate: null, probability: 0.72, probabilityIfHeld: 0.97, probabilityBasis: 'history', burstsKnown: 12 },
      'Ports to 10.0.0.2:443 run out in 28 s, at 14:03:22 UTC: 312 of 1,000 used. By how long the 12 bursts before lasted, that is 72% likely; if this one goes on, 97%.',
    ],
    [
      'imminent',
      { closeRate: null, probabilityBasis: 'climb' },
      'Ports to 10.0.0.2:443 run out in 28 s, at 14:03:22 UTC: 312 of 1,000 used. This holds if the close rate goes on climbing as it does now; it may settle before that.',
    ],
    ['use', { used: 820 }, '82% of the ports to 10.0.0.2:443 are used (820 of 1,000).'],
  ];
  it.each(cases)('%s %o', (rule, changes, expected) => {
    expect(summarizeActive(rule, poolForecast(changes), { sinceMs: T0, nowMs: T0 })).toBe(expected);
  });
});
