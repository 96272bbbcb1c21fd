/**
 * Keeps a usable database open. It notices when the file was removed, replaced, overwritten or damaged, or cannot be read,
 * and goes on in another one: a new file, the file that is now at the path, or the memory of the process until a file can
 * be used again. What was promised moves with it.
 */
import { statSync } from 'node:fs';

import type { PortcastError } from '../errors.js';
import { DAY_MS, SECOND_MS } from '../units.js';
import { openDurableConnection, storeError, type Connection } from './database.js';
import { describeAside, describeLoss, IN_MEMORY, isDamage, isKnownFile } from './file-words.js';
import { createOpener, type Opener } from './opener.js';
import type { AlertRows } from './records/alert-rows.js';
import { copyContent, setAside } from './salvage.js';
import { openStandIn, type Session, type SessionOptions } from './session.js';
import type { ProblemBoard } from './upkeep/problem-board.js';

const CHECK_EVERY_MS = 10 * SECOND_MS;
/** When nothing could be read or written for so long, the database is opened again. */
const FAILING_MS = 30 * SECOND_MS;
/** So long a new file, and why it was begun, is shown as a problem: an operator has to see where the history is. */
const SHOWN_MS = DAY_MS;

interface KeeperOptions extends SessionOptions {
  readonly problems: ProblemBoard;
}

export interface Keeper {
  readonly session: () => Session;
  /** To be called once, before `check`: how the alerts and messages in memory move to another database. */
  onMove(move: (rows: AlertRows) => void): void;
  /** To be called with each tick. It looks at the file every 10 s, and at once after damage was reported. Never throws. */
  check(): void;
  /** To be called with what a read or a write raised; with null when one succeeded. */
  readonly note: (error: PortcastError | null) => void;
  /** Looks at the file a last time. */
  checkNow(): void;
  close(): void;
}

/** Opens the database, or goes on without it. Raises STORE_* when only the operator can say what to do. */
export function createKeeper(options: KeeperOptions): Keeper {
  return new DatabaseKeeper(options);
}

class DatabaseKeeper implements Keeper {
  readonly #options: KeeperOptions;
  readonly #opener: Opener;
  #session: Session;
  #move: (rows: AlertRows) => void = () => undefined;
  #damage: PortcastError | null = null;
  #failingSinceMs: number | null = null;
  #nextCheckMs: number;
  /** Until when the present problem of the file is shown; null while it lasts. */
  #shownUntilMs: number | null = null;

  constructor(options: KeeperOptions) {
    this.#options = options;
    this.#opener = createOpener(options);
    this.#nextCheckMs = options.clock.monotonicMs() + CHECK_EVERY_MS;
    this.#session = this.#openFirst();
  }

  readonly session = (): Session => this.#session;

  onMove(move: (rows: AlertRows) => void): void {
    this.#move = move;
  }

  readonly note = (error: PortcastError | null): void => {
    if (error?.code === 'STORE_CORRUPT') this.#damage = error;
    if (error?.code === 'STORE_IO') this.#failingSinceMs ??= this.#options.clock.monotonicMs();
    if (error === null) this.#failingSinceMs = null;
  };

