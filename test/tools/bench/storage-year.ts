/**
 * A year of roll-ups of 100 port series and 20 pools, written by the store's sealers, without simulating a year of
 * samples.
 */
import type { Connection } from '../../../daemon/store/database.js';
import { writeRollups } from '../../../daemon/store/series/codec.js';
import { KIND, KIND_SHAPES, type Kind } from '../../../daemon/store/series/series-kinds.js';
import { addSample, createRollup, type Rollup } from '../../../daemon/store/series/rollup.js';
import { createTailInserter, type TailRow } from '../../../daemon/store/series/tail-inserter.js';
import { createSealer } from '../../../daemon/store/upkeep/seal.js';
import { seriesGroup, TIER_SHAPES, windowStart, type Tier } from '../../../daemon/store/series/tiers.js';
import { DAY_MS } from '../../../daemon/units.js';

interface YearSeries {
  readonly id: number;
  readonly kind: Kind;
}

/** Inserts the series and returns their ids. */
export function addSeries(db: Connection, ports: readonly string[], pools: readonly string[]): YearSeries[] {
  const insert = db.prepare('INSERT INTO series (kind, name, identity) VALUES (?, ?, ?)');
  const add = (kind: Kind, name: string): YearSeries => ({
    id: Number(insert.run(kind, name, '{}').lastInsertRowid),
    kind,
  });
  return [...ports.map((name) => add(KIND.port, name)), ...pools.map((name) => add(KIND.pool, name))];
}

interface YearPlan {
  readonly series: readonly YearSeries[];
  readonly endMs: number;
  readonly hourDays: number;
  readonly minuteDays: number;
  readonly random: () => number;
}

/** Writes hours up to the time from which minutes are kept, then minutes, which the sealer rolls up into hours. */
export function writeYear(db: Connection, plan: YearPlan): void {
  const minutesFromMs = plan.endMs - plan.minuteDays * DAY_MS;
  fill(db, plan, { tier: 2, fromMs: plan.endMs - plan.hourDays * DAY_MS, toMs: minutesFromMs });
  fill(db, plan, { tier: 1, fromMs: minutesFromMs, toMs: plan.endMs });
}

function fill(db: Connection, plan: YearPlan, span: { tier: Tier; fromMs: number; toMs: number }): void {
  const { tier, fromMs, toMs } = span;
  const { stepMs } = TIER_SHAPES[tier];
  // In the sizes in which the sealer of the finer tier writes: an hour at a time, or five minutes.
  const rowMs = TIER_SHAPES[tier === 2 ? 1 : 0].windowMs;
  const insert = createTailInserter(db, tier);
  const sealers = ([1, 2] as const).map((one) => createSealer(db, one));
  const levels = plan.series.map(() => 20 + 100 * plan.random());
  for (let atMs = fromMs; atMs < toMs; atMs += rowMs) {
    db.transaction(() => {
      const groups = new Map<number, TailRow['entries'][number][]>();
      plan.series.forEach(({ id, kind }, index) => {
        const aggregates: Rollup[] = [];
        for (let startMs = atMs; startMs < atMs + rowMs; startMs += stepMs) {
          aggregates.push(rollupOf(kind, startMs, { stepMs, level: wander(levels, index, plan.random), ...plan }));
        }
        const bytes = writeRollups(aggregates, KIND_SHAPES[kind].columns, stepMs);
        groups.set(seriesGroup(id), [...(groups.get(seriesGroup(id)) ?? []), { seriesId: id, kind, bytes }]);
      });
      for (const [group, entries] of groups) {
        insert({ group, windowMs: windowStart(atMs, tier), fromMs: atMs, toMs: atMs + rowMs - 1, entries });
      }
    })();
    for (const seal of sealers) while (seal(atMs) > 0);
  }
}

function wander(levels: number[], index: number, random: () => number): number {
  const level = Math.max(1, (levels[index] ?? 50) * (0.9 + 0.2 * random()));
  levels[index] = level > 5000 ? 50 : level;
  return level;
}

/**
 * An aggregate counts as many samples as a beat of 2 s gives, but draws only a few, which keeps spread and sum
 * realistic.
 */
function rollupOf(
  kind: Kind,
  startMs: number,
  { stepMs, level, random }: { stepMs: number; level: number; random: () => number },
): Rollup {
  const aggregate = createRollup(KIND_SHAPES[kind].columns, startMs);
  const drawn = 6;
  for (let count = 0; count < drawn; count++) {
    const live = Math.round(level * (0.8 + 0.4 * random()));
    const timeWait = Math.round(level * 10 * (0.8 + 0.4 * random()));
    const closing = Math.floor(random() * 3);
    const values = new Float64Array(KIND_SHAPES[kind].columns);
    if (kind === KIND.port) values.set([live + timeWait + closing, live, timeWait, closing]);
    else values.set([live + timeWait, timeWait, live, Math.round(timeWait * 16), Math.round(timeWait / 2.8), 28_232]);
    addSample(aggregate, values);
  }
  const times = Math.round(stepMs / 2000 / drawn);
  aggregate.samples *= times;
  aggregate.n.forEach((n, column) => (aggregate.n[column] = n * times));
  aggregate.sum.forEach((sum, column) => (aggregate.sum[column] = sum * times));
  return aggregate;
}
