/** Demand that goes on after the ports ran out, and SYNs that nobody answers. */
import type { Retry, UnansweredSyn } from '../../simulator/behaviour.js';
import { SYN_GIVEN_UP_MS } from '../../simulator/behaviour.js';
import { steps } from '../../simulator/plan.js';
import { findLimitRate } from '../limit-rate.js';
import type { Draw } from '../draw.js';
import type { Scenario } from '../scenarios.js';
import { ABOVE, BELOW, createProgram, createStream, drawLog } from './program.js';

const DEMAND_LASTS_S = 200;
/** When the rows take more than this share of the free ports before the first of them ends, they look like a leak. */
const LEAK_LIKE_SHARE = 0.45;
/** So long after the first rows have ended the number of rows is seen to have settled. */
const SETTLED_AFTER_S = 5;

/** What the clients do about a call that fails. */
type Answer = 'goes on' | 'retries with backoff' | 'gives up';

function drawRetry(draw: Draw, answer: Answer): { readonly retry?: Retry } {
  if (answer === 'goes on') return {};
  const retry = {
    firstMs: 1000 * drawLog(draw, 0.1, 2),
    factor: 2,
    maxMs: 1000 * draw.between(5, 60),
    jitterFrom: 0.5,
  };
  return { retry: answer === 'gives up' ? { ...retry, attempts: 2 + Math.floor(draw.between(0, 4)) } : retry };
}

/** Twice the rate that the pool can sustain, for 200 s. In half of the cases the failures are counted. */
export function createDemandThatGoesOn(draw: Draw, capacity: number, answer: Answer): Scenario {
  const onsetS = draw.between(70, 90);
  const limit = findLimitRate(capacity);
  const perSecond = 2 * limit;
  const untilS = onsetS + DEMAND_LASTS_S;
  const rate = steps([0, draw.between(0, 0.4) * limit], [1000 * onsetS, perSecond], [1000 * untilS, 0]);
  const streams = [createStream({ rate, fate: 'time_wait', ...drawRetry(draw, answer) })];
  return createProgram(draw, {
    streams,
    exhausts: true,
    onsetS,
    endS: untilS,
    demand: { perSecond, untilS },
    countsFailures: draw.chance(0.5),
  });
}

/**
 * From an instant on the peer drops all SYNs. The kernel's time-out is known, that of an application is not: until the
 * first rows have ended nothing tells their number from one that grows on. So where they take more than about half of
 * the free ports by then, cases that never exhaust are scored only from then on.
 */
export function createUnansweredSyns(draw: Draw, capacity: number, exhausts: boolean): Scenario {
  const byApplication = draw.chance(0.5);
  const holdS = byApplication ? draw.between(1, 30) : SYN_GIVEN_UP_MS / 1000;
  const onsetS = draw.between(70, 90);
  const share = exhausts ? draw.between(ABOVE, 2.5) : draw.between(0.1, BELOW - 0.05);
  const perSecond = (share * capacity) / holdS;
  const limit = findLimitRate(capacity);
  // Beside it some connects of another program are answered.
  const base = exhausts || draw.chance(0.5) ? 0 : draw.between(0, BELOW - share);
  const syn: UnansweredSyn = byApplication ? { share: 1, timeoutMs: 1000 * holdS } : { share: 1 };
  const streams = [
    createStream({ rate: base * limit, fate: 'time_wait' }),
    createStream({ rate: [{ atMs: 1000 * onsetS, rate: perSecond }], fate: 'time_wait', syn }),
  ];
  const endS = onsetS + holdS + 120;
  if (exhausts) return createProgram(draw, { streams, exhausts, onsetS, endS });
  const looksLikeLeak = byApplication && share > LEAK_LIKE_SHARE * (1 - base);
  const scoredFromS = looksLikeLeak ? onsetS + holdS + SETTLED_AFTER_S : 60;
  return createProgram(draw, { streams, exhausts, endS, scoredFromS });
}

/** The peer's backlog is full now and then: a share of the SYNs is answered when it was repeated. */
export function createLateAnswers(draw: Draw, capacity: number): Scenario {
  const onsetS = draw.between(70, 90);
  const syn: UnansweredSyn = { share: draw.between(0.05, 0.6), answeredAfterMs: draw.chance(0.7) ? 1000 : 3000 };
  const limit = findLimitRate(capacity);
  const rate = draw.between(0.2, BELOW - 0.06) * limit;
  const streams = [
    createStream({ rate: steps([0, rate], [1000 * onsetS, 0]), fate: 'time_wait' }),
    createStream({ rate: [{ atMs: 1000 * onsetS, rate }], fate: 'time_wait', syn }),
  ];
  return createProgram(draw, { streams, exhausts: false, endS: onsetS + 150 });
}
