/** Builds a remedy from its entry in the catalogue, and judges its effect against what holds without it. */
import { formatCount, formatDuration, formatPercent, SECOND_MS } from '../units.js';
import { CATALOGUE, type RemedyName } from './catalogue.js';
import { computeEffect, UNSTATED_EFFECT, type Effect, type Load, type Remedy } from './effect.js';

/** An effect, and the ports that its pressure is a share of. */
export interface PortEffect extends Effect {
  readonly ports: number | null;
}

export const UNSTATED: PortEffect = { ...UNSTATED_EFFECT, ports: null };

/** The effect of a load on its ports. */
export function computeOnPorts(load: Load): PortEffect {
  return { ...computeEffect(load), ports: load.capacity };
}

/** The effect where the load is spread evenly over `count` pools of the same size. */
export function computeSpread(load: Load, count: number): PortEffect {
  const each = computeEffect({
    ...load,
    live: load.live / count,
    held: load.held / count,
    rate: load.rate / count,
  });
  const sustainableRate = each.sustainableRate === null ? null : count * each.sustainableRate;
  return { ...each, sustainableRate, ports: count * load.capacity };
}

type Filled = Pick<Remedy, 'detail' | 'verify'> &
  Partial<Pick<Remedy, 'title' | 'commands' | 'persist' | 'undo' | 'code' | 'appliesTo' | 'risk' | 'cost'>> & {
    readonly effect?: PortEffect;
    /** Why it only delays, or does nothing; the effect decides where it is absent. */
    readonly delays?: string;
    readonly useless?: string;
  };

/** @param present what holds without the remedy; null where that is not known. */
export function buildRemedy(name: RemedyName, filled: Filled, present: Effect | null = null): Remedy {
  const { effect = UNSTATED, delays, useless, ...texts } = filled;
  const judged =
    useless !== undefined
      ? { status: 'does_nothing' as const, reason: useless }
      : delays !== undefined
        ? { status: 'delays' as const, reason: delays }
        : judge(effect, present);
  return { name, ...CATALOGUE[name], ...texts, ...effect, ...judged };
}

/** Whether the effect helps, only delays the exhaustion, or changes nothing. */
function judge(effect: Effect, present: Effect | null): Pick<Remedy, 'status' | 'reason'> {
  const { pressure, secondsToExhaustion } = effect;
  if (pressure === null || present === null || present.pressure === null) return { status: 'helps', reason: null };
  if (pressure >= present.pressure) {
    return {
      status: 'does_nothing',
      reason: `with it this rate needs ${formatPercent(pressure)} of the ports, and without it ${formatPercent(present.pressure)}`,
    };
  }
  if (pressure < 1) return { status: 'helps', reason: null };
  const lasts = secondsToExhaustion === null ? '' : `, so they last for ${formatSeconds(secondsToExhaustion)}`;
  return { status: 'delays', reason: `this rate then needs ${formatPercent(pressure)} of the ports${lasts}` };
}

/** The computed effect as a sentence: `never runs out; settles at 44% of 28,232 ports`. */
export function describeEffect({ pressure, secondsToExhaustion, ports }: PortEffect): string {
  if (pressure === null) {
    return secondsToExhaustion === null
      ? 'its effect cannot be stated as a number'
      : `runs out after ${formatSeconds(secondsToExhaustion)}`;
  }
  const share = `${formatPercent(pressure)} of ${formatCount(ports ?? 0)} ports`;
  if (secondsToExhaustion === null) return `never runs out; settles at ${share}`;
  return secondsToExhaustion === 0
    ? `no port is free at once; this rate needs ${share}`
    : `runs out after ${formatSeconds(secondsToExhaustion)}; this rate needs ${share}`;
}

export function formatSeconds(seconds: number): string {
  return formatDuration(Math.round(seconds) * SECOND_MS);
}
