/**
 * Migrations are SQL files, numbered and hashed, and go forward only. Each is applied in a transaction of its own.
 * A database is refused when its schema is newer, or was built with other migrations than these files.
 */
import { createHash } from 'node:crypto';
import { closeSync, openSync, readdirSync, readFileSync, readSync, statSync } from 'node:fs';
import { join } from 'node:path';

import { PortcastError } from '../errors.js';
import { openInMemory, type Connection } from './database.js';

const FILE_NAME = /^(\d{4})_[a-z0-9_]+\.sql$/;
/** `PCAS`: set by the first migration, it marks the file as a database of portcast. */
const APPLICATION_ID = 0x50434153;

interface Migration {
  readonly version: number;
  readonly name: string;
  readonly sha256: string;
  readonly sql: string;
}
type Applied = Pick<Migration, 'version' | 'name' | 'sha256'>;

/** SQLite file format, 1.3: where the first page holds the application id. */
const APPLICATION_ID_OFFSET = 68;

/** Whether a file has the mark of a portcast database, however damaged the rest of it is. Never throws. */
export function isMarkedFile(file: string): boolean {
  try {
    // Opening a pipe waits for a writer.
    if (!statSync(file).isFile()) return false;
    const descriptor = openSync(file, 'r');
    const bytes = Buffer.alloc(4);
    readSync(descriptor, bytes, 0, bytes.length, APPLICATION_ID_OFFSET);
    closeSync(descriptor);
    return bytes.readUInt32BE() === APPLICATION_ID;
  } catch {
    return false;
  }
}

/** A database of another program: it is refused, and never moved. */
export class ForeignDatabaseError extends PortcastError {}

/** Brings the database to the newest schema. Raises STORE_DRIFT, STORE_NEWER, or STORE_CORRUPT for a foreign file. */
export function migrate(db: Connection, options: { file: string; migrationsDir: string; nowMs: number }): void {
  const available = readMigrations(options.migrationsDir);
  const applied = readApplied(db, options.file);
  refuseNewer(applied, available, options.file);
  refuseDrift(applied, available, options);
  refuseOtherTables(db, available.slice(0, applied.length), options.file);
  for (const migration of available.slice(applied.length)) apply(db, migration, options.nowMs);
}

/** Checks a database that is only read: its schema may be older. Raises STORE_NEWER, STORE_DRIFT or STORE_CORRUPT. */
export function checkReadable(db: Connection, options: { file: string; migrationsDir: string }): void {
  const available = readMigrations(options.migrationsDir);
  const applied = readApplied(db, options.file);
  if (applied.length === 0) {
    throw new PortcastError('STORE_CORRUPT', `${options.file} is an empty database: nothing is stored in it`);
  }
  refuseNewer(applied, available, options.file);
  refuseDrift(applied, available, options);
  refuseOtherTables(db, available.slice(0, applied.length), options.file);
}

/** Whether a database that `checkReadable` has passed has the newest schema. */
export function isNewest(db: Connection, migrationsDir: string): boolean {
  const version = db.prepare<[], number>('SELECT max(version) FROM migration').pluck().get();
  return version === readMigrations(migrationsDir).length;
}

function readMigrations(folder: string): Migration[] {
  const names = readdirSync(folder).filter((name) => name.endsWith('.sql'));
  return names.sort().map((name, index) => {
    const version = Number(FILE_NAME.exec(name)?.[1] ?? NaN);
    if (version !== index + 1) {
      const wanted = String(index + 1).padStart(4, '0');
      throw new PortcastError('STORE_DRIFT', `${join(folder, name)}: migration ${wanted}_<what>.sql was expected here`);
    }
    const bytes = readFileSync(join(folder, name));
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    return { version, name, sha256, sql: bytes.toString('utf8') };
  });
}

