/** What-if planning: what a port range, a TIME_WAIT and a close rate lead to, towards one destination. */
import { PortcastError } from '../errors.js';
import { LAST_PORT } from '../host/kernel-constants.js';
import { DAY_MS, formatCount, formatDuration, formatPercent, formatRate, SECOND_MS } from '../units.js';
import { computeEffect, rankRemedies, type Effect, type Load, type Remedy } from './effect.js';
import { listPlanRemedies } from './plan-remedies.js';

interface PlanInput {
  /** First and last port, both included. */
  readonly ports: readonly [number, number];
  readonly timeWaitMs: number;
  /** Closes per second towards one destination. */
  readonly rate: number;
  /** Connections kept open at the same time. */
  readonly live: number;
  /** Ports of the range that are reserved, so that no connection may take them; 0 when absent. */
  readonly reserved?: number;
}

/** Rates per second, durations in seconds. */
export interface Plan {
  input: { ports: [number, number]; timeWaitSeconds: number; rate: number; live: number };
  capacity: number;
  sustainableRate: number;
  /** The ports that this rate needs: live + rate x time-wait. May be above the capacity. */
  settlesAt: number;
  /** `settlesAt` divided by the capacity. */
  pressure: number;
  /** From a start at which only the live connections hold ports; null when the ports never run out. */
  secondsToExhaustion: number | null;
  why: string;
  remedies: Remedy[];
}

const MAX_TIME_WAIT_MS = DAY_MS;
/** The greatest close rate per second that a plan takes. */
export const MAX_PLAN_RATE = 1_000_000;

/** @throws PortcastError USAGE when a value of the input is out of its bounds; it quotes the value and states the bounds. */
export function planWhatIf(input: PlanInput): Plan {
  checkInput(input);
  const [first, last] = input.ports;
  const { timeWaitMs, rate, live, reserved = 0 } = input;
  const load: Load = { capacity: last - first + 1 - reserved, live, held: live, rate, holdMs: timeWaitMs };
  const effect = computeEffect(load);
  return {
    input: { ports: [first, last], timeWaitSeconds: timeWaitMs / SECOND_MS, rate, live },
    capacity: load.capacity,
    sustainableRate: effect.sustainableRate ?? 0,
    settlesAt: live + (rate * timeWaitMs) / SECOND_MS,
    pressure: effect.pressure ?? 0,
    secondsToExhaustion: effect.secondsToExhaustion,
    why: explainPlan(load, effect),
    remedies: rankRemedies(listPlanRemedies(load, input)),
  };
}

function checkInput({ ports, timeWaitMs, rate, live }: PlanInput): void {
  const [first, last] = ports;
  const isPort = (port: number): boolean => Number.isInteger(port) && port >= 1 && port <= LAST_PORT;
  if (!isPort(first) || !isPort(last) || first > last) {
    throw createUsageError(
      `ports ${first}-${last}`,
      `a range first-last of whole numbers from 1 to ${LAST_PORT}, first not above last`,
    );
  }
  if (!(timeWaitMs > 0 && timeWaitMs <= MAX_TIME_WAIT_MS)) {
    throw createUsageError(`time-wait ${timeWaitMs / SECOND_MS} s`, 'more than 0 s and at most 24 h');
  }
  if (!(rate >= 0 && rate <= MAX_PLAN_RATE)) {
    throw createUsageError(`rate ${rate}`, `closes per second from 0 to ${MAX_PLAN_RATE}`);
  }
  if (!(Number.isInteger(live) && live >= 0)) {
    throw createUsageError(`live ${live}`, 'a whole number of connections, 0 or more');
  }
}

function createUsageError(found: string, allowed: string): PortcastError {
  return new PortcastError('USAGE', `cannot plan with ${found}: expected ${allowed}`);
}

function explainPlan({ capacity, live, rate, holdMs }: Load, effect: Effect): string {
  const ports = `${formatCount(capacity)} ports${live > 0 ? ` less ${formatCount(live)} live` : ''}`;
  const sustained = `${ports}, each held ${formatDuration(holdMs)} after its close, sustain ${(effect.sustainableRate ?? 0).toFixed(2)} closes/s per destination`;
  if (effect.secondsToExhaustion === 0) return `${sustained}; the live connections alone take all of them.`;
  if (effect.secondsToExhaustion !== null) {
    return `${sustained}; at ${formatRate(rate)}/s they run out after ${formatDuration(effect.secondsToExhaustion * SECOND_MS)}.`;
  }
  return `${sustained}; at ${formatRate(rate)}/s use settles at ${formatPercent(effect.pressure ?? 0)} and never runs out.`;
}
