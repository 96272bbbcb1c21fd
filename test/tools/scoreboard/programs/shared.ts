/** Two programs that share one destination, and clients that bind before they connect. */
import { steps } from '../../simulator/plan.js';
import { LOCAL, SERVER, type Stream } from '../../simulator/world.js';
import { findLimitRate } from '../limit-rate.js';
import type { Draw } from '../draw.js';
import type { Scenario } from '../scenarios.js';
import { ABOVE, BELOW, createProgram, createStream, drawLog, planOpening } from './program.js';

const LOOPBACK = { local: '127.0.0.1', remote: '127.0.0.1', port: 443 };
/** A burst that would take all ports within this time is a batch. */
const BATCH_FILLS_S = 10;

/** bind(0) never takes a TIME_WAIT port again, also where connect() would, as on loopback with the default setting. */
const BIND = { ofAnyPool: true, limits: { twReuse: 2 } } as const;
const OTHER = { ...SERVER, local: LOCAL, remote: '10.0.0.3' };

/** Two programs on one destination, of which one keeps its connections for long, and neither fills the pool. */
export function createTwoPrograms(draw: Draw, capacity: number): Scenario {
  const limit = findLimitRate(capacity);
  const [first, second] = [draw.between(0.1, 0.4), draw.between(0.1, 0.4)];
  const lifeS = drawLog(draw, 0.5, 10);
  const secondRate = (second * capacity) / (62.05 + lifeS);
  const atMs = 1000 * draw.between(70, 90);
  const streams = [
    createStream({ rate: first * limit, fate: 'time_wait', life: { meanMs: 1000 * drawLog(draw, 0.005, 0.5) } }),
    createStream({ rate: steps([0, 0], [atMs, secondRate]), fate: 'time_wait', life: { meanMs: 1000 * lifeS } }),
  ];
  return createProgram(draw, { streams, exhausts: false, endS: 260 });
}

/** Short connections beside a program that never closes its own, or beside a second one that grows over the limit. */
export function createTwoProgramsAboveLimit(draw: Draw, capacity: number): Scenario {
  const limit = findLimitRate(capacity);
  const first = draw.between(0.1, 0.5);
  const onsetS = draw.between(70, 90);
  const leaks = draw.chance(0.5);
  // A leak fills what the first program leaves within one to four minutes.
  const second = leaks
    ? ((1 - first) * capacity) / draw.between(60, 240)
    : draw.between(ABOVE, 2) * limit - first * limit;
  const streams = [
    createStream({ rate: first * limit, fate: 'time_wait', life: { meanMs: 1000 * drawLog(draw, 0.005, 0.5) } }),
    createStream({
      rate: [{ atMs: 1000 * onsetS, rate: second }],
      fate: leaks ? 'kept' : 'time_wait',
      life: { meanMs: 1000 * drawLog(draw, 0.1, 5) },
    }),
  ];
  return createProgram(draw, { streams, exhausts: true, onsetS, endS: onsetS + 320 });
}

/** Clients that bind port 0 at their address, or at the wildcard address for destinations on two local addresses. */
function drawBinds(draw: Draw): Pick<Stream, 'to' | 'binds'> {
  if (draw.chance(0.5)) return { to: draw.chance(0.4) ? [SERVER] : [SERVER, OTHER], binds: true };
  return { to: draw.chance(0.4) ? [SERVER] : [SERVER, LOOPBACK], binds: 'wildcard' };
}

/** Steady binds, or bursts of them that stop before the ports run out. */
export function createBinds(draw: Draw, capacity: number, shape: 'steady' | 'bursts'): Scenario {
  const limit = findLimitRate(capacity);
  const binds = drawBinds(draw);
  const startS = draw.between(70, 90);
  if (shape === 'steady') {
    const rate = steps([0, draw.between(0, 0.3) * limit], [1000 * startS, draw.between(0.2, BELOW) * limit]);
    const streams = [createStream({ rate, fate: 'time_wait', ...binds })];
    return createProgram(draw, { ...BIND, streams, exhausts: false, endS: startS + 150 });
  }
  const streams: Stream[] = [];
  let atS = startS;
  for (let i = 0; i < 3; i += 1) {
    // A burst that has taken more than half of the ports lasts on by the odds of anything that has lasted so long. One
    // that would take all ports within ten seconds is a batch; a slower one is like a step at its start, and the family
    // 'burst that stops' has it.
    const share = draw.between(0.1, 0.45);
    const rate = planOpening(share * capacity, atS, drawLog(draw, 0.2, Math.min(5, BATCH_FILLS_S * share)));
    streams.push(createStream({ rate, fate: 'time_wait', ...binds }));
    atS += draw.between(66, 90);
  }
  return createProgram(draw, { ...BIND, streams, exhausts: false, endS: atS });
}

/** Binds above the limit from an instant on, or one burst that takes all ports within seconds. */
export function createBindsAboveLimit(draw: Draw, capacity: number, shape: 'steady' | 'bursts'): Scenario {
  const limit = findLimitRate(capacity);
  const binds = drawBinds(draw);
  const onsetS = draw.between(70, 90);
  const before = shape === 'steady' ? draw.between(0, 0.4) : 0;
  const after = shape === 'steady' ? draw.between(ABOVE, 2.5) : 62 / draw.between(5, 20);
  const rate = steps([0, before * limit], [1000 * onsetS, after * limit]);
  const streams = [createStream({ rate, fate: 'time_wait', ...binds })];
  return createProgram(draw, { ...BIND, streams, exhausts: true, onsetS, endS: onsetS + 150 });
}
