/** The cap on database, WAL and shm together: how it is shared out, and what the files take now. */
import { statSync } from 'node:fs';

import type { Connection } from '../database.js';

const MIB = 1024 * 1024;

export interface SpaceBudget {
  readonly capBytes: number;
  /** The most the database file may grow to by samples, and by alerts, which may use half of the reserve. */
  readonly samplesMaxBytes: number;
  readonly durableMaxBytes: number;
  /** Pages in use above this: the oldest samples are deleted. */
  readonly liveMaxBytes: number;
  /** A WAL beyond this is written back. */
  readonly walBytes: number;
}

/** A quarter of the cap, at most 16 MiB, is kept free for WAL, shm and alerts. */
export function divideSpace(capBytes: number): SpaceBudget {
  const reserve = Math.min(Math.floor(capBytes / 4), 16 * MIB);
  const samplesMaxBytes = capBytes - reserve;
  return {
    capBytes,
    samplesMaxBytes,
    durableMaxBytes: capBytes - Math.floor(reserve / 2),
    liveMaxBytes: samplesMaxBytes - Math.min(Math.floor(samplesMaxBytes / 16), 4 * MIB),
    walBytes: Math.min(Math.floor(reserve / 4), MIB),
  };
}

export interface Space {
  readonly budget: SpaceBudget;
  /** Database, WAL and shm on disk. */
  sizeBytes(): number;
  walBytes(): number;
  /** Of the database's pages, as SQLite counts them, whether or not they have reached the file. */
  pages(): { readonly count: number; readonly free: number; readonly bytes: number };
  /** Whether a write of so many bytes of samples stays below the cap, whatever it costs in WAL and indexes. */
  fits(bytes: number): boolean;
}

/** Pages that one transaction may touch beside its data: b-tree nodes, freelist, pointer map. */
const TRANSACTION_PAGES = 24;

export function measureSpace(db: Connection, file: string, budget: SpaceBudget): Space {
  const pageBytes = Number(db.pragma('page_size', { simple: true }));
  const walBytes = (): number => fileBytes(`${file}-wal`);
  const sizeBytes = (): number => fileBytes(file) + walBytes() + fileBytes(`${file}-shm`);
  const pages = (): ReturnType<Space['pages']> => ({
    count: Number(db.pragma('page_count', { simple: true })),
    free: Number(db.pragma('freelist_count', { simple: true })),
    bytes: pageBytes,
  });
  return {
    budget,
    sizeBytes,
    walBytes,
    pages,
    fits: (bytes) => sizeBytes() + 2 * (bytes + TRANSACTION_PAGES * pageBytes) <= budget.capBytes,
  };
}

/** Lets SQLite itself refuse to grow the file, on either connection; and keeps the WAL small. */
export function limitSpace(db: Connection, durable: Connection, budget: SpaceBudget): void {
  const pageBytes = Number(db.pragma('page_size', { simple: true }));
  const walPages = Math.max(8, Math.floor(budget.walBytes / pageBytes));
  db.pragma(`max_page_count = ${Math.floor(budget.samplesMaxBytes / pageBytes)}`);
  durable.pragma(`max_page_count = ${Math.floor(budget.durableMaxBytes / pageBytes)}`);
  for (const connection of [db, durable]) {
    connection.pragma(`wal_autocheckpoint = ${walPages}`);
    connection.pragma(`journal_size_limit = ${budget.walBytes}`);
  }
}

function fileBytes(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}
