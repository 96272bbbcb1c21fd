/** The 20 equally likely situations of a forecast: where their dots lie, and what they say in words. */
import { SECOND_MS } from '../../../daemon/units.js';
import { formatTogether } from './format.js';

/** Instants in epoch ms, ascending; null = never, at the end. */
export type Quantiles = readonly (number | null)[];

/** The dots of one step of time, one above the other. */
export interface DotStack {
  readonly fromMs: number;
  readonly toMs: number;
  readonly count: number;
}

/** Steps of time between the first and the last dot. */
const STEPS = 10;
/** Dots that all lie within this time have no place on an axis in seconds. */
const SHORTEST_AXIS_MS = 2 * SECOND_MS;
/** The sentence names the third and the seventeenth situation: before the one and after the other it is improbable. */
const EARLY = 3;
const LATE = 17;

/** The dots over the steps from the first to the last of them, empty steps included. Empty where none runs out. */
export function stackDots(quantiles: Quantiles): DotStack[] {
  const known = quantiles.filter((at) => at !== null);
  const [first, last] = [known[0], known.at(-1)];
  if (first === undefined || last === undefined) return [];
  const steps = last > first ? STEPS : 1;
  const stepMs = (last - first) / steps;
  const stacks = Array.from({ length: steps }, (_, i) => ({
    fromMs: first + i * stepMs,
    toMs: first + (i + 1) * stepMs,
    count: 0,
  }));
  for (const at of known) {
    const stack = stacks[Math.min(steps - 1, stepMs === 0 ? 0 : Math.floor((at - first) / stepMs))];
    if (stack !== undefined) stack.count += 1;
  }
  return stacks;
}

/** False where many situations run out at the same moment: their dots would be one thin column. */
export function hasAxis(quantiles: Quantiles): boolean {
  const known = quantiles.filter((at) => at !== null);
  return known.length <= EARLY || (known.at(-1) ?? 0) - (known[0] ?? 0) >= SHORTEST_AXIS_MS;
}

/** `Of 20 such situations, 3 have run out by 14:02:10, 17 by 14:04:35; 1 never does.`; null without situations. */
export function describeDots(quantiles: Quantiles, nowMs: number): string | null {
  if (quantiles.length === 0) return null;
  const known = quantiles.filter((at) => at !== null);
  const never = quantiles.length - known.length;
  const named = hasAxis(quantiles) ? [EARLY, LATE] : [known.length];
  const counts = [...new Set(named.map((count) => Math.min(count, known.length)))].filter((count) => count > 0);
  const instants = formatTogether(
    counts.map((count) => known[count - 1] ?? 0),
    nowMs,
  );
  const said = counts.map((count, index) => {
    const verb = index > 0 ? '' : count === 1 ? ' has run out' : ' have run out';
    return `${count}${verb} by ${instants[index] ?? ''}`;
  });
  const rest = never === 0 ? '' : `; ${never} never ${never === 1 ? 'does' : 'do'}`;
  return `Of ${quantiles.length} such situations, ${said.length === 0 ? 'none runs out' : `${said.join(', ')}${rest}`}.`;
}
