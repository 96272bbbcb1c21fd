/** The advice that the API serves. */
import type { AdviceContext } from '../advice/context.js';
import type { WireAdvice, WirePoolAdvice } from '../wire/advice.js';

export type AdviceQuery = Pick<AdviceContext, 'program' | 'platform'>;

export interface AdviceData {
  /** Null until the first sample. */
  host(query: AdviceQuery): WireAdvice | null;
  /** Null where there is no such pool now. */
  pool(id: string, query: AdviceQuery): WirePoolAdvice | null;
}
