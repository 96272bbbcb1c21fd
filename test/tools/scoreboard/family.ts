/** A family of cases: how they are drawn. */
import type { Draw } from './draw.js';
import type { Scenario } from './scenarios.js';

export interface Family {
  readonly name: string;
  /** The number of cases in each set of seeds, by capacity. */
  readonly cases: { readonly 1000: number; readonly 28232: number };
  readonly draw: (draw: Draw, capacity: number) => Scenario;
  /** `plan`: a plan of rates, which the reference is given. The others are made from programs: see programs/families.ts. */
  readonly kind?: 'plan' | 'program' | 'pool';
}
