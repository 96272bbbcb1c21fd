/** Opens the database file: permissions, pragmas, and the translation of SQLite's errors into STORE_* errors. */
import Database from 'better-sqlite3';
import { closeSync, mkdirSync, openSync, statSync } from 'node:fs';
import { dirname } from 'node:path';

import { codeOf, messageOf, PortcastError, type ErrorCode } from '../errors.js';
import { SECOND_MS } from '../units.js';

export type Connection = Database.Database;

/** How long opening may wait for a lock, which a backup or a daemon that is about to stop may hold. */
export const OPEN_WAIT_MS = 2 * SECOND_MS;

/** Connections and statements that must never be collected as garbage: see keepStatements. */
const kept: unknown[] = [];

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

/**
 * The main connection. Creates the file and its directory if they are missing, for the owner only. A file system without
 * shared memory mappings (9p, SMB, some FUSE) cannot have a WAL: there the database gets a rollback journal, which is
 * slower and makes writers and readers wait for each other. Raises STORE_*.
 */
export function openConnection(file: string, waitMs = OPEN_WAIT_MS): Connection {
  return withStoreErrors(file, () => {
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    refuseSpecial(file);
    // Created before SQLite opens it, which gives WAL and shm the mode of the database.
    closeSync(openSync(file, 'a', 0o600));
    try {
      return openWith(file, waitMs, (db) => {
        limitFreePages(db, file);
        db.pragma('journal_mode = WAL');
        db.pragma('synchronous = NORMAL');
        // The first read is what maps the shared memory.
        db.pragma('schema_version');
      });
    } catch (error) {
      if (!lacksSharedMemory(error)) throw error;
      return openWith(file, waitMs, useRollbackJournal);
    }
  });
}

/** A connection that holds the whole database needs no shared memory, so it can also take over what an old WAL holds. */
function useRollbackJournal(db: Connection): void {
  db.pragma('locking_mode = EXCLUSIVE');
  limitFreePages(db, db.name);
  db.pragma('journal_mode = TRUNCATE');
  db.pragma('locking_mode = NORMAL');
  db.pragma('synchronous = FULL');
  // The lock is given up by the next read.
  db.pragma('schema_version');
}

/** A pipe or a device is refused before it is opened: opening it may wait without end, and it cannot be a database. */
function refuseSpecial(file: string): void {
  const stat = statSync(file, { throwIfNoEntry: false });
  if (stat === undefined || stat.isFile() || stat.isDirectory()) return;
  throw new PortcastError(
    'STORE_IO',
    `database ${file} is a pipe, a socket or a device; allowed a regular file (store.file)`,
  );
}

/** Takes effect only while the database has no page yet, so before journal_mode, which writes the first one. */
function limitFreePages(db: Connection, file: string): void {
  if (statSync(file).size === 0) db.pragma('auto_vacuum = INCREMENTAL');
}

function openWith(file: string, waitMs: number, prepare: (db: Connection) => void): Connection {
  const db = keepStatements(new Database(file, { timeout: waitMs }));
  try {
    prepare(db);
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
}

/** A database in memory with the same interface, for as long as no file can be used. */
export function openInMemory(): Connection {
  return keepStatements(new Database(':memory:'));
}

/** A second connection to the same file. Its commits are on disk when they return. Raises STORE_*. */
export function openDurableConnection(file: string): Connection {
  return withStoreErrors(file, () => {
    return openWith(file, OPEN_WAIT_MS, (db) => {
      // Reads page 1, so that a damaged file is noticed now.
      db.pragma('schema_version');
      db.pragma('synchronous = FULL');
    });
  });
}

/** A connection that cannot write. The file must exist. Raises STORE_*. */
export function openReadonly(file: string): Connection {
  return withStoreErrors(file, () => {
    refuseSpecial(file);
    return keepStatements(new Database(file, { readonly: true, fileMustExist: true, timeout: OPEN_WAIT_MS }));
  });
}

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
    // A pragma that sets a value may take effect while it is compiled, so it must be compiled each time. `exec` makes no
    // statement object.
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

/** Runs `act`. An error of SQLite or of the file system is raised as a STORE_* error that names the file. */
export function withStoreErrors<T>(file: string, act: () => T): T {
  try {
    return act();
  } catch (error) {
    throw storeError(file, error);
  }
}

/** Translates an error of SQLite, of its binding or of the file system into a STORE_* error that says what to do. */
export function storeError(file: string, error: unknown): PortcastError {
  if (error instanceof PortcastError) return error;
  const code = findStoreCode(error);
  return new PortcastError(code, EXPLANATIONS[code](file, describe(error)), { cause: error });
}

/** SQLite gives one text for many causes, so its code is added; errors of the file system have theirs in the text. */
function describe(error: unknown): string {
  if (lacksSharedMemory(error)) {
    return (
      `its file system has no shared memory mappings, which a database with a WAL needs (${codeOf(error)}): ` +
      'put it on a local file system (store.file)'
    );
  }
  const code = codeOf(error) ?? '';
  return code.startsWith('SQLITE_') ? `${messageOf(error)} (${code})` : messageOf(error);
}

function lacksSharedMemory(error: unknown): boolean {
  return /^SQLITE_IOERR_SHM(MAP|OPEN|SIZE)$/.test(codeOf(error) ?? '');
}

type StoreCode = Extract<ErrorCode, 'STORE_LOCKED' | 'STORE_FULL' | 'STORE_IO' | 'STORE_CORRUPT' | 'STORE_BINDING'>;

function findStoreCode(error: unknown): StoreCode {
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
