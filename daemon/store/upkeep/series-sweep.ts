/** Forgets series that nothing refers to any more. */
import { readTail } from '../series/codec.js';
import type { Connection } from '../database.js';
import { seriesGroup, TIER_SHAPES, TIERS } from '../series/tiers.js';

/** Series looked at in one slice. */
const SWEEP_ROWS = 40;

/** Looks at the next few series and deletes those in no tier; `done` when it has been through all of them. */
export type SeriesSweep = () => { readonly looked: number; readonly done: boolean };

export function createSeriesSweep(db: Connection, onForget: (ids: ReadonlySet<number>) => void): SeriesSweep {
  const next = db
    .prepare<[number], number>(`SELECT id FROM series WHERE id > ? ORDER BY id LIMIT ${SWEEP_ROWS}`)
    .pluck();
  const inChunks = TIERS.map((tier) =>
    db.prepare<[number], number>(`SELECT 1 FROM ${TIER_SHAPES[tier].chunk} WHERE series_id = ? LIMIT 1`).pluck(),
  );
  const tailsOf = TIERS.map((tier) =>
    db.prepare<[number], Buffer>(`SELECT data FROM ${TIER_SHAPES[tier].tail} WHERE grp = ?`).pluck(),
  );
  const remove = db.prepare('DELETE FROM series WHERE id = ?');
  const inTails = (groups: ReadonlySet<number>): Set<number> => {
    const found = new Set<number>();
    for (const tails of tailsOf) {
      for (const group of groups) {
        for (const data of tails.all(group)) readTail(data, ({ seriesId }) => found.add(seriesId));
      }
    }
    return found;
  };
  let after = 0;
  return db.transaction(() => {
    const ids = next.all(after);
    const candidates = ids.filter((id) => inChunks.every((statement) => statement.get(id) === undefined));
    const held = inTails(new Set(candidates.map(seriesGroup)));
    const gone = new Set(candidates.filter((id) => !held.has(id)));
    for (const id of gone) remove.run(id);
    const done = ids.length < SWEEP_ROWS;
    after = done ? 0 : (ids.at(-1) ?? 0);
    if (gone.size > 0) onForget(gone);
    return { looked: ids.length, done };
  }).immediate;
}
