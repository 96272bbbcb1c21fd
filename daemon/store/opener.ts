/** Opens the database for this daemon, keeps its lock from one session to the next, and moves what cannot be opened aside. */
import { existsSync } from 'node:fs';

import { PortcastError } from '../errors.js';
import { storeError } from './database.js';
import { isDamage } from './file-words.js';
import { holdDatabase, type Hold } from './holder.js';
import { setAside } from './salvage.js';
import { openSession, type Session, type SessionOptions } from './session.js';

/** How long a later attempt to open may hold the main thread up. */
const RETRY_WAIT_MS = 50;
/** A disk that damages one database after another must not be filled with them. */
const MAX_SET_ASIDE = 3;

export interface Opener {
  /** Raises STORE_*. The first attempt waits for a daemon that is about to stop. */
  open(isFirst?: boolean): Session;
  /** The same, but what is damaged, or no file, is moved aside first; `aside` is its new name, else null. */
  openOrSetAside(): { readonly session: Session; readonly aside: string | null };
  /** Moves the file and its journals aside and returns the new name. */
  moveAside(): string;
  /** Makes the lock file anew when it was removed. Raises STORE_HELD when another daemon has made one meanwhile. */
  renewLock(): void;
  release(): void;
}

export function createOpener(options: SessionOptions): Opener {
  const { file, clock } = options;
  let hold: Hold | null = null;
  let movedAside = 0;

  const keep = (next: Hold | null): void => {
    if (next !== hold) hold?.release();
    hold = next;
  };
  const open = (isFirst = false): Session => {
    const session = openSession(isFirst ? options : { ...options, openWaitMs: RETRY_WAIT_MS }, hold);
    keep(session.onDisk?.hold ?? null);
    return session;
  };
  const moveAside = (): string => {
    if (movedAside >= MAX_SET_ASIDE) {
      const times = MAX_SET_ASIDE + 1;
      const advice = 'examine the disk, then start portcast again';
      throw new PortcastError('STORE_IO', `database ${file} was damaged ${times} times: ${advice}`);
    }
    movedAside++;
    return setAside(file, { nowMs: clock.wallMs() });
  };
  return {
    open,
    moveAside,
    openOrSetAside() {
      try {
        return { session: open(), aside: null };
      } catch (error) {
        const failure = storeError(file, error);
        if (!isDamage(failure) && !/EISDIR/.test(failure.message)) throw failure;
        const aside = moveAside();
        return { session: open(), aside };
      }
    },
    renewLock() {
      if (hold === null || hold.isIntact() || !existsSync(file)) return;
      try {
        keep(holdDatabase(file, { waitMs: 0, nowMs: clock.wallMs() }));
      } catch (error) {
        // Where no lock file can be made, as in a folder that became read-only, another daemon cannot make one either.
        if (error instanceof PortcastError && error.code === 'STORE_HELD') throw error;
      }
    },
    release: () => hold?.release(),
  };
}
