/** Peers whose FIN comes late: by their distance, by their load, or never. Rows pass through FIN_WAIT2. */
import type { Duration, PeerFin } from '../../simulator/behaviour.js';
import { steps } from '../../simulator/plan.js';
import { findLimitRate } from '../limit-rate.js';
import type { Draw } from '../draw.js';
import type { Scenario } from '../scenarios.js';
import { ABOVE, BELOW, createProgram, createStream, drawLog, planStep } from './program.js';

/** How long a close holds its port without the lag of the FIN: 60 s and half of a step of the timer wheel. */
const HOLD_S = 61;

function drawLag(draw: Draw): Duration {
  const typicalMs = drawLog(draw, 5, 3000);
  const kind = draw.between(0, 3);
  if (kind < 1) return { forMs: typicalMs };
  if (kind < 2) return { fromMs: typicalMs * draw.between(0, 0.8), toMs: typicalMs };
  return { medianMs: typicalMs / 2, sigma: draw.between(0.2, 0.8) };
}

/** A base rate that changes at once to a share of the limit, towards a peer whose FIN is late by a random time. */
export function createLateFin(draw: Draw, capacity: number, [low, high]: readonly [number, number]): Scenario {
  const onsetS = draw.between(70, 90);
  const before = draw.between(0, 0.6);
  const rate = planStep(capacity, before, onsetS, draw.between(low, high));
  const streams = [createStream({ rate, fate: 'fin_wait2', peerFinMs: { lag: drawLag(draw) } })];
  const exhausts = low > 1;
  return createProgram(draw, { streams, exhausts, onsetS: exhausts ? onsetS : null, endS: onsetS + 170 });
}

/** The lag is none while the peer has little to do, and grows with the connections that it has not closed yet. */
export function createFinLateUnderLoad(draw: Draw, capacity: number): Scenario {
  const limit = findLimitRate(capacity);
  const [low, high] = [draw.between(0.1, 0.4) * limit, draw.between(0.5, 0.8) * limit];
  const lastsMs = 1000 * draw.between(15, 90);
  const lifeMs = drawLog(draw, 20, 1000);
  // At the high rate this many are open; above three quarters of them the peer is busy. Each further one costs less
  // than the time in which another arrives, so the lag settles.
  const openAtHigh = (high * lifeMs) / 1000;
  const peerFinMs: PeerFin = {
    lag: { forMs: 0 },
    perOpenMs: (1000 * draw.between(0.3, 0.75)) / high,
    idleUpTo: openAtHigh * draw.between(0.3, 0.9),
  };
  const cycle = Array.from({ length: 12 }, (_, i): [number, number] => [
    60_000 + i * lastsMs,
    (i % 2 === 0 ? high : low) * draw.between(0.9, 1),
  ]);
  const rate = steps([0, low], ...cycle);
  const streams = [createStream({ rate, fate: 'fin_wait2', life: { meanMs: lifeMs }, peerFinMs })];
  return createProgram(draw, { streams, exhausts: false, endS: Math.min(400, 60 + (12 * lastsMs) / 1000) });
}

/** A share of the peers never sends its FIN: those rows stay for tcp_fin_timeout. */
export function createFinThatNeverComes(draw: Draw, capacity: number, exhausts: boolean): Scenario {
  const finTimeoutS = [10, 30, 60][Math.floor(draw.between(0, 3))] ?? 60;
  const neverShare = draw.between(0.05, 0.5);
  const holdS = (1 - neverShare) * HOLD_S + neverShare * finTimeoutS;
  const share = exhausts ? draw.between(ABOVE + 0.1, 2) : draw.between(0.3, BELOW - 0.03);
  const onsetS = draw.between(70, 90);
  const perSecond = (share * capacity) / holdS;
  const rate = steps([0, draw.between(0, 0.5) * Math.min(perSecond, capacity / holdS)], [1000 * onsetS, perSecond]);
  const lag: Duration = { meanMs: drawLog(draw, 5, 500) };
  const streams = [createStream({ rate, fate: 'fin_wait2', peerFinMs: { lag, neverShare } })];
  const limits = { finTimeoutMs: 1000 * finTimeoutS };
  return createProgram(draw, { streams, limits, exhausts, onsetS: exhausts ? onsetS : null, endS: onsetS + 170 });
}
