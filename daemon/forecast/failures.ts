/** Failed connects of the last minute by pool: they separate a pool that fails from one that is only full (kernel rules 19, 20). */
import { isFailureOf, type FailedConnect } from '../pool/failed-connect.js';
import type { Pool } from '../pool/pool.js';
import { MINUTE_MS } from '../units.js';
import type { FailingProcess } from './types.js';

export interface PoolFailures {
  readonly count: number;
  /** Failures since the sample before. */
  readonly recent: number;
  /** At most `MAX_NAMED` processes, the one with most failures first. */
  readonly processes: readonly FailingProcess[];
}

interface FailureMemory {
  /** The failures of one pool; null while failures are not watched. */
  find(poolId: string): PoolFailures | null;
  /** Adds the failures since the snapshot before. Null = they are not watched; that also drops the earlier ones. */
  add(
    failures: readonly FailedConnect[] | null,
    now: { pools: readonly Pool[]; nowMs: number; monotonicMs: number },
  ): void;
}

/** Failures of one process at one instant. */
interface Tally extends FailingProcess {
  readonly monotonicMs: number;
}

interface FailureGroup {
  readonly latest: FailedConnect;
  readonly failed: number;
}

const KEEP_MS = MINUTE_MS;
const MAX_NAMED = 10;
const NO_FAILURES: PoolFailures = { count: 0, recent: 0, processes: [] };

export function createFailureMemory(): FailureMemory {
  const tallies = new Map<string, Tally[]>();
  let isWatching = false;
  /** When the sample before was taken. */
  let sinceMs = 0;
  let nowMs = 0;
  return {
    add(failures, { pools, nowMs: wallMs, monotonicMs }) {
      sinceMs = nowMs;
      nowMs = monotonicMs;
      isWatching = failures !== null;
      if (!isWatching) tallies.clear();
      dropOldTallies(tallies, monotonicMs);
      if (failures === null || failures.length === 0) return;
      for (const { latest, failed } of groupFailures(failures)) {
        const { pid, name, atMs } = latest;
        // By its age, because the wall clock may jump between two snapshots.
        const tally = { pid, name, failed, monotonicMs: monotonicMs - Math.max(0, wallMs - atMs) };
        for (const pool of pools) {
          const used = pool.live + pool.timed.state.length;
          if (!isFailureOf({ ...pool, used }, latest)) continue;
          const known = tallies.get(pool.id);
          if (known === undefined) tallies.set(pool.id, [tally]);
          else known.push(tally);
        }
      }
    },
    find: (poolId) => (isWatching ? sumTallies(tallies.get(poolId) ?? [], sinceMs) : null),
  };
}

function dropOldTallies(tallies: Map<string, Tally[]>, nowMs: number): void {
  for (const [poolId, all] of tallies) {
    const recent = all.filter(({ monotonicMs }) => nowMs - monotonicMs < KEEP_MS);
    if (recent.length === 0) tallies.delete(poolId);
    else tallies.set(poolId, recent);
  }
}

/** One group per process and destination, so that thousands of failures at once cost as little as a few. */
function groupFailures(failures: readonly FailedConnect[]): Iterable<FailureGroup> {
  const groups = new Map<string, FailureGroup>();
  for (const failure of failures) {
    const { kind, localAddress, remoteAddress, remotePort, pid, name } = failure;
    const key = `${kind} ${localAddress ?? ''} ${remoteAddress ?? ''} ${remotePort ?? ''} ${pid} ${name}`;
    const group = groups.get(key);
    const latest = group === undefined || failure.atMs >= group.latest.atMs ? failure : group.latest;
    groups.set(key, { latest, failed: (group?.failed ?? 0) + 1 });
  }
  return groups.values();
}

function sumTallies(tallies: readonly Tally[], sinceMs: number): PoolFailures {
  if (tallies.length === 0) return NO_FAILURES;
  const byProcess = new Map<string, FailingProcess>();
  for (const { pid, name, failed } of tallies) {
    const key = `${pid} ${name}`;
    byProcess.set(key, { pid, name, failed: failed + (byProcess.get(key)?.failed ?? 0) });
  }
  const processes = [...byProcess.values()].sort((a, b) => b.failed - a.failed || a.pid - b.pid);
  const recent = tallies.filter(({ monotonicMs }) => monotonicMs > sinceMs);
  return {
    count: countFailed(tallies),
    recent: countFailed(recent),
    processes: processes.slice(0, MAX_NAMED),
  };
}

function countFailed(tallies: readonly Tally[]): number {
  return tallies.reduce((sum, { failed }) => sum + failed, 0);
}
