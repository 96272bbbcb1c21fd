/** The notes in parentheses after the sentence that explains a forecast. */
import { describe, expect, it } from 'vitest';
import type { PoolForecast } from '../../../daemon/forecast/types.js';
import type { WhyContext } from '../../../daemon/forecast/why.js';
import { CHURN, explain, SAMPLED_AT_MS } from '../../builders/explanations.js';
import { createInflow } from '../../builders/pool-facts.js';

describe('the notes of an explanation', () => {
  const steady: Partial<PoolForecast> = { mode: 'steady', closeRate: 5, pressure: 0.31 };
  it.each<[string, Partial<PoolForecast>, Partial<WhyContext>, string]>([
    [
      'one failed connect',
      { ...steady, failedConnects: 1, available: 600 },
      {},
      '(connect() failed once in the last minute because no port was free, though 600 of 1,000 ports are available now).',
    ],
    [
      'failed binds of a full pool',
      { mode: 'exhausted', kind: 'bind', failedConnects: 1204, available: 0 },
      {},
      '(bind() failed 1,204 times in the last minute because no port was free; clients bind to this address first, so all destinations share its ports).',
    ],
    [
      'ports that connect() skips, while some are available',
      { ...steady, failedConnects: 2, available: 60, capacity: 900, skippedPorts: 100 },
      {},
      '(connect() failed 2 times in the last minute because no port was free, though 60 of 900 ports are available now; 100 more ports look free, but ports that were bound before cannot be taken by connect() on this kernel until their last connection is gone).',
    ],
    [
      'one port that connect() skips',
      { ...steady, failedConnects: 1, available: 0, skippedPorts: 1 },
      {},
      '(connect() failed once in the last minute because no port was free; 1 more port looks free, but ports that were bound before cannot be taken by connect() on this kernel until their last connection is gone).',
    ],
    ...['0.0.0.0', '::'].map((localAddress): [string, Partial<PoolForecast>, Partial<WhyContext>, string] => [
      `clients that bind to the wildcard address ${localAddress}`,
      { ...steady, kind: 'bind', localAddress },
      {},
      '(clients bind to the wildcard address first, so all local addresses and destinations share its ports).',
    ]),
    [
      'reuse and the rate of young ports',
      { ...steady, reuse: 'after_delay' },
      { inflow: createInflow(5, { basis: 'young_timers' }) },
      '(TIME_WAIT ports are reused by connect() after the reuse delay; the rate is that of ports younger than the delay, because older ones may have been reused).',
    ],
    [
      'a rate from counts, and an assumed TIME_WAIT',
      steady,
      { inflow: createInflow(5, { basis: 'counts' }), timeWaitAssumed: true },
      '(the rate is estimated from counts: this system shows no timers; the length of TIME_WAIT is assumed).',
    ],
    [
      'a leak whose close rate is unknown',
      { mode: 'leak', closeRate: null, liveGrowth: 6, exhaustsAtMs: SAMPLED_AT_MS + 60_000 },
      { inflow: null },
      '(the close rate is not known yet).',
    ],
    [
      'an unknown release step',
      CHURN,
      { granularityLearned: false },
      '(the release step of this kernel is not yet learned, so the longest hold is assumed).',
    ],
  ])('%s', (_, forecast, context, notes) => {
    const sentence = explain(forecast, context);
    expect(sentence.slice(sentence.lastIndexOf('(', sentence.length - notes.length))).toBe(notes);
  });

  it('are absent where the sentence needs none', () => {
    expect(explain({ mode: 'idle' }, { granularityLearned: false, timeWaitAssumed: true })).not.toContain('(');
    expect(explain({ ...steady, failedConnects: 0 })).not.toContain('(');
  });
});
