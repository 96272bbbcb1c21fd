import { describe, expect, it } from 'vitest';
import type { PoolForecast } from '../../../../daemon/forecast/types.js';
import { describeHost, describeInstant, describePool } from '../../../../daemon/notify/message/facts.js';
import { MINUTE_MS } from '../../../../daemon/units.js';
import { LIMITS } from '../../../fakes.js';
import { calmForecast, poolForecast, T0 } from '../../../builders/forecasts.js';

describe('describeInstant', () => {
  const cases: [string, PoolForecast, string][] = [
    [
      'an instant and its interval',
      poolForecast(),
      '2026-01-05 14:03:22 UTC, in 28 s (90%: between 14:03:20 and 14:03:24)',
    ],
    [
      'an interval without an end',
      poolForecast({ latestAtMs: null }),
      '2026-01-05 14:03:22 UTC, in 28 s (90%: after 14:03:20, or never)',
    ],
    ['no interval', poolForecast({ earliestAtMs: null }), '2026-01-05 14:03:22 UTC, in 28 s'],
    [
      'an exhausted pool',
      poolForecast({ mode: 'exhausted' }),
      'Already: connect() to 10.0.0.2:443 fails with EADDRNOTAVAIL ("Cannot assign requested address").',
    ],
    [
      'an exhausted bind pool',
      poolForecast({ mode: 'exhausted', kind: 'bind' }),
      'Already: bind() on 10.0.0.1 fails with EADDRINUSE ("Address already in use").',
    ],
    ['no exhaustion', calmForecast(), 'Not at this rate.'],
    [
      'a rising rate',
      calmForecast({ pressureFullAtMs: T0 + 95 * MINUTE_MS, pressureFullEarliestAtMs: T0 + 70 * MINUTE_MS }),
      'Not at this rate. If it keeps rising, it needs all ports by 2026-01-05 15:37:54 UTC (90%: after 15:12:54, or never).',
    ],
  ];
  it.each(cases)('states %s', (_name, forecast, value) => {
    expect(describeInstant(forecast, T0)).toEqual({ label: 'Runs out', value });
  });
});

describe('describePool', () => {
  const describeAs = (label: string, changes: Partial<PoolForecast>): string | undefined =>
    describePool(poolForecast(changes)).find((fact) => fact.label === label)?.value;

  it('lists the labels in this order', () => {
    const labels = describePool(poolForecast({ failedConnects: 1 })).map(({ label }) => label);
    expect(labels).toEqual(['Pool', 'Failed', 'Ports', 'Closes', 'Demand', 'Why']);
  });

  it('states where the ports are', () => {
    expect(describeAs('Ports', { closeWait: 4, reusable: 200 })).toBe(
      '312 of 1,000 used: 12 open (4 in CLOSE_WAIT), 300 in TIME_WAIT, of which 200 can be taken again; 688 available',
    );
  });

  it('states the close rate with its interval, or that it is not known', () => {
    const sustainable = 'sustainable: 15.9/s, as each close holds its port for 62 s';
    expect(describeAs('Closes', {})).toBe(`25/s (90%: 23.1 to 27.2); ${sustainable}`);
    expect(describeAs('Closes', { closeRateLow: null })).toBe(`25/s; ${sustainable}`);
    expect(describeAs('Closes', { closeRate: null })).toBe(`rate not known yet; ${sustainable}`);
  });

  it('states the ports that the rate needs, where the rate alone decides', () => {
    expect(describeAs('Demand', { pressure: 1.563 })).toBe('This rate needs 1,563 ports; there are 1,000');
    expect(describeAs('Demand', { pressure: null })).toBeUndefined();
    expect(describeAs('Demand', { mode: 'leak' })).toBeUndefined();
    expect(describeAs('Demand', { mode: 'exhausted' })).toBe('Connects fail');
  });

  it('names the local address only beside a destination', () => {
    expect(describeAs('Pool', {})).toBe('10.0.0.2:443, from 10.0.0.1');
    expect(describeAs('Pool', { kind: 'bind', remoteAddress: null, remotePort: null })).toBe(
      'any destination from 10.0.0.1 after bind()',
    );
  });
});

describe('describeHost', () => {
  it.each([
    [null, 'web-1'],
    [LIMITS, 'web-1: ports 20000 to 20999, TIME_WAIT 60 s'],
    [
      { ...LIMITS, reservedPorts: [{ first: 20_000, last: 20_001 }], timeWaitAssumed: true },
      'web-1: ports 20000 to 20999, some reserved, TIME_WAIT 60 s (assumed)',
    ],
  ])('states what is known of the limits', (limits, value) => {
    expect(describeHost('web-1', limits)).toEqual({ label: 'Host', value });
  });
});
