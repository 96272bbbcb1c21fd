/**
 * Notices that the files of an open database are no longer those at its path. SQLite does not: it goes on writing to files
 * that were removed, moved or replaced, and what it writes there is gone when the process ends.
 */
import { closeSync, fstatSync, openSync, readSync, statSync, type BigIntStats } from 'node:fs';

import { codeOf } from '../errors.js';
import type { Connection } from './database.js';

/**
 * `same`: nothing happened. `gone`: no file is at the path. `other`: another file is at the path. `overwritten`: it is the
 * same file, with less or other content. `journal`: the WAL or its index is gone, and the database is the same.
 */
type FileState = 'same' | 'gone' | 'other' | 'overwritten' | 'journal';

export interface FileWatch {
  /** Five calls of `stat` and a read of 100 bytes. Never throws: a file that cannot be examined counts as the same. */
  check(): FileState;
  /** The paths at which the WAL and the index of the open database still are. */
  listJournals(): string[];
  /** To be called after the connections are closed: closing any descriptor of a file ends the locks of its process on it. */
  close(): void;
}

/** SQLite file format, 1.3: the magic, and the counter that grows whenever the first page is written. */
const HEADER_BYTES = 100;
const MAGIC = Buffer.from('SQLite format 3\0', 'latin1');
const COUNTER_OFFSET = 24;

/** Watches a database that `db` has open, with its WAL and index as they are now. Raises what the file system raises. */
export function watchFile(file: string, db: Connection): FileWatch {
  // Opened for writing too: on an overlay a file that is only read may be another one than the file that is written.
  const descriptor = openSync(file, 'a+');
  const journals = [`${file}-wal`, `${file}-shm`].flatMap((path) => {
    const found = statOrNull(path);
    return found === null ? [] : [{ path, found }];
  });
  const pageBytes = Number(db.pragma('page_size', { simple: true }));
  const header = Buffer.alloc(HEADER_BYTES);
  let counter = 0;
  let lastBytes = 0n;

  const isOverwritten = (bytes: bigint): boolean => {
    if (readSync(descriptor, header, 0, HEADER_BYTES, 0) < HEADER_BYTES) return true;
    if (!header.subarray(0, MAGIC.length).equals(MAGIC)) return true;
    const before = counter;
    counter = header.readUInt32BE(COUNTER_OFFSET);
    if (counter < before) return true;
    const hasShrunk = bytes < lastBytes;
    lastBytes = bytes;
    const missing = BigInt(Number(db.pragma('page_count', { simple: true })) * pageBytes) - bytes;
    // Pages that are not in the file must be in the WAL. A file that shrank may have lost others, which only a look tells.
    return missing > (statOrNull(`${file}-wal`)?.size ?? 0n) || (hasShrunk && missing > 0n && !isWhole(db));
  };
  return {
    check() {
      try {
        const now = statOrNull(file);
        if (now === null) return 'gone';
        const open = fstatSync(descriptor, { bigint: true });
        if (!isSameFile(now, open)) return 'other';
        if (isOverwritten(open.size)) return 'overwritten';
        return journals.every(({ path, found }) => isSameFile(statOrNull(path), found)) ? 'same' : 'journal';
      } catch {
        return 'same';
      }
    },
    listJournals: () =>
      journals.filter(({ path, found }) => isSameFile(statOrNull(path), found)).map(({ path }) => path),
    close: () => closeSync(descriptor),
  };
}

/** Reads every page, past those that are in memory. It takes a second for some hundred MB. */
function isWhole(db: Connection): boolean {
  try {
    db.pragma('shrink_memory');
    return db.pragma('quick_check(1)', { simple: true }) === 'ok';
  } catch {
    return false;
  }
}

function isSameFile(a: BigIntStats | null, b: BigIntStats): boolean {
  return a !== null && a.ino === b.ino && a.dev === b.dev;
}

/** Null when there is no such file. */
function statOrNull(path: string): BigIntStats | null {
  try {
    return statSync(path, { bigint: true });
  } catch (error) {
    if (codeOf(error) === 'ENOENT' || codeOf(error) === 'ENOTDIR') return null;
    throw error;
  }
}
