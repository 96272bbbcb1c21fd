/** Hashes of passwords: scrypt (RFC 7914) with a salt for each, and the parameters in the text, so that they can be raised. */
import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto';

interface Cost {
  /** CPU and memory cost, a power of two. */
  readonly n: number;
  /** Block size; a hash takes 128 * n * r bytes of memory. */
  readonly r: number;
  readonly p: number;
}

/** OWASP Password Storage Cheat Sheet: N = 2^14, r = 8, p = 5 is as strong as N = 2^17, p = 1, and takes 16 MiB, not 128. */
const COST: Cost = { n: 2 ** 14, r: 8, p: 5 };
/** A damaged row must not take all memory or hours. */
const MOST: Cost = { n: 2 ** 17, r: 16, p: 16 };
const SALT_BYTES = 16;
const HASH_BYTES = 32;
const STORED = /^scrypt\$(\d{1,8})\$(\d{1,3})\$(\d{1,3})\$([\w-]{16,})\$([\w-]{43})$/;

/** `scrypt$N$r$p$SALT$HASH`, the last two in base64url. */
export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(SALT_BYTES);
  const hash = await derive(password, salt, COST);
  return ['scrypt', COST.n, COST.r, COST.p, salt.toString('base64url'), hash.toString('base64url')].join('$');
}

/**
 * Whether the password is the one of the stored hash. Null stands for a user that does not exist: the answer then takes the
 * same time, so that it does not tell which users there are.
 */
export async function checkPassword(password: string, stored: string | null): Promise<boolean> {
  // HMAC fills its key up with NUL, so a password with NUL at its end would be the same as the one without (RFC 2104).
  const parts = stored === null || password.includes('\0') ? null : parseStored(stored);
  if (parts === null) {
    await derive(password, Buffer.alloc(SALT_BYTES), COST);
    return false;
  }
  return timingSafeEqual(await derive(password, parts.salt, parts.cost), parts.hash);
}

function parseStored(stored: string): { cost: Cost; salt: Buffer; hash: Buffer } | null {
  const [, n, r, p, salt = '', hash = ''] = STORED.exec(stored) ?? [];
  const cost = { n: Number(n), r: Number(r), p: Number(p) };
  const isPower = cost.n > 1 && Number.isInteger(Math.log2(cost.n));
  if (!isPower || cost.r < 1 || cost.p < 1 || cost.n > MOST.n || cost.r > MOST.r || cost.p > MOST.p) return null;
  return { cost, salt: Buffer.from(salt, 'base64url'), hash: Buffer.from(hash, 'base64url') };
}

/** Keyboards and systems write the same letter in several ways, so the text is brought to one form (RFC 8265). */
function derive(password: string, salt: Buffer, { n, r, p }: Cost): Promise<Buffer> {
  const limits = { N: n, r, p, maxmem: 256 * n * r };
  return new Promise((resolve, reject) => {
    scrypt(password.normalize('NFC'), salt, HASH_BYTES, limits, (error, hash) => {
      if (error === null) resolve(hash);
      else reject(error);
    });
  });
}
