/** The limits of the figures: `test/tools/scoreboard/limits.json`, edited by hand. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { summarize } from './summary.js';
import type { CaseFigures } from './case-figures.js';

export interface Limit {
  readonly min?: number;
  readonly max?: number;
}
/** By capacity, then by the key of the figure. */
export type Limits = Readonly<Record<string, Readonly<Record<string, Limit>>>>;

/** @throws Error naming an entry that has neither `min` nor `max`. */
export function readLimits(which: 'full' | 'subset'): Limits {
  const file = join(import.meta.dirname, 'limits.json');
  const limits = (JSON.parse(readFileSync(file, 'utf8')) as Record<string, Limits>)[which];
  if (limits === undefined) throw new Error(`test/tools/scoreboard/limits.json has no '${which}'`);
  for (const [capacity, entries] of Object.entries(limits)) {
    for (const [key, { min, max }] of Object.entries(entries)) {
      if (min === undefined && max === undefined) throw new Error(`${which} ${capacity} ${key}: neither min nor max`);
    }
  }
  return limits;
}

/** One sentence for each figure outside its limit, and for each limit whose figure does not exist. */
export function findCrossedLimits(
  limits: Limits,
  capacity: number,
  set: string,
  cases: readonly CaseFigures[],
): string[] {
  const figures = new Map(summarize(cases).map((figure) => [figure.key, figure]));
  return Object.entries(limits[String(capacity)] ?? {}).flatMap(([key, { min, max }]) => {
    const value = figures.get(key)?.value ?? NaN;
    const holds = value >= (min ?? -Infinity) && value <= (max ?? Infinity);
    return holds ? [] : [`C = ${capacity}, ${set}: ${key} is ${value}, allowed ${min ?? ''} to ${max ?? ''}`];
  });
}
