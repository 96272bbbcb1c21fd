/**
 * Users, tokens and sessions for the running daemon. They are kept in memory and read again when another process has changed
 * the database, so a change by the command line counts at once. While the database cannot be used, what was last read counts.
 */
import type { Accounts, AccessStore, Session } from '../access/accounts.js';
import { messageOf } from '../errors.js';
import type { Log } from '../log.js';
import type { Connection } from './database.js';
import { prepareUserTokenRows, type UserTokenRows } from './records/user-token-rows.js';

interface OpenDatabase {
  /** One whose commits are on disk when they return. */
  readonly durable: Connection;
  /** Null for a database in memory, which stands in for the file. */
  readonly onDisk: object | null;
}

/** @param current the database that is open at the moment. */
export function createAccessStore(current: () => OpenDatabase, log: Log): AccessStore {
  let known: Accounts | null = null;
  let open: { readonly durable: Connection; readonly rows: UserTokenRows; version: unknown } | null = null;
  let isWarned = false;

  const openRows = (): typeof open => {
    const { durable, onDisk } = current();
    if (onDisk === null) return null;
    if (open?.durable !== durable) {
      const rows = prepareUserTokenRows(durable);
      if (known !== null) keepAccounts(durable, rows, known);
      open = { durable, rows, version: null };
    }
    return open;
  };
  /** What fails is tried again with the next call; the rest of the store reports what is wrong with the database. */
  const attempt = <T>(act: () => T): T | null => {
    try {
      return act();
    } catch (error) {
      if (!isWarned) log.warn(`access: the users cannot be read or written at the moment: ${messageOf(error)}`);
      isWarned = true;
      return null;
    }
  };
  const change: Change = (act, changed) => {
    if (known !== null) known = changed(known);
    attempt(() => {
      const { rows } = openRows() ?? {};
      if (rows !== undefined) act(rows);
    });
  };
  return {
    accounts() {
      attempt(() => {
        const database = openRows();
        if (database === null) return;
        // Changes with every commit of another connection, be it of this process or of another one.
        const version = database.durable.pragma('data_version', { simple: true });
        if (version === database.version) return;
        known = database.rows.all();
        database.version = version;
        isWarned = false;
      });
      return known;
    },
    ...createChanges(change),
  };
}

/** Changes the database and what is known of it. */
type Change = (act: (rows: UserTokenRows) => void, changed: (before: Accounts) => Accounts) => void;

function createChanges(change: Change): Omit<AccessStore, 'accounts'> {
  return {
    putSession(session) {
      change(
        (rows) => rows.putSession(session),
        (before) => ({ ...before, sessions: [...withoutSessions(before.sessions, [session.hash]), session] }),
      );
    },
    endSessions(hashes) {
      if (hashes.length === 0) return;
      change(
        (rows) => hashes.forEach((hash) => rows.removeSession(hash)),
        (before) => ({ ...before, sessions: withoutSessions(before.sessions, hashes) }),
      );
    },
    noteTokenUse(name, usedAtMs) {
      change(
        (rows) => rows.noteTokenUse(name, usedAtMs),
        (before) => ({
          ...before,
          tokens: before.tokens.map((token) => (token.name === name ? { ...token, usedAtMs } : token)),
        }),
      );
    },
  };
}

/** A file that was lost or damaged is replaced by one without users: access to this daemon must not be open because of that. */
function keepAccounts(db: Connection, rows: UserTokenRows, known: Accounts): void {
  const found = rows.all();
  if (found.users.length + found.tokens.length > 0) return;
  db.transaction(() => {
    known.users.forEach(rows.putUser);
    known.tokens.forEach(rows.putToken);
    known.sessions.forEach(rows.putSession);
  }).immediate();
}

function withoutSessions(sessions: readonly Session[], hashes: readonly string[]): Session[] {
  return sessions.filter(({ hash }) => !hashes.includes(hash));
}
