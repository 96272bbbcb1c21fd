/** Users, tokens and sessions as rows: the SQL statements. */
import { ROLES, type Accounts, type Role, type Session, type Token, type User } from '../../access/accounts.js';
import type { Connection } from '../database.js';

/** Every call raises what SQLite raises. */
export interface UserTokenRows {
  /** All of them, by name and by age. A row whose role is unknown is left out. */
  all(): Accounts;
  /** Adds a user, or replaces the one of this name. */
  putUser(user: User): void;
  /** Ends the sessions of the user too. */
  removeUser(name: string): boolean;
  putToken(token: Token): void;
  removeToken(name: string): boolean;
  /** Changes nothing where the token is gone. */
  noteTokenUse(name: string, atMs: number): void;
  putSession(session: Session): void;
  removeSession(hash: string): void;
}

const USER = 'name, role, password, stamp, created_at_ms AS createdAtMs';
const TOKEN = 'name, role, hash, created_at_ms AS createdAtMs, expires_at_ms AS expiresAtMs, used_at_ms AS usedAtMs';
const SESSION = 'hash, user_name AS userName, stamp, created_at_ms AS createdAtMs, used_at_ms AS usedAtMs';

export function prepareUserTokenRows(db: Connection): UserTokenRows {
  const users = db.prepare<[], User>(`SELECT ${USER} FROM user_account ORDER BY name`);
  const tokens = db.prepare<[], Token>(`SELECT ${TOKEN} FROM access_token ORDER BY name`);
  const sessions = db.prepare<[], Session>(`SELECT ${SESSION} FROM login_session ORDER BY used_at_ms`);
  const putUser = db.prepare(
    'INSERT OR REPLACE INTO user_account (name, role, password, stamp, created_at_ms) ' +
      'VALUES (@name, @role, @password, @stamp, @createdAtMs)',
  );
  const putToken = db.prepare(
    'INSERT OR REPLACE INTO access_token (name, role, hash, created_at_ms, expires_at_ms, used_at_ms) ' +
      'VALUES (@name, @role, @hash, @createdAtMs, @expiresAtMs, @usedAtMs)',
  );
  const putSession = db.prepare(
    'INSERT OR REPLACE INTO login_session (hash, user_name, stamp, created_at_ms, used_at_ms) ' +
      'VALUES (@hash, @userName, @stamp, @createdAtMs, @usedAtMs)',
  );
  const removeUser = db.prepare('DELETE FROM user_account WHERE name = ?');
  const removeSessions = db.prepare('DELETE FROM login_session WHERE user_name = ?');
  const removeToken = db.prepare('DELETE FROM access_token WHERE name = ?');
  const noteTokenUse = db.prepare('UPDATE access_token SET used_at_ms = ? WHERE name = ?');
  const removeSession = db.prepare('DELETE FROM login_session WHERE hash = ?');
  return {
    all: () => ({ users: users.all().filter(hasRole), tokens: tokens.all().filter(hasRole), sessions: sessions.all() }),
    putUser: (user) => void putUser.run(roundTimes(user)),
    removeUser: (name) =>
      db
        .transaction(() => {
          removeSessions.run(name);
          return removeUser.run(name).changes > 0;
        })
        .immediate(),
    putToken: (token) => void putToken.run(roundTimes(token)),
    removeToken: (name) => removeToken.run(name).changes > 0,
    noteTokenUse: (name, atMs) => void noteTokenUse.run(Math.round(atMs), name),
    putSession: (session) => void putSession.run(roundTimes(session)),
    removeSession: (hash) => void removeSession.run(hash),
  };
}

function hasRole({ role }: { readonly role: Role }): boolean {
  return ROLES.includes(role);
}

/** The columns are whole numbers, and a clock has fractions of a millisecond. */
function roundTimes<T extends object>(record: T): T {
  const rounded = Object.entries(record).map(([key, value]: [string, unknown]) => [
    key,
    typeof value === 'number' ? Math.round(value) : value,
  ]);
  return Object.fromEntries(rounded) as T;
}
