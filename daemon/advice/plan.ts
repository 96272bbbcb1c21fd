/** What-if planning: what a range, a TIME_WAIT and a close rate come to, towards one destination. */
import { PortcastError } from '../errors.js';
import { formatCount, formatDuration, formatPercent, formatRate } from '../units.js';
import {
  computeEffect,
  NOT_FIN_TIMEOUT,
  rankRemedies,
  REQUESTS_PER_CONNECTION,
  WIDEST_RANGE,
  type Effect,
  type Load,
  type Remedy,
} from './effect.js';
import { LAST_PORT } from '../host/kernel-constants.js';

export interface PlanInput {
  /** First and last port, both included. */
  readonly ports: readonly [number, number];
  readonly timeWaitMs: number;
  /** Closes per second towards one destination. */
  readonly rate: number;
  /** Connections kept open at the same time. */
  readonly live: number;
}

/** Rates per second, durations in seconds. */
export interface Plan {
  input: { ports: [number, number]; timeWaitSeconds: number; rate: number; live: number };
  capacity: number;
  sustainableRate: number;
  /** live + rate x time-wait, whether or not it fits. */
  settlesAt: number;
  /** Settling point over capacity. */
  pressure: number;
  /** From an idle start but for the live connections; null when it never runs out. */
  secondsToExhaustion: number | null;
  why: string;
  remedies: Remedy[];
}

const DAY_MS = 86_400_000;
/** Linux: `tcp_tw_reuse_delay`. */
const REUSE_DELAY_MS = 1000;

/** @throws PortcastError USAGE quoting what cannot be planned with and saying what can. */
export function planWhatIf(input: PlanInput): Plan {
  validate(input);
  const [first, last] = input.ports;
  const { timeWaitMs, rate, live } = input;
  const load: Load = { capacity: last - first + 1, live, held: live, rate, holdMs: timeWaitMs };
  const effect = computeEffect(load);
  return {
    input: { ports: [first, last], timeWaitSeconds: timeWaitMs / 1000, rate, live },
    capacity: load.capacity,
    sustainableRate: effect.sustainableRate ?? 0,
    settlesAt: live + (rate * timeWaitMs) / 1000,
    pressure: effect.pressure ?? 0,
    secondsToExhaustion: effect.secondsToExhaustion,
    why: whyOf(load, effect),
    remedies: rankRemedies(remedies(load, input)),
  };
}

function validate({ ports, timeWaitMs, rate, live }: PlanInput): void {
  const [first, last] = ports;
  const isPort = (port: number): boolean => Number.isInteger(port) && port >= 1 && port <= LAST_PORT;
  if (!isPort(first) || !isPort(last) || first > last) {
    throw usage(
      `ports ${first}-${last}`,
      `a range first-last of whole numbers from 1 to ${LAST_PORT}, first not above last`,
    );
  }
  if (!(timeWaitMs > 0 && timeWaitMs <= DAY_MS)) {
    throw usage(`time-wait ${timeWaitMs / 1000} s`, 'more than 0 s and at most 24 h');
  }
  if (!(rate >= 0 && rate <= 1e6)) throw usage(`rate ${rate}`, 'closes per second from 0 to 1000000');
  if (!(Number.isInteger(live) && live >= 0)) throw usage(`live ${live}`, 'a whole number of connections, 0 or more');
}

function usage(found: string, allowed: string): PortcastError {
  return new PortcastError('USAGE', `cannot plan with ${found}: expected ${allowed}`);
}

function whyOf({ capacity, live, rate, holdMs }: Load, effect: Effect): string {
  const ports = `${formatCount(capacity)} ports${live > 0 ? ` less ${formatCount(live)} live` : ''}`;
  const sustain = `${ports}, each held ${formatDuration(holdMs)} after its close, sustain ${(effect.sustainableRate ?? 0).toFixed(2)} closes/s per destination`;
  if (effect.secondsToExhaustion === 0) return `${sustain}; the live connections alone take all of them.`;
  if (effect.secondsToExhaustion !== null) {
    return `${sustain}; at ${formatRate(rate)}/s they run out after ${formatDuration(effect.secondsToExhaustion * 1000)}.`;
  }
  return `${sustain}; at ${formatRate(rate)}/s use settles at ${formatPercent(effect.pressure ?? 0)} and never runs out.`;
}

function remedies(load: Load, { ports }: PlanInput): Remedy[] {
  const { rate, live, capacity } = load;
  const kept = Math.min(capacity, live + Math.ceil(rate / REQUESTS_PER_CONNECTION));
  const list: Remedy[] = [
    {
      name: 'keep_alive',
      title: 'Keep connections alive, or pool them',
      detail: `With ${REQUESTS_PER_CONNECTION} requests per connection closes fall to ${formatRate(rate / REQUESTS_PER_CONNECTION)}/s; a fixed pool closes almost none (about ${formatCount(kept)} connections kept here).`,
      ...computeEffect({ ...load, rate: rate / REQUESTS_PER_CONNECTION }),
    },
    {
      name: 'tw_reuse',
      title: 'Let connect() reuse TIME_WAIT ports',
      detail: `Linux: sysctl -w net.ipv4.tcp_tw_reuse=1, with timestamps on at both ends; a port is free again after ${formatDuration(REUSE_DELAY_MS)}. ${NOT_FIN_TIMEOUT}.`,
      ...computeEffect({ ...load, holdMs: Math.min(REUSE_DELAY_MS, load.holdMs) }),
    },
  ];
  const wider = WIDEST_RANGE[1] - WIDEST_RANGE[0] + 1;
  if (ports[0] > WIDEST_RANGE[0] || ports[1] < WIDEST_RANGE[1]) {
    list.push({
      name: 'wider_range',
      title: `Widen the range to ${WIDEST_RANGE[0]}-${WIDEST_RANGE[1]}`,
      detail: `Linux: sysctl -w net.ipv4.ip_local_port_range="${WIDEST_RANGE[0]} ${WIDEST_RANGE[1]}", reserving the ports that services listen on.`,
      ...computeEffect({ ...load, capacity: wider }),
    });
  }
  // Half of everything goes to each of two pools of this size.
  const half = { ...load, live: live / 2, held: live / 2, rate: rate / 2 };
  const split = computeEffect(half);
  list.push(
    {
      name: 'second_destination',
      title: 'Spread over a second destination or local address',
      detail:
        'Another port or address of the server, or another address of this host to connect from: each combination has all the ports again.',
      ...split,
      sustainableRate: split.sustainableRate === null ? null : 2 * split.sustainableRate,
    },
    {
      name: 'server_closes',
      title: 'Let the server close first',
      detail:
        'TIME_WAIT stays with the side that closes first; on a listening port it takes none of this host’s ports.',
      ...computeEffect({ ...load, rate: 0 }),
    },
  );
  return list;
}
