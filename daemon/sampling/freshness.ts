/** The rule by which alerts, scores and the dashboard decide that a sample is out of date. */
import { SECOND_MS } from '../units.js';

/** A dump of a large table and the forecast from it take at most this long. */
const DUMP_MS = SECOND_MS;

/**
 * The greatest age in ms of the newest sample while sampling works.
 *
 * A full dump is due at the latest `maxIntervalMs` after the last one. It is taken at the next beat, and one beat may be missed.
 * With a beat of 2 s and a `maxInterval` of 30 s the age is at most 35 s.
 */
export function findMaxSampleAgeMs({ beatMs, maxIntervalMs }: { beatMs: number; maxIntervalMs: number }): number {
  return maxIntervalMs + 2 * beatMs + DUMP_MS;
}
