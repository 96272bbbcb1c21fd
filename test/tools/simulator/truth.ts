/** The true rates of the plan, without random variation: what a reference is given. */
import { findQuantile } from './behaviour.js';
import { intensityOf, type Intensity } from './plan.js';
import type { Destination, Life, Stream } from './world.js';

/**
 * Entries into TIME_WAIT and orphan FIN_WAIT2, and growth of the connections that stay open, per second at an instant.
 * Only planned connections that the peer answers are known: it is NaN where a stream has `clients` or `syn`. Connections
 * that failed are counted as if they had been opened.
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
    if (stream.clients !== undefined || stream.syn !== undefined) {
      return { stream, opened: { ...opened, rateAt: () => NaN }, ended: () => NaN };
    }
    return { stream, opened, ended: stream.fate === 'kept' ? () => 0 : endingRate(opened, stream.life) };
  });
  const share = ({ to }: Stream, destination: Destination | undefined): number =>
    destination === undefined ? 1 : to.filter((each) => sameDestination(each, destination)).length / to.length;
  return {
    trueRate(ms, destination) {
      let sum = 0;
      for (const { stream, ended } of known) {
        if (timedShare(stream) > 0) sum += timedShare(stream) * share(stream, destination) * ended(ms);
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

/** The share of the connections of a stream that end in TIME_WAIT or as an orphan FIN_WAIT2. */
function timedShare({ fate, otherFates = [] }: Stream): number {
  const isTimed = (each: Stream['fate']): boolean => each === 'time_wait' || each === 'fin_wait2';
  let first = 1;
  let timed = 0;
  for (const other of otherFates) {
    first -= other.share;
    if (isTimed(other.fate)) timed += other.share;
  }
  return timed + (isTimed(fate) ? first : 0);
}

/** How many of the connections opened by a plan end per second. */
function endingRate(opened: Intensity, life: Life | undefined): (ms: number) => number {
  if (life === undefined) return opened.rateAt;
  if ('forMs' in life && life.everyMs === undefined) return (ms) => opened.rateAt(ms - life.forMs);
  if ('untilMs' in life) {
    const { untilMs, overMs = 0 } = life;
    const atOnce = opened.cumulative(untilMs);
    return (ms) => {
      if (ms < untilMs) return 0;
      return opened.rateAt(ms) + (ms < untilMs + overMs ? (1000 * atOnce) / overMs : 0);
    };
  }
  // An idle time-out that is checked every so often ends a connection half of that later on average.
  const lateMs = (life.everyMs ?? 0) / 2;
  const ages = Array.from({ length: QUANTILES }, (_, i) => lateMs + findQuantile(life, (i + 0.5) / QUANTILES));
  return (ms) => ages.reduce((sum, age) => sum + opened.rateAt(ms - age), 0) / QUANTILES;
}
