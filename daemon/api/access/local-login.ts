/**
 * How the commands on this host show that they may read a secret file beside the database, which only its owner and root
 * can: then they are operators. They never send the secret itself, since another program may listen at the port while no
 * daemon runs: they send the time and a code for this time, method and path.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';
import {
  chownSync,
  closeSync,
  constants,
  fstatSync,
  linkSync,
  openSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { codeOf } from '../../errors.js';
import { MINUTE_MS } from '../../units.js';
import { createSecret } from './secret.js';

const SECRET = /^[\w-]{43}$/;
const LOGIN = /^local\.(\d{1,16})\.([\w-]{43})$/;
/** The secret and the end of its line are shorter. */
const MAX_FILE_BYTES = 100;
/** Both clocks are that of this host. */
const LIFE_MS = MINUTE_MS;

/** The file of the secret, by that of the database. */
export function findSecretFile(databaseFile: string): string {
  return `${databaseFile}.access`;
}

/**
 * Null where there is none, or it may not be read, or holds something else. A file that others can read, or that belongs to
 * somebody else, counts as none: who can write to the folder could have put a known secret there before the daemon did.
 */
export function readLocalSecret(databaseFile: string): string | null {
  try {
    // No link is followed, and a pipe of this name does not block. On Windows these flags are undefined, and count as 0.
    const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
    const descriptor = openSync(findSecretFile(databaseFile), flags);
    try {
      if (!isPrivate(descriptor, databaseFile)) return null;
      const text = readFileSync(descriptor, 'utf8').trim();
      return SECRET.test(text) ? text : null;
    } finally {
      closeSync(descriptor);
    }
  } catch {
    return null;
  }
}

function isPrivate(descriptor: number, databaseFile: string): boolean {
  const { uid, mode, size } = fstatSync(descriptor);
  const isSmallFile = (mode & constants.S_IFMT) === constants.S_IFREG && size <= MAX_FILE_BYTES;
  const self = process.geteuid?.();
  // Windows has no owners and modes of this kind.
  if (self === undefined || !isSmallFile) return isSmallFile;
  const owners = [0, self, statSync(databaseFile, { throwIfNoEntry: false })?.uid];
  return (mode & 0o077) === 0 && owners.includes(uid);
}

/**
 * Returns the secret, which is made where there is none. Its file belongs to the owner of the database and has mode 0600.
 * Raises what the file system raises.
 */
export function makeLocalSecret(databaseFile: string): string {
  const file = findSecretFile(databaseFile);
  const found = readLocalSecret(databaseFile);
  if (found !== null) return found;
  const secret = createSecret();
  const draft = `${file}.${process.pid}`;
  rmSync(draft, { force: true });
  writeFileSync(draft, `${secret}\n`, { mode: 0o600, flag: 'wx' });
  try {
    if (process.getuid?.() === 0) {
      const { uid, gid } = statSync(databaseFile);
      chownSync(draft, uid, gid);
    }
    // A link is made whole or not at all, and never in the place of a file that another process has made meanwhile.
    linkSync(draft, file);
    return secret;
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error;
    const other = readLocalSecret(databaseFile);
    if (other !== null) return other;
    const text = `${file} is no secret that only the owner of the database can read (mode 0600); remove it, and it is made anew`;
    throw new Error(text, { cause: error });
  } finally {
    rmSync(draft, { force: true });
  }
}

interface LocalRequest {
  readonly method: string;
  /** The path without the base path, as it is sent. */
  readonly path: string;
}

/** The credentials of one request, to be sent as a bearer token. */
export function signLocally(secret: string, request: LocalRequest, nowMs: number): string {
  const time = String(Math.round(nowMs));
  return `local.${time}.${computeCode(secret, time, request).toString('base64url')}`;
}

export function isLocalLogin(credentials: string): boolean {
  return credentials.startsWith('local.');
}

interface Instant {
  readonly nowMs: number;
  /** How long the daemon runs. */
  readonly uptimeMs: number;
}

/**
 * Whether the code was made for this request within the last minute, and while this daemon ran: what was sent before may have
 * been received by another program that listened at the port then.
 */
export function checkLocally(
  secret: string,
  credentials: string,
  request: LocalRequest,
  { nowMs, uptimeMs }: Instant,
): boolean {
  const [, time = '', code = ''] = LOGIN.exec(credentials) ?? [];
  const ageMs = nowMs - Number(time);
  if (time === '' || ageMs > Math.min(LIFE_MS, uptimeMs) || ageMs < -LIFE_MS) return false;
  return timingSafeEqual(Buffer.from(code, 'base64url'), computeCode(secret, time, request));
}

function computeCode(secret: string, time: string, { method, path }: LocalRequest): Buffer {
  return createHmac('sha256', secret).update(`${time}\n${method}\n${path}`).digest();
}
