/** The true rates of the plan, without random variation: what a reference is given. */
import { intensityOf, type Intensity } from './plan.js';
import type { Destination, Life, Stream } from './world.js';

/**
 * Entries into TIME_WAIT and orphan FIN_WAIT2, and growth of the connections that stay open, per second at an instant.
 */
export interface Truth {
  trueRate(ms: number, destination?: Destination): number;
  trueGrowth(ms: number, destination?: Destination): number;
}

export const sameDestination = (a: Destination, b: Destination): boolean =>
  a.local === b.local && a.remote === b.remote && a.port === b.port;

/** The number of steps of equal probability that stand for an exponential time. */
const QUANTILES = 200;

export function truthOf(streams: readonly Stream[]): Truth {
  const known = streams.map((stream) => {
    const opened = intensityOf(stream.rate);
    return { stream, opened, ended: stream.fate === 'kept' ? () => 0 : endingRate(opened, stream.life) };
  });
  const share = ({ to }: Stream, destination: Destination | undefined): number =>
    destination === undefined ? 1 : to.filter((each) => sameDestination(each, destination)).length / to.length;
  return {
    trueRate(ms, destination) {
      let sum = 0;
      for (const { stream, ended } of known) {
        if (stream.fate === 'time_wait' || stream.fate === 'fin_wait2') sum += share(stream, destination) * ended(ms);
      }
      return sum;
    },
    trueGrowth(ms, destination) {
      let sum = 0;
      for (const { stream, opened, ended } of known) {
        sum += share(stream, destination) * (opened.rateAt(ms) - ended(ms));
      }
      return sum;
    },
  };
}

/** How many of the connections opened by a plan end per second. */
function endingRate(opened: Intensity, life: Life | undefined): (ms: number) => number {
  if (life === undefined) return opened.rateAt;
  if ('forMs' in life) return (ms) => opened.rateAt(ms - life.forMs);
  if ('untilMs' in life) {
    const { untilMs, overMs = 0 } = life;
    const atOnce = opened.cumulative(untilMs);
    return (ms) => {
      if (ms < untilMs) return 0;
      return opened.rateAt(ms) + (ms < untilMs + overMs ? (1000 * atOnce) / overMs : 0);
    };
  }
  const ages = Array.from({ length: QUANTILES }, (_, i) => -life.meanMs * Math.log(1 - (i + 0.5) / QUANTILES));
  return (ms) => ages.reduce((sum, age) => sum + opened.rateAt(ms - age), 0) / QUANTILES;
}
