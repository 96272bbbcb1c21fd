/** The sentence that explains a forecast: every mode by itself, and the real ones of simulated hosts. */
import { describe, expect, it } from 'vitest';
import type { PoolForecast } from '../../../daemon/forecast/types.js';
import type { Unanswered } from '../../../daemon/forecast/unanswered.js';
import type { WhyContext } from '../../../daemon/forecast/why.js';
import { CHURN, explain, SAMPLED_AT_MS } from '../../builders/explanations.js';
import { createClimb, createInflow } from '../../builders/pool-facts.js';
import { createStream, createWorld } from '../../tools/simulator/worlds.js';
import { forecastWorld } from '../../builders/watch-world.js';

/** So many rows that wait for an answer, which come at such a rate. */
const createUnanswered = (count: number, perSecond: number): Unanswered => ({
  agesMs: Array.from({ length: count }, (_, i) => (1000 * i) / perSecond),
  perSecond,
  low: perSecond,
  high: perSecond,
  holdMs: 134_000,
  lastedMs: 20_000,
});

describe('the explanation of each mode', () => {
  it.each<[string, Partial<PoolForecast>, Partial<WhyContext>, string]>([
    [
      'exhausted: what holds the ports',
      { mode: 'exhausted', live: 12, timeWait: 988, available: 0 },
      {},
      'All 1,000 ports are held (12 live, 988 in TIME_WAIT): connects fail until one comes free.',
    ],
    [
      'exhausted: the ports that connect() does not skip',
      { mode: 'exhausted', capacity: 900, live: 12, timeWait: 888, available: 0, skippedPorts: 100 },
      {},
      'All 900 ports that connect() can take are held (12 live, 888 in TIME_WAIT): connects fail until one comes free (100 more ports look free, but ports that were bound before cannot be taken by connect() on this kernel until their last connection is gone).',
    ],
    [
      'exhausted: the least demand that is known',
      { mode: 'exhausted', live: 12, timeWait: 988, available: 0, demandAtLeast: true, closeRate: 32 },
      {},
      'All 1,000 ports are held (12 live, 988 in TIME_WAIT): demand at least 32/s; connects fail until one comes free.',
    ],
    [
      'exhausted by connects that nobody answers',
      { mode: 'exhausted', live: 1000, timeWait: 0, available: 0, cause: 'unanswered', synSent: 990 },
      {},
      'All 1,000 ports are held (1,000 live, of which 990 unanswered connects (SYN_SENT), 0 in TIME_WAIT): connects fail until one comes free.',
    ],
    [
      'connects that nobody answers, whatever the mode',
      { mode: 'leak', cause: 'unanswered', synSent: 23, exhaustsAtMs: SAMPLED_AT_MS + 81_000 },
      {},
      '23 connects are unanswered (SYN_SENT) and each attempt holds one of 1,000 ports until it times out: the ports run out in 81 s.',
    ],
    [
      'a pool that drains under demand, whatever the mode',
      { mode: 'idle', used: 640, demandAtLeast: true, closeRate: 32 },
      {},
      '640 of 1,000 ports are held, and none was free until just now: demand at least 32/s; connects failed.',
    ],
    [
      'churn that needs all ports at once, while some are left',
      { ...CHURN, exhaustsAtMs: SAMPLED_AT_MS, earliestAtMs: null },
      {},
      '25.0 closes/s hold a port for 62.0 s each: 1,000 ports sustain 16.1/s, so they run out at any moment.',
    ],
    [
      'steady above the limit, where nothing settles',
      { mode: 'steady', closeRate: 26.4, pressure: 1.64 },
      {},
      '26.4 closes/s hold a port for 62.0 s each: this needs 1,640 ports and there are 1,000.',
    ],
    [
      'leak: growth, what is stuck, and the closes',
      {
        mode: 'leak',
        live: 700,
        closeWait: 650,
        liveGrowth: 0.25,
        closeRate: 2,
        exhaustsAtMs: SAMPLED_AT_MS + 1_200_000,
      },
      {},
      'Live connections grow by 15/min and hold 700 of 1,000 ports, 650 of them in CLOSE_WAIT, in addition to 2 closes/s: the ports run out in 20 min.',
    ],
    [
      'churn: the rate against the limit',
      CHURN,
      {},
      '25.0 closes/s hold a port for 62.0 s each: 1,000 ports sustain 16.1/s, so they run out in 23 s (90%: between 20 s and 26 s).',
    ],
    [
      'churn that starts at once and may never come true',
      { ...CHURN, live: 12, earliestAtMs: SAMPLED_AT_MS, latestAtMs: null },
      {},
      '25.0 closes/s hold a port for 62.0 s each: 1,000 ports less 12 live sustain 16.1/s, so they run out in 23 s (90%: at any time from now, or never).',
    ],
    [
      'churn that may never come true',
      { ...CHURN, latestAtMs: null },
      {},
      '25.0 closes/s hold a port for 62.0 s each: 1,000 ports sustain 16.1/s, so they run out in 23 s (90%: after 20 s, or never).',
    ],
    [
      'churn by a climb',
      {
        ...CHURN,
        closeRate: 13.2,
        probabilityBasis: 'climb',
        exhaustsAtMs: SAMPLED_AT_MS + 120_000,
        earliestAtMs: null,
      },
      { inflow: createInflow(13.2, { climb: createClimb({ perSecond: 0.06 }) }) },
      '13.2 closes/s, climbing by 3.6/s each minute, hold a port for 62.0 s each: 1,000 ports sustain 16.1/s, so they run out in 2 min.',
    ],
    ['idle', { mode: 'idle', used: 20 }, {}, 'No closes and no growth: 20 of 1,000 ports are held.'],
    [
      'steady at a known rate',
      { mode: 'steady', closeRate: 5, pressure: 0.31 },
      {},
      '5.0 closes/s hold a port for 62.0 s each: use settles at 31% of 1,000 ports, 16.1/s would fill them.',
    ],
    [
      'steady with a climb that is still far',
      { mode: 'steady', closeRate: 7.2, pressure: 0.45, probabilityBasis: 'climb' },
      { inflow: createInflow(7.2, { climb: createClimb({ perSecond: 0.004 }) }) },
      '7.2 closes/s, climbing by 0.24/s each minute, hold a port for 62.0 s each: without the climb, use would settle at 45% of 1,000 ports, 16.1/s would fill them.',
    ],
    [
      'steady at an unknown rate',
      { mode: 'steady', closeRate: null, used: 400 },
      { inflow: null },
      '400 of 1,000 ports are held; the close rate is unknown until a second sample.',
    ],
    [
      'steady with slow growth only',
      { mode: 'steady', closeRate: 0, used: 400, liveGrowth: 0.001 },
      {},
      '400 of 1,000 ports are held, and live connections grow by 3.6/h, which does not fill the pool within a day.',
    ],
    [
      'steady with young growth, which may not go on',
      { mode: 'steady', closeRate: 0, used: 400, liveGrowth: 12 },
      { unlikelyAfterMs: 50_000 },
      '400 of 1,000 ports are held, and live connections grow by 12/s; only if that goes on do the ports run out, in 50 s.',
    ],
    [
      'steady with young growth beside closes',
      { mode: 'steady', closeRate: 4, used: 400, liveGrowth: 0.5, pressure: 0.3 },
      { unlikelyAfterMs: 1_200_000 },
      '400 of 1,000 ports are held, and live connections grow by 30/min beside 4.0 closes/s; only if that goes on do the ports run out, in 20 min.',
    ],
    [
      'steady with unanswered connects that settle',
      { mode: 'steady', closeRate: 0, used: 67, synSent: 67, pressure: 0.67 },
      { unanswered: createUnanswered(67, 5) },
      '67 of 1,000 ports are held: 67 unanswered connects (SYN_SENT), as 10.0.0.2:443 does not answer; each holds its port for up to 2 min 14 s, so use settles at 67% of 1,000 ports.',
    ],
    [
      'steady with unanswered connects beside growth: the connects come first',
      { mode: 'steady', closeRate: 0, used: 20, synSent: 12, liveGrowth: 1, pressure: 0.3 },
      { unanswered: createUnanswered(12, 5), unlikelyAfterMs: 50_000 },
      '20 of 1,000 ports are held: 12 unanswered connects (SYN_SENT), as 10.0.0.2:443 does not answer; each holds its port for up to 2 min 14 s, so use settles at 30% of 1,000 ports.',
    ],
    [
      'steady with unanswered connects that need more ports than there are',
      { mode: 'steady', closeRate: 0, used: 9, synSent: 9, pressure: 1.34 },
      { unanswered: createUnanswered(9, 10) },
      '9 of 1,000 ports are held: 9 unanswered connects (SYN_SENT), as 10.0.0.2:443 does not answer; each holds its port for up to 2 min 14 s, so 10.0 more come every second.',
    ],
    [
      'steady with closes that nobody answers, to no one address',
      { mode: 'steady', closeRate: 0, used: 9, synSent: 0, pressure: 0.2, remoteAddress: null, remotePort: null },
      { unanswered: createUnanswered(9, 2) },
      '9 of 1,000 ports are held: 9 closes without an answer, as the other side does not answer; each holds its port for up to 2 min 14 s, so use settles at 20% of 1,000 ports.',
    ],
    [
      'steady because of the cap of TIME_WAIT',
      { mode: 'steady', closeRate: 25, pressure: 1.55 },
      { cappedAt: 500 },
      '25.0 closes/s would hold more, but tcp_max_tw_buckets stops TIME_WAIT at 500 of 1,000 ports.',
    ],
  ])('%s', (_, forecast, context, sentence) => {
    expect(explain(forecast, context)).toBe(sentence);
  });
});

