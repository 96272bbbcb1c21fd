/** What a remedy changes, computed: shared by what-if planning and by the advice on a live pool. */
import { LAST_PORT } from '../host/kernel-constants.js';

export interface Remedy {
  /** Stable name, for example `keep_alive`. */
  readonly name: string;
  readonly title: string;
  readonly detail: string;
  /** What would hold with it; null where it cannot be stated as a number. Per second, ratio, seconds. */
  readonly sustainableRate: number | null;
  readonly pressure: number | null;
  readonly secondsToExhaustion: number | null;
}

export interface Effect {
  readonly sustainableRate: number | null;
  readonly pressure: number | null;
  readonly secondsToExhaustion: number | null;
}

/** One destination under steady closes. `held`: ports in use at the start, live ones included. */
export interface Load {
  readonly capacity: number;
  readonly live: number;
  readonly held: number;
  readonly rate: number;
  readonly holdMs: number;
}

/** Where use settles, and when it runs out if it settles at or above capacity: at a steady rate within one hold, or never. */
export function computeEffect({ capacity, live, held, rate, holdMs }: Load): Effect {
  const sustainableRate = Math.max(0, ((capacity - live) * 1000) / holdMs);
  const settlesAt = live + (rate * holdMs) / 1000;
  const pressure = capacity === 0 ? 1 : settlesAt / capacity;
  if (held >= capacity) return { sustainableRate, pressure, secondsToExhaustion: 0 };
  const secondsToExhaustion = settlesAt < capacity || rate === 0 ? null : (capacity - held) / rate;
  return { sustainableRate, pressure, secondsToExhaustion };
}

export const UNSTATED_EFFECT: Effect = { sustainableRate: null, pressure: null, secondsToExhaustion: null };

/** The widest range that leaves the well-known ports alone. */
export const WIDEST_RANGE: readonly [number, number] = [1024, LAST_PORT];

/** Requests that one kept connection serves in the computed example. */
export const REQUESTS_PER_CONNECTION = 10;

/** What looks like the remedy and is none (it concerns FIN_WAIT2). */
export const NOT_FIN_TIMEOUT = 'tcp_fin_timeout does not shorten TIME_WAIT, which is fixed in Linux';

/** Pressure that leaves room, and that merely does not run out. */
const AMPLE = 0.8;
const ENOUGH = 1;

/**
 * By computed effect: first what leaves room, then what just suffices, then what only delays; equals stay in the given
 * order, least effort first. What has no number comes after what suffices.
 */
export function rankRemedies(remedies: readonly Remedy[]): Remedy[] {
  return [...remedies].sort((a, b) => tier(a) - tier(b));
}

function tier({ pressure }: Remedy): number {
  if (pressure === null) return 2;
  if (pressure < AMPLE) return 0;
  return pressure < ENOUGH ? 1 : 3;
}
