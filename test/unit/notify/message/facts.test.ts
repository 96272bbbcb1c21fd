import { describe, expect, it } from 'vitest';
import type { PoolForecast } from '../../../../daemon/forecast/types.js';
import {
  describeCertainty,
  describeHost,
  describeInstant,
  describeOutageNow,
  describePath,
  describePool,
} from '../../../../daemon/notify/message/facts.js';
import { createLocalTime } from '../../../../daemon/notify/message/local-time.js';
import { HOUR_MS, MINUTE_MS } from '../../../../daemon/units.js';
import { LIMITS } from '../../../fakes.js';
import { calmForecast, poolForecast, T0 } from '../../../builders/forecasts.js';
import { createOutage } from '../../../builders/outage.js';

const BERLIN = createLocalTime('Europe/Berlin');

describe('describeInstant', () => {
  const cases: [string, PoolForecast, string][] = [
    ['an instant and its interval', poolForecast(), '2026-01-05 15:03:22 +01:00, in 28 s (90%: 15:03:20 to 15:03:24)'],
    [
      'an interval without an end',
      poolForecast({ latestAtMs: null }),
      '2026-01-05 15:03:22 +01:00, in 28 s (90%: not before 15:03:20, perhaps never)',
    ],
    ['no interval', poolForecast({ earliestAtMs: null }), '2026-01-05 15:03:22 +01:00, in 28 s'],
    [
      'an interval within one second',
      poolForecast({ earliestAtMs: T0 + 28_100, latestAtMs: T0 + 28_200 }),
      '2026-01-05 15:03:22 +01:00, in 28 s',
    ],
    [
      'an instant that has passed',
      poolForecast({ exhaustsAtMs: T0 - 2000, earliestAtMs: T0 - 4000, latestAtMs: T0 - 1000 }),
      'At any moment (forecast for 2026-01-05 15:02:52 +01:00)',
    ],
    ['no exhaustion', calmForecast(), 'Not at this rate'],
    [
      'ports that come free again',
      calmForecast({ demandAtLeast: true }),
      'Connects failed until just now, and the demand may still be there.',
    ],
    [
      'a rising rate',
      calmForecast({ pressureFullAtMs: T0 + 95 * MINUTE_MS, pressureFullEarliestAtMs: T0 + 70 * MINUTE_MS }),
      'Not at this rate. If it keeps rising: 2026-01-05 16:37:54 +01:00 (90%: not before 16:12:54, perhaps never)',
    ],
  ];
  it.each(cases)('states %s', (_name, forecast, value) => {
    expect(describeInstant(forecast, T0, BERLIN)).toEqual({ label: 'When', value });
  });

  it('states since when the ports are out, where that is known', () => {
    const open = createOutage({ fromMs: T0 - 90_000, isOver: false });
    const describeAt = (...outages: (typeof open)[]) => describeOutageNow(outages, T0, BERLIN).value;
    expect(describeAt(open)).toBe('Now, since 2026-01-05 15:01:24 +01:00 (90 s)');
    expect(describeAt({ ...open, isOver: true })).toBe('Now');
    expect(describeAt({ ...open, fromMs: T0 })).toBe('Now');
    expect(describeAt()).toBe('Now');
  });
});

describe('describeCertainty', () => {
  const likely = (changes: Partial<PoolForecast>) => describeCertainty(poolForecast(changes), T0)[0]?.value;

  it('states the probability and what may prevent it', () => {
    expect(likely({})).toBe('98% likely within 10 minutes; the traffic may change before');
    expect(likely({ probability: 0.9999 })).toMatch(/^Over 99% likely/);
    expect(likely({ probabilityBasis: 'climb' })).toMatch(/ 10 minutes; the rate may stop rising first$/);
    expect(likely({ probabilityBasis: 'history', burstsKnown: 9, probabilityIfHeld: 0.64 })).toBe(
      '98% likely within 10 minutes, going by the last 9 bursts (64% without them)',
    );
  });

  it.each<[string, Partial<PoolForecast>]>([
    ['not known', { probability: null }],
    ['a fact', { mode: 'exhausted' }],
    ['about a nearer time than the instant', { exhaustsAtMs: T0 + HOUR_MS }],
  ])('says nothing where it is %s', (_name, changes) => {
    expect(likely(changes)).toBeUndefined();
  });
});

describe('describePool', () => {
  const describeAs = (label: string, changes: Partial<PoolForecast>): string | undefined =>
    describePool(poolForecast(changes)).find((fact) => fact.label === label)?.value;

  it('states where the ports are', () => {
    expect(describeAs('Ports', { closeWait: 4, reusable: 200 })).toBe(
      '312 of 1,000 used: 12 open (4 in CLOSE_WAIT), 300 in TIME_WAIT, of which 200 can be taken again',
    );
  });

  it('states the growth of a leak, and a demand that is not met for a moment', () => {
    expect(describeAs('Growth', { mode: 'leak', liveGrowth: 4, closeRate: 0 })).toBe(
      '12 connections are open, 4 more every second; none is closed',
    );
    expect(describeAs('Demand', { demandAtLeast: true })).toMatch(/^At least 25\/s; connects failed until just now/);
    expect(describeAs('Demand', { mode: 'exhausted' })).toBeUndefined();
  });

  it('states the way of the connections', () => {
    expect(describePath(poolForecast()).value).toBe('10.0.0.1 to 10.0.0.2:443');
    expect(describePath(poolForecast({ kind: 'bind', remoteAddress: null, remotePort: null })).value).toBe(
      'Any destination from 10.0.0.1 after bind()',
    );
  });
});

describe('describeHost', () => {
  it.each([
    [null, 'web-1'],
    [LIMITS, 'web-1: ports 20000 to 20999, TIME_WAIT 60 s'],
    [
      { ...LIMITS, reservedPorts: [{ first: 19_990, last: 20_001 }], timeWaitAssumed: true },
      'web-1: ports 20000 to 20999, 2 reserved, TIME_WAIT 60 s (assumed)',
    ],
    [{ ...LIMITS, reservedPorts: [{ first: 8080, last: 8080 }] }, 'web-1: ports 20000 to 20999, TIME_WAIT 60 s'],
  ])('states what is known of the limits', (limits, value) => {
    expect(describeHost('web-1', limits)).toEqual({ label: 'Host', value });
  });
});