describe('the explanation of a simulated host', () => {
  it.each([
    [
      'churn',
      [createStream(25)],
      13,
      /^25\.0 closes\/s hold a port for 62\.0 s each: 1,000 ports sustain 16\.1\/s, so they run out in 2\d s \(90%: between .* and .*\)\.$/,
    ],
    [
      'steady',
      [createStream(5)],
      30,
      /^5\.0 closes\/s hold a port for 62\.0 s each: use settles at 31% of 1,000 ports, 16\.1\/s would fill them\.$/,
    ],
    [
      'churn',
      [createStream((ms) => 5 + 0.06 * (ms / 1000))],
      150,
      /^13\.\d closes\/s, climbing by 3\.\d\/s each minute, hold a port for 62\.0 s each: 1,000 ports sustain 16\.1\/s, so they run out in /,
    ],
    [
      'steady',
      [createStream((ms) => 4 + 0.004 * (ms / 1000))],
      800,
      /^\d\.\d closes\/s, climbing by 0\.\d+\/s each minute, hold a port for 62\.0 s each: without the climb, use would settle at \d\d% of 1,000 ports, 16\.1\/s would fill them\.$/,
    ],
    [
      'leak',
      [createStream(6, { fate: 'kept' })],
      60,
      /^Live connections grow by 6\/s and hold 35\d of 1,000 ports: the ports run out in 10\d s \(90%: between .* and .*\)\.$/,
    ],
    [
      'idle',
      [createStream((ms) => (ms < 4000 ? 5 : 0), { fate: 'kept' })],
      40,
      /^No closes and no growth: 20 of 1,000 ports are held\.$/,
    ],
  ] as const)('is in the mode %s', (mode, streams, seconds, sentence) => {
    const forecast = forecastWorld(createWorld(streams), seconds);
    expect(forecast.why).toMatch(sentence);
    expect(forecast.mode).toBe(mode);
  });
});
