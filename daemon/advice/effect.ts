/** What a remedy changes, computed. Shared by what-if planning and by the advice about a live pool. */
import { LAST_PORT } from '../host/kernel-constants.js';
import { DAY_MS, SECOND_MS } from '../units.js';

/**
 * One remedy, for messages, the API, the commands and the dashboard. Commands are exact: they hold the values of this host.
 */
export interface Remedy extends Effect {
  /** Stable name, for example `keep_alive`. */
  readonly name: string;
  readonly title: string;
  readonly detail: string;
  /** The exact commands that `detail` begins with, in their order; absent where there are none. */
  readonly commands?: readonly string[];
  /** The commands that keep the setting over a reboot. */
  readonly persist?: readonly string[];
  /** The commands that restore what is set now. */
  readonly undo?: readonly string[];
  /** What it takes to do it, and what may go wrong. */
  readonly cost: string;
  readonly risk: string;
  readonly verify: Check;
  /** The systems that have it: `any system`, `Linux 6.3 or later`, `Windows`. */
  readonly appliesTo: string;
  readonly code?: readonly CodeSample[];
  /** `delays`: the ports still run out, only later. `does_nothing`: not for this pool, see `reason`. */
  readonly status: RemedyStatus;
  /** Why it only delays or does nothing; null where it helps. */
  readonly reason: string | null;
  /** The ports that `pressure` is a share of; null where no effect is stated. */
  readonly ports: number | null;
}

export type RemedyStatus = 'helps' | 'delays' | 'does_nothing';

/** How to see that a remedy worked. */
export interface Check {
  readonly text: string;
  readonly command?: string;
  /** What the command then prints, or the figure that it shows. */
  readonly expected?: string;
}

export interface CodeSample {
  /** `csharp`, `go`, `javascript`, `java`, `python`, `shell`, or the kind of a configuration file. */
  readonly language: string;
  readonly title: string;
  readonly code: string;
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

/** The remedy that removes the cause, so it comes first among equals, and the one that loses data, which comes last. */
const FIRST = 'keep_alive';
const LAST = 'so_linger';

/** What takes longer to fill the ports never does. */
const LONGEST_FILL_S = (3650 * DAY_MS) / SECOND_MS;
/** Below this pressure a remedy leaves room. */
export const AMPLE_PRESSURE = 0.8;
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
  const secondsToExhaustion = settlesAt < capacity ? null : timeToFill(capacity - held, rate);
  return { sustainableRate, pressure, secondsToExhaustion };
}

/** The fewest requests for each connection that bring the pressure below 80%; null where the live connections prevent it. */
export function findLeastRequests({ capacity, live, rate, holdMs }: Load): number | null {
  const room = AMPLE_PRESSURE * capacity - live;
  if (room <= 0) return null;
  const ratio = (rate * holdMs) / SECOND_MS / room;
  const least = Math.max(1, Math.ceil(ratio));
  return ratio === least ? least + 1 : least;
}

/**
 * The remedies in the order of their computed effect: those that leave room, those that just suffice, those without a
 * number, and those that only delay the exhaustion. Among equals the reuse of connections comes first, and the others stay
 * in the given order, which is that of the least effort. What may lose data comes last, whatever its effect.
 */
export function rankRemedies<T extends Effect & { readonly name: string }>(remedies: readonly T[]): T[] {
  const place = ({ name }: T): number => (name === FIRST ? 0 : 1);
  const isLast = ({ name }: T): number => (name === LAST ? 1 : 0);
  return [...remedies].sort((a, b) => isLast(a) - isLast(b) || rankEffect(a) - rankEffect(b) || place(a) - place(b));
}

function rankEffect({ pressure }: Effect): number {
  if (pressure === null) return 2;
  if (pressure < AMPLE_PRESSURE) return 0;
  return pressure < ENOUGH_PRESSURE ? 1 : 3;
}

/** Seconds until `rate` more every second have taken so many; null without any, and where it would take more than ten years. */
export function timeToFill(count: number, rate: number): number | null {
  const seconds = Math.max(0, count) / rate;
  return rate > 0 && seconds <= LONGEST_FILL_S ? seconds : null;
}