function readApplied(db: Connection, file: string): Applied[] {
  const tables = db.prepare<[], { name: string }>("SELECT name FROM sqlite_schema WHERE type = 'table'").all();
  if (tables.length === 0) return [];
  const marked = db.pragma('application_id', { simple: true }) === APPLICATION_ID;
  if (!marked || !tables.some(({ name }) => name === 'migration')) {
    throw new ForeignDatabaseError(
      'STORE_CORRUPT',
      `${file} is a SQLite database of another program; choose another file for portcast`,
    );
  }
  return db.prepare<[], Applied>('SELECT version, name, sha256 FROM migration ORDER BY version LIMIT 10000').all();
}

function refuseNewer(applied: readonly Applied[], available: readonly Migration[], file: string): void {
  const [stored, newest] = [applied.at(-1)?.version ?? 0, available.at(-1)?.version ?? 0];
  if (stored <= newest) return;
  throw new PortcastError(
    'STORE_NEWER',
    `database ${file} has schema version ${stored}, and this version of portcast supports versions up to ${newest}: ` +
      'run the newer portcast, or restore a backup that this version made',
  );
}

function refuseDrift(
  applied: readonly Applied[],
  available: readonly Migration[],
  options: { readonly file: string; readonly migrationsDir: string },
): void {
  applied.forEach((row, index) => {
    const file = available[index];
    const same = file !== undefined && file.version === row.version && file.name === row.name;
    if (same && file.sha256 === row.sha256) return;
    const found = same ? `a file of other content (sha256 ${file.sha256})` : (file?.name ?? 'nothing');
    throw new PortcastError(
      'STORE_DRIFT',
      `database ${options.file} was built with migration ${row.name} (sha256 ${row.sha256}), ` +
        `but ${options.migrationsDir} has ${found} in its place: a released migration must never change`,
    );
  });
}

/**
 * A view, a computed column or a trigger in the place of a table of portcast can make any statement run without end, so
 * each table must be as the migrations make it.
 */
function refuseOtherTables(db: Connection, applied: readonly Migration[], file: string): void {
  const fresh = openInMemory();
  for (const { sql } of applied) fresh.exec(sql);
  const [wanted, found] = [listColumns(fresh), new Set(listColumns(db))];
  fresh.close();
  const missing = wanted.find((column) => !found.has(column));
  if (missing !== undefined) {
    throw new PortcastError(
      'STORE_CORRUPT',
      `${file} is damaged or was changed: the table column ${missing} is missing`,
    );
  }
  const trigger = db.prepare<[], string>("SELECT name FROM sqlite_schema WHERE type = 'trigger'").pluck().get();
  if (trigger === undefined) return;
  throw new PortcastError(
    'STORE_CORRUPT',
    `${file} is damaged or was changed: it has the trigger ${trigger}, and portcast makes none`,
  );
}

/** `table.column TYPE` of every stored column of every ordinary table. */
function listColumns(db: Connection): string[] {
  return db
    .prepare<[], string>(
      "SELECT t.name || '.' || c.name || ' ' || c.type FROM pragma_table_list AS t, pragma_table_xinfo(t.name) AS c " +
        "WHERE t.schema = 'main' AND t.type = 'table' AND c.hidden = 0 AND t.name NOT LIKE 'sqlite%'",
    )
    .pluck()
    .all();
}

function apply(db: Connection, migration: Migration, nowMs: number): void {
  db.transaction(() => {
    db.exec(
      'CREATE TABLE IF NOT EXISTS migration (version INTEGER PRIMARY KEY, name TEXT NOT NULL, ' +
        'sha256 TEXT NOT NULL, applied_at_ms INTEGER NOT NULL) STRICT',
    );
    db.exec(migration.sql);
    db.prepare('INSERT INTO migration (version, name, sha256, applied_at_ms) VALUES (?, ?, ?, ?)').run(
      migration.version,
      migration.name,
      migration.sha256,
      nowMs,
    );
  }).immediate();
}
