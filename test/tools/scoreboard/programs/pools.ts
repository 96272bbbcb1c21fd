/** Pools of connections that open, close, are replaced and resized, at sizes up to about 60% of capacity. */
import { steps } from '../../simulator/plan.js';
import type { Fate, Stream } from '../../simulator/world.js';
import { findLimitRate } from '../limit-rate.js';
import type { Draw } from '../draw.js';
import type { Scenario } from '../scenarios.js';
import { BELOW, createProgram, createStream, drawLog, planOpening } from './program.js';

/** A steady base of short connections beside the pool, in half of the cases. */
function drawBase(draw: Draw, capacity: number, highest: number): { streams: Stream[]; share: number } {
  if (draw.chance(0.5)) return { streams: [], share: 0 };
  const share = draw.between(0.05, Math.max(0.06, highest));
  return { streams: [createStream({ rate: share * findLimitRate(capacity), fate: 'time_wait' })], share };
}

/** A pool of so many connections that is opened at one instant and closed at another, each within a while. */
interface Generation {
  readonly count: number;
  readonly openS: number;
  readonly openOverS: number;
  readonly closeS?: number | undefined;
  readonly closeOverS?: number;
  readonly fate?: Fate;
}

function createGeneration({ count, openS, openOverS, closeS, closeOverS, fate = 'time_wait' }: Generation): Stream {
  const rate = planOpening(count, openS, openOverS);
  if (closeS === undefined) return createStream({ rate, fate: 'kept' });
  return createStream({ rate, fate, life: { untilMs: 1000 * closeS, overMs: 1000 * (closeOverS ?? 0.5) } });
}

/** A fixed pool is opened, at once or one after the other, and kept. */
export function createPoolThatOpens(draw: Draw, capacity: number): Scenario {
  const size = draw.between(0.05, 0.6);
  const base = drawBase(draw, capacity, BELOW - size - 0.02);
  const openS = draw.between(70, 90);
  const pool = createGeneration({ count: size * capacity, openS, openOverS: drawLog(draw, 0.1, 20) });
  return createProgram(draw, { streams: [...base.streams, pool], exhausts: false, endS: openS + 150 });
}

/** An idle pool is closed within seconds. In half of the cases a new one of the same size follows. */
export function createPoolThatCloses(draw: Draw, capacity: number): Scenario {
  const reopens = draw.chance(0.5);
  const size = draw.between(0.05, reopens ? 0.38 : 0.6);
  const base = drawBase(draw, capacity, BELOW - (reopens ? 2 : 1) * size - 0.02);
  const closeS = draw.between(80, 100);
  const count = size * capacity;
  const closeOverS = drawLog(draw, 0.1, 5);
  const streams = [
    ...base.streams,
    createGeneration({ count, openS: 2, openOverS: draw.between(1, 10), closeS, closeOverS }),
  ];
  if (reopens) {
    const openS = closeS + draw.between(-1, 10);
    streams.push(createGeneration({ count, openS, openOverS: drawLog(draw, 0.1, 8) }));
  }
  return createProgram(draw, { streams, exhausts: false, endS: closeS + 150 });
}

/** The instances of a service are replaced one after the other: each closes its pool and its successor opens one. */
export function createRollingDeployment(draw: Draw, capacity: number): Scenario {
  const instances = Math.floor(draw.between(3, 11));
  const size = draw.between(0.1, 0.4);
  const base = drawBase(draw, capacity, BELOW - 2 * size - 0.02);
  const startS = draw.between(75, 90);
  const everyS = draw.between(4, 30);
  const count = (size * capacity) / instances;
  const openOverS = drawLog(draw, 0.1, Math.min(8, everyS));
  const streams = Array.from({ length: instances }, (_, i) => {
    const atS = startS + i * everyS;
    const successor = createGeneration({ count, openS: atS + draw.between(-1, 2), openOverS });
    return [
      createGeneration({ count, openS: 2 + i, openOverS: 1, closeS: atS, closeOverS: draw.between(0.1, 1.5) }),
      successor,
    ];
  }).flat();
  const endS = startS + instances * everyS + 90;
  return createProgram(draw, { streams: [...base.streams, ...streams], exhausts: false, endS });
}

/** The peer fails: its connections end at once and leave little or nothing here, and all are opened again. */
export function createFailover(draw: Draw, capacity: number): Scenario {
  const size = draw.between(0.05, 0.55);
  const base = drawBase(draw, capacity, BELOW - size - 0.05);
  const count = size * capacity;
  const times = 1 + Math.floor(draw.between(0, 3));
  const streams: Stream[] = [];
  let openS = 2;
  for (let i = 0; i <= times; i += 1) {
    const closeS = 85 + 75 * i + draw.between(0, 10);
    const fate: Fate = draw.chance(0.5) ? 'reset' : 'server_closes';
    const openOverS = i === 0 ? 3 : drawLog(draw, 0.05, 5);
    const isLast = i === times;
    streams.push(
      createGeneration({
        count,
        openS,
        openOverS,
        closeS: isLast ? undefined : closeS,
        closeOverS: draw.between(0.05, 1),
        fate,
      }),
    );
    openS = closeS + draw.between(0, 5);
  }
  return createProgram(draw, { streams: [...base.streams, ...streams], exhausts: false, endS: 85 + 75 * times + 90 });
}

