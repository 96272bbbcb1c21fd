/** A pool of the newest sample as the situation of a what-if. */
import type { ReuseFacts, Situation } from '../advice/what-if.js';
import { formatEndpoint } from '../host/endpoint.js';
import { clamp, SECOND_MS } from '../units.js';
import type { WireHost } from './host.js';
import type { WirePool } from './pool.js';

/** The host as far as a what-if needs it. */
export type PlanHost = Pick<WireHost, 'range' | 'reuse' | 'reuseDelaySeconds' | 'timestamps'>;

/** A release schedule that misses the ports held by more than this share of them is not one. */
const SCHEDULE_ERROR = 0.1;
/** Other differences between pressure and closes are those of rounding. */
const LEAST_WAITING_SHARE = 0.002;

export function situationOfPool(pool: WirePool, host: PlanHost): Situation {
  const { capacity, live, holdSeconds, timeWait, reusable } = pool;
  const [rate, holdMs] = [pool.closeRate ?? 0, holdSeconds * SECOND_MS];
  const held = Math.max(0, timeWait - reusable);
  const waiting = pool.pressure === null ? 0 : pool.pressure * capacity - live - rate * holdSeconds;
  return {
    name: namePool(pool),
    ports: findRange(pool, host),
    capacity,
    live,
    rate,
    holdMs,
    held,
    freedBy: readSchedule(pool, held),
    growth: pool.cause === 'growth' ? Math.max(0, pool.liveGrowth ?? 0) : 0,
    waiting: Math.abs(waiting) < LEAST_WAITING_SHARE * capacity ? 0 : waiting,
    reuse: readReuse(pool.kind, host),
    isLeast: pool.demandAtLeast,
  };
}

/** Null where the pool has ports of its own, such as a declared one. */
function findRange({ kind, capacity }: WirePool, { range }: PlanHost): Situation['ports'] {
  const isOfHost = (kind === 'connect' || kind === 'bind') && range[1] - range[0] + 1 >= capacity;
  return isOfHost ? range : null;
}

export function namePool({ remoteAddress, remotePort, localAddress }: Omit<PoolName, 'id'>): string {
  if (remoteAddress === null || remotePort === null) return `any destination from ${localAddress}`;
  return formatEndpoint(remoteAddress, remotePort);
}

export type PoolName = Pick<WirePool, 'id' | 'remoteAddress' | 'remotePort' | 'localAddress'>;

/** The pools with this id, or towards this `ADDRESS:PORT`. */
export function findPools<T extends PoolName>(pools: readonly T[], text: string): T[] {
  const byId = pools.filter(({ id }) => id === text);
  return byId.length > 0 ? byId : pools.filter((pool) => pool.remoteAddress !== null && namePool(pool) === text);
}

/** Reuse is for connect() only, and needs timestamps (kernel rules 16 and 17). */
export function readReuse(kind: string, { reuse, timestamps, reuseDelaySeconds }: PlanHost): ReuseFacts {
  const delayMs = reuseDelaySeconds * SECOND_MS;
  if (kind !== 'connect')
    return { delayMs, whyNot: 'clients that bind before they connect cannot take a TIME_WAIT port' };
  if (reuse === null) return { delayMs, whyNot: 'this system has no setting that lets connect() reuse a port' };
  if (!timestamps) return { delayMs, whyNot: 'TCP timestamps are off on this host (net.ipv4.tcp_timestamps)' };
  return { delayMs, whyNot: null };
}

/**
 * The release schedule, as the forecast of the use contains it: what is used at the start and taken until then, less what is
 * forecast to be used. Null where the pool has no forecast ahead, or one of something else, such as a climbing rate.
 */
function readSchedule(pool: WirePool, held: number): Situation['freedBy'] {
  const { ahead, sampledAt, used, closeRate, capacity } = pool;
  if (ahead.length === 0 || closeRate === null || held === 0) return null;
  const holdMs = pool.holdSeconds * SECOND_MS;
  const perMs = (closeRate + (pool.liveGrowth ?? 0)) / SECOND_MS;
  const points = [{ atMs: 0, freed: 0 }];
  for (const point of ahead) {
    const atMs = Date.parse(point.at) - Date.parse(sampledAt);
    const before = points.at(-1) ?? { atMs: 0, freed: 0 };
    if (atMs <= before.atMs) continue;
    // What is forecast beyond the limit says nothing of the releases.
    if (point.used >= capacity) break;
    const lateMs = Math.max(0, atMs - holdMs);
    const freed = used + perMs * atMs - point.used - (lateMs * closeRate) / SECOND_MS;
    // After one hold all of them are free.
    if (lateMs > 0 && Math.abs(freed - held) > SCHEDULE_ERROR * held) return null;
    if (lateMs > 0) break;
    points.push({ atMs, freed: clamp(freed, before.freed, held) });
  }
  points.push({ atMs: Math.max(holdMs, (points.at(-1)?.atMs ?? 0) + 1), freed: held });
  return (afterMs) => interpolate(points, afterMs);
}

function interpolate(points: readonly { atMs: number; freed: number }[], atMs: number): number {
  const next = points.findIndex((point) => point.atMs > atMs);
  const [a, b] = [points[next - 1] ?? points.at(-1), points[next]];
  if (a === undefined || b === undefined || next <= 0) return next === 0 ? 0 : (points.at(-1)?.freed ?? 0);
  return a.freed + ((b.freed - a.freed) * (atMs - a.atMs)) / (b.atMs - a.atMs);
}