  check(): void {
    const nowMs = this.#options.clock.monotonicMs();
    if (this.#shownUntilMs !== null && nowMs >= this.#shownUntilMs) this.#report(null);
    if (this.#damage === null && nowMs < this.#nextCheckMs) return;
    this.#nextCheckMs = nowMs + CHECK_EVERY_MS;
    this.checkNow();
  }

  checkNow(): void {
    try {
      this.#examine();
    } catch (error) {
      this.#goOnInMemory(storeError(this.#options.file, error));
    }
  }

  close(): void {
    const { db, durable, onDisk, close } = this.#session;
    if (onDisk !== null) {
      durable.close();
      try {
        db.pragma('wal_checkpoint(TRUNCATE)');
      } catch (error) {
        // Nothing is lost: the WAL holds it, and the next start reads the WAL.
        this.#options.log.warn({ err: error }, 'store: the WAL could not be written back at the end');
      }
    }
    close();
    this.#opener.release();
  }

  #openFirst(): Session {
    const { file, log } = this.#options;
    const isOurs = isKnownFile(file);
    try {
      return this.#opener.open(true);
    } catch (error) {
      const failure = storeError(file, error);
      if (isDamage(failure) && isOurs) return this.#openAfterDamage(failure);
      if (failure.code !== 'STORE_IO' && failure.code !== 'STORE_FULL') throw failure;
      log.error(`store: ${failure.message}; ${IN_MEMORY}`);
      this.#report(`${failure.message}; ${IN_MEMORY}`);
      return openStandIn(this.#options);
    }
  }

  /** At the start: nothing is in memory yet, so what can still be read of the damaged file is copied. */
  #openAfterDamage(failure: PortcastError): Session {
    const aside = this.#opener.moveAside();
    const session = this.#opener.open();
    let isWhole = false;
    try {
      const old = openDurableConnection(aside);
      isWhole = this.#copy(old, true);
      old.close();
    } catch {
      // Too damaged to be opened at all.
    }
    this.#tell(describeAside(failure.message, { aside, isWhole }));
    return session;
  }

  #examine(): void {
    const { onDisk } = this.#session;
    if (onDisk === null) {
      const { session, aside } = this.#opener.openOrSetAside();
      this.#moveTo(session, null);
      if (aside === null) this.#report(null);
      else this.#tell(describeAside(`database ${this.#options.file} is damaged`, { aside, isWhole: false }));
      return;
    }
    this.#opener.renewLock();
    const state = onDisk.watch.check();
    if (this.#damage !== null) this.#replaceDamaged(this.#damage.message, true);
    else if (state === 'overwritten') this.#replaceDamaged('was overwritten or cut short while it was open', false);
    else if (state === 'gone') this.#leaveLost('was removed or moved');
    else if (state === 'other') this.#leaveLost('was replaced by another file');
    else if (state === 'journal' || this.#isFailing()) this.#openAgain();
  }

  #isFailing(): boolean {
    return this.#failingSinceMs !== null && this.#options.clock.monotonicMs() - this.#failingSinceMs >= FAILING_MS;
  }

  /** The file is the same, but its WAL is gone or it cannot be read through the descriptors that are open. */
  #openAgain(): void {
    const [result] = this.#session.db.pragma('wal_checkpoint(TRUNCATE)') as { busy: number }[];
    if (result?.busy !== 0) {
      this.#report('the WAL of the database was removed, and another program keeps it from being written back');
      return;
    }
    this.#session.close();
    this.#session = this.#opener.open();
    this.#failingSinceMs = null;
    this.#move(this.#session.alerts);
    this.#tell('the WAL of the database was removed or could not be used: it was written back and begun anew');
  }

  /** The path leads to another file or to none. The file that is open can still be read, so nothing is lost. */
  #leaveLost(what: string): void {
    const { file, clock } = this.#options;
    const ends = this.#session.onDisk?.watch.listJournals().map((path) => path.slice(file.length)) ?? [];
    try {
      if (ends.length > 0) setAside(file, { nowMs: clock.wallMs(), ends });
      const isMissing = (statSync(file, { throwIfNoEntry: false })?.size ?? 0) === 0;
      const { session, aside } = this.#opener.openOrSetAside();
      const isEmpty = isMissing || aside !== null;
      const isWhole = this.#moveTo(session, { isEmpty });
      this.#tell(describeLoss(`database ${file} ${what}`, { isEmpty, isWhole, aside }));
    } catch (error) {
      const { message } = storeError(file, error);
      this.#report(
        `database ${file} ${what} while it was open, and no other can be used: ${message}; portcast goes on in the file ` +
          'that is lost when it stops, and tries again every 10 s',
      );
    }
  }

  #replaceDamaged(why: string, isReadable: boolean): void {
    const { file } = this.#options;
    const what = isReadable ? why : `database ${file} ${why}`;
    const aside = this.#opener.moveAside();
    this.#damage = null;
    const isWhole = this.#moveTo(this.#opener.open(), isReadable ? { isEmpty: true } : null);
    this.#tell(describeAside(what, { aside, isWhole }));
  }

  /** @param copy null when nothing of the present database can be trusted but what is in memory. */
  #moveTo(next: Session, copy: { readonly isEmpty: boolean } | null): boolean {
    const old = this.#session;
    const isWhole = old.onDisk !== null && copy !== null && this.#copy(old.db, copy.isEmpty);
    this.#session = next;
    this.#failingSinceMs = null;
    this.#damage = null;
    this.#move(next.alerts);
    old.close();
    return isWhole;
  }

  #copy(from: Connection, isEmpty: boolean): boolean {
    const { file, clock } = this.#options;
    return copyContent(from, file, { isEmpty, now: clock.monotonicMs });
  }

  #goOnInMemory(failure: PortcastError): void {
    const old = this.#session;
    if (old.onDisk !== null) {
      this.#session = openStandIn(this.#options);
      this.#damage = null;
      this.#failingSinceMs = null;
      try {
        old.close();
      } catch {
        // Its files are gone, so there is nothing left to close.
      }
    }
    this.#report(`${failure.message}; ${IN_MEMORY}`);
  }

  /** A problem that is over, but whose outcome has to be seen. */
  #tell(problem: string): void {
    this.#options.log.error(`store: ${problem}`);
    this.#report(problem);
    this.#shownUntilMs = this.#options.clock.monotonicMs() + SHOWN_MS;
  }

  #report(problem: string | null): void {
    this.#shownUntilMs = null;
    this.#options.problems.set('file', problem);
  }
}
