/** The answer of `GET /api/v1/pools/:id/history` and `GET /api/v1/ports/:id/history`. */

/**
 * One column per state or quantity. `t` has the epoch ms of the steps; min, mean and max have the same keys; null is a
 * gap.
 */
export interface History {
  readonly stepMs: number;
  readonly t: number[];
  readonly min: Record<string, (number | null)[]>;
  readonly mean: Record<string, (number | null)[]>;
  readonly max: Record<string, (number | null)[]>;
}
