/** Decides who sends a request: a user with a session, a program with a token, a command on this host, or nobody known. */
import { existsSync } from 'node:fs';
import {
  findSessionUser,
  isExpired,
  MAX_NAME_LENGTH,
  MAX_PASSWORD_BYTES,
  MAX_SESSIONS_PER_USER,
  type Accounts,
  type AccessStore,
  type Role,
  type Session,
} from '../../access/accounts.js';
import { createLoginLimit } from '../../access/login-limit.js';
import type { Clock } from '../../contracts.js';
import type { Log } from '../../log.js';
import { MINUTE_MS, SECOND_MS } from '../../units.js';
import { checkLocally, findSecretFile, isLocalLogin, makeLocalSecret, readLocalSecret } from './local-login.js';
import { checkPassword } from './password.js';
import { createSecret, hashSecret } from './secret.js';
import { createTurns } from './turns.js';

/** Each takes 16 MiB and 0.1 s of a core. */
const MAX_CHECKS = 2;
const MAX_WAITING = 30;
/** The last use is stored as often as this, not with every request. */
const NOTE_USE_MS = MINUTE_MS;
const NOBODY: Accounts = { users: [], tokens: [], sessions: [] };

export interface AuthorityOptions {
  readonly store: AccessStore;
  readonly databaseFile: string;
  /** Whether a login is needed also while there is no user: the API can be reached from elsewhere. */
  readonly isExposed: boolean;
  readonly clock: Clock;
  readonly log: Log;
}

export interface Principal {
  readonly kind: 'everybody' | 'user' | 'token' | 'local';
  /** Of the user or the token. */
  readonly name: string | null;
  readonly role: Role;
  /** The hash of the session or of the token; null where there is none. */
  readonly hash: string | null;
}

interface Credentials {
  /** What follows `Bearer` in the Authorization header; null without it. */
  readonly bearer: string | null;
  /** The ids of sessions in cookies. */
  readonly sessionIds: readonly string[];
  readonly method: string;
  readonly path: string;
}

type LoginAnswer =
  | { readonly kind: 'in'; readonly sessionId: string; readonly principal: Principal }
  | { readonly kind: 'wrong' }
  | { readonly kind: 'wait'; readonly waitMs: number }
  | { readonly kind: 'busy' };

export interface Authority {
  /** Whether requests need a login. */
  isRequired(): boolean;
  /** Null where the credentials are missing, or are not or no longer valid. */
  identify(credentials: Credentials): Principal | null;
  /** Whether what was found by `identify` still holds. */
  isStillValid(principal: Principal): boolean;
  logIn(given: { readonly user: string; readonly password: string; readonly address: string }): Promise<LoginAnswer>;
  logOut(sessionIds: readonly string[]): void;
}

export function createAuthority(options: AuthorityOptions): Authority {
  const { store, clock, isExposed } = options;
  const local = createLocalSecret(options);
  const uses = createUseNotes(options);
  const read = (): Accounts => store.accounts() ?? NOBODY;
  const isRequired = (): boolean => {
    const accounts = store.accounts();
    if (accounts !== null && accounts.users.length + accounts.tokens.length > 0) local.ensure();
    // Where the database could not be read since the start, the file of the secret beside it says that there are users.
    return isExposed || (accounts === null ? local.hasFile() : accounts.users.length > 0);
  };
  const ofSession = (hash: string): Principal | null => {
    const { sessions, users } = read();
    const session = sessions.find((one) => one.hash === hash);
    const user = session === undefined ? null : findSessionUser(uses.latest(session), users, clock.wallMs());
    return user === null ? null : { kind: 'user', name: user.name, role: user.role, hash };
  };
  const ofToken = (hash: string): Principal | null => {
    const token = read().tokens.find((one) => one.hash === hash);
    if (token === undefined || isExpired(token, clock.wallMs())) return null;
    return { kind: 'token', name: token.name, role: token.role, hash };
  };
  const ofBearer = (bearer: string, { method, path }: Credentials): Principal | null => {
    if (isLocalLogin(bearer)) {
      const isGood = local.check(bearer, { method, path });
      return isGood ? { kind: 'local', name: null, role: 'operator', hash: null } : null;
    }
    const hash = hashSecret(bearer);
    return hash === null ? null : ofToken(hash);
  };
  return {
    isRequired,
    identify(credentials) {
      const { bearer, sessionIds } = credentials;
      const isNeeded = isRequired();
      const principal =
        bearer !== null
          ? ofBearer(bearer, credentials)
          : (sessionIds.map((id) => ofSession(hashSecret(id) ?? '')).find((found) => found !== null) ?? null);
      if (principal !== null) uses.note(principal);
      if (principal !== null || isNeeded || bearer !== null) return principal;
      return { kind: 'everybody', name: null, role: 'operator', hash: null };
    },
    isStillValid({ kind, role, hash }) {
      if (kind === 'everybody') return !isRequired();
      if (hash === null) return true;
      const now = kind === 'user' ? ofSession(hash) : ofToken(hash);
      if (now !== null) uses.note(now);
      return now?.role === role;
    },
    ...createLogins(options, read),
  };
}

