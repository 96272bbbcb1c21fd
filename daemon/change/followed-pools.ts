/** The pools whose course is followed, minute by minute: those that use or need the most of their ports. */
import type { PoolForecast } from '../forecast/types.js';
import { formatEndpoint, isWildcard } from '../host/endpoint.js';
import { isFailureOf, type FailedConnect } from '../pool/failed-connect.js';
import { HOUR_MS } from '../units.js';
import { CONFIRM_MINUTES } from './shift.js';
import { SlotRing, type StoredMinute } from './slots.js';

/** Following a pool takes memory, and time each minute. */
const MAX_FOLLOWED = 50;
/** A pool that holds and needs fewer ports is not followed. */
const MIN_PORTS = 20;
/** How much of the past is read for a pool that begins to be followed. */
const SEED_MS = 3 * HOUR_MS;
/** A followed pool gives way only to one that uses a quarter more. */
const KEPT_BONUS = 1.25;

export interface FollowedPool {
  readonly id: string;
  readonly name: string;
  readonly ring: SlotRing;
  /** Monotonic ms: slots before it are those of an earlier behaviour, or of other limits. */
  ignoreBeforeMs: number;
  /** For how many minutes a new level must last; longer for a pool that has gone back to an earlier level. */
  confirmMinutes: number;
  /** False while its stored minutes have not been read. */
  isSeeded: boolean;
}

interface FollowedSample {
  readonly atMs: number;
  readonly monotonicMs: number;
  readonly pools: readonly PoolForecast[];
  readonly failures: readonly FailedConnect[] | null;
  /** The time for which the sample stands. */
  readonly forMs: number;
}

/** Reads the stored minutes of a pool, oldest first; empty where nothing is stored. Must not throw. */
export type ReadMinutes = (poolId: string, fromMs: number, toMs: number) => readonly StoredMinute[];

export class FollowedPools {
  private readonly pools = new Map<string, FollowedPool>();

  list(): FollowedPool[] {
    return [...this.pools.values()];
  }

  find(id: string): FollowedPool | undefined {
    return this.pools.get(id);
  }

  /** Follows the pools that matter most now; those that are needed for a comparison stay. */
  choose(pools: readonly PoolForecast[], needed: ReadonlySet<string>): void {
    const weights = pools
      .filter((pool) => Math.max(pool.used, finite(pool.pressure) * pool.capacity) >= MIN_PORTS)
      .map((pool) => ({ pool, weight: weigh(pool) * (this.pools.has(pool.id) ? KEPT_BONUS : 1) }))
      .sort((a, b) => b.weight - a.weight)
      .slice(0, MAX_FOLLOWED);
    const chosen = new Set(weights.map(({ pool }) => pool.id));
    for (const { pool } of weights) if (!this.pools.has(pool.id)) this.pools.set(pool.id, follow(pool));
    // A pool that holds few ports now is followed as long as there is room: that its use has ended is a change too.
    for (const id of [...this.pools.keys()]) {
      if (this.pools.size <= MAX_FOLLOWED) return;
      if (!chosen.has(id) && !needed.has(id)) this.pools.delete(id);
    }
  }

  /** Reads the stored minutes of at most so many pools that have not been read yet. `offsetMs`: wall less monotonic time. */
  seed(readMinutes: ReadMinutes, { most, toMs, offsetMs }: { most: number; toMs: number; offsetMs: number }): void {
    for (const pool of this.list()
      .filter(({ isSeeded }) => !isSeeded)
      .slice(0, most)) {
      pool.isSeeded = true;
      pool.ring.prepend(readMinutes(pool.id, toMs - SEED_MS, toMs), offsetMs);
    }
  }

  add({ pools, failures, monotonicMs, forMs }: FollowedSample): void {
    const byId = new Map(pools.map((pool) => [pool.id, pool]));
    for (const { id, ring } of this.pools.values()) {
      const pool = byId.get(id) ?? null;
      ring.add({ monotonicMs, forMs, pool, failed: countFailed(pool, failures) });
    }
  }

  /** Ends the slots of all pools: what comes next is of another time. */
  cut(): void {
    for (const { ring } of this.pools.values()) ring.cut();
  }
}

/** `10.0.0.2:443`; `bound ports of 10.0.0.1`, which serve every destination of that local address. */
function nameOf({ remoteAddress, remotePort, localAddress }: PoolForecast): string {
  if (remoteAddress === null || remotePort === null)
    return `bound ports of ${isWildcard(localAddress) ? 'any local address' : localAddress}`;
  return formatEndpoint(remoteAddress, remotePort);
}

function follow(pool: PoolForecast): FollowedPool {
  const { id } = pool;
  return {
    id,
    name: nameOf(pool),
    ring: new SlotRing(),
    ignoreBeforeMs: -Infinity,
    confirmMinutes: CONFIRM_MINUTES,
    isSeeded: false,
  };
}

function countFailed(pool: PoolForecast | null, failures: readonly FailedConnect[] | null): number | null {
  if (failures === null) return null;
  if (pool === null || (pool.failedConnects ?? 0) === 0) return 0;
  return failures.filter((failure) => isFailureOf(pool, failure)).length;
}

function weigh(pool: PoolForecast): number {
  return Math.max(finite(pool.pressure), pool.capacity > 0 ? pool.used / pool.capacity : 1);
}

function finite(value: number | null): number {
  return value !== null && Number.isFinite(value) ? value : 0;
}
