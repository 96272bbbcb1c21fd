/** Users and tokens in the database file, for commands: beside a running daemon, and without one. */
import { chownSync, existsSync, mkdirSync, statSync } from 'node:fs';
import { dirname } from 'node:path';

import {
  storeError,
  openConnection,
  openDurableConnection,
  openReadonly,
  OPEN_WAIT_MS,
  type Connection,
} from './database.js';
import { holdDatabase } from './holder.js';
import { checkReadable, isNewest, migrate } from './migrations.js';
import { prepareUserTokenRows, type UserTokenRows } from './records/user-token-rows.js';
import type { Accounts } from '../access/accounts.js';

interface AccountFile {
  readonly file: string;
  readonly migrationsDir: string;
  readonly nowMs: number;
}

/**
 * Runs `act` on the database, which is made where there is none, and brought to the newest schema where no daemon runs.
 * @throws PortcastError STORE_*; STORE_HELD where a daemon of an older version runs.
 */
export function changeAccounts<T>(of: AccountFile, act: (rows: UserTokenRows) => T): T {
  const { file } = of;
  let db: Connection | null = null;
  try {
    if (!isCurrent(of)) createOrMigrate(of);
    db = openDurableConnection(file);
    return act(prepareUserTokenRows(db));
  } catch (error) {
    throw storeError(file, error);
  } finally {
    db?.close();
  }
}

/** Nobody where there is no database, or one of an older version. @throws PortcastError STORE_* */
export function readAccounts({ file, migrationsDir }: Omit<AccountFile, 'nowMs'>): Accounts {
  if (!existsSync(file)) return { users: [], tokens: [], sessions: [] };
  const db = openReadonly(file);
  try {
    checkReadable(db, { file, migrationsDir });
    if (!isNewest(db, migrationsDir)) return { users: [], tokens: [], sessions: [] };
    return prepareUserTokenRows(db).all();
  } catch (error) {
    throw storeError(file, error);
  } finally {
    db.close();
  }
}

function isCurrent({ file, migrationsDir }: AccountFile): boolean {
  if (!existsSync(file) || statSync(file).size === 0) return false;
  const db = openReadonly(file);
  try {
    checkReadable(db, { file, migrationsDir });
    return isNewest(db, migrationsDir);
  } finally {
    db.close();
  }
}

/** The lock of the daemon is taken meanwhile, so that no daemon finds the schema changed under it. */
function createOrMigrate({ file, migrationsDir, nowMs }: AccountFile): void {
  const isNew = !existsSync(file);
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  const db = openConnection(file);
  try {
    const hold = holdDatabase(file, { waitMs: OPEN_WAIT_MS, nowMs });
    try {
      migrate(db, { file, migrationsDir, nowMs });
    } finally {
      hold.release();
    }
  } finally {
    db.close();
  }
  if (isNew) giveToOwner(file);
}

/** Root may make the database of a service that runs as another user, who owns the folder. */
function giveToOwner(file: string): void {
  if (process.getuid?.() !== 0) return;
  const { uid, gid } = statSync(dirname(file));
  for (const end of ['', '-wal', '-shm', '.lock']) if (existsSync(file + end)) chownSync(file + end, uid, gid);
}
