/** One case of the scoreboard: a scenario drawn from its family by a seed, and the simulated world made from it. */
import type { Granularity } from '../../../daemon/host/release-granularity.js';
import type { RatePoint } from '../simulator/plan.js';
import { limitsOf, SERVER, type Destination, type Stream, type World } from '../simulator/world.js';
import { createDraw, type Draw } from './draw.js';
import type { Family } from './family.js';
import { findLimitRate, STEP_MS } from './limit-rate.js';
import type { Leg, Scenario } from './scenarios.js';

export const CAPACITIES = [1000, 28232] as const;
export type Capacity = (typeof CAPACITIES)[number];

export interface Case {
  readonly family: string;
  readonly kind: NonNullable<Family['kind']>;
  readonly capacity: Capacity;
  readonly seed: number;
  readonly scenario: Scenario;
  readonly granularity: Granularity;
  /** The instant of the first sample, in seconds. */
  readonly phaseS: number;
  /** The random numbers that are drawn while the case is played. */
  readonly draw: Draw;
  readonly target: Destination;
  readonly targetEnd: { readonly address: string; readonly port: number };
}

const LOOPBACK = { local: '127.0.0.1', remote: '127.0.0.1', port: 443 };

export function createCase(family: Family, capacity: Capacity, seed: number): Case {
  const draw = createDraw(seed);
  const scenario = family.draw(draw, capacity);
  const target = scenario.reuse === 'loopback' ? LOOPBACK : SERVER;
  return {
    family: family.name,
    kind: family.kind ?? 'plan',
    capacity,
    seed,
    scenario,
    granularity: { hz: 250, timeWaitMs: STEP_MS, phaseMs: draw.between(0, STEP_MS), learned: true },
    phaseS: draw.between(0, scenario.sampleS),
    draw: createDraw(draw.seed()),
    target,
    targetEnd: { address: target.remote, port: target.port },
  };
}

export function createWorld(of: Case): World {
  const { scenario, capacity, target, seed, granularity } = of;
  const first = 20_000;
  const rangeOf = (ports: number) => ({ first, last: first + ports - 1 });
  const limits = limitsOf({ range: rangeOf(capacity), twReuse: scenario.reuse === 'off' ? 0 : 2 });
  const { program } = scenario;
  if (program !== null) {
    const { arrivals } = scenario;
    return { limits: { ...limits, ...program.limits }, granularity, seed, arrivals, streams: program.streams };
  }
  const draw = createDraw(seed ^ 0x5eed);
  const stream = (legs: readonly Leg[], fate: Stream['fate'], to: Destination): Stream => ({
    to: [to],
    rate: planOf(legs, findLimitRate(capacity), scenario.endS),
    fate,
    arrivals: scenario.arrivals,
  });
  const others = Array.from({ length: scenario.destinations - 1 }, (_, i) => {
    const rate = draw.between(0.1, 0.85);
    return stream([{ atS: 0, from: rate, to: rate }], 'time_wait', { ...target, port: 1000 + i });
  });
  const { shrinks } = scenario;
  return {
    limits,
    changes:
      shrinks === null
        ? []
        : [{ atMs: shrinks.atS * 1000, limits: { range: rangeOf(Math.round(shrinks.to * capacity)) } }],
    granularity,
    seed,
    streams: [
      stream(scenario.churn, 'time_wait', target),
      ...(scenario.kept.length > 0 ? [stream(scenario.kept, 'kept', target)] : []),
      ...others,
    ],
  };
}

function planOf(legs: readonly Leg[], limit: number, endS: number): RatePoint[] {
  return legs.map(({ atS, from, to }, index) => {
    const lastsMs = 1000 * ((legs[index + 1]?.atS ?? endS) - atS);
    return { atMs: 1000 * atS, rate: limit * from, slopePerMs: lastsMs > 0 ? (limit * (to - from)) / lastsMs : 0 };
  });
}

export function isRamp({ family }: Case): boolean {
  return family.startsWith('ramp');
}

/** The true rates of the scored destination per second: closes, and connections that are opened and kept. */
export function findTrueRates({ scenario, capacity }: Case, atS: number): { churn: number; kept: number } {
  const limit = findLimitRate(capacity);
  return {
    churn: limit * legAt(scenario.churn, atS, scenario.endS),
    kept: limit * legAt(scenario.kept, atS, scenario.endS),
  };
}

function legAt(legs: readonly Leg[], atS: number, endS: number): number {
  const index = legs.findLastIndex((leg) => leg.atS <= atS);
  const leg = legs[index];
  if (leg === undefined) return 0;
  const until = legs[index + 1]?.atS ?? endS;
  return leg.from + ((leg.to - leg.from) * (atS - leg.atS)) / Math.max(1e-9, until - leg.atS);
}
