/**
 * A small deterministic model of a host's sockets, written from the kernel's rules and apart from the forecast: it opens,
 * closes and releases, and knows when the first connect() or bind() truly fails. Instants are ms after the start.
 */
import type { Granularity, HostCounters, HostLimits } from '../../daemon/pool/limits.js';
import { STATE, STATE_COUNT, TIMER_TIME_WAIT, type Snapshot } from '../../daemon/snapshot/snapshot.js';

export const MONOTONIC_START = 5_000_000;
export const WALL_START = Date.UTC(2026, 0, 5, 12, 0, 0);
export const LOCAL = '10.0.0.1';
const TICK_MS = 4;

export interface Destination {
  readonly local: string;
  readonly remote: string;
  readonly port: number;
}
export const SERVER: Destination = { local: LOCAL, remote: '10.0.0.2', port: 443 };

/** One stream of connections that are opened and at once closed, kept, or closed in some other way. */
export interface Stream {
  readonly to: readonly Destination[];
  /** Connections per second at an instant. */
  readonly rate: (ms: number) => number;
  /** What becomes of each: TIME_WAIT here, orphan FIN_WAIT2, kept open, TIME_WAIT at the server, nothing (reset). */
  readonly fate: 'time_wait' | 'fin_wait2' | 'kept' | 'server_closes' | 'reset';
  /** bind(address, 0) before connect(). */
  readonly binds?: boolean;
}

export interface World {
  readonly limits: HostLimits;
  readonly granularity: Granularity;
  readonly streams: readonly Stream[];
  /** Poisson arrivals instead of evenly paced ones. */
  readonly random?: () => number;
  readonly listeners?: readonly number[];
  /** Timestamps negotiated by the peers. */
  readonly timestamps?: boolean;
}

const RANGE_1000 = { first: 20_000, last: 20_999 };

export function limitsOf(changes: Partial<HostLimits> = {}): HostLimits {
  return {
    range: RANGE_1000,
    reservedPorts: [],
    twReuse: 0,
    twReuseDelayMs: 1000,
    timestamps: true,
    maxTwBuckets: 262_144,
    finTimeoutMs: 60_000,
    timeWaitMs: 60_000,
    timeWaitAssumed: false,
    ...changes,
  };
}

/** HZ=250; the first boundary after 60 s is at 61.42 s: the phase of the measured rows. */
export const LEARNED: Granularity = {
  hz: 250,
  timeWaitMs: 2048,
  phaseMs: (MONOTONIC_START + 61_420) % 2048,
  learned: true,
};

interface Row {
  readonly key: string;
  readonly to: Destination;
  readonly localPort: number;
  state: number;
  enteredAt: number;
  expiresAt: number;
  releasedAt: number;
}

export interface Simulation {
  /** Lets time pass, doing all that happens until then. */
  runTo(ms: number): void;
  snapshot(): Snapshot;
  counters(): HostCounters;
  /** When the first connect() or bind() failed, or null so far. */
  failedAt(): number | null;
  used(): number;
}

/** When the kernel's wheel lets go of a timer, in ms after the start. */
export function releaseInstant(expiresAt: number, stepMs: number, phaseMs: number): number {
  const absolute = MONOTONIC_START + expiresAt - phaseMs;
  return (Math.floor(absolute / stepMs) + 1) * stepMs + phaseMs - MONOTONIC_START;
}

