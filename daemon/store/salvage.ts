/** What is done with a database that can no longer be used: it is set aside, and what it holds is copied into another. */
import { renameSync, statSync } from 'node:fs';

import { codeOf } from '../errors.js';
import { SECOND_MS } from '../units.js';
import type { Connection } from './database.js';
import { readOr } from './read-or.js';

/** So many rows are copied at once; what is damaged costs no more than these. */
const SLICE_ROWS = 200n;
const LEAST_ROW = -(2n ** 63n);
/** A table with more damage than this is given up: where no row can be found, slices of empty row ids have no end. */
const MAX_LOST_SLICES = 10_000;
/** The samples are copied for so long, the newest first: meanwhile the main thread does nothing else. */
const SAMPLES_MS = 2 * SECOND_MS;

interface CopiedTable {
  readonly name: string;
  /** Columns that identify a row only within its own database. */
  readonly without?: string;
  readonly where?: string;
}

/** Copied first, and whole. Rows of the same key are replaced: those of the database that was in use are newer. */
const PROMISES: readonly CopiedTable[] = [
  { name: 'alert' },
  { name: 'outbox', without: 'id' },
  { name: 'incident' },
  { name: 'silence' },
  { name: 'action_token' },
  { name: 'user_account' },
  { name: 'access_token' },
  { name: 'login_session' },
  { name: 'outage' },
  { name: 'observed_change' },
  { name: 'episode' },
];
/** Copied only into an empty database. */
const RECORDS: readonly CopiedTable[] = [
  { name: 'store_state', where: "name <> 'lock_file'" },
  { name: 'setting' },
  { name: 'decision' },
  { name: 'score_day' },
  { name: 'failure' },
  { name: 'burst' },
  { name: 'series' },
];
const OF_KNOWN_SERIES = 'series_id IN (SELECT id FROM other.series)';
const SAMPLES: readonly CopiedTable[] = [
  { name: 'raw_tail' },
  { name: 'minute_tail' },
  { name: 'hour_tail' },
  { name: 'forecast' },
  { name: 'score' },
  { name: 'hour_chunk', where: OF_KNOWN_SERIES },
  { name: 'minute_chunk', where: OF_KNOWN_SERIES },
  { name: 'raw_chunk', where: OF_KNOWN_SERIES },
];

/**
 * Moves a database aside with its journals, under a name with the date, and returns the name; only the journals that are
 * given when the database itself is gone. Nothing is deleted. Raises what the file system raises.
 */
export function setAside(file: string, options: { readonly nowMs: number; readonly ends?: readonly string[] }): string {
  const date = new Date(options.nowMs)
    .toISOString()
    .replace(/\.\d+Z$/, 'Z')
    .replaceAll(/[-:]/g, '');
  let target = `${file}.aside-${date}`;
  for (let count = 2; statSync(target, { throwIfNoEntry: false }) !== undefined; count++) {
    target = `${file}.aside-${date}-${count}`;
  }
  for (const end of options.ends ?? ['', '-wal', '-shm', '-journal']) {
    try {
      // A WAL belongs to a database by its name, so both keep their endings.
      renameSync(`${file}${end}`, `${target}${end}`);
    } catch (error) {
      if (codeOf(error) !== 'ENOENT') throw error;
    }
  }
  return target;
}

/**
 * Copies what `from` can still read into the database at `file`, which is open elsewhere and has the newest schema. Damaged
 * parts are left out. With `isEmpty` everything is copied, as far as the time allows; else only alerts, mail, incidents,
 * silences, the tokens of links, outages, changes and warnings. Returns whether all of it was copied. Never throws.
 */
export function copyContent(
  from: Connection,
  file: string,
  options: { readonly isEmpty: boolean; now(): number },
): boolean {
  try {
    from.exec(
      `ATTACH '${file.replaceAll("'", "''")}' AS other; PRAGMA busy_timeout = ${SECOND_MS}; PRAGMA other.synchronous = FULL`,
    );
  } catch {
    return false;
  }
  let isWhole = true;
  const endMs = options.now() + SAMPLES_MS;
  for (const table of [...PROMISES, ...(options.isEmpty ? [...RECORDS, ...SAMPLES] : [])]) {
    const isLimited = SAMPLES.includes(table);
    isWhole = copyTable(from, table, () => isLimited && options.now() > endMs) && isWhole;
  }
  try {
    from.exec('DETACH other');
  } catch {
    // The connection is closed soon, which detaches it too.
  }
  return isWhole;
}

/**
 * The newest rows first. Row ids are 64 bits wide and may lie far apart, so each slice begins at the next row there is; where
 * that cannot be read, it begins right below the slice before.
 */
function copyTable(from: Connection, { name, without, where = 'true' }: CopiedTable, isTimeUp: () => boolean): boolean {
  try {
    const columns = listCommonColumns(from, name).filter((column) => column !== without);
    const span = from
      .prepare<[], { first: bigint | null; last: bigint | null }>(
        `SELECT min(rowid) AS first, max(rowid) AS last FROM main.${name}`,
      )
      .safeIntegers()
      .get();
    if (typeof span?.first !== 'bigint' || typeof span.last !== 'bigint') return true;
    const rowsBelow = from
      .prepare<[bigint], bigint | null>(`SELECT max(rowid) FROM main.${name} WHERE rowid <= ?`)
      .pluck()
      .safeIntegers();
    let lost = 0;
    for (let below = span.last; below >= span.first;) {
      if (isTimeUp() || lost > MAX_LOST_SLICES) return false;
      const end = readOr(null, () => rowsBelow.get(below)) ?? below;
      const begin = end - SLICE_ROWS < LEAST_ROW ? LEAST_ROW : end - SLICE_ROWS + 1n;
      const rows = `rowid >= ${begin} AND rowid <= ${end} AND ${where}`;
      lost += copyRows(from, `${name} (${columns.join()}) SELECT ${columns.join()} FROM main.${name} WHERE ${rows}`)
        ? 0
        : 1;
      below = end - SLICE_ROWS;
    }
    return lost === 0;
  } catch {
    return false;
  }
}

/** False when these rows are damaged. Raises what else goes wrong. */
function copyRows(from: Connection, rows: string): boolean {
  try {
    from.exec(`INSERT OR REPLACE INTO other.${rows}`);
    return true;
  } catch (error) {
    if (/^SQLITE_(CORRUPT|CONSTRAINT|MISMATCH)/.test(codeOf(error) ?? '')) return false;
    throw error;
  }
}

/** A database that was never opened by this version may have fewer columns. */
function listCommonColumns(from: Connection, table: string): string[] {
  const list = from.prepare<[string, string], string>('SELECT name FROM pragma_table_info(?, ?)').pluck();
  const [own, other] = [list.all(table, 'main'), list.all(table, 'other')];
  return own.filter((name) => other.includes(name));
}
