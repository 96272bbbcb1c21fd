import { describe, expect, it } from 'vitest';
import type { Rule } from '../../../daemon/alert/alert.js';
import { formatHowSoon, formatPorts, nameDestination, nameFailingCall } from '../../../daemon/alert/names.js';
import { describeFailures, summarizeActive, summarizeResolved } from '../../../daemon/alert/summary.js';
import type { PoolForecast } from '../../../daemon/forecast/types.js';
import { MINUTE_MS, SECOND_MS } from '../../../daemon/units.js';
import { calmForecast, poolForecast, T0 } from '../../builders/forecasts.js';
import { alert } from '../../builders/messages.js';

const BIND = { kind: 'bind', remoteAddress: null, remotePort: null } as const;

describe('nameDestination', () => {
  const cases: [Partial<PoolForecast>, string][] = [
    [{}, '10.0.0.2:443'],
    [{ remoteAddress: '2001:db8::2', family: 'ipv6' }, '[2001:db8::2]:443'],
    [{ remotePort: null }, '10.0.0.2'],
    [BIND, 'any destination from 10.0.0.1 after bind()'],
    [{ ...BIND, localAddress: '0.0.0.0' }, 'any destination after bind() on any local address'],
    [{ namespace: 'web' }, '10.0.0.2:443 in namespace web'],
  ];
  it.each(cases)('names the pool with %o as %s', (changes, expected) => {
    expect(nameDestination(poolForecast(changes))).toBe(expected);
  });
});

describe('nameFailingCall', () => {
  const cases: [Partial<PoolForecast>, string][] = [
    [{}, 'connect() to 10.0.0.2:443'],
    [{ namespace: 'web' }, 'connect() to 10.0.0.2:443 in namespace web'],
    [BIND, 'bind() on 10.0.0.1'],
    [{ ...BIND, localAddress: '0.0.0.0' }, 'bind() on any local address'],
    [{ ...BIND, localAddress: '::' }, 'bind() on any local address'],
    [{ ...BIND, namespace: 'web' }, 'bind() on 10.0.0.1 in namespace web'],
  ];
  it.each(cases)('names the call of the pool with %o as %s', (changes, expected) => {
    expect(nameFailingCall(poolForecast(changes))).toBe(expected);
  });
});

describe('formatHowSoon', () => {
  it.each([
    [28_400, 'in 28 s'],
    [400, 'at any moment'],
    [-5000, 'at any moment'],
    [43 * MINUTE_MS, 'in 43 min'],
  ])('gives %i ms as %s', (leftMs, expected) => {
    expect(formatHowSoon(T0 + leftMs, T0)).toBe(expected);
  });
});

describe('formatPorts', () => {
  it.each([
    [0, '0 ports'],
    [1, '1 port'],
    [1534, '1,534 ports'],
  ])('gives %i as %s', (count, expected) => {
    expect(formatPorts(count)).toBe(expected);
  });
});

describe('describeFailures', () => {
  const failedBy = ['a', 'b', 'c', 'd'].map((name, pid) => ({ pid, name, failed: 1 }));

  it('names at most three processes', () => {
    const forecast = poolForecast({ failedConnects: 1204, failedBy });
    expect(describeFailures(forecast)).toBe('1,204 in the last minute, by a (pid 0), b (pid 1), c (pid 2) and others');
    expect(describeFailures({ ...forecast, failedBy: failedBy.slice(0, 3) })).toBe(
      '1,204 in the last minute, by a (pid 0), b (pid 1), c (pid 2)',
    );
  });

  it('gives the count alone where no process is known', () => {
    expect(describeFailures(poolForecast({ failedConnects: 2 }))).toBe('2 in the last minute');
  });
});

