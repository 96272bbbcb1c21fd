/** Clients that wait for their answers, connections of every age, and peers that close first. */
import type { Duration } from '../../simulator/behaviour.js';
import { steps } from '../../simulator/plan.js';
import type { Fate, Stream } from '../../simulator/world.js';
import { findLimitRate } from '../limit-rate.js';
import type { Draw } from '../draw.js';
import type { Scenario } from '../scenarios.js';
import { ABOVE, BELOW, createProgram, createStream, drawLog, planStep } from './program.js';

/** Seconds for which a close holds its port at most. */
const HOLD_S = 62.05;

function drawLife(draw: Draw, meanMs: number): Duration {
  const kind = draw.between(0, 3);
  if (kind < 1) return { meanMs };
  if (kind < 2) return { forMs: meanMs };
  const sigma = draw.between(0.3, 1.2);
  return { medianMs: meanMs * Math.exp((-sigma * sigma) / 2), sigma };
}

/** 1 to 200 clients with one connection each; with C = 28,232 up to 28 times as many. */
function drawClients(draw: Draw, capacity: number): number {
  return Math.max(1, Math.round(drawLog(draw, 1, capacity / 5)));
}

/** So many clients that hold each connection for a while: together they stay below the limit. */
export function createClients(draw: Draw, capacity: number): Scenario {
  const clients = drawClients(draw, capacity);
  const share = draw.between(0.2, BELOW - clients / capacity);
  const meanMs = (1000 * clients) / (share * findLimitRate(capacity));
  const isBusy = draw.chance(0.5);
  const streams = [
    createStream({
      rate: 0,
      clients: {
        counts: [{ atMs: 1000 * draw.between(64, 75), clients }],
        startOverMs: meanMs,
        ...pauseOf(isBusy ? 0 : meanMs / 2),
      },
      life: drawLife(draw, isBusy ? meanMs : meanMs / 2),
      fate: 'time_wait',
    }),
  ];
  return createProgram(draw, { streams, exhausts: false, endS: 230 });
}

const pauseOf = (meanMs: number): { readonly pause: Duration } => ({ pause: { meanMs } });

/** The number of clients swings, and with it the number of live connections and their rate. */
export function createClientsThatSwing(draw: Draw, capacity: number): Scenario {
  const clients = Math.max(4, drawClients(draw, capacity));
  const share = draw.between(0.3, BELOW - clients / capacity);
  const meanMs = (1000 * clients) / (share * findLimitRate(capacity));
  const everyS = draw.between(4, 40);
  const counts = Array.from({ length: Math.floor(230 / everyS) }, (_, i) => ({
    atMs: 1000 * (10 + i * everyS),
    clients: Math.max(1, Math.round(clients * draw.between(0.2, 1))),
  }));
  const streams = [
    createStream({
      rate: 0,
      clients: { counts, startOverMs: Math.min(meanMs, 1000 * everyS) },
      life: drawLife(draw, meanMs),
      fate: 'time_wait',
    }),
  ];
  return createProgram(draw, { streams, exhausts: false, endS: 240 });
}

/** The clients become so many that together they are above the limit. */
export function createClientsAboveLimit(draw: Draw, capacity: number): Scenario {
  const clients = Math.max(4, drawClients(draw, capacity));
  const meanMs = (1000 * clients) / (draw.between(ABOVE, 2.2) * findLimitRate(capacity));
  const onsetS = draw.between(70, 90);
  const before = Math.max(1, Math.round(clients * draw.between(0, 0.4)));
  const counts = [
    { atMs: 1000, clients: before },
    { atMs: 1000 * onsetS, clients },
  ];
  const streams = [
    createStream({
      rate: 0,
      clients: { counts, startOverMs: Math.min(2000, meanMs) },
      life: drawLife(draw, meanMs),
      fate: 'time_wait',
    }),
  ];
  return createProgram(draw, { streams, exhausts: true, onsetS, endS: onsetS + 150 });
}

/**
 * Connections that live from seconds to hours, in a settled state: those that are open at the start have the ages that
 * such traffic has.
 */
export function createAges(draw: Draw, capacity: number): Scenario {
  const lifeS = drawLog(draw, 2, 7200);
  const perSecond = (draw.between(0.3, BELOW) * capacity) / (HOLD_S + lifeS);
  const isExponential = draw.chance(0.6);
  const life: Duration = isExponential ? { meanMs: 1000 * lifeS } : { forMs: 1000 * lifeS };
  const left: Duration = isExponential ? life : { fromMs: 0, toMs: 1000 * lifeS };
  const streams = [
    createStream({ rate: steps([0, 20 * perSecond * lifeS], [50, 0]), life: left, fate: 'time_wait' }),
    createStream({ rate: perSecond, life, fate: 'time_wait' }),
  ];
  return createProgram(draw, { streams, exhausts: false, endS: 240 });
}

/** Connections that live for seconds, and arrive so often from an instant on that the ports run out. */
export function createAgesAboveLimit(draw: Draw, capacity: number): Scenario {
  const lifeS = drawLog(draw, 0.5, 30);
  const settles = capacity / (HOLD_S + lifeS);
  const onsetS = draw.between(70, 90);
  const rate = steps([0, settles * draw.between(0, 0.5)], [1000 * onsetS, settles * draw.between(ABOVE, 2.5)]);
  const streams = [createStream({ rate, life: drawLife(draw, 1000 * lifeS), fate: 'time_wait' })];
  return createProgram(draw, { streams, exhausts: true, onsetS, endS: onsetS + 200 });
}

/** The peer closes a share of the connections first, or resets it: those leave nothing here. */
export function createServerCloses(draw: Draw, capacity: number, exhausts: boolean): Scenario {
  const share = draw.between(0.07, 0.9);
  const resets = draw.chance(0.3);
  const otherFates: { fate: Fate; share: number }[] = resets
    ? [
        { fate: 'server_closes', share: share / 2 },
        { fate: 'reset', share: share / 2 },
      ]
    : [{ fate: 'server_closes', share }];
  const lifeS = drawLog(draw, 0.005, 2);
  const onsetS = draw.between(70, 90);
  // Of the limit is what ends here in TIME_WAIT; the live connections take a little of the pool beside it.
  const after = exhausts ? draw.between(ABOVE, 2.2) : draw.between(0.3, 0.75);
  const all = (timed: number): number => timed / (1 - share + lifeS / HOLD_S);
  const rate = planStep(capacity, all(draw.between(0, 0.5)), onsetS, all(after));
  const streams: Stream[] = [createStream({ rate, fate: 'time_wait', otherFates, life: { meanMs: 1000 * lifeS } })];
  return createProgram(draw, { streams, exhausts, onsetS: exhausts ? onsetS : null, endS: onsetS + 160 });
}
