/** What advice is made from beside the forecast and the limits. */
import type { CodeSample } from './effect.js';
import type { ProgramName } from './programs.js';

export const PLATFORMS = ['linux', 'windows'] as const;
export type AdvicePlatform = (typeof PLATFORMS)[number];

/** The processes that hold a pool, and since when it is in trouble. */
export type Holders = Pick<AdviceContext, 'owners' | 'sinceMs'>;

/** A process that owns live rows of a pool, or did: TIME_WAIT rows have no owner, so earlier owners stay known. */
export interface Owner {
  readonly pid: number;
  readonly name: string;
  /** Its share of the pool's live rows by the latest search that found any, 0 to 1; 0 for an earlier owner. */
  readonly confidence: number;
  /** When it last held a live row; absent in a report of one search, and in alerts stored by older versions. */
  readonly seenAtMs?: number;
  /**
   * Its open descriptors, and their limit (RLIMIT_NOFILE), at the latest search; null where they could not be read, for the
   * reason `openFilesWhy`. Absent where they were not sought, and in alerts stored by older versions.
   */
  readonly openFiles?: number | null;
  readonly openFilesLimit?: number | null;
  readonly openFilesWhy?: string;
}

export interface AdviceContext {
  /** The ports of the host that have a LISTEN socket; null where they are not known. */
  readonly listeners: ArrayLike<number> | null;
  /** The processes that hold connections of the pool, the one with the most first. */
  readonly owners: readonly Owner[];
  /** Since when the pool is known to be in trouble, in epoch ms; null where it is not. */
  readonly sinceMs: number | null;
  /** The program that was asked for; null: the one that the owners show. */
  readonly program: ProgramName | null;
  /** The platform that was asked for; null: the one of the host. */
  readonly platform: AdvicePlatform | null;
  /** How to choose the local end point, in several languages. */
  readonly samples: readonly CodeSample[];
}

export const NO_CONTEXT: AdviceContext = {
  listeners: null,
  owners: [],
  sinceMs: null,
  program: null,
  platform: null,
  samples: [],
};
