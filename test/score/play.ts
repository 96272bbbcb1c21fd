/** One process of the scoreboard: plays the cases it is told and sends back their figures. */
import { caseOf, type Capacity } from './case.js';
import { figuresOf } from './case-figures.js';
import { FAMILIES } from './families.js';
import { watchCase } from './watch-case.js';

export interface Order {
  readonly index: number;
  readonly family: string;
  readonly capacity: Capacity;
  readonly seed: number;
}

process.on('message', (orders: readonly Order[]) => {
  for (const { index, family, capacity, seed } of orders) {
    const found = FAMILIES.find(({ name }) => name === family);
    if (found === undefined) throw new Error(`no family is called '${family}'`);
    const startedAt = process.cpuUsage();
    const figures = figuresOf(watchCase(caseOf(found, capacity, seed)));
    const { user, system } = process.cpuUsage(startedAt);
    process.send?.({ index, figures, cpuMs: (user + system) / 1000 });
  }
  process.send?.('done');
});
