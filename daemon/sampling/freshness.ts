/** How old a sample may be: the one rule by which alerts, scores and the dashboard call a sample out of date. */
import { SECOND_MS } from '../units.js';

/** A dump of a large table, and the forecast from it, take up to this. */
const DUMP_MS = SECOND_MS;

/**
 * The greatest age in ms of the newest sample while sampling works.
 *
 * A full dump is due `maxIntervalMs` after the one before, at the latest. It is taken at the next beat, and one beat may be
 * missed. With a beat of 2 s and a `maxInterval` of 30 s this is 35 s.
 */
export function findMaxSampleAgeMs({ beatMs, maxIntervalMs }: { beatMs: number; maxIntervalMs: number }): number {
  return maxIntervalMs + 2 * beatMs + DUMP_MS;
}
