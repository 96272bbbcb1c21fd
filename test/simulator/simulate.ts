import { STATE, STATE_COUNT, TIMER_TIME_WAIT, type Snapshot } from '../../daemon/snapshot/snapshot.js';
import type { HostCounters, HostLimits } from '../../daemon/pool/limits.js';
import { arrivalsOf } from './arrivals.js';
import { MONOTONIC_START, WALL_START, type World } from './world.js';
interface End {
  readonly local: string;
  readonly remote: string;
  readonly port: number;
}
export interface Simulation {
  runTo(ms: number): void;
  snapshot(): Snapshot;
  counters(): HostCounters;
  limits(): HostLimits;
  failedAt(to?: End, fromMs?: number): number | null;
}
interface Pool {
  to: End;
  free: Int32Array;
  freeCount: number;
  ports: Int32Array;
  entered: Float64Array;
  head: number;
  tail: number;
  kept: number[];
  failed: number[];
}
const END_MS = 4_000_000;
export function simulate(world: World, endMs = END_MS): Simulation {
  const g = world.granularity.timeWaitMs;
  const phase = world.granularity.phaseMs ?? 0;
  let limits = world.limits;
  const pending = [...world.changes];
  const pools = new Map<string, Pool>();
  const keyOf = (to: End): string => `${to.local} ${to.remote} ${to.port}`;
  const size = limits.range.last - limits.range.first + 1;
  const poolOf = (to: End): Pool => {
    let pool = pools.get(keyOf(to));
    if (pool === undefined) {
      const free = Int32Array.from({ length: size }, (_, i) => limits.range.last - i);
      pool = {
        to,
        free,
        freeCount: size,
        ports: new Int32Array(size),
        entered: new Float64Array(size),
        head: 0,
        tail: 0,
        kept: [],
        failed: [],
      };
      pools.set(keyOf(to), pool);
    }
    return pool;
  };
  const streams = world.streams.map((stream) => ({ stream, at: arrivalsOf(stream, endMs), next: 0, count: 0 }));
  let now = 0;
  let tw = 0;
  let recycled = 0;
  const release = (pool: Pool, atMs: number): void => {
    const boundary = Math.floor((MONOTONIC_START + atMs - phase) / g) * g + phase - MONOTONIC_START;
    while (pool.head < pool.tail && (pool.entered[pool.head % size] ?? 0) + 60_000 < boundary) give(pool);
  };
  const give = (pool: Pool): void => {
    pool.free[pool.freeCount++] = pool.ports[pool.head % size] ?? 0;
    pool.head += 1;
  };
  const open = (pool: Pool, kept: boolean, atMs: number): void => {
    release(pool, atMs);
    const { last } = limits.range;
    let port = -1;
    while (pool.freeCount > 0) {
      port = pool.free[--pool.freeCount] ?? -1;
      if (port <= last) break;
      port = -1;
    }
    if (port === -1 && limits.twReuse === 2 && pool.to.local.startsWith('127.') && pool.head < pool.tail) {
      if (atMs - (pool.entered[pool.head % size] ?? 0) >= limits.twReuseDelayMs) {
        port = pool.ports[pool.head % size] ?? 0;
        pool.head += 1;
        recycled += 1;
      }
    }
    if (port === -1) {
      pool.failed.push(atMs);
      return;
    }
    if (kept) {
      pool.kept.push(port);
      return;
    }
    pool.ports[pool.tail % size] = port;
    pool.entered[pool.tail % size] = atMs;
    pool.tail += 1;
    tw += 1;
  };
  return {
    runTo(ms) {
      for (;;) {
        let best = Infinity;
        let which = -1;
        for (let i = 0; i < streams.length; i += 1) {
          const each = streams[i];
          const at = each?.at[each.next] ?? Infinity;
          if (at < best) {
            best = at;
            which = i;
          }
        }
        const each = streams[which];
        if (best > ms || each === undefined) break;
        while (pending[0] !== undefined && pending[0].atMs <= best) limits = pending.shift()?.limits ?? limits;
        const to = each.stream.to[each.count++ % each.stream.to.length];
        each.next += 1;
        if (to !== undefined) open(poolOf(to), each.stream.fate === 'kept', best);
      }
      while (pending[0] !== undefined && pending[0].atMs <= ms) limits = pending.shift()?.limits ?? limits;
      now = ms;
      for (const pool of pools.values()) release(pool, ms);
    },
    limits: () => limits,
    failedAt: (to, fromMs) => {
      if (to !== undefined) return pools.get(keyOf(to))?.failed.find((at) => at >= (fromMs ?? 0)) ?? null;
      let first: number | null = null;
      for (const {
        failed: [failed],
      } of pools.values())
        if (failed !== undefined && (first === null || failed < first)) first = failed;
      return first;
    },
    counters: () => ({
      takenAtMs: WALL_START + now,
      monotonicMs: MONOTONIC_START + now,
      inUse: 0,
      orphan: 0,
      timeWait: 0,
      alloc: 0,
      tw,
      twRecycled: recycled,
      twKilled: 0,
      twOverflow: 0,
      activeOpens: tw,
      passiveOpens: 0,
      currEstab: 0,
    }),
    snapshot() {
      const list = [...pools.values()].filter((pool) => pool.tail > pool.head || pool.kept.length > 0);
      const rows = list.reduce((sum, pool) => sum + pool.tail - pool.head + pool.kept.length, 0);
      const rowStart = new Uint32Array(list.length + 1);
      const localPort = new Uint16Array(rows);
      const state = new Uint8Array(rows);
      const timer = new Uint8Array(rows);
      const expiresMs = new Int32Array(rows);
      let row = 0;
      list.forEach((pool, i) => {
        rowStart[i] = row;
        for (let k = pool.head; k < pool.tail; k += 1) {
          localPort[row] = pool.ports[k % size] ?? 0;
          state[row] = STATE.TIME_WAIT;
          timer[row] = TIMER_TIME_WAIT;
          expiresMs[row] = Math.max(0, Math.floor(((pool.entered[k % size] ?? 0) + 60_000 - now) / 4) * 4);
          row += 1;
        }
        for (const port of pool.kept) {
          localPort[row] = port;
          state[row] = STATE.ESTABLISHED;
          row += 1;
        }
      });
      rowStart[list.length] = row;
      return {
        namespace: 'host',
        takenAtMs: WALL_START + now,
        monotonicMs: MONOTONIC_START + now,
        rows,
        malformed: 0,
        interrupted: false,
        hasTimers: true,
        hasBoundInactive: true,
        listeningPorts: new Uint16Array(0),
        boundPorts: new Uint16Array(0),
        inbound: { localPort: new Uint16Array(0), counts: new Uint32Array(0 * STATE_COUNT) },
        outbound: {
          family: Uint8Array.from(list, () => 4),
          localAddress: list.map(({ to }) => to.local),
          remoteAddress: list.map(({ to }) => to.remote),
          remotePort: Uint16Array.from(list, ({ to }) => to.port),
          rowStart,
        },
        outboundRows: { localPort, state, timer, expiresMs },
      };
    },
  };
}
