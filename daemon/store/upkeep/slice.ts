/** Upkeep goes in slices. Each is a transaction of a bounded number of rows or pages, which takes a few milliseconds. */
export const SLICE_ROWS = 40;
export const SLICE_PAGES = 128;

export interface Slice {
  readonly task: 'checkpoint' | 'evict' | 'seal' | 'expire' | 'vacuum' | 'forget';
  /** Rows or pages touched, never more than SLICE_ROWS or SLICE_PAGES. */
  readonly amount: number;
}