export function simulate(world: World): Simulation {
  const { limits } = world;
  const step = world.granularity.timeWaitMs;
  const phase = world.granularity.phaseMs ?? 0;
  const blocked = new Set(world.listeners ?? []);
  for (const { first, last } of limits.reservedPorts) for (let port = first; port <= last; port += 1) blocked.add(port);
  const usable: number[] = [];
  for (let port = limits.range.first; port <= limits.range.last; port += 1) if (!blocked.has(port)) usable.push(port);
  const parity = limits.range.first % 2;
  const connectHalves = [usable.filter((p) => p % 2 === parity), usable.filter((p) => p % 2 !== parity)];
  const bindOrder = [...usable.filter((p) => p % 2 !== parity), ...usable.filter((p) => p % 2 === parity)];

  const rows = new Map<string, Row>();
  const bound = new Map<number, number>();
  const next = world.streams.map(() => 0);
  const due = world.streams.map(() => 0);
  const counts = world.streams.map(() => 0);
  let now = 0;
  let failed: number | null = null;
  let twEntries = 0;
  let recycled = 0;
  let starts = 0;
  let overflow = 0;

  const timed = (row: Row): boolean => row.releasedAt < Infinity;
  const rowKey = (to: Destination, port: number): string => `${to.local} ${to.remote} ${to.port} ${port}`;
  const reuses = (to: Destination): boolean =>
    limits.timestamps &&
    (world.timestamps ?? true) &&
    (limits.twReuse === 1 || (limits.twReuse === 2 && to.local.startsWith('127.')));

  const remove = (row: Row): void => {
    rows.delete(row.key);
    bound.set(row.localPort, (bound.get(row.localPort) ?? 1) - 1);
  };
  const release = (): void => {
    for (const row of [...rows.values()]) if (row.releasedAt <= now) remove(row);
  };
  const take = (stream: Stream, to: Destination): number | null => {
    if (stream.binds === true) return bindOrder.find((port) => (bound.get(port) ?? 0) === 0) ?? null;
    // connect() starts somewhere in the first parity and comes to the other one last.
    starts += 1;
    for (const half of connectHalves) {
      for (let i = 0; i < half.length; i += 1) {
        const port = half[(i + starts * 7) % half.length] ?? 0;
        const row = rows.get(rowKey(to, port));
        if (row === undefined) return port;
        if (!reuses(to) || row.state !== STATE.TIME_WAIT || now - row.enteredAt < limits.twReuseDelayMs) continue;
        remove(row);
        recycled += 1;
        return port;
      }
    }
    return null;
  };
  const open = (stream: Stream, to: Destination): void => {
    release();
    if (stream.fate === 'server_closes') return;
    const localPort = take(stream, to);
    if (localPort === null) {
      failed ??= now;
      return;
    }
    if (stream.fate === 'reset') return;
    const isTimed = stream.fate !== 'kept';
    if (isTimed && limits.maxTwBuckets !== null && [...rows.values()].filter(timed).length >= limits.maxTwBuckets) {
      overflow += 1;
      return;
    }
    if (isTimed) twEntries += 1;
    const duration = stream.fate === 'fin_wait2' ? limits.finTimeoutMs : 60_000;
    const ticks = duration / TICK_MS;
    let granularity = 1;
    for (let level = 0; ticks >= 63 * 8 ** level; level += 1) granularity = 8 ** (level + 1);
    const grain = step === 2048 ? granularity * TICK_MS : step;
    const expiresAt = Math.floor(now / TICK_MS) * TICK_MS + duration;
    const state =
      stream.fate === 'kept' ? STATE.ESTABLISHED : stream.fate === 'fin_wait2' ? STATE.FIN_WAIT2 : STATE.TIME_WAIT;
    const key = rowKey(to, localPort);
    const releasedAt = isTimed ? releaseInstant(expiresAt, grain, phase) : Infinity;
    rows.set(key, { key, to, localPort, state, enteredAt: now, expiresAt, releasedAt });
    bound.set(localPort, (bound.get(localPort) ?? 0) + 1);
  };
  const schedule = (index: number, from: number): number => {
    const stream = world.streams[index];
    if (stream === undefined) return Infinity;
    const need = world.random === undefined ? 1 : -Math.log(1 - world.random());
    let left = need + (due[index] ?? 0);
    due[index] = 0;
    for (let at = from; at < from + 600_000; at += 1) {
      const rate = stream.rate(at) / 1000;
      if (rate <= 0) continue;
      if (left <= rate + 1e-12) {
        const fraction = Math.min(1, left / rate);
        return at + fraction;
      }
      left -= rate;
    }
    return Infinity;
  };
  world.streams.forEach((_, index) => (next[index] = schedule(index, 0)));

  return {
    runTo(ms) {
      for (;;) {
        const at = Math.min(...next);
        if (at > ms) break;
        now = at;
        const index = next.indexOf(at);
        const stream = world.streams[index];
        if (stream === undefined) break;
        const to = stream.to[(counts[index] ?? 0) % stream.to.length];
        if (to !== undefined) open(stream, to);
        counts[index] = (counts[index] ?? 0) + 1;
        next[index] = schedule(index, now);
      }
      now = ms;
      release();
    },
    snapshot: () => toSnapshot([...rows.values()], now, world.listeners ?? []),
    counters: () => ({
      takenAtMs: WALL_START + now,
      monotonicMs: MONOTONIC_START + now,
      inUse: rows.size,
      orphan: 0,
      timeWait: [...rows.values()].filter(timed).length,
      alloc: rows.size,
      tw: twEntries,
      twRecycled: recycled,
      twKilled: 0,
      twOverflow: overflow,
      activeOpens: counts.reduce((sum, count) => sum + count, 0),
      passiveOpens: 0,
      currEstab: [...rows.values()].filter((row) => !timed(row)).length,
    }),
    failedAt: () => failed,
    used: () => rows.size,
  };
}

interface TableRow {
  readonly to: Destination;
  readonly localPort: number;
  readonly state: number;
  readonly expiresAt: number;
  readonly releasedAt: number;
}

/** Rows as the snapshot of a source with timers. */
export function toSnapshot(rows: readonly TableRow[], now: number, listeners: readonly number[] = []): Snapshot {
  const groups = new Map<string, TableRow[]>();
  for (const row of rows) {
    const key = `${row.to.local} ${row.to.remote} ${row.to.port}`;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [row]);
    else group.push(row);
  }
  const sorted = [...groups.values()];
  const flat = sorted.flat();
  const rowStart = new Uint32Array(sorted.length + 1);
  sorted.forEach((group, index) => (rowStart[index + 1] = (rowStart[index] ?? 0) + group.length));
  const first = sorted.map((group) => group[0]?.to ?? SERVER);
  return {
    namespace: 'host',
    takenAtMs: WALL_START + now,
    monotonicMs: MONOTONIC_START + now,
    rows: flat.length,
    malformed: 0,
    interrupted: false,
    hasTimers: true,
    hasBoundInactive: true,
    listeningPorts: Uint16Array.from([...listeners].sort((a, b) => a - b)),
    boundPorts: new Uint16Array(0),
    inbound: { localPort: new Uint16Array(0), counts: new Uint32Array(0 * STATE_COUNT) },
    outbound: {
      family: Uint8Array.from(first, ({ local }) => (local.includes(':') ? 6 : 4)),
      localAddress: first.map(({ local }) => local),
      remoteAddress: first.map(({ remote }) => remote),
      remotePort: Uint16Array.from(first, ({ port }) => port),
      rowStart,
    },
    outboundRows: {
      localPort: Uint16Array.from(flat, (row) => row.localPort),
      state: Uint8Array.from(flat, (row) => row.state),
      timer: Uint8Array.from(flat, (row) => (row.releasedAt < Infinity ? TIMER_TIME_WAIT : 0)),
      expiresMs: Int32Array.from(flat, (row) =>
        row.releasedAt < Infinity ? Math.max(0, row.expiresAt - Math.floor(now / TICK_MS) * TICK_MS) : 0,
      ),
    },
  };
}

/** mulberry32: random numbers that replay from their seed. */
export function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}
