/** Opening the file: permissions, pragmas, and SQLite's errors in portcast's words. Nothing here knows a table. */
import Database from 'better-sqlite3';
import { closeSync, mkdirSync, openSync, statSync } from 'node:fs';
import { dirname } from 'node:path';

import { codeOf, messageOf, PortcastError, type ErrorCode } from '../errors.js';

export type Connection = Database.Database;

/** How long start-up may wait for a lock, for a backup or a daemon that is just stopping. */
const OPEN_BUSY_MS = 2000;

/** The main connection: creates file and directory for the owner only, before SQLite sees them. Raises STORE_*. */
export function openConnection(file: string): Connection {
  return withStoreErrors(file, () => {
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    // SQLite gives WAL and shm the mode of the database itself.
    closeSync(openSync(file, 'a', 0o600));
    const db = connect(file, OPEN_BUSY_MS);
    // Only an empty database can be told how to return space; it must come before the first page, so before WAL.
    if (statSync(file).size === 0) db.pragma('auto_vacuum = INCREMENTAL');
    db.pragma('journal_mode = WAL');
    db.pragma('synchronous = NORMAL');
    return db;
  });
}

/** A second connection to the same file, whose commits are on disk when they return. */
export function openDurableConnection(file: string): Connection {
  return withStoreErrors(file, () => {
    const db = connect(file, OPEN_BUSY_MS);
    db.pragma('synchronous = FULL');
    return db;
  });
}

export function openReadonly(file: string): Connection {
  return withStoreErrors(file, () =>
    keepStatements(new Database(file, { readonly: true, fileMustExist: true, timeout: OPEN_BUSY_MS })),
  );
}

const kept: unknown[] = [];

/**
 * Leaves nothing of the driver to the garbage collector: compiled with the headers of Node 24.19 or later it aborts the
 * process when a statement is collected while no JavaScript runs (nodejs/node#65446). Statements are prepared once, when
 * the store opens, so those that are kept are few; only `pragma` would make a new one with each call.
 */
export function keepStatements(db: Connection): Connection {
  const prepare = db.prepare.bind(db) as (sql: string) => Database.Statement;
  const keptPrepare = (sql: string): Database.Statement => {
    const statement = prepare(sql);
    kept.push(statement);
    return statement;
  };
  const readers = new Map<string, Database.Statement>();
  const pragma = (source: string, options?: { simple?: boolean }): unknown => {
    // What sets something may do so while it is compiled, so it is compiled each time: `exec` makes no statement object.
    if (/=|^incremental_vacuum/.test(source)) {
      db.exec(`PRAGMA ${source}`);
      return [];
    }
    const reader = readers.get(source) ?? keptPrepare(`PRAGMA ${source}`);
    readers.set(source, reader);
    return options?.simple === true ? Object.values(reader.get() as object)[0] : reader.all();
  };
  kept.push(db);
  return Object.assign(db, { prepare: keptPrepare as Connection['prepare'], pragma });
}

function connect(file: string, timeout: number): Connection {
  const db = keepStatements(new Database(file, { timeout }));
  // Reading page 1 now is what tells a damaged or foreign file.
  db.pragma('schema_version');
  return db;
}

/** Runs `act`; whatever SQLite or the file system raises comes out as a PortcastError that names the file. */
export function withStoreErrors<T>(file: string, act: () => T): T {
  try {
    return act();
  } catch (error) {
    throw storeError(file, error);
  }
}

/** What an error of SQLite, of its binding or of the file system means to the operator. */
export function storeError(file: string, error: unknown): PortcastError {
  if (error instanceof PortcastError) return error;
  const code = storeCode(error);
  return new PortcastError(code, EXPLANATIONS[code](file, messageOf(error)), { cause: error });
}

type StoreCode = Extract<ErrorCode, 'STORE_LOCKED' | 'STORE_FULL' | 'STORE_IO' | 'STORE_CORRUPT' | 'STORE_BINDING'>;

const EXPLANATIONS: Record<StoreCode, (file: string, detail: string) => string> = {
  STORE_LOCKED: (file) => `database ${file} is locked by another process`,
  STORE_FULL: (file) => `no space left for database ${file}: the disk, or the file's own limit, is full`,
  STORE_IO: (file, detail) => `database ${file} cannot be read or written: ${detail}`,
  STORE_CORRUPT: (file, detail) =>
    `database ${file} is damaged or not a portcast database (${detail}); it is left as it is: ` +
    `stop portcast, move ${file}, ${file}-wal and ${file}-shm aside, then restore a backup or start afresh`,
  STORE_BINDING: (_file, detail) =>
    `better-sqlite3 has no binary that loads on this ${process.platform}-${process.arch} (${firstLine(detail)}); it has one ` +
    'for Linux with glibc 2.34 or later or with musl, macOS and Windows, each on x64 and arm64; ' +
    'on one of these, install the packages again: npm ci',
};

function storeCode(error: unknown): StoreCode {
  const code = codeOf(error) ?? '';
  if (code === 'ERR_DLOPEN_FAILED' || code === 'MODULE_NOT_FOUND') return 'STORE_BINDING';
  if (/^SQLITE_(BUSY|LOCKED)/.test(code)) return 'STORE_LOCKED';
  if (code === 'SQLITE_FULL' || code === 'ENOSPC' || code === 'EDQUOT') return 'STORE_FULL';
  if (/^SQLITE_(CORRUPT|NOTADB)/.test(code)) return 'STORE_CORRUPT';
  return 'STORE_IO';
}

function firstLine(text: string): string {
  return text.split('\n', 1)[0] ?? text;
}
