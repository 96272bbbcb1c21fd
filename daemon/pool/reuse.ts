/** Decides whether connect() can take the TIME_WAIT ports of a pool again (kernel rules 16 and 17). */
import { STATE, type Snapshot } from '../snapshot/snapshot.js';
import { findGroupRows, formatGroupKey } from './group-key.js';
import type { HostLimits } from '../host/limits.js';
import type { PoolMemory } from './pool-memory.js';
import type { Pool, Reuse } from './pool.js';
import { PORT_COUNT } from '../host/kernel-constants.js';
import { isLoopback } from '../host/ip-address.js';
import { MINUTE_MS, SECOND_MS } from '../units.js';

/**
 * How long an observed reuse counts. Near the limit ports are reused every second, so an older observation proves
 * nothing.
 */
const PROOF_LASTS_MS = 2 * MINUTE_MS;
/** Two dumps read the expiry of the same timer with a difference below this. */
const TIMER_SLACK_MS = SECOND_MS / 2;
/**
 * A retransmitted FIN restarts one TIME_WAIT timer. When at least this many restart at once, their ports were reused.
 */
const MIN_RESTARTED = 3;

/**
 * Decides the reuse of one pool. On loopback the sysctls decide. Elsewhere the peer may not have negotiated timestamps,
 * and an exhaustion is missed when reuse is assumed wrongly: so reuse is `none` until ports of this pool were seen to
 * be reused while the counter TWRecycled rose.
 */
export function decideReuse(
  pool: { id: string; localAddress: string; remoteAddress: string },
  limits: HostLimits,
  context: { memory: PoolMemory; monotonicMs: number },
): Reuse {
  if (limits.twReuse === null) return 'unknown';
  if (!limits.timestamps || limits.twReuse === 0) return 'none';
  if (isLoopback(pool.localAddress) || isLoopback(pool.remoteAddress)) return 'after_delay';
  if (limits.twReuse === 2) return 'none';
  const seenMs = context.memory.reuseSeenAt.get(pool.id);
  return seenMs !== undefined && context.monotonicMs - seenMs <= PROOF_LASTS_MS ? 'after_delay' : 'none';
}

/**
 * Whether reuse may be possible although `decideReuse` returned `none`: the settings allow it, but no reuse has been
 * seen. A forecast that is made until then may be wrong.
 */
export function mayShowReuse({ kind, reuse }: Pick<Pool, 'kind' | 'reuse'>, limits: HostLimits): boolean {
  return kind === 'connect' && reuse === 'none' && limits.twReuse === 1 && limits.timestamps;
}

/**
 * Notes in the memory which pools reused ports since the previous snapshot. `memory.previous` must still be that
 * snapshot.
 */
export function noteReuse(snapshot: Snapshot, limits: HostLimits, memory: PoolMemory, idOf: (group: number) => string) {
  const { previous, recycledBefore, recycledNow } = memory;
  for (const [id, seenMs] of memory.reuseSeenAt) {
    if (snapshot.monotonicMs - seenMs > PROOF_LASTS_MS) memory.reuseSeenAt.delete(id);
  }
  if (limits.twReuse !== 1 || !limits.timestamps || !snapshot.hasTimers || previous === null) return;
  if (recycledBefore === null || recycledNow === null || recycledNow <= recycledBefore) return;

  const expiryByPort = new Float64Array(PORT_COUNT);
  snapshot.outbound.localAddress.forEach((_, group) => {
    const previousGroup = memory.previousGroups.get(formatGroupKey(snapshot, group));
    if (previousGroup === undefined) return;
    expiryByPort.fill(0);
    noteExpiries(previous, previousGroup, expiryByPort);
    if (wasReused(snapshot, group, expiryByPort)) memory.reuseSeenAt.set(idOf(group), snapshot.monotonicMs);
  });
}

/** Writes the expiry of each TIME_WAIT port of a group, on the monotonic clock. */
function noteExpiries(snapshot: Snapshot, group: number, expiryByPort: Float64Array): void {
  const { state, localPort, expiresMs } = snapshot.outboundRows;
  const [from, to] = findGroupRows(snapshot, group);
  for (let row = from; row < to; row += 1) {
    const expires = expiresMs[row] ?? 0;
    if (state[row] === STATE.TIME_WAIT && expires > 0) {
      expiryByPort[localPort[row] ?? 0] = snapshot.monotonicMs + expires;
    }
  }
}

/**
 * Whether a port of the group that should still be in TIME_WAIT is live, or the timers of several such ports began
 * anew.
 */
function wasReused(snapshot: Snapshot, group: number, expiryByPort: Float64Array): boolean {
  const { state, localPort, expiresMs } = snapshot.outboundRows;
  const [from, to] = findGroupRows(snapshot, group);
  let restarted = 0;
  for (let row = from; row < to; row += 1) {
    const expiry = expiryByPort[localPort[row] ?? 0] ?? 0;
    if (expiry <= snapshot.monotonicMs + TIMER_SLACK_MS) continue;
    if (state[row] !== STATE.TIME_WAIT) return true;
    if (snapshot.monotonicMs + (expiresMs[row] ?? 0) > expiry + TIMER_SLACK_MS) restarted += 1;
  }
  return restarted >= MIN_RESTARTED;
}
