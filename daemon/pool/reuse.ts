/** Whether a pool's TIME_WAIT ports can be taken again by connect() (kernel rules 16 and 17). */
import { STATE, type Snapshot } from '../snapshot/snapshot.js';
import { groupKey, groupRows } from './group-key.js';
import type { HostLimits } from '../host/limits.js';
import type { PoolMemory } from './pool-memory.js';
import type { Pool, Reuse } from './pool.js';
import { PORT_COUNT } from '../host/kernel-constants.js';
import { isLoopback } from '../host/ip-address.js';

/** Reuse once seen counts for so long: near the limit it happens every second, so an older sight proves nothing. */
const PROOF_LASTS_MS = 120_000;
/** Two readings of one timer differ by less than this. */
const TIMER_SLACK_MS = 500;
/** A retransmitted FIN restarts one TIME_WAIT timer; so many at once are reuse. */
const MIN_RESTARTED = 3;

/**
 * Assuming reuse wrongly misses an exhaustion: off loopback, where the peer may not have negotiated timestamps, reuse is
 * `none` until ports of this very pool have been seen to be reused while TWRecycled moved.
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
  const seenAt = context.memory.reuseSeenAt.get(pool.id);
  return seenAt !== undefined && context.monotonicMs - seenAt <= PROOF_LASTS_MS ? 'after_delay' : 'none';
}

/** Ports of this pool may be taken again, and that shows only once they are: what is said before may be wrong. */
export function mayShowReuse({ kind, reuse }: Pick<Pool, 'kind' | 'reuse'>, limits: HostLimits): boolean {
  return kind === 'connect' && reuse === 'none' && limits.twReuse === 1 && limits.timestamps;
}

/** Notes in memory which pools reused ports since the previous snapshot, which `memory.previous` must still be. */
export function noteReuse(snapshot: Snapshot, limits: HostLimits, memory: PoolMemory, idOf: (group: number) => string) {
  const { previous, recycledBefore, recycledNow } = memory;
  for (const [id, seenAt] of memory.reuseSeenAt) {
    if (snapshot.monotonicMs - seenAt > PROOF_LASTS_MS) memory.reuseSeenAt.delete(id);
  }
  if (limits.twReuse !== 1 || !limits.timestamps || !snapshot.hasTimers || previous === null) return;
  if (recycledBefore === null || recycledNow === null || recycledNow <= recycledBefore) return;

  const expiryByPort = new Float64Array(PORT_COUNT);
  snapshot.outbound.localAddress.forEach((_, group) => {
    const before = memory.previousGroups.get(groupKey(snapshot, group));
    if (before === undefined) return;
    expiryByPort.fill(0);
    markTimeWait(previous, before, expiryByPort);
    if (wasReused(snapshot, group, expiryByPort)) memory.reuseSeenAt.set(idOf(group), snapshot.monotonicMs);
  });
}

function markTimeWait(snapshot: Snapshot, group: number, expiryByPort: Float64Array): void {
  const { state, localPort, expiresMs } = snapshot.outboundRows;
  const [from, to] = groupRows(snapshot, group);
  for (let row = from; row < to; row += 1) {
    const expires = expiresMs[row] ?? 0;
    if (state[row] === STATE.TIME_WAIT && expires > 0) {
      expiryByPort[localPort[row] ?? 0] = snapshot.monotonicMs + expires;
    }
  }
}

/** A port that must still be in TIME_WAIT but is live, or several whose timers began anew. */
function wasReused(snapshot: Snapshot, group: number, expiryByPort: Float64Array): boolean {
  const { state, localPort, expiresMs } = snapshot.outboundRows;
  const [from, to] = groupRows(snapshot, group);
  let restarted = 0;
  for (let row = from; row < to; row += 1) {
    const expiry = expiryByPort[localPort[row] ?? 0] ?? 0;
    if (expiry <= snapshot.monotonicMs + TIMER_SLACK_MS) continue;
    if (state[row] !== STATE.TIME_WAIT) return true;
    if (snapshot.monotonicMs + (expiresMs[row] ?? 0) > expiry + TIMER_SLACK_MS) restarted += 1;
  }
  return restarted >= MIN_RESTARTED;
}
