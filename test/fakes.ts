/** The fakes of the contracts, one each, for tests that do not use the real part. */
import type { AlertChange } from '../daemon/alert/alert.js';
import type {
  Clock,
  CycleRecord,
  FailureReader,
  HealthPart,
  HealthSink,
  HostReader,
  HostReading,
  OwnerFinder,
  OwnerQuery,
  SampleStore,
  TableReader,
} from '../daemon/contracts.js';
import type { Announcer } from '../daemon/notify-contracts.js';
import type { BudgetView, DumpBudget } from '../daemon/dump-contracts.js';
import type { Log } from '../daemon/log.js';
import type { FailedConnect } from '../daemon/pool/failed-connect.js';
import type { HostCounters } from '../daemon/host/counters.js';
import type { HostLimits } from '../daemon/host/limits.js';
import { createSnapshotBuilder } from '../daemon/snapshot/snapshot-builder.js';
import { createListenerMemory } from '../daemon/snapshot/listener-memory.js';
import { STATE, TIMER_TIME_WAIT } from '../daemon/snapshot/snapshot.js';
import { V4_MAPPED_WORD } from '../daemon/host/ipv4-mapped.js';

/** How old a sample may be with the default schedule. */
export const MAX_SAMPLE_AGE_MS = 35_000;
/** 10.0.0.1 and 10.0.0.2, as the words of the socket table. */
const LOCAL_WORDS = [0, 0, V4_MAPPED_WORD, 0x0a000001] as const;
const REMOTE_WORDS = [0, 0, V4_MAPPED_WORD, 0x0a000002] as const;

export interface FakeClock extends Clock {
  /** Lets time pass on both clocks. */
  advance(ms: number): void;
  /** Moves the wall clock only, as an administrator or NTP would. */
  stepWall(ms: number): void;
  /** Uses CPU time. It takes no time on the other two clocks. */
  useCpu(ms: number): void;
}

/** The defaults of Linux, with a small range of ports. */
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
  synRetries: 6,
  synLinearTimeouts: 4,
  orphanRetries: 0,
};

export function fakeClock(wallStartMs = Date.UTC(2026, 0, 5, 12, 0, 0), monotonicStartMs = 1_000_000): FakeClock {
  let wall = wallStartMs;
  let monotonic = monotonicStartMs;
  let cpu = 0;
  return {
    wallMs: () => wall,
    monotonicMs: () => monotonic,
    cpuMs: () => cpu,
    advance(ms) {
      wall += ms;
      monotonic += ms;
    },
    stepWall(ms) {
      wall += ms;
    },
    useCpu(ms) {
      cpu += ms;
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

export function fakeSampleStore(): SampleStore & { readonly records: CycleRecord[] } {
  const records: CycleRecord[] = [];
  return { records, append: (record) => void records.push(record) };
}

interface FakeAnnouncer extends Announcer {
  readonly announced: AlertChange[];
  /** Thrown by every call while set. */
  error: Error | null;
}

export function fakeAnnouncer(): FakeAnnouncer {
  const fake: FakeAnnouncer = {
    announced: [],
    error: null,
    announce({ changes }) {
      if (fake.error !== null) throw fake.error;
      fake.announced.push(...changes);
    },
  };
  return fake;
}

/** A dump is always due, and the costs are not booked. */
export function fakeBudget(view: Pick<BudgetView, 'intervalMs' | 'slowed' | 'lastCostMs'>): DumpBudget {
  return {
    due: () => true,
    allowsLook: () => true,
    spent: () => undefined,
    view: () => ({ share: 0.01, allowed: 0.01, ...view }),
  };
}

export interface FakeLog extends Log {
  readonly lines: { level: string; args: unknown[] }[];
}

export function fakeLog(): FakeLog {
  const lines: FakeLog['lines'] = [];
  const at = (level: string) => {
    return (...args: unknown[]) => void lines.push({ level, args });
  };
  return { lines, debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error'), fatal: at('fatal') };
}

export interface FakeRow {
  readonly localPort: number;
  /** The remote IPv4 address as a number; 10.0.0.2 unless given. */
  readonly remote?: number;
  /** ESTABLISHED unless given. */
  readonly state?: number;
  /** Milliseconds left of TIME_WAIT. */
  readonly expiresMs?: number;
}

interface FakeFailures extends FailureReader {
  /** The failed connects of the next read; the reads after it have none. */
  next: readonly FailedConnect[];
  offBecause: string | null;
  /** The argument of every read. */
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
  /** The rows of the next dumps, all from 10.0.0.1 to 10.0.0.2:443. */
  rows: readonly FakeRow[];
  /** The counters of the next readings; a counter that is not given is 0. */
  counters: Partial<HostCounters>;
  /** Thrown by the next reads while set. */
  hostError: Error | null;
  tableError: Error | null;
  costMs: number;
  readonly ownerSearches: (readonly OwnerQuery[])[];
  dumps: number;
}

export function fakeHost(clock: Clock): FakeHost {
  const builder = createSnapshotBuilder(createListenerMemory(62_048));
  const host: FakeHost = {
    rows: [],
    counters: {},
    hostError: null,
    tableError: null,
    costMs: 1,
    ownerSearches: [],
    dumps: 0,
    readHost() {
      if (host.hostError !== null) return Promise.reject(host.hostError);
      return Promise.resolve<HostReading>({
        limits: LIMITS,
        granularity: { hz: 250, timeWaitMs: 2048, phaseMs: 0, learned: true },
        counters: { ...zeroCounters(clock), ...host.counters },
      });
    },
    readTable() {
      if (host.tableError !== null) return Promise.reject(host.tableError);
      host.dumps += 1;
      builder.begin();
      for (const { localPort, remote, state = STATE.ESTABLISHED, expiresMs = -1 } of host.rows) {
        const timer = state === STATE.TIME_WAIT ? TIMER_TIME_WAIT : 0;
        const to = remote === undefined ? REMOTE_WORDS : ([0, 0, V4_MAPPED_WORD, remote] as const);
        builder.add(...LOCAL_WORDS, localPort, ...to, 443, state, timer, expiresMs, 0);
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
    findOwners(queries) {
      host.ownerSearches.push(queries);
      const report = { processes: [{ pid: 42, name: 'curl', confidence: 1 }], why: null };
      return Promise.resolve({ reports: queries.map(() => report), costMs: 1 });
    },
  };
  return host;
}

export function zeroCounters(clock: Clock): HostCounters {
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
