/** The bound of the score. */

/**
 * At most this many pools are scored at once, the worst ones first, so that a host with many destinations costs a
 * bounded amount of time, memory and storage. A pool whose outcome is known makes room for another one.
 */
export const MAX_SCORED_POOLS = 2000;
