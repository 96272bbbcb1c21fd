/** Random secrets, of which only the hash is stored: tokens for programs and the ids of sessions. */
import { createHash, randomBytes } from 'node:crypto';

const SECRET_BYTES = 32;
const SECRET = /^(?:portcast_)?[\w-]{43}$/;

/** 256 random bits in base64url. The prefix lets a scanner of repositories recognise a token that was published by mistake. */
export function createSecret(prefix: '' | 'portcast_' = ''): string {
  return prefix + randomBytes(SECRET_BYTES).toString('base64url');
}

/** Null for what no secret looks like. */
export function hashSecret(text: string): string | null {
  return SECRET.test(text) ? createHash('sha256').update(text).digest('hex') : null;
}
