/** The limits of a recording, and schemas for its instants and its long lists, which stop at the first wrong entry. */
import { z } from 'zod';

/**
 * Limits of a recording. A table of this size is far above that of any host that was seen, and its line is below the
 * limit. They keep a file that was made to do harm from filling the memory, and a replay from never ending.
 */
export const RECORDING_LIMITS = {
  /** Of one line, unpacked. */
  lineBytes: 32 * 1024 * 1024,
  /** Of the whole file, unpacked. */
  fileBytes: 4 * 1024 * 1024 * 1024,
  /** Outbound rows of one table, and the pools that they belong to. */
  rows: 1_000_000,
  pools: 65_536,
  /** Failed connects of one sample. */
  failures: 20_000,
} as const;

/** The end of the year 9999, in epoch ms. */
const LAST_INSTANT_MS = 253_402_300_799_999;
/** CLOCK_MONOTONIC begins at the start of the host; no host runs for 300 years. */
const LAST_MONOTONIC_MS = 1e13;

/** Epoch ms, and ms of CLOCK_MONOTONIC. */
export const instant = z.number().min(0).max(LAST_INSTANT_MS);
export const monotonic = z.number().min(0).max(LAST_MONOTONIC_MS);

type Column = Uint8Array | Uint16Array | Uint32Array | Int32Array;

/** A column of at most `max` whole numbers from `least` to `most`. A schema of zod for each number would take 20 times as long. */
export function column<T extends Column>(
  create: (length: number) => T,
  { max, least = 0, most }: { max: number; least?: number; most: number },
) {
  return z.unknown().transform((value, context): T => {
    const refuse = (allowed: string, ...path: number[]): never => {
      context.addIssue({ code: 'custom', message: allowed, path });
      return z.NEVER;
    };
    if (!Array.isArray(value)) return refuse('a list of numbers');
    const values: readonly unknown[] = value;
    if (values.length > max) return refuse(`at most ${max} entries`);
    const into = create(values.length);
    for (let index = 0; index < values.length; index += 1) {
      const entry = values[index];
      if (typeof entry !== 'number' || !Number.isInteger(entry) || entry < least || entry > most) {
        return refuse(`a whole number from ${least} to ${most}`, index);
      }
      into[index] = entry;
    }
    return into;
  });
}

/** A list of texts that `isValid` accepts. `allowed` says which these are. */
export function texts(isValid: (text: string) => boolean, { max, allowed }: { max: number; allowed: string }) {
  return z.unknown().transform((value, context): string[] => {
    const refuse = (message: string, ...path: number[]): never => {
      context.addIssue({ code: 'custom', message, path });
      return z.NEVER;
    };
    if (!Array.isArray(value)) return refuse('a list of texts');
    const entries: readonly unknown[] = value;
    if (entries.length > max) return refuse(`at most ${max} entries`);
    const wrong = entries.findIndex((entry) => typeof entry !== 'string' || !isValid(entry));
    return wrong < 0 ? (value as string[]) : refuse(allowed, wrong);
  });
}

/** A list whose length is checked before its entries, because each wrong entry makes an error of its own. */
export function list<T extends z.ZodType>(entry: T, max: number) {
  return z.array(z.unknown()).max(max).pipe(z.array(entry));
}
