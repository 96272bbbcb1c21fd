/** The program of one scoreboard process: plays the cases that it receives, one after the other. */
import { createCase, type Capacity } from './case.js';
import { computeFigures, type CaseFigures } from './case-figures.js';
import { FAMILIES } from './families.js';
import { watchCase } from './watch-case.js';

export interface CaseRequest {
  readonly index: number;
  readonly family: string;
  readonly capacity: Capacity;
  readonly seed: number;
}

export interface PlayedCase {
  /** Several where a case has several bursts that are scored. */
  readonly figures: readonly CaseFigures[];
}

process.on('message', ({ family, capacity, seed }: CaseRequest) => {
  const found = FAMILIES.find(({ name }) => name === family);
  if (found === undefined) throw new Error(`no family is called '${family}'`);
  process.send?.({ figures: watchCase(createCase(found, capacity, seed)).map(computeFigures) } satisfies PlayedCase);
});
