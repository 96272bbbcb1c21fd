/**
 * How long a closed connection whose peer is gone holds its port in FIN_WAIT1, CLOSING or LAST_ACK: the kernel sends the
 * FIN again at doubling steps and gives up (tcp_orphan_retries of net/ipv4/tcp_timer.c).
 */
import { MINUTE_MS, SECOND_MS } from '../units.js';
import type { HostLimits } from './limits.js';

/** TCP_RTO_MIN, the first step on a path with a short round trip, and TCP_RTO_MAX, the longest. */
const FIRST_STEP_MS = SECOND_MS / 5;
const LONGEST_STEP_MS = 2 * MINUTE_MS;
/** What 0 stands for in `tcp_orphan_retries`. */
const DEFAULT_RETRIES = 8;

/** In ms, for a short round trip: 102 s with the default. A longer round trip lengthens every step. */
export function findOrphanLifeMs({ orphanRetries }: Pick<HostLimits, 'orphanRetries'>): number {
  const retries = orphanRetries === null || orphanRetries <= 0 ? DEFAULT_RETRIES : orphanRetries;
  let sumMs = 0;
  for (let sent = 0; sent <= retries; sent++) sumMs += Math.min(LONGEST_STEP_MS, FIRST_STEP_MS * 2 ** sent);
  return sumMs;
}
