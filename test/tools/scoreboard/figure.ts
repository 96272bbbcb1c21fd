/** One number of the scoreboard; NaN where no case contributes to it. */
export interface Figure {
  readonly key: string;
  readonly what: string;
  readonly unit: 'share' | 's' | 'ratio' | 'count';
  readonly value: number;
  readonly cases: number;
  /** The same figure of the reference, which is given the true rate. */
  readonly reference: number | null;
  /** The same figure of the reference that is given the onset only and measures the rate. */
  readonly measured?: number;
}
