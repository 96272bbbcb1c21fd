/** The cap on the size of database, WAL and shm together: how it is divided, and what the files take now. */
import { statSync } from 'node:fs';

import type { Connection } from '../database.js';

const MIB = 1024 * 1024;
/** At most this part of the cap is kept free for WAL, shm and alerts. */
const MAX_RESERVE_BYTES = 16 * MIB;
/** The oldest samples are deleted when less than this is free for new ones. */
const MAX_HEADROOM_BYTES = 4 * MIB;
const MAX_WAL_BYTES = MIB;
/** Pages that one transaction may touch beside its data: b-tree nodes, freelist, pointer map. */
const TRANSACTION_PAGES = 24;

interface SpaceBudget {
  readonly capBytes: number;
  /** Samples may make the database file grow up to this. */
  readonly samplesMaxBytes: number;
  /** Alerts and mail may make it grow up to this: they may use half of the reserve. */
  readonly durableMaxBytes: number;
  /** When the pages in use take more than this, the oldest samples are deleted. */
  readonly liveMaxBytes: number;
  /** A WAL that grows beyond this is written back. */
  readonly walBytes: number;
}

/** A quarter of the cap is the reserve for WAL, shm and alerts. A small cap is divided in the same proportions. */
export function divideSpace(capBytes: number): SpaceBudget {
  const reserve = Math.min(Math.floor(capBytes / 4), MAX_RESERVE_BYTES);
  const samplesMaxBytes = capBytes - reserve;
  return {
    capBytes,
    samplesMaxBytes,
    durableMaxBytes: capBytes - Math.floor(reserve / 2),
    liveMaxBytes: samplesMaxBytes - Math.min(Math.floor(samplesMaxBytes / 16), MAX_HEADROOM_BYTES),
    walBytes: Math.min(Math.floor(reserve / 4), MAX_WAL_BYTES),
  };
}

/** The pages of the database as SQLite counts them, also those that are only in the WAL. */
export interface Pages {
  readonly count: number;
  /** Of them, those on the freelist. */
  readonly free: number;
  /** Size of one page. */
  readonly bytes: number;
}

export interface Space {
  readonly budget: SpaceBudget;
  /** Database, WAL and shm on disk. */
  sizeBytes(): number;
  walBytes(): number;
  pages(): Pages;
  /** Whether samples of this size can be written without exceeding the cap: they take room in the WAL and in the database. */
  fits(bytes: number): boolean;
}

export function measureSpace(db: Connection, file: string, budget: SpaceBudget): Space {
  const pageBytes = Number(db.pragma('page_size', { simple: true }));
  const walBytes = (): number => fileBytes(`${file}-wal`);
  const sizeBytes = (): number => fileBytes(file) + walBytes() + fileBytes(`${file}-shm`);
  const pages = (): Pages => ({
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

/** Makes SQLite refuse to grow the file beyond the budget, on either connection, and keeps the WAL small. */
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
