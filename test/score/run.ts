/** `npm run score`: the scoreboard of the forecast. `-- --help` lists the options. */
import { fork } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { Capacity } from './case.js';
import type { CaseFigures } from './case-figures.js';
import { FAMILIES } from './families.js';
import type { Order } from './play.js';
import { deciles, standings, summarize } from './summary.js';

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: 'both' },
    family: { type: 'string' },
    capacity: { type: 'string' },
    every: { type: 'string', default: '1' },
    json: { type: 'boolean' },
  },
});

/** The first seed of each set: they never meet. */
const SEEDS = { tuning: 1_000_000, scoring: 9_000_000 } as const;
type SeedSet = keyof typeof SEEDS;

function ordersOf(set: SeedSet): Order[] {
  const orders: Order[] = [];
  FAMILIES.forEach(({ name, cases }, familyIndex) => {
    for (const capacity of [1000, 28232] as const) {
      for (let i = 0; i < cases[capacity]; i += 1) {
        const seed = SEEDS[set] + familyIndex * 10_000 + (capacity === 1000 ? 0 : 5000) + i;
        if (i % Number(values.every) !== 0) continue;
        if (values.family !== undefined && !name.includes(values.family)) continue;
        if (values.capacity !== undefined && Number(values.capacity) !== capacity) continue;
        orders.push({ index: orders.length, family: name, capacity, seed });
      }
    }
  });
  return orders;
}

async function play(orders: readonly Order[]): Promise<{ figures: CaseFigures[]; cpuMs: number[] }> {
  const figures: CaseFigures[] = [];
  const cpuMs: number[] = [];
  const workers = Math.min(orders.length, availableParallelism());
  await Promise.all(
    Array.from({ length: workers }, (_, worker) => {
      const child = fork(join(import.meta.dirname, 'play.ts'), {
        execArgv: ['--import', 'tsx'],
        serialization: 'advanced',
      });
      return new Promise<void>((resolve, reject) => {
        child.on('message', (message: 'done' | { index: number; figures: CaseFigures; cpuMs: number }) => {
          if (message === 'done') {
            child.kill();
            resolve();
            return;
          }
          figures[message.index] = message.figures;
          cpuMs[message.index] = message.cpuMs;
        });
        child.on('error', reject);
        child.on('exit', (code) => {
          if (code !== null && code !== 0) reject(new Error(`a process of the scoreboard ended with ${code}`));
        });
        child.send(orders.filter((_, i) => i % workers === worker));
      });
    }),
  );
  return { figures, cpuMs };
}

for (const set of ['tuning', 'scoring'] as const) {
  if (values.seeds !== 'both' && values.seeds !== set) continue;
  const orders = ordersOf(set);
  const started = performance.now();
  const { figures, cpuMs } = await play(orders);
  console.log(`\n## ${set}: ${orders.length} cases, ${((performance.now() - started) / 1000).toFixed(0)} s`);
  for (const capacity of [1000, 28232] as Capacity[]) {
    const mine = figures.filter((each) => each.capacity === capacity);
    if (mine.length === 0) continue;
    console.log(`\nC = ${capacity}: ${mine.length} cases`);
    for (const { key, value, oracle, cases } of summarize(mine)) {
      if (Number.isNaN(value)) continue;
      console.log(
        `${key.padEnd(34)} ${value.toFixed(3).padStart(9)}  oracle ${oracle === null ? '' : oracle.toFixed(3)}  (${cases})`,
      );
    }
    for (const each of standings(mine)) console.log(JSON.stringify(each));
    for (const each of deciles(mine.flatMap(({ bursts }) => bursts)))
      if (each.moments > 0) console.log(JSON.stringify(each));
  }
  const byFamily = new Map<string, { n: number; ms: number; samples: number; bad: string[] }>();
  figures.forEach((each, i) => {
    const key = `${each.family} ${each.capacity}`;
    const entry = byFamily.get(key) ?? { n: 0, ms: 0, samples: 0, bad: [] };
    entry.n += 1;
    entry.ms += cpuMs[i] ?? 0;
    entry.samples += each.samples;
    const shown = each.warnings['shown'];
    if (each.far && (shown?.unjustified ?? 0) > 0) entry.bad.push(`${each.seed}:unjustified`);
    if (each.far && shown?.missed === true && !each.faster) entry.bad.push(`${each.seed}:missed`);
    byFamily.set(key, entry);
  });
  console.log();
  for (const [key, { n, ms, samples, bad }] of byFamily)
    console.log(
      `${key.padEnd(40)} ${String(n).padStart(4)} cases ${(ms / n).toFixed(0).padStart(6)} ms each, ${(ms / Math.max(1, samples)).toFixed(2)} ms/sample  ${bad.slice(0, 8).join(' ')}`,
    );
}