/** A pool grows when work comes and loses its idle connections, which are looked for every 5 s. */
export function createPoolThatResizes(draw: Draw, capacity: number): Scenario {
  const size = draw.between(0.05, 0.4);
  const base = drawBase(draw, capacity, BELOW - 2 * size - 0.02);
  const idleMs = 1000 * draw.between(8, 40);
  const streams = [createGeneration({ count: (size * capacity) / 3, openS: 2, openOverS: 2 })];
  // What is opened within a hold is live or in TIME_WAIT at its end, so that much of the pool is replaced in it at most.
  const everyS = draw.between(12, 45);
  const count = ((4 / 3) * size * capacity) / Math.ceil((62 + idleMs / 1000) / everyS);
  for (let atS = 75; atS < 250; atS += everyS * draw.between(0.9, 1.1)) {
    streams.push(
      createStream({
        rate: planOpening(count * draw.between(0.4, 0.9), atS, drawLog(draw, 0.1, 4)),
        fate: 'time_wait',
        life: { forMs: idleMs, everyMs: 5000 },
      }),
    );
  }
  return createProgram(draw, { streams: [...base.streams, ...streams], exhausts: false, endS: 300 });
}

/** The connections of a pool have a greatest age, so that a pool opened at once is replaced at once again and again. */
export function createPoolThatReconnects(draw: Draw, capacity: number): Scenario {
  const lifeS = draw.between(20, 120);
  // Live, and closed within the last hold.
  const share = BELOW / (1 + Math.ceil(62.1 / lifeS));
  const clients = Math.max(1, Math.floor(capacity * share * draw.between(0.2, 0.95)));
  const streams = [
    createStream({
      rate: 0,
      clients: {
        counts: [{ atMs: 1000 * draw.between(1, 10), clients }],
        startOverMs: 1000 * drawLog(draw, 0.1, lifeS),
      },
      life: draw.chance(0.5) ? { forMs: 1000 * lifeS } : { fromMs: 900 * lifeS, toMs: 1000 * lifeS, everyMs: 1000 },
      fate: 'time_wait',
    }),
  ];
  return createProgram(draw, { streams, exhausts: false, endS: 300, scoredFromS: Math.max(60, 2 * lifeS) });
}

/** Traffic in cycles whose phases all settle below the limit. */
export function createCycles(draw: Draw, capacity: number): Scenario {
  const cycleS = drawLog(draw, 5, 600);
  const onS = cycleS * draw.between(0.2, 0.8);
  const limit = findLimitRate(capacity);
  const [on, off] = [draw.between(0.3, BELOW) * limit, draw.chance(0.7) ? 0 : 0.1 * limit];
  const endS = Math.max(240, Math.min(1300, 70 + 3 * cycleS));
  const pairs: [number, number][] = [[0, off]];
  for (let atS = 65; atS < endS; atS += cycleS) pairs.push([1000 * atS, on], [1000 * (atS + onS), off]);
  const streams = [createStream({ rate: steps(...pairs), fate: 'time_wait' })];
  return createProgram(draw, { streams, exhausts: false, endS });
}

/**
 * Cycles whose rate is above the limit while they are on, and which stop before the ports run out. When the first of
 * them begins nothing tells it from a step that lasts, so they are scored after three full ones.
 */
export function createCyclesAboveLimit(draw: Draw, capacity: number, lasts: boolean): Scenario {
  const rate = draw.between(1.3, 3);
  // Each cycle is on for a part of the time that would fill the pool, and is off until its ports are free again.
  const onS = (62 / rate) * draw.between(0.15, 0.75);
  const offS = draw.between(64, 120);
  const cycles = lasts ? 5 + Math.floor(draw.between(0, 5)) : 6;
  const limit = findLimitRate(capacity);
  const pairs: [number, number][] = [[0, 0]];
  let atS = 62;
  const scoredFromS = atS + 3 * (onS + offS);
  for (let i = 0; i < cycles; i += 1, atS += onS + offS) {
    pairs.push([1000 * atS, rate * limit], [1000 * (atS + onS * draw.between(0.9, 1.1)), 0]);
  }
  if (lasts) pairs.push([1000 * atS, rate * limit]);
  const streams = [createStream({ rate: steps(...pairs), fate: 'time_wait' })];
  return createProgram(draw, {
    streams,
    exhausts: lasts,
    onsetS: lasts ? atS : null,
    scoredFromS,
    endS: lasts ? atS + 90 : atS,
  });
}
