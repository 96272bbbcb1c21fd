/** The limit, in which the rates of all families are given. */

/** The step by which ports are released. */
export const STEP_MS = 2048;

/** The limit: the closes per second at which use settles exactly at capacity. */
export function findLimitRate(capacity: number): number {
  return (1000 * capacity) / (60_000 + STEP_MS);
}