describe('summarizeActive', () => {
  const RUN_OUT = 'Ports to 10.0.0.2:443 run out in 28 s, at 14:03:22 UTC';
  const cases: [Rule, Partial<PoolForecast>, string][] = [
    ['imminent', {}, `${RUN_OUT}: 312 of 1,000 used, 25 closes/s against 15.9/s sustainable.`],
    ['imminent', { closeRate: null }, `${RUN_OUT}: 312 of 1,000 used.`],
    [
      'imminent',
      { mode: 'exhausted', used: 1000, timeWait: 988, demandAtLeast: true },
      'Out of ports to 10.0.0.2:443: 1,000 of 1,000 used (12 open, 988 in TIME_WAIT). Demand at least 25/s; connects fail.',
    ],
    [
      'imminent',
      { mode: 'exhausted', used: 1000, timeWait: 988, closeRate: 25 },
      'Out of ports to 10.0.0.2:443: 1,000 of 1,000 used (12 open, 988 in TIME_WAIT). Connects fail.',
    ],
    [
      'imminent',
      { cause: 'unanswered', synSent: 23, closeRate: 0, mode: 'churn' },
      `${RUN_OUT}: 312 of 1,000 used; 23 connects are unanswered (SYN_SENT); each attempt holds its port until it times out.`,
    ],
    [
      'imminent',
      { mode: 'exhausted', cause: 'unanswered', used: 1000, live: 1000, timeWait: 0, synSent: 1000, closeRate: 0 },
      'Out of ports to 10.0.0.2:443: 1,000 of 1,000 used (0 open, 1,000 unanswered, 0 in TIME_WAIT). 1,000 connects are unanswered (SYN_SENT); each attempt holds its port until it times out. Connects fail.',
    ],
    [
      'imminent',
      { demandAtLeast: true, closeRate: 32, exhaustsAtMs: null, used: 640, mode: 'idle' },
      'Ports to 10.0.0.2:443 come free again: 640 of 1,000 used. Demand at least 32/s; connects failed until just now.',
    ],
    [
      'imminent',
      { exhaustsAtMs: T0, used: 901, available: 99, closeRate: null },
      'Ports to 10.0.0.2:443 run out at any moment: 901 of 1,000 used.',
    ],
    [
      'imminent',
      { mode: 'leak', live: 37, liveGrowth: 4, closeRate: 0 },
      `${RUN_OUT}: 37 connections are open, 4 more every second; none is closed.`,
    ],
    [
      'leak',
      { mode: 'leak', live: 700, closeWait: 640, liveGrowth: 0.25, exhaustsAtMs: T0 + 20 * MINUTE_MS },
      'Ports to 10.0.0.2:443 run out in 20 min, at 14:22:54 UTC: 700 connections are open (640 in CLOSE_WAIT), 15 more every minute.',
    ],
    [
      'pressure',
      { pressure: 0.93, exhaustsAtMs: null },
      'This rate keeps 93% of the ports to 10.0.0.2:443 in use (930 of 1,000). Now 312 of 1,000 used, 25 closes/s against 15.9/s sustainable.',
    ],
    [
      'pressure',
      { pressure: 1.563 },
      'This rate needs 1,563 ports to 10.0.0.2:443; there are 1,000. Now 312 of 1,000 used, 25 closes/s against 15.9/s sustainable.',
    ],
    [
      'imminent',
      { closeRate: null, probability: 0.72, probabilityIfHeld: 0.97, probabilityBasis: 'history', burstsKnown: 12 },
      `${RUN_OUT}: 312 of 1,000 used. That is 72% likely, going by the last 12 bursts (97% without them).`,
    ],
    [
      'imminent',
      { closeRate: null, probabilityBasis: 'climb' },
      `${RUN_OUT}: 312 of 1,000 used. The close rate is rising; it may stop rising first.`,
    ],
    ['use', { used: 820 }, '82% of the ports to 10.0.0.2:443 are used (820 of 1,000).'],
    [
      'failing',
      { ...BIND, failedConnects: 3 },
      'bind() on 10.0.0.1 fails with EADDRINUSE ("Address already in use"): out of local ports. Failures: 3 in the last minute. Ports: 312 of 1,000 used.',
    ],
  ];
  it.each(cases)('of %s with %o', (rule, changes, expected) => {
    expect(summarizeActive(rule, poolForecast(changes), { sinceMs: T0, nowMs: T0 })).toBe(expected);
  });
});

describe('summarizeResolved', () => {
  const nowMs = T0 + 68 * SECOND_MS;
  const NOW = 'Now 60 of 1,000 in use; this rate needs 60.';
  const cases: [Rule, PoolForecast | null, string][] = [
    ['failing', calmForecast(), `Over. No connect() to 10.0.0.2:443 failed in the last minute. ${NOW}`],
    ['imminent', calmForecast(), `Over. Ports to 10.0.0.2:443 are no longer about to run out. ${NOW}`],
    [
      'leak',
      calmForecast({ pressure: null }),
      'Over. The connections held open to 10.0.0.2:443 no longer grow towards the limit. Now 60 of 1,000 in use.',
    ],
    ['pressure', calmForecast(), `Over. Use of the ports to 10.0.0.2:443 is back below the line. ${NOW}`],
    ['use', calmForecast(), `Over. Use of the ports to 10.0.0.2:443 is back below the line. ${NOW}`],
    ['imminent', null, 'Over. No connection to 10.0.0.2:443 is left, so its ports are free.'],
    ['blind', null, 'Over after 68 s: portcast has good samples again.'],
  ];
  it.each(cases)('of %s', (rule, pool, expected) => {
    expect(summarizeResolved(alert({ rule }), pool, nowMs)).toBe(expected);
  });
});
