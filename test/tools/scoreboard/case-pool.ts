/** Which cases are played, and how: spread over as many processes as there are cores. */
import { fork } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import type { CaseFigures } from './case-figures.js';
import { CAPACITIES } from './case.js';
import { FAMILIES } from './families.js';
import type { Order, Played } from './play-cases.js';

/** The first seed of each set: they never meet. */
export const SEEDS = { tuning: 1_000_000, scoring: 9_000_000 } as const;
const SEEDS_OF_FAMILY = 10_000;
const SEEDS_OF_CAPACITY = 5000;

export interface Selection {
  readonly set: keyof typeof SEEDS;
  readonly every: number;
  readonly family?: string | undefined;
  readonly capacity?: string | undefined;
}

export function ordersOf({ set, every, family, capacity: wanted }: Selection): Order[] {
  const orders: Order[] = [];
  FAMILIES.forEach(({ name, cases }, familyIndex) => {
    CAPACITIES.forEach((capacity, capacityIndex) => {
      if (!name.includes(family ?? '') || (wanted !== undefined && Number(wanted) !== capacity)) return;
      for (let i = 0; i < cases[capacity]; i += every) {
        const seed = SEEDS[set] + familyIndex * SEEDS_OF_FAMILY + capacityIndex * SEEDS_OF_CAPACITY + i;
        orders.push({ index: orders.length, family: name, capacity, seed });
      }
    });
  });
  if (orders.length === 0) throw new Error(`no case matches family '${family ?? ''}' and capacity '${wanted ?? ''}'`);
  return orders;
}

/** Plays the cases; their figures come in the order of the orders, whoever was done first. */
export async function playAll(orders: readonly Order[]): Promise<CaseFigures[]> {
  const figures: (readonly CaseFigures[])[] = [];
  // Dear and cheap families lie next to one another: whoever is free takes the next case.
  let next = 0;
  const workers = Math.min(orders.length, availableParallelism());
  await Promise.all(
    Array.from({ length: workers }, async () => {
      const child = fork(join(import.meta.dirname, 'play-cases.ts'), {
        execArgv: ['--import', 'tsx'],
        serialization: 'advanced',
      });
      try {
        for (let order = orders[next++]; order !== undefined; order = orders[next++]) {
          figures[order.index] = await play(child, order);
        }
      } finally {
        child.kill();
      }
    }),
  );
  return figures.flat();
}

function play(child: ReturnType<typeof fork>, order: Order): Promise<readonly CaseFigures[]> {
  return new Promise((resolve, reject) => {
    const failed = (why: unknown): void => reject(new Error(`${order.family}, seed ${order.seed}: ${String(why)}`));
    child.once('message', ({ figures }: Played) => {
      child.off('exit', failed);
      resolve(figures);
    });
    child.once('exit', failed);
    child.send(order);
  });
}
