/** Users, tokens and sessions in memory, and what decides by them. */
import type { Accounts, AccessStore } from '../../daemon/access/accounts.js';
import { createAuthority, type Authority, type AuthorityOptions } from '../../daemon/api/access/authority.js';
import { fakeClock, fakeLog } from '../fakes.js';
import { NOW_MS } from './wire-documents.js';

export interface MemoryAccess extends AccessStore {
  /** Replaces what is stored, as another process would. Null: it cannot be read. */
  set(accounts: Partial<Accounts> | null): void;
}

export function memoryAccess(first: Partial<Accounts> = {}): MemoryAccess {
  const nobody: Accounts = { users: [], tokens: [], sessions: [] };
  let stored: Accounts | null = { ...nobody, ...first };
  const change = (act: (accounts: Accounts) => Accounts): void => {
    if (stored !== null) stored = act(stored);
  };
  return {
    set: (accounts) => (stored = accounts === null ? null : { ...(stored ?? nobody), ...accounts }),
    accounts: () => stored,
    putSession: (session) =>
      change((before) => ({
        ...before,
        sessions: [...before.sessions.filter(({ hash }) => hash !== session.hash), session],
      })),
    endSessions: (hashes) =>
      change((before) => ({ ...before, sessions: before.sessions.filter(({ hash }) => !hashes.includes(hash)) })),
    noteTokenUse: (name, usedAtMs) =>
      change((before) => ({
        ...before,
        tokens: before.tokens.map((token) => (token.name === name ? { ...token, usedAtMs } : token)),
      })),
  };
}

/** Without changes there is no user, so that no login is needed. */
export function createTestAuthority(changes: Partial<AuthorityOptions> = {}): Authority {
  return createAuthority({
    store: memoryAccess(),
    databaseFile: '/nonexistent/portcast.db',
    isExposed: false,
    clock: fakeClock(NOW_MS),
    log: fakeLog(),
    ...changes,
  });
}
