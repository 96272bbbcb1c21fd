/**
 * A host that does not exist: one client closes connections to one server of the documentation network (RFC 5737) until its
 * ports run out. Its socket table is what the kernel would show, so the forecast and all that follows from it are real.
 */
import type { Clock, SourceChoice } from '../contracts.js';
import type { HostCounters } from '../host/counters.js';
import { TIME_WAIT_MS } from '../host/kernel-constants.js';
import type { HostLimits } from '../host/limits.js';
import { V4_MAPPED_WORD } from '../host/ipv4-mapped.js';
import type { Granularity } from '../host/release-granularity.js';
import { createListenerMemory } from '../snapshot/listener-memory.js';
import { createSnapshotBuilder } from '../snapshot/snapshot-builder.js';
import { STATE, TIMER_TIME_WAIT } from '../snapshot/snapshot.js';
import { SECOND_MS } from '../units.js';
import type { DrillHost } from './drill-host.js';

/** 192.0.2.1 and 192.0.2.2, as the words of the socket table. */
const LOCAL = [0, 0, V4_MAPPED_WORD, 0xc0000201] as const;
const REMOTE = [0, 0, V4_MAPPED_WORD, 0xc0000202] as const;
export const DRILL_PORT = 7000;
/** Few ports, so that a drill is short. */
export const DRILL_RANGE = { first: 32_768, last: 33_367 } as const;
export const DRILL_CLOSES_PER_SECOND = 20;
const PORTS = DRILL_RANGE.last - DRILL_RANGE.first + 1;
const GRANULARITY: Granularity = { hz: 250, timeWaitMs: 2048, phaseMs: 0, learned: true };
const CHOICE: SourceChoice = { name: 'recording', why: 'a synthetic host, for a drill' };
const LIMITS: HostLimits = {
  range: DRILL_RANGE,
  reservedPorts: [],
  twReuse: 0,
  twReuseDelayMs: SECOND_MS,
  timestamps: true,
  maxTwBuckets: 131_072,
  finTimeoutMs: TIME_WAIT_MS,
  timeWaitMs: TIME_WAIT_MS,
  timeWaitAssumed: false,
  synRetries: 6,
  synLinearTimeouts: 4,
  orphanRetries: 0,
};

/** Connections in TIME_WAIT: the port, when it was closed, and when the kernel releases it, on the monotonic clock. */
interface Closed {
  readonly port: number;
  readonly closedMs: number;
  readonly freeMs: number;
}

interface Client {
  /** Lets the client connect and close until now. */
  run(): void;
  stop(): void;
  /** What is in TIME_WAIT after the last run. */
  closed(): readonly Closed[];
  /** Connections since the start. */
  opened(): number;
  firstFailureMs(): number | null;
}

/** The client begins at once. It takes the ports one after the other, and closes each connection as soon as it is open. */
function createClient(clock: Clock): Client {
  const beganMs = clock.monotonicMs();
  let closed: Closed[] = [];
  let attempts = 0;
  let opened = 0;
  let stoppedMs = Infinity;
  let failedMs: number | null = null;

  const connect = (atMs: number): void => {
    closed = closed.filter(({ freeMs }) => freeMs > atMs);
    if (closed.length >= PORTS) {
      failedMs ??= clock.wallMs() - (clock.monotonicMs() - atMs);
      return;
    }
    const step = GRANULARITY.timeWaitMs;
    const freeMs = Math.ceil((atMs + TIME_WAIT_MS) / step) * step;
    closed.push({ port: DRILL_RANGE.first + (opened % PORTS), closedMs: atMs, freeMs });
    opened += 1;
  };
  const run = (): void => {
    const nowMs = clock.monotonicMs();
    for (;;) {
      const atMs = beganMs + (attempts * SECOND_MS) / DRILL_CLOSES_PER_SECOND;
      if (atMs > Math.min(nowMs, stoppedMs)) break;
      attempts += 1;
      connect(atMs);
    }
    closed = closed.filter(({ freeMs }) => freeMs > nowMs);
  };
  return {
    run,
    stop() {
      run();
      stoppedMs = clock.monotonicMs();
    },
    closed: () => closed,
    opened: () => opened,
    firstFailureMs: () => failedMs,
  };
}

export function createSyntheticHost(clock: Clock): DrillHost {
  const builder = createSnapshotBuilder(createListenerMemory(TIME_WAIT_MS + GRANULARITY.timeWaitMs));
  const client = createClient(clock);
  return {
    readHost() {
      client.run();
      const counters = countSockets(clock, { timeWait: client.closed().length, opened: client.opened() });
      return Promise.resolve({ limits: LIMITS, counters, granularity: GRANULARITY });
    },
    readTable() {
      client.run();
      const monotonicMs = clock.monotonicMs();
      builder.begin();
      for (const { port, closedMs } of client.closed()) {
        const leftMs = Math.max(0, Math.round(closedMs + TIME_WAIT_MS - monotonicMs));
        builder.add(...LOCAL, port, ...REMOTE, DRILL_PORT, STATE.TIME_WAIT, TIMER_TIME_WAIT, leftMs, 0);
      }
      const takenAtMs = clock.wallMs();
      const known = { interrupted: false, hasTimers: true, hasBoundInactive: true };
      const snapshot = builder.finish({ namespace: 'host', takenAtMs, monotonicMs, ...known });
      return Promise.resolve({ snapshot, source: CHOICE, costMs: 1 });
    },
    findOwners(queries) {
      const report = { processes: [], why: 'nobody owns a synthetic connection' };
      return Promise.resolve({ reports: queries.map(() => report), costMs: 0 });
    },
    stopBurning: () => client.stop(),
    firstFailureMs: () => client.firstFailureMs(),
    close: () => Promise.resolve(),
  };
}

function countSockets(clock: Clock, { timeWait, opened }: { timeWait: number; opened: number }): HostCounters {
  return {
    takenAtMs: clock.wallMs(),
    monotonicMs: clock.monotonicMs(),
    inUse: 0,
    orphan: 0,
    timeWait,
    alloc: 0,
    tw: opened,
    twRecycled: 0,
    twKilled: 0,
    twOverflow: 0,
    activeOpens: opened,
    passiveOpens: 0,
    currEstab: 0,
  };
}