function createLogins(
  { store, clock, log }: AuthorityOptions,
  read: () => Accounts,
): Pick<Authority, 'logIn' | 'logOut'> {
  const limit = createLoginLimit();
  const turn = createTurns(MAX_CHECKS, MAX_WAITING);
  const begin = (userName: string, stamp: string): string => {
    const { sessions, users } = read();
    const nowMs = clock.wallMs();
    const id = createSecret();
    const over = sessions.filter((session) => findSessionUser(session, users, nowMs) === null);
    const own = sessions.filter((session) => session.userName === userName && !over.includes(session));
    const tooMany = own.sort((a, b) => b.usedAtMs - a.usedAtMs).slice(MAX_SESSIONS_PER_USER - 1);
    store.endSessions([...over, ...tooMany].map(({ hash }) => hash));
    store.putSession({ hash: hashSecret(id) ?? '', userName, stamp, createdAtMs: nowMs, usedAtMs: nowMs });
    return id;
  };
  return {
    async logIn({ user: name, password, address }) {
      // What is counted must not take much memory. A name that is too long is cut to one that no user can have.
      const attempt = { user: name.slice(0, MAX_NAME_LENGTH + 1), address };
      const waitMs = limit.waitMs(attempt, clock.monotonicMs());
      if (waitMs > 0) return { kind: 'wait', waitMs };
      limit.begin(attempt, clock.monotonicMs());
      const isShort = Buffer.byteLength(password) <= MAX_PASSWORD_BYTES;
      const find = () => read().users.find((one) => one.name === name);
      const stored = isShort ? find() : undefined;
      const isRight = await turn(() => checkPassword(isShort ? password : '', stored?.password ?? null));
      if (isRight === null) {
        limit.forgive(attempt);
        return { kind: 'busy' };
      }
      // It may have been changed or removed while the password was checked.
      if (!isRight || stored === undefined || find()?.stamp !== stored.stamp) {
        log.warn(attempt, 'login refused');
        return { kind: 'wrong' };
      }
      limit.forgive(attempt);
      log.info({ user: name, address }, 'login');
      const sessionId = begin(name, stored.stamp);
      return {
        kind: 'in',
        sessionId,
        principal: { kind: 'user', name, role: stored.role, hash: hashSecret(sessionId) },
      };
    },
    logOut(sessionIds) {
      const hashes = sessionIds.flatMap((id) => hashSecret(id) ?? []);
      store.endSessions(read().sessions.flatMap(({ hash }) => (hashes.includes(hash) ? [hash] : [])));
    },
  };
}

/** When sessions and tokens were last used: exact in memory, and stored once a minute. */
function createUseNotes({ store, clock }: AuthorityOptions) {
  const usedAtMs = new Map<string, number>();
  const latest = (session: Session): Session => {
    return { ...session, usedAtMs: Math.max(session.usedAtMs, usedAtMs.get(session.hash) ?? 0) };
  };
  return {
    latest,
    note({ kind, name, hash }: Principal): void {
      if (hash === null) return;
      const nowMs = clock.wallMs();
      usedAtMs.set(hash, nowMs);
      const { sessions, tokens } = store.accounts() ?? NOBODY;
      if (kind === 'user') {
        const session = sessions.find((one) => one.hash === hash);
        if (session !== undefined && Math.abs(nowMs - session.usedAtMs) >= NOTE_USE_MS)
          store.putSession(latest(session));
      } else {
        const token = tokens.find((one) => one.hash === hash);
        const isDue = Math.abs(nowMs - (token?.usedAtMs ?? 0)) >= NOTE_USE_MS;
        if (token !== undefined && isDue) store.noteTokenUse(name ?? '', nowMs);
      }
      if (usedAtMs.size > sessions.length + tokens.length) {
        const known = new Set([...sessions, ...tokens].map((one) => one.hash));
        for (const each of usedAtMs.keys()) if (!known.has(each)) usedAtMs.delete(each);
      }
    },
  };
}

/** The secret of the commands on this host. It is made when the first user or token is seen, and again when it was removed. */
function createLocalSecret({ databaseFile, log, clock }: AuthorityOptions) {
  const file = findSecretFile(databaseFile);
  const startedMs = clock.monotonicMs();
  let nextCheckMs = -Infinity;
  return {
    hasFile: (): boolean => existsSync(file),
    check(credentials: string, request: { readonly method: string; readonly path: string }): boolean {
      const secret = readLocalSecret(databaseFile);
      const instant = { nowMs: clock.wallMs(), uptimeMs: clock.monotonicMs() - startedMs };
      return secret !== null && checkLocally(secret, credentials, request, instant);
    },
    ensure(): void {
      if (clock.monotonicMs() < nextCheckMs) return;
      nextCheckMs = clock.monotonicMs() + MINUTE_MS;
      try {
        makeLocalSecret(databaseFile);
      } catch (error) {
        log.warn({ err: error }, `access: ${file} cannot be made, so commands on this host need a token`);
      }
    },
  };
}

/** For Retry-After: whole seconds, at least one. */
export function toRetrySeconds(waitMs: number): number {
  return Math.max(1, Math.ceil(waitMs / SECOND_MS));
}
