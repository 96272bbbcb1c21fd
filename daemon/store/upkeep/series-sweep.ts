/**
 * Deletes series of which no tier holds a sample any more. Where there are too many series, because a host had very many
 * destinations, it also deletes the least valuable ones with all their samples: without a limit their names alone would
 * fill the database.
 */
import type { Connection } from '../database.js';
import { packTail, readTail, skipDamage, type TailEntry } from '../series/codec.js';
import { seriesGroup, TIER_SHAPES, TIERS } from '../series/tiers.js';
import { SLICE_ROWS } from './slice.js';

/** Deleting a series rewrites the tails of its group. */
const SLICE_GROUPS = 4;
/** So much below the limit are they brought, so that not every new series needs a deletion. */
const KEPT_SHARE = 0.9;

export interface SeriesSweep {
  /**
   * Examines the next series in order of their ids, or deletes some of those that are too many; at most SLICE_ROWS.
   * `done` is true when all have been examined and nothing is left to delete.
   */
  step(): { readonly examined: number; readonly done: boolean };
  /** True while there are more series than there may be. */
  isOverLimit(): boolean;
}

interface SeriesSweepOptions {
  readonly maxSeries: number;
  /** Called with the ids of series that were deleted. */
  readonly onForget: (ids: ReadonlySet<number>) => void;
}

interface Ranked {
  readonly id: number;
  readonly rank: number;
}

export function createSeriesSweep(db: Connection, { maxSeries, onForget }: SeriesSweepOptions): SeriesSweep {
  const next = db
    .prepare<[number], number>(`SELECT id FROM series WHERE id > ? ORDER BY id LIMIT ${SLICE_ROWS}`)
    .pluck();
  const count = db.prepare<[], number>('SELECT count(*) FROM series').pluck();
  const findLife = prepareLife(db);
  const tails = prepareTails(db);
  const remove = prepareRemove(db);
  let after = 0;
  let ranking: Ranked[] = [];
  let victims: number[] = [];

  const examine = db.transaction((): number => {
    const ids = next.all(after);
    const sealed = ids.map((id) => ({ id, life: findLife(id) }));
    const inTails = tails.find(new Set(sealed.filter(({ life }) => life === null).map(({ id }) => seriesGroup(id))));
    const lives = sealed.map(({ id, life }) => ({ id, life: life ?? inTails.get(id) ?? null }));
    const unused = new Set(lives.filter(({ life }) => life === null).map(({ id }) => id));
    for (const id of unused) remove(id);
    if (unused.size > 0) onForget(unused);
    for (const { id, life } of lives) {
      // A series is kept after its end for as long as it had lasted, so many short ones do not displace a long one.
      if (life !== null) ranking.push({ id, rank: life.toMs + (life.toMs - life.fromMs) });
    }
    after = ids.length < SLICE_ROWS ? 0 : (ids.at(-1) ?? 0);
    return ids.length;
  }).immediate;
  const shed = db.transaction((): number => {
    const groups = new Set<number>();
    const ids = new Set<number>();
    for (const id of victims) {
      if (ids.size >= SLICE_ROWS || (!groups.has(seriesGroup(id)) && groups.size >= SLICE_GROUPS)) break;
      groups.add(seriesGroup(id));
      ids.add(id);
    }
    tails.remove(groups, ids);
    for (const id of ids) remove(id);
    onForget(ids);
    victims = victims.slice(ids.size);
    return ids.size;
  }).immediate;
  return {
    isOverLimit: () => (count.get() ?? 0) > maxSeries,
    step() {
      if (victims.length > 0) return { examined: shed(), done: victims.length === 0 };
      const examined = examine();
      if (after > 0) return { examined, done: false };
      victims = chooseVictims(ranking, { count: count.get() ?? 0, maxSeries });
      ranking = [];
      return { examined, done: victims.length === 0 };
    },
  };
}

/** Ids in ascending order, because neighbours share their tails. */
function chooseVictims(ranking: Ranked[], limit: { readonly count: number; readonly maxSeries: number }): number[] {
  if (limit.count <= limit.maxSeries) return [];
  const tooMany = limit.count - Math.floor(limit.maxSeries * KEPT_SHARE);
  const worst = ranking.sort((a, b) => a.rank - b.rank).slice(0, tooMany);
  return worst.map(({ id }) => id).sort((a, b) => a - b);
}

interface Life {
  readonly fromMs: number;
  readonly toMs: number;
}

/** The time from the first to the last sealed sample of a series; null when none is sealed. */
function prepareLife(db: Connection): (id: number) => Life | null {
  const spans = TIERS.map((tier) =>
    db.prepare<[number], { fromMs: number | null; toMs: number | null }>(
      `SELECT min(from_ms) AS fromMs, max(from_ms) AS toMs FROM ${TIER_SHAPES[tier].chunk} WHERE series_id = ?`,
    ),
  );
  return (id) => {
    const found = spans.map((statement) => statement.get(id)).filter((span) => typeof span?.fromMs === 'number');
    if (found.length === 0) return null;
    return {
      fromMs: Math.min(...found.map((span) => span?.fromMs ?? Infinity)),
      toMs: Math.max(...found.map((span) => span?.toMs ?? -Infinity)),
    };
  };
}

function prepareRemove(db: Connection): (id: number) => void {
  const chunks = TIERS.map((tier) => db.prepare(`DELETE FROM ${TIER_SHAPES[tier].chunk} WHERE series_id = ?`));
  const series = db.prepare('DELETE FROM series WHERE id = ?');
  return (id) => {
    for (const statement of chunks) statement.run(id);
    series.run(id);
  };
}

interface TailRow extends Life {
  readonly id: number;
  readonly data: Buffer;
}

function prepareTails(db: Connection) {
  const tiers = TIERS.map((tier) => {
    const { tail } = TIER_SHAPES[tier];
    return {
      rows: db.prepare<[number], TailRow>(
        `SELECT id, from_ms AS fromMs, to_ms AS toMs, data FROM ${tail} WHERE grp = ?`,
      ),
      update: db.prepare(`UPDATE ${tail} SET data = ? WHERE id = ?`),
      remove: db.prepare(`DELETE FROM ${tail} WHERE id = ?`),
    };
  });
  return {
    /** The series with a sample in the tails of the groups, and the time that the rows with their samples span. */
    find(groups: ReadonlySet<number>): Map<number, Life> {
      const found = new Map<number, Life>();
      for (const { rows } of tiers) {
        for (const { fromMs, toMs, data } of [...groups].flatMap((group) => rows.all(group))) {
          skipDamage(() =>
            readTail(data, ({ seriesId }) => {
              const life = found.get(seriesId) ?? { fromMs, toMs };
              found.set(seriesId, { fromMs: Math.min(life.fromMs, fromMs), toMs: Math.max(life.toMs, toMs) });
            }),
          );
        }
      }
      return found;
    },
    /** Takes the samples of these series out of the tails of the groups. */
    remove(groups: ReadonlySet<number>, ids: ReadonlySet<number>): void {
      for (const { rows, update, remove } of tiers) {
        for (const row of [...groups].flatMap((group) => rows.all(group))) {
          const entries: TailEntry[] = [];
          skipDamage(() => readTail(row.data, (entry) => entries.push(entry)));
          const kept = entries.filter(({ seriesId }) => !ids.has(seriesId));
          if (kept.length === 0) remove.run(row.id);
          else if (kept.length < entries.length) update.run(packTail(kept), row.id);
        }
      }
    },
  };
}
