/** Deletes series of which no tier holds a sample any more. */
import type { Connection } from '../database.js';
import { readTail } from '../series/codec.js';
import { seriesGroup, TIER_SHAPES, TIERS } from '../series/tiers.js';
import { SLICE_ROWS } from './slice.js';

/** Examines the next SLICE_ROWS series, in order of their ids. `done` is true with the last of them. */
type SeriesSweep = () => { readonly examined: number; readonly done: boolean };

export function createSeriesSweep(db: Connection, onForget: (ids: ReadonlySet<number>) => void): SeriesSweep {
  const next = db
    .prepare<[number], number>(`SELECT id FROM series WHERE id > ? ORDER BY id LIMIT ${SLICE_ROWS}`)
    .pluck();
  const inChunks = TIERS.map((tier) =>
    db.prepare<[number], number>(`SELECT 1 FROM ${TIER_SHAPES[tier].chunk} WHERE series_id = ? LIMIT 1`).pluck(),
  );
  const tailsOfGroup = TIERS.map((tier) =>
    db.prepare<[number], Buffer>(`SELECT data FROM ${TIER_SHAPES[tier].tail} WHERE grp = ?`).pluck(),
  );
  const remove = db.prepare('DELETE FROM series WHERE id = ?');
  const findInTails = (groups: ReadonlySet<number>): Set<number> => {
    const found = new Set<number>();
    for (const tails of tailsOfGroup) {
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
    const inTails = findInTails(new Set(candidates.map(seriesGroup)));
    const unused = new Set(candidates.filter((id) => !inTails.has(id)));
    for (const id of unused) remove.run(id);
    const done = ids.length < SLICE_ROWS;
    after = done ? 0 : (ids.at(-1) ?? 0);
    if (unused.size > 0) onForget(unused);
    return { examined: ids.length, done };
  }).immediate;
}
