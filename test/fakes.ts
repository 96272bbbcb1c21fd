/** The one fake of each contract, shared by all tests. */
import type {
  Clock,
  FailureReader,
  HealthPart,
  HealthSink,
  HostReader,
  HostReading,
  OwnerFinder,
  OwnerQuery,
  TableReader,
} from '../daemon/contracts.js';
import type { Log } from '../daemon/log.js';
import type { FailedConnect } from '../daemon/pool/failed-connect.js';
import type { HostCounters } from '../daemon/host/counters.js';
import type { HostLimits } from '../daemon/host/limits.js';
import { createSnapshotBuilder } from '../daemon/snapshot/snapshot-builder.js';
import { createListenerMemory } from '../daemon/snapshot/listener-memory.js';
import { STATE } from '../daemon/snapshot/snapshot.js';
import { parseAddress } from '../daemon/host/ip-address.js';

export interface FakeClock extends Clock {
  /** Lets time pass on both clocks. */
  advance(ms: number): void;
  /** Moves the wall clock only, as an administrator or NTP would. */
  stepWall(ms: number): void;
}

export function fakeClock(wallStartMs = Date.UTC(2026, 0, 5, 12, 0, 0), monotonicStartMs = 1_000_000): FakeClock {
  let wall = wallStartMs;
  let monotonic = monotonicStartMs;
  return {
    wallMs: () => wall,
    monotonicMs: () => monotonic,
    advance(ms) {
      wall += ms;
      monotonic += ms;
    },
    stepWall(ms) {
      wall += ms;
    },
  };
}

export interface FakeHealth extends HealthSink {
  readonly problems: Map<HealthPart, string>;
}

export function fakeHealth(): FakeHealth {
  const problems = new Map<HealthPart, string>();
  return {
    problems,
    report(part, problem) {
      if (problem === null) problems.delete(part);
      else problems.set(part, problem);
    },
  };
}

export interface FakeLog extends Log {
  readonly lines: { level: string; args: unknown[] }[];
}

export function fakeLog(): FakeLog {
  const lines: { level: string; args: unknown[] }[] = [];
  const at =
    (level: string) =>
    (...args: unknown[]) => {
      lines.push({ level, args });
    };
  return {
    lines,
    debug: at('debug'),
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
    fatal: at('fatal'),
  };
}

/** Linux as it comes, with a small range. */
export const LIMITS: HostLimits = {
  range: { first: 20_000, last: 20_999 },
  reservedPorts: [],
  twReuse: 0,
  twReuseDelayMs: 1000,
  timestamps: true,
  maxTwBuckets: 131_072,
  finTimeoutMs: 60_000,
  timeWaitMs: 60_000,
  timeWaitAssumed: false,
};

export interface FakeRow {
  readonly localPort: number;
  /** ESTABLISHED unless given. */
  readonly state?: number;
  /** Milliseconds left of TIME_WAIT. */
  readonly expiresMs?: number;
}

export interface FakeFailures extends FailureReader {
  /** What the next read answers, once. */
  next: readonly FailedConnect[];
  offBecause: string | null;
  readonly watchedBinds: boolean[];
}

export function fakeFailures(): FakeFailures {
  const fake: FakeFailures = {
    next: [],
    offBecause: null,
    watchedBinds: [],
    readFailures(watchBinds = false) {
      fake.watchedBinds.push(watchBinds);
      const failures = fake.offBecause === null ? fake.next : [];
      fake.next = [];
      return { offBecause: fake.offBecause, failures };
    },
  };
  return fake;
}

export interface FakeHost extends HostReader, TableReader, OwnerFinder {
  /** What the next reads answer: rows towards 10.0.0.2:443, or an error to throw. */
  rows: readonly FakeRow[];
  counters: Partial<HostCounters>;
  hostError: Error | null;
  tableError: Error | null;
  costMs: number;
  readonly ownerQueries: OwnerQuery[];
  dumps: number;
}

export function fakeHost(clock: Clock): FakeHost {
  const builder = createSnapshotBuilder(createListenerMemory(62_048));
  const local = addressWords('10.0.0.1');
  const remote = addressWords('10.0.0.2');
  const host: FakeHost = {
    rows: [],
    counters: {},
    hostError: null,
    tableError: null,
    costMs: 1,
    ownerQueries: [],
    dumps: 0,
    readHost() {
      if (host.hostError !== null) return Promise.reject(host.hostError);
      const reading: HostReading = {
        limits: LIMITS,
        granularity: { hz: 250, timeWaitMs: 2048, phaseMs: 0, learned: true },
        counters: { ...noCounters(clock), ...host.counters },
      };
      return Promise.resolve(reading);
    },
    readTable() {
      if (host.tableError !== null) return Promise.reject(host.tableError);
      host.dumps += 1;
      builder.begin();
      for (const { localPort, state = STATE.ESTABLISHED, expiresMs = -1 } of host.rows) {
        builder.add(...local, localPort, ...remote, 443, state, state === STATE.TIME_WAIT ? 3 : 0, expiresMs);
      }
      const snapshot = builder.finish({
        namespace: 'host',
        takenAtMs: clock.wallMs(),
        monotonicMs: clock.monotonicMs(),
        interrupted: false,
        hasTimers: true,
        hasBoundInactive: true,
      });
      return Promise.resolve({ snapshot, source: { name: 'netlink', why: 'fake' }, costMs: host.costMs });
    },
    findOwners(query) {
      host.ownerQueries.push(query);
      return Promise.resolve({ processes: [{ pid: 42, name: 'curl', confidence: 1 }], why: null });
    },
  };
  return host;
}

function addressWords(text: string): [number, number, number, number] {
  const words = parseAddress(text);
  if (words === null) throw new Error(`not an address: ${text}`);
  return words;
}

function noCounters(clock: Clock): HostCounters {
  return {
    takenAtMs: clock.wallMs(),
    monotonicMs: clock.monotonicMs(),
    inUse: 0,
    orphan: 0,
    timeWait: 0,
    alloc: 0,
    tw: 0,
    twRecycled: 0,
    twKilled: 0,
    twOverflow: 0,
    activeOpens: 0,
    passiveOpens: 0,
    currEstab: 0,
  };
}

/** How old a sample may be with the default schedule. */
export const MAX_SAMPLE_AGE_MS = 35_000;
