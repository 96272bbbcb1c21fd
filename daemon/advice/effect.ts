/** What a remedy changes, computed. Shared by what-if planning and by the advice about a live pool. */
import { LAST_PORT } from '../host/kernel-constants.js';
import { SECOND_MS } from '../units.js';

export interface Remedy extends Effect {
  /** Stable name, for example `keep_alive`. */
  readonly name: string;
  readonly title: string;
  readonly detail: string;
  /** The exact commands that `detail` begins with, in their order; absent where there are none. */
  readonly commands?: readonly string[];
}

/** What would hold with the remedy; null where that cannot be stated as a number. Closes per second, ratio, seconds. */
export interface Effect {
  readonly sustainableRate: number | null;
  readonly pressure: number | null;
  /** Null also where the ports would never run out. */
  readonly secondsToExhaustion: number | null;
}

/** One destination under steady closes, in closes per second. `held`: ports in use at the start, live ones included. */
export interface Load {
  readonly capacity: number;
  readonly live: number;
  readonly held: number;
  readonly rate: number;
  readonly holdMs: number;
}

/** The widest range that leaves the well-known ports alone. */
export const WIDEST_RANGE: readonly [number, number] = [1024, LAST_PORT];

/** Requests that each connection serves in the computed example of keep-alive. */
export const REQUESTS_PER_CONNECTION = 10;

/** Said wherever a reader might try it: `tcp_fin_timeout` concerns FIN_WAIT2 only (kernel rule 11). */
export const NOT_FIN_TIMEOUT = 'tcp_fin_timeout does not shorten TIME_WAIT, which is fixed in Linux';

export const UNSTATED_EFFECT: Effect = { sustainableRate: null, pressure: null, secondsToExhaustion: null };

/** Below this pressure a remedy leaves room. */
const AMPLE_PRESSURE = 0.8;
/** Below this pressure the ports do not run out. */
const ENOUGH_PRESSURE = 1;

/**
 * Where use settles and when the ports run out. At a steady rate they run out within one hold, or never: use settles
 * after one hold, when the first port that was closed comes free again (MODEL.md, section 5).
 */
export function computeEffect({ capacity, live, held, rate, holdMs }: Load): Effect {
  const sustainableRate = Math.max(0, ((capacity - live) * SECOND_MS) / holdMs);
  const settlesAt = live + (rate * holdMs) / SECOND_MS;
  const pressure = capacity === 0 ? 1 : settlesAt / capacity;
  if (held >= capacity) return { sustainableRate, pressure, secondsToExhaustion: 0 };
  const secondsToExhaustion = settlesAt < capacity || rate === 0 ? null : (capacity - held) / rate;
  return { sustainableRate, pressure, secondsToExhaustion };
}

/**
 * The remedies in the order of their computed effect: those that leave room, those that just suffice, those without a
 * number, and those that only delay the exhaustion. Equals stay in the given order, which is that of the least effort.
 */
export function rankRemedies(remedies: readonly Remedy[]): Remedy[] {
  return [...remedies].sort((a, b) => rankEffect(a) - rankEffect(b));
}

function rankEffect({ pressure }: Effect): number {
  if (pressure === null) return 2;
  if (pressure < AMPLE_PRESSURE) return 0;
  return pressure < ENOUGH_PRESSURE ? 1 : 3;
}
