/** The answer to a history request. */

/** Columns of a history at one step: min, mean and max share keys; null is a gap. */
export interface History {
  readonly stepMs: number;
  readonly t: number[];
  readonly min: Record<string, (number | null)[]>;
  readonly mean: Record<string, (number | null)[]>;
  readonly max: Record<string, (number | null)[]>;
}
