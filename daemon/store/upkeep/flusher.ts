/**
 * The work of each tick: writes the batches that are due, then does a little upkeep. A write that fails is reported as a
 * problem and tried again with the next tick.
 */
import type { Clock } from '../../contracts.js';
import { PortcastError } from '../../errors.js';
import type { Log } from '../../log.js';
import { storeError } from '../database.js';
import { SECOND_MS } from '../../units.js';
import type { Batch, BatchQueue } from '../series/batch-queue.js';
import type { Session } from '../session.js';
import type { Maintenance } from './maintenance.js';
import type { ProblemBoard } from './problem-board.js';
import type { Reserve } from './reserve.js';
import type { Space } from './space.js';

/** Most batches written in one tick when several are due. */
const BATCHES_PER_TICK = 6;
/** Most slices of upkeep in one tick, which thousands of series need; a slice takes a few milliseconds. */
const SLICES_PER_TICK = 12;
/** Once upkeep has taken this long, no further slice begins in this tick. */
const UPKEEP_MS = 4;
/** When nothing is left to do, upkeep looks again after the next batch, or after this time. */
const REST_MS = 10 * SECOND_MS;
/** Head of a block in a tail row: the series, its kind and the length of the block. */
const BLOCK_HEAD_BYTES = 8;

interface Flusher {
  /** Writes the batches that are due, or with `all` every batch. Never throws. */
  flush(all: boolean): void;
  /** Does a few slices of upkeep. Never throws. */
  maintain(): void;
  /** Wall time of the last batch written; null before the first. */
  lastFlushAtMs(): number | null;
}

interface FlusherParts {
  readonly file: string;
  readonly clock: Clock;
  readonly log: Log;
  readonly queue: BatchQueue;
  readonly session: () => Session;
  readonly problems: ProblemBoard;
  /** Called with what a write raised, and with null after one that succeeded. */
  readonly note: (error: PortcastError | null) => void;
  readonly reserve: Pick<Reserve, 'isSpent'>;
}

export function createFlusher(parts: FlusherParts): Flusher {
  const { file, clock, log, queue, session, problems, note, reserve } = parts;
  let lastFlushAtMs: number | null = null;
  /** Dropped samples up to the last write that succeeded. */
  let loggedDropped = 0;
  let restUntilMs = -Infinity;

  const toProblem = (error: unknown): PortcastError => {
    const problem = storeError(file, error);
    note(problem);
    return problem;
  };
  const reportFailure = (error: unknown): void => {
    const { message } = toProblem(error);
    const dropped = queue.countDropped() - loggedDropped;
    const loss = dropped > 0 ? `; ${dropped} of the oldest were dropped` : '';
    problems.set('samples', `${message}; new samples wait in memory for up to 10 minutes${loss}`);
  };
  const reportSuccess = (): void => {
    const dropped = queue.countDropped() - loggedDropped;
    if (dropped > 0) log.warn({ dropped }, 'store: samples were dropped while the database could not be written');
    loggedDropped = queue.countDropped();
    problems.set('samples', null);
  };
  const writeBatch = (batch: Batch): void => {
    const { onDisk, writer, space, maintenance } = session();
    if (onDisk === null) throw new PortcastError('STORE_IO', `database ${file} cannot be used`);
    if (reserve.isSpent()) throw new PortcastError('STORE_FULL', `no space left for samples in database ${file}`);
    if (maintenance.stuck() || !space.fits(countBytes(batch))) throw createCapError(file, space, maintenance);
    writer.write(batch);
    note(null);
    queue.removeOldest();
    lastFlushAtMs = clock.wallMs();
    restUntilMs = -Infinity;
  };
  return {
    flush(all) {
      const due = queue.findDue(clock.monotonicMs(), all);
      try {
        for (const batch of all ? due : due.slice(0, BATCHES_PER_TICK)) writeBatch(batch);
        if (due.length > 0) reportSuccess();
      } catch (error) {
        reportFailure(error);
      }
    },
    maintain() {
      const { onDisk, maintenance } = session();
      if (onDisk === null) {
        problems.set('upkeep', null);
        return;
      }
      // Upkeep writes too, and would use up what is left for alerts and mail.
      if (clock.monotonicMs() < restUntilMs || reserve.isSpent()) return;
      try {
        if (runSlices(maintenance, clock)) restUntilMs = clock.monotonicMs() + REST_MS;
        problems.set('upkeep', null);
      } catch (error) {
        problems.set('upkeep', `${toProblem(error).message}; old samples are not tidied up meanwhile`);
      }
    },
    lastFlushAtMs: () => lastFlushAtMs,
  };
}

/** @returns whether nothing is left to do. */
function runSlices(maintenance: Maintenance, clock: Clock): boolean {
  const startedMs = clock.monotonicMs();
  for (let slices = 0; slices < SLICES_PER_TICK; slices++) {
    if (maintenance.step() === null) return true;
    if (clock.monotonicMs() - startedMs >= UPKEEP_MS) return false;
  }
  return false;
}

function countBytes(batch: Batch): number {
  let bytes = 0;
  for (const { writer } of batch.series.values()) bytes += writer.size + BLOCK_HEAD_BYTES;
  return bytes;
}

function createCapError(file: string, space: Space, maintenance: Maintenance): PortcastError {
  const [size, cap] = [space.sizeBytes(), space.budget.capBytes];
  const why = maintenance.stuck()
    ? 'no samples are left to delete, so no new ones are stored: raise the limit'
    : maintenance.heldUp()
      ? 'another program has been reading it for long, so its WAL cannot be written back: end that program'
      : 'the oldest samples are being deleted to make room';
  return new PortcastError('STORE_FULL', `database ${file} takes ${size} of the ${cap} bytes it is allowed; ${why}`);
}
