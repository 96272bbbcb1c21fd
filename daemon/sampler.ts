/**
 * Source -> host -> snapshot: reads the limits and counters of the host, and the socket table when a dump is due. What
 * cannot be read is reported to `health`, and is tried again in the next cycle.
 */
import type {
  Clock,
  FailureReader,
  HealthSink,
  HostReader,
  HostReading,
  TableReader,
  SourceName,
  TableReading,
} from './contracts.js';
import type { DumpBudget } from './dump-contracts.js';
import { messageOf } from './errors.js';
import { isNotable, mustWatchBinds } from './forecast/thresholds.js';
import type { PoolForecast } from './forecast/types.js';
import { haveCountersChanged } from './host/counter-changes.js';
import type { HostCounters } from './host/counters.js';
import type { FailedConnect } from './pool/failed-connect.js';
import { believeTimers } from './snapshot/believe-timers.js';
import { describeSnapshotProblem } from './snapshot/snapshot-problem.js';

/** Failed connects wait in memory for the next dump. Without this limit they would fill it while dumps fail. */
const MAX_FAILED_CONNECTS = 20_000;

export interface SamplerParts {
  readonly clock: Clock;
  readonly host: HostReader;
  readonly table: TableReader;
  readonly failures: FailureReader;
  readonly health: HealthSink;
  readonly budget: DumpBudget;
}

/** A full dump, and what was read before it. */
export interface Sample {
  readonly reading: HostReading;
  readonly table: TableReading;
  /** Connects that failed since the dump before; null while they are not counted. */
  readonly failures: readonly FailedConnect[] | null;
}

interface Readings {
  /** Null when the limits or the counters cannot be read. */
  readonly reading: HostReading | null;
  /** Null when no dump was due, or when it failed. */
  readonly sample: Sample | null;
}

export interface Sampler {
  /**
   * @param pools of the latest dump: they decide what is watched, and how soon the next dump is due.
   * @param mustDump whether the table is read whatever counters and budget say.
   */
  read(pools: readonly PoolForecast[], mustDump: boolean): Promise<Readings>;
  /** Since when there has been no good sample; null while samples are good. */
  blindSinceMs(): number | null;
}

/** What one reading hands to the next. */
interface SamplerMemory {
  /** The counters at the latest dump. */
  countersAtDump: HostCounters | null;
  /** Connects that failed since the latest dump; null while they are not counted. */
  failedConnects: readonly FailedConnect[] | null;
  blindSinceMs: number | null;
  /** The source that read the table first; null before. */
  firstSource: SourceName | null;
}

export function createSampler(parts: SamplerParts): Sampler {
  const memory: SamplerMemory = { countersAtDump: null, failedConnects: null, blindSinceMs: null, firstSource: null };
  return {
    async read(pools, mustDump) {
      const reading = await readHost(parts, memory);
      collectFailedConnects(parts, memory, pools);
      if (reading === null || !(mustDump || isDumpDue(parts, memory, { reading, pools }))) {
        return { reading, sample: null };
      }
      const table = await readTable(parts, memory);
      if (table === null) return { reading, sample: null };
      const failures = memory.failedConnects;
      memory.countersAtDump = reading.counters;
      memory.failedConnects = failures === null ? null : [];
      memory.blindSinceMs = null;
      return { reading, sample: { reading: believeTimers(reading, table.snapshot), table, failures } };
    },
    blindSinceMs: () => memory.blindSinceMs,
  };
}

/** The limits and the counters. Null when they cannot be read. */
async function readHost({ host, clock, health }: SamplerParts, memory: SamplerMemory): Promise<HostReading | null> {
  try {
    const reading = await host.readHost();
    health.report('limits', reading.problems?.join('; ') || null);
    return reading;
  } catch (error) {
    memory.blindSinceMs ??= clock.wallMs();
    health.report('limits', `the limits of the host cannot be read: ${messageOf(error)}`);
    return null;
  }
}

function collectFailedConnects(parts: SamplerParts, memory: SamplerMemory, pools: readonly PoolForecast[]): void {
  const { offBecause, failures } = parts.failures.readFailures(mustWatchBinds(pools));
  memory.failedConnects =
    offBecause === null ? [...(memory.failedConnects ?? []), ...failures].slice(-MAX_FAILED_CONNECTS) : null;
}

function isDumpDue(
  { budget, clock }: SamplerParts,
  { blindSinceMs, failedConnects, countersAtDump }: SamplerMemory,
  { reading, pools }: { reading: HostReading; pools: readonly PoolForecast[] },
): boolean {
  const isBlind = blindSinceMs !== null;
  // A failed connect changes no counter of the kernel (kernel rule 19).
  const hasFailedConnects = (failedConnects ?? []).length > 0;
  return budget.due({
    nowMs: clock.monotonicMs(),
    changed: isBlind || hasFailedConnects || haveCountersChanged(countersAtDump, reading.counters),
    busy: pools.some(isNotable),
  });
}

/** A full dump. Null when it fails. */
async function readTable({ table, clock, health }: SamplerParts, memory: SamplerMemory): Promise<TableReading | null> {
  try {
    const reading = await table.readTable();
    health.report('source', describeSnapshotProblem(reading.snapshot));
    memory.firstSource ??= reading.source.name;
    health.report('fallback', describeFallback(reading, memory.firstSource));
    return reading;
  } catch (error) {
    memory.blindSinceMs ??= clock.wallMs();
    health.report('source', `the socket table cannot be read: ${messageOf(error)}`);
    return null;
  }
}

/** Says that a source which had worked is not used any more. One that never worked here is no trouble: the status names it. */
function describeFallback({ source: { name, why } }: TableReading, firstSource: SourceName): string | null {
  return name === firstSource ? null : `${name} reads the socket table in place of ${firstSource}: ${why}`;
}
