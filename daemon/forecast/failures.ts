/** Failed connects of the last minute, by pool: what tells "table full" from "failing" (kernel rules 19 and 20). */
import { isFailureOf, type FailedConnect } from '../pool/failed-connect.js';
import type { Pool } from '../pool/pool.js';
import { MINUTE_MS } from '../units.js';
import type { FailingProcess } from './types.js';

export interface PoolFailures {
  readonly count: number;
  /** The one that failed most first, at most `MAX_NAMED`. */
  readonly processes: readonly FailingProcess[];
}

export interface FailureMemory {
  /** Null while nobody watches. */
  of(poolId: string): PoolFailures | null;
  /** Takes those seen since the snapshot before; null while nobody watches, which forgets the earlier ones. */
  add(
    failures: readonly FailedConnect[] | null,
    now: { pools: readonly Pool[]; nowMs: number; monotonicMs: number },
  ): void;
}

const KEEP_MS = MINUTE_MS;
const MAX_NAMED = 10;
const NONE: PoolFailures = { count: 0, processes: [] };

interface Tally extends FailingProcess {
  readonly monotonicMs: number;
}

export function createFailureMemory(): FailureMemory {
  const tallies = new Map<string, Tally[]>();
  let watched = false;
  return {
    add(failures, { pools, nowMs, monotonicMs }) {
      watched = failures !== null;
      if (!watched) tallies.clear();
      for (const [id, known] of tallies) {
        const recent = known.filter((tally) => monotonicMs - tally.monotonicMs < KEEP_MS);
        if (recent.length === 0) tallies.delete(id);
        else tallies.set(id, recent);
      }
      if (failures === null || failures.length === 0) return;
      for (const group of grouped(failures).values()) {
        const { sample, failed } = group;
        // By age, as the wall clock may jump between two snapshots.
        const tally = { ...nameOf(sample), failed, monotonicMs: monotonicMs - Math.max(0, nowMs - sample.atMs) };
        for (const pool of pools) {
          const used = pool.live + pool.timed.state.length;
          if (isFailureOf({ ...pool, used }, sample)) tallies.set(pool.id, [...(tallies.get(pool.id) ?? []), tally]);
        }
      }
    },
    of: (poolId) => (watched ? sumOf(tallies.get(poolId) ?? []) : null),
  };
}

/** Those of one process to one destination are one entry with the instant of the last: a storm has few of them. */
function grouped(failures: readonly FailedConnect[]): Map<string, { sample: FailedConnect; failed: number }> {
  const groups = new Map<string, { sample: FailedConnect; failed: number }>();
  for (const failure of failures) {
    const { kind, localAddress, remoteAddress, remotePort, pid, name } = failure;
    const key = `${kind} ${localAddress ?? ''} ${remoteAddress ?? ''} ${remotePort ?? ''} ${pid} ${name}`;
    const known = groups.get(key);
    const sample = known === undefined || failure.atMs >= known.sample.atMs ? failure : known.sample;
    groups.set(key, { sample, failed: (known?.failed ?? 0) + 1 });
  }
  return groups;
}

function nameOf({ pid, name }: FailedConnect): { pid: number; name: string } {
  return { pid, name };
}

function sumOf(tallies: readonly Tally[]): PoolFailures {
  if (tallies.length === 0) return NONE;
  const byProcess = new Map<string, FailingProcess>();
  for (const { pid, name, failed } of tallies) {
    const key = `${pid} ${name}`;
    byProcess.set(key, { pid, name, failed: failed + (byProcess.get(key)?.failed ?? 0) });
  }
  const processes = [...byProcess.values()].sort((a, b) => b.failed - a.failed || a.pid - b.pid);
  return { count: tallies.reduce((sum, { failed }) => sum + failed, 0), processes: processes.slice(0, MAX_NAMED) };
}
