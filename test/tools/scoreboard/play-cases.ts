/** One process of the scoreboard: plays the cases it is sent, one after the other. */
import { caseOf, type Capacity } from './case.js';
import { figuresOf, type CaseFigures } from './case-figures.js';
import { FAMILIES } from './families.js';
import { watchCase } from './watch-case.js';

export interface Order {
  readonly index: number;
  readonly family: string;
  readonly capacity: Capacity;
  readonly seed: number;
}

export interface Played {
  /** More than one where a case has several bursts to score. */
  readonly figures: readonly CaseFigures[];
}

process.on('message', ({ family, capacity, seed }: Order) => {
  const found = FAMILIES.find(({ name }) => name === family);
  if (found === undefined) throw new Error(`no family is called '${family}'`);
  process.send?.({ figures: watchCase(caseOf(found, capacity, seed)).map(figuresOf) } satisfies Played);
});
