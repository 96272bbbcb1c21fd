/**
 * How the commands on this host show that they may read a secret file beside the database, which only its owner and root
 * can: then they are operators. They never send the secret itself, since another program may listen at the port while no
 * daemon runs: they send the time and a code that holds for one request.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';
import { chownSync, linkSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { codeOf } from '../../errors.js';
import { MINUTE_MS } from '../../units.js';
import { createSecret } from './secret.js';

const SECRET = /^[\w-]{43}$/;
const LOGIN = /^local\.(\d{1,16})\.([\w-]{43})$/;
/** Both clocks are that of this host. */
const LIFE_MS = MINUTE_MS;

/** The file of the secret, by that of the database. */
export function findSecretFile(databaseFile: string): string {
  return `${databaseFile}.access`;
}

/** Null where there is none, or it may not be read, or holds something else. */
export function readLocalSecret(file: string): string | null {
  try {
    const text = readFileSync(file, 'utf8').trim();
    return SECRET.test(text) ? text : null;
  } catch {
    return null;
  }
}

/**
 * Returns the secret, which is made where there is none. Its file belongs to the owner of the database and has mode 0600.
 * Raises what the file system raises.
 */
export function makeLocalSecret(databaseFile: string): string {
  const file = findSecretFile(databaseFile);
  const found = readLocalSecret(file);
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
    const other = readLocalSecret(file);
    if (other !== null) return other;
    throw new Error(`${file} holds no secret of portcast; remove it`, { cause: error });
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

export function checkLocally(secret: string, credentials: string, request: LocalRequest, nowMs: number): boolean {
  const [, time = '', code = ''] = LOGIN.exec(credentials) ?? [];
  if (time === '' || Math.abs(nowMs - Number(time)) > LIFE_MS) return false;
  return timingSafeEqual(Buffer.from(code, 'base64url'), computeCode(secret, time, request));
}

function computeCode(secret: string, time: string, { method, path }: LocalRequest): Buffer {
  return createHmac('sha256', secret).update(`${time}\n${method}\n${path}`).digest();
}
