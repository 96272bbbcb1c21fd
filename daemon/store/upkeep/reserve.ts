/**
 * Room on the disk that is kept for alerts and mail: a file beside the database that is removed when the disk is full. The
 * database then grows into its place. While it is removed no samples are written, which would take the room away again.
 */
import { randomBytes } from 'node:crypto';
import { closeSync, fstatSync, fsyncSync, openSync, rmSync, statfsSync, statSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Clock } from '../../contracts.js';
import { messageOf } from '../../errors.js';
import type { Log } from '../../log.js';
import { SECOND_MS } from '../../units.js';

const MIB = 2 ** 20;
/** An alert with its mail takes up to 100 KiB, in the WAL and once more in the database. */
export const RESERVE_BYTES = MIB;
/** The file is made only where so many times its size is free, so that it does not fill the disk itself. */
const ROOM_FACTOR = 2;
const LOOK_EVERY_MS = 10 * SECOND_MS;
/** `stat` counts blocks of this size, whatever the blocks of the file system are. */
const STAT_BLOCK_BYTES = 512;

export interface Reserve {
  /** Removes the file. @returns whether it was there, so that a write which failed can be tried again. Never throws. */
  spend(): boolean;
  /** Whether the room is given to alerts and mail at the moment. */
  isSpent(): boolean;
  /** To be called with each tick: makes the file where there is none and the disk has room for it. Never throws. */
  renew(): void;
}

interface ReserveOptions {
  /** The database. */
  readonly file: string;
  /** 0: no room is kept. */
  readonly bytes: number;
  readonly clock: Clock;
  readonly log: Log;
  /** Called with the problem when the room is used, with null once it is kept again. */
  readonly report: (problem: string | null) => void;
}

export function createReserve({ file, bytes, clock, log, report }: ReserveOptions): Reserve {
  const path = `${file}.reserve`;
  let isSpent = false;
  let nextLookMs = -Infinity;
  let logged: string | null = null;
  const logOnce = (text: string | null): void => {
    if (text !== null && text !== logged) log.info(text);
    logged = text;
  };

  return {
    spend() {
      if (sizeOf(path) < bytes || bytes === 0) return false;
      rmSync(path, { force: true });
      isSpent = true;
      report(
        `the disk of database ${file} is full: alerts and mail use the ${bytes / MIB} MiB that were kept for them, and ` +
          'samples wait in memory; free some space',
      );
      return true;
    },
    isSpent: () => isSpent,
    renew() {
      const nowMs = clock.monotonicMs();
      if (bytes === 0 || (!isSpent && nowMs < nextLookMs)) return;
      nextLookMs = nowMs + LOOK_EVERY_MS;
      try {
        if (sizeOf(path) < bytes) {
          if (countFreeBytes(path) < ROOM_FACTOR * bytes) {
            logOnce(`store: the disk of ${file} has no room to keep ${bytes / MIB} MiB for alerts and mail`);
            return;
          }
          logOnce(allocate(path, bytes));
        }
        if (isSpent) report(null);
        isSpent = false;
      } catch (error) {
        rmSync(path, { force: true });
        logOnce(`store: no room can be kept for alerts and mail: ${messageOf(error)}`);
      }
    },
  };
}

function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}

function countFreeBytes(path: string): number {
  const { bavail, bsize } = statfsSync(dirname(path));
  return bavail * bsize;
}

/**
 * Writes every byte, at random, because a file system may neither store zeros nor what it can compress.
 * @returns what an operator should know about it; null where there is nothing
 */
function allocate(path: string, bytes: number): string | null {
  const fd = openSync(path, 'w', 0o600);
  try {
    const content = randomBytes(bytes);
    for (let written = 0; written < bytes;) written += writeSync(fd, content, written);
    fsyncSync(fd);
    const { blocks } = fstatSync(fd);
    return blocks * STAT_BLOCK_BYTES >= bytes
      ? null
      : `store: the file system gave ${path} only ${blocks * STAT_BLOCK_BYTES} of ${bytes} bytes, so less room is kept`;
  } finally {
    closeSync(fd);
  }
}
