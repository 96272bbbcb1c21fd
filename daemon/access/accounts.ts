/** Users, tokens and sessions: what each may do, and when it ends. */
import { DAY_MS, HOUR_MS } from '../units.js';

/** A viewer reads everything that the API serves; an operator may also change it. */
export const ROLES = ['viewer', 'operator'] as const;
export type Role = (typeof ROLES)[number];

export interface User {
  readonly name: string;
  readonly role: Role;
  /** The hash of the password with its algorithm, parameters and salt. */
  readonly password: string;
  /** New whenever the password or the role is set. */
  readonly stamp: string;
  readonly createdAtMs: number;
}

export interface Token {
  readonly name: string;
  readonly role: Role;
  /** The SHA-256 of the token, in hex. */
  readonly hash: string;
  readonly createdAtMs: number;
  /** Null for one that does not expire. */
  readonly expiresAtMs: number | null;
  /** Null for one that was not used yet. */
  readonly usedAtMs: number | null;
}

export interface Session {
  /** The SHA-256 of its id, in hex. */
  readonly hash: string;
  readonly userName: string;
  /** That of the user when the session began. */
  readonly stamp: string;
  readonly createdAtMs: number;
  readonly usedAtMs: number;
}

export interface Accounts {
  readonly users: readonly User[];
  readonly tokens: readonly Token[];
  readonly sessions: readonly Session[];
}

/** What the daemon needs of the database. Nothing here raises: while it cannot be used, what was last read of it counts. */
export interface AccessStore {
  /** Null where nothing could be read since the start, so that it is not known whether there is any user. */
  accounts(): Accounts | null;
  /** Adds the session, or notes when it was last used. */
  putSession(session: Session): void;
  endSessions(hashes: readonly string[]): void;
  noteTokenUse(name: string, atMs: number): void;
}

/** A session that nobody used for so long has ended. An open page of the dashboard uses it. */
export const SESSION_IDLE_MS = 12 * HOUR_MS;
/** So long after the login it ends in any case. */
export const SESSION_LIFE_MS = 7 * DAY_MS;
/** A further login ends the session of the same user that was used the longest ago. */
export const MAX_SESSIONS_PER_USER = 20;
export const MAX_USERS = 200;
export const MAX_TOKENS = 200;
/** In characters. */
const MIN_PASSWORD_LENGTH = 12;
/** In bytes of UTF-8. */
export const MAX_PASSWORD_BYTES = 1024;
/** Names of users and of tokens. ASCII only, so that no name looks like another one. */
const NAME = /^[a-z0-9][a-z0-9._@-]*$/;
export const MAX_NAME_LENGTH = 64;
export const ALLOWED_NAME = `1 to ${MAX_NAME_LENGTH} of a-z, 0-9, ".", "_", "@" and "-", of which the first is a letter or a digit`;
export const ALLOWED_PASSWORD = `${MIN_PASSWORD_LENGTH} characters or more, at most ${MAX_PASSWORD_BYTES} bytes, without control characters`;

export function isAccountName(text: string): boolean {
  return text.length <= MAX_NAME_LENGTH && NAME.test(text);
}

/** Whether a new password may be this text. At a login every text is compared. */
export function isAcceptablePassword(text: string, byteLength: number): boolean {
  return (
    Array.from(text).length >= MIN_PASSWORD_LENGTH && byteLength <= MAX_PASSWORD_BYTES && !/[\p{Cc}\p{Cs}]/u.test(text)
  );
}

export function isAllowed(role: Role, needed: Role): boolean {
  return role === 'operator' || needed === 'viewer';
}

/** The user of a session that goes on; null for one that has ended. */
export function findSessionUser(session: Session, users: readonly User[], nowMs: number): User | null {
  const isOver = nowMs - session.usedAtMs >= SESSION_IDLE_MS || nowMs - session.createdAtMs >= SESSION_LIFE_MS;
  if (isOver) return null;
  return users.find(({ name, stamp }) => name === session.userName && stamp === session.stamp) ?? null;
}

export function isExpired({ expiresAtMs }: Pick<Token, 'expiresAtMs'>, nowMs: number): boolean {
  return expiresAtMs !== null && nowMs >= expiresAtMs;
}

/** Whether somebody could change something: a user, or a token that has not expired. */
export function hasOperator({ users, tokens }: Accounts, nowMs: number): boolean {
  return (
    users.some(({ role }) => role === 'operator') ||
    tokens.some((token) => token.role === 'operator' && !isExpired(token, nowMs))
  );
}
