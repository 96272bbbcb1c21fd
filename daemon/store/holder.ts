/**
 * One daemon per database. The daemon holds a write lock on a small SQLite database beside the real one, `FILE.lock`. The
 * kernel releases it when the process ends, however it ends. Only daemons take it, so it is in nobody else's way.
 */
import Database from 'better-sqlite3';
import { closeSync, existsSync, openSync, realpathSync, rmSync, statSync } from 'node:fs';
import { hostname } from 'node:os';

import { codeOf, messageOf, PortcastError } from '../errors.js';
import { keepStatements, type Connection } from './database.js';

export interface Hold {
  readonly lockFile: string;
  /** False when another file, or none, is at the path of the lock file: another daemon could lock that one. */
  isIntact(): boolean;
  release(): void;
}

interface HoldOptions {
  /** How long to wait for a daemon that is about to stop. */
  readonly waitMs: number;
  /** Since when this daemon holds the database, for the message of another one. */
  readonly nowMs: number;
}

interface Holder {
  readonly pid: number;
  readonly host: string;
  readonly since: string;
}

/** The lock file of a database that exists. Symbolic links are followed, so that every path to a database has one. */
export function findLockFile(file: string): string {
  return `${realpathSync(file)}.lock`;
}

/**
 * Takes the lock of a database that exists. Raises STORE_HELD, with the holder's name, when another daemon has it, and
 * STORE_IO when the lock file cannot be made.
 */
export function holdDatabase(file: string, options: HoldOptions): Hold {
  const lockFile = findLockFile(file);
  try {
    return lock(file, lockFile, options);
  } catch (error) {
    if (error instanceof PortcastError) throw error;
    throw new PortcastError('STORE_IO', `the lock file ${lockFile} cannot be used: ${messageOf(error)}`, {
      cause: error,
    });
  }
}

/** Raises STORE_HELD when a daemon holds the lock file. It came from the database, so it may be of another place and time. */
export function refuseIfHeld(file: string, lockFile: string, waitMs: number): void {
  if (!existsSync(lockFile)) return;
  let db: Connection | null = null;
  try {
    db = keepStatements(new Database(lockFile, { fileMustExist: true, timeout: waitMs }));
    db.exec('BEGIN IMMEDIATE');
  } catch (error) {
    if (db !== null && isBusy(error)) throw createHeldError(file, db);
  } finally {
    db?.close();
  }
}

function lock(file: string, lockFile: string, options: HoldOptions): Hold {
  createLockFile(lockFile);
  const db = keepStatements(new Database(lockFile, { timeout: options.waitMs }));
  try {
    db.exec('PRAGMA journal_mode = MEMORY; PRAGMA synchronous = OFF; BEGIN IMMEDIATE');
    writeHolder(db, options.nowMs);
  } catch (error) {
    const failure = isBusy(error) ? createHeldError(file, db) : error;
    db.close();
    // A process that is killed while it writes its name may leave a file that cannot be read. It then holds no lock.
    if (!/^SQLITE_(CORRUPT|NOTADB)/.test(codeOf(failure) ?? '')) throw failure;
    rmSync(lockFile);
    return lock(file, lockFile, options);
  }
  const held = statSync(lockFile, { bigint: true });
  return {
    lockFile,
    isIntact() {
      const found = statSync(lockFile, { bigint: true, throwIfNoEntry: false });
      return found !== undefined && found.ino === held.ino && found.dev === held.dev;
    },
    release: () => void db.close(),
  };
}

/** Called with the lock held, and keeps it: a write lock lets others read who holds it. */
function writeHolder(db: Connection, nowMs: number): void {
  try {
    db.exec('CREATE TABLE IF NOT EXISTS holder (pid INTEGER, host TEXT, since TEXT); DELETE FROM holder');
    const since = new Date(nowMs).toISOString();
    db.prepare('INSERT INTO holder VALUES (?, ?, ?)').run(process.pid, hostname(), since);
    db.exec('COMMIT; BEGIN IMMEDIATE');
  } catch (error) {
    // On a full disk the lock itself still works; it only has no name.
    if (codeOf(error) !== 'SQLITE_FULL') throw error;
    if (!db.inTransaction) db.exec('BEGIN IMMEDIATE');
  }
}

/** The first connection to close a file ends every lock that its process has on it, so an existing file is not opened here. */
function createLockFile(lockFile: string): void {
  try {
    closeSync(openSync(lockFile, 'wx', 0o600));
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error;
  }
}

function createHeldError(file: string, db: Connection): PortcastError {
  const holder = readHolder(db);
  const place = holder === null || holder.host === hostname() ? '' : ` on ${holder.host}`;
  const name = holder === null ? 'its name could not be read' : `pid ${holder.pid}${place}, since ${holder.since}`;
  return new PortcastError(
    'STORE_HELD',
    `database ${file} is in use by another portcast daemon (${name}): stop that one first, or give this one a database of ` +
      'its own with store.file',
  );
}

function readHolder(db: Connection): Holder | null {
  try {
    return db.prepare<[], Holder>('SELECT pid, host, since FROM holder').get() ?? null;
  } catch {
    return null;
  }
}

function isBusy(error: unknown): boolean {
  return /^SQLITE_(BUSY|LOCKED)/.test(codeOf(error) ?? '');
}
