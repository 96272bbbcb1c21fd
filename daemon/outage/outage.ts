/** One outage: a time in which a pool had no port left. Plain JSON data: it is stored, also with the alerts of its pool. */

export interface Outage {
  readonly poolId: string;
  /** The first instant that is known to be without a free port, in epoch ms. */
  readonly fromMs: number;
  /** The last such instant: the outage ended then, or goes on while `isOver` is false. */
  readonly lastMs: number;
  readonly isOver: boolean;
  readonly peakUsed: number;
  readonly capacity: number;
  /** Calls that failed for want of a port. Null where they are not counted, and no demand is known to estimate them from. */
  readonly failedConnects: number | null;
  /** True where the failed calls, or some of them, are estimated: the demand less what could open. */
  readonly isEstimated: boolean;
  /** How long before it the warning came; null where none came. */
  readonly warnedMs: number | null;
}

/** Two outages of one pool have different starts. */
export function buildOutageKey({ poolId, fromMs }: Pick<Outage, 'poolId' | 'fromMs'>): string {
  return `${fromMs} ${poolId}`;
}
