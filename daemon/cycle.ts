/** One sampling cycle, top to bottom: source -> host -> snapshot -> pool -> forecast -> score -> alert -> notify, with the store beside it. */
import type { Alert, AlertChange, AlertSettings } from './alert/alert.js';
import { stepAlerts } from './alert/step.js';
import { listFiringWarnings } from './alert/promises.js';
import type {
  Announcer,
  Clock,
  CycleView,
  FailureReader,
  HealthSink,
  HostReader,
  HostReading,
  OwnerFinder,
  PastStore,
  SampleStore,
  TableReader,
  TableReading,
} from './contracts.js';
import type { PortSeriesSample } from './snapshot/port-series.js';
import { messageOf } from './errors.js';
import { createEvidenceCollector, type EvidenceCollector } from './score/evidence.js';
import { createForecastKeeper, type ForecastKeeper } from './score/kept-forecasts.js';
import { createScorer, type Scorer, type Unsettled } from './score/scorer.js';
import type { Forecaster } from './forecast/forecaster.js';
import type { PoolForecast } from './forecast/types.js';
import { countUnusedCapacity } from './pool/capacity.js';
import type { FailedConnect } from './pool/failed-connect.js';
import type { HostCounters } from './host/counters.js';
import type { DumpBudget } from './contracts.js';
import { listPortSamples } from './snapshot/port-series.js';
import { isNotable, NOTABLE_RATIO } from './forecast/thresholds.js';

export interface CycleParts {
  readonly clock: Clock;
  readonly host: HostReader;
  readonly table: TableReader;
  readonly owners: OwnerFinder;
  readonly failures: FailureReader;
  readonly samples: SampleStore;
  readonly past: PastStore['poolPast'];
  readonly announcer: Announcer;
  readonly health: HealthSink;
  readonly forecaster: Forecaster;
  readonly budget: DumpBudget;
  readonly settings: AlertSettings;
  /** Alerts that were pending or firing when the daemon last stopped. */
  readonly activeAlerts: readonly Alert[];
  /** Forecasts and warnings whose outcome was not known when the daemon last stopped. */
  readonly unsettled: Unsettled | null;
  /** Time between two beats; dumps never come closer. */
  readonly beatMs: () => number;
  /** How old the newest sample may be; see sampling/freshness.ts. */
  readonly maxSampleAgeMs: () => number;
  readonly publish: (view: CycleView) => void;
}

/** What one cycle leaves for the next. */
interface CycleMemory {
  counters: HostCounters | null;
  table: CycleView['table'];
  pools: PoolForecast[];
  /** Seen to fail since the last dump; null while nobody watches. */
  failures: readonly FailedConnect[] | null;
  ports: PortSeriesSample[];
  active: readonly Alert[];
  blindSinceMs: number | null;
  readonly witness: EvidenceCollector;
  readonly keeper: ForecastKeeper;
  readonly scorer: Scorer;
}

/** @returns the cycle. Trouble with the host is reported, not thrown: a blind daemon must live on to say so. */
export function createCycle(parts: CycleParts): () => Promise<void> {
  const memory: CycleMemory = {
    counters: null,
    table: null,
    pools: [],
    failures: null,
    ports: [],
    active: parts.activeAlerts,
    blindSinceMs: null,
    witness: createEvidenceCollector(),
    keeper: createForecastKeeper(),
    scorer: createScorer(parts.unsettled),
  };
  return async () => {
    const reading = await readHost(parts, memory);
    memory.failures = readFailures(parts, memory);
    const fresh = reading !== null && dumpIsDue(parts, memory, reading) && (await sample(parts, memory, reading));
    await alert(parts, memory, reading, fresh);
    const { table, pools, ports, blindSinceMs } = memory;
    parts.publish({ atMs: parts.clock.wallMs(), reading, table, pools, ports, alerts: memory.active, blindSinceMs });
  };
}

async function readHost(parts: CycleParts, memory: CycleMemory): Promise<HostReading | null> {
  try {
    const reading = await parts.host.readHost();
    parts.health.report('limits', null);
    return reading;
  } catch (error) {
    memory.blindSinceMs ??= parts.clock.wallMs();
    parts.health.report('limits', `the limits of the host cannot be read: ${messageOf(error)}`);
    return null;
  }
}

/** Failing binds are watched for only where a pool of theirs fills up: that has a price (see FailureReader). */
function readFailures(parts: CycleParts, memory: CycleMemory): readonly FailedConnect[] | null {
  const watchBinds = memory.pools.some(
    ({ kind, used, capacity }) => kind === 'bind' && used >= NOTABLE_RATIO * capacity,
  );
  const { offBecause, failures } = parts.failures.readFailures(watchBinds);
  return offBecause === null ? [...(memory.failures ?? []), ...failures].slice(-MAX_FAILURES) : null;
}

/** Kept for the next dump: a blind daemon on a failing host must not grow. */
const MAX_FAILURES = 20_000;

function dumpIsDue(parts: CycleParts, memory: CycleMemory, reading: HostReading): boolean {
  return parts.budget.due({
    nowMs: parts.clock.monotonicMs(),
    // No counter moves when a connect fails (kernel rule 19).
    changed:
      memory.blindSinceMs !== null ||
      (memory.failures ?? []).length > 0 ||
      countersMoved(memory.counters, reading.counters),
    busy: memory.pools.some(isNotable),
  });
}

/** A full dump and everything that follows from it. @returns whether it succeeded. */
async function sample(parts: CycleParts, memory: CycleMemory, reading: HostReading): Promise<boolean> {
  let table: TableReading;
  try {
    table = await parts.table.readTable();
  } catch (error) {
    // A failed dump is booked as free: the next beat tries again.
    memory.blindSinceMs ??= parts.clock.wallMs();
    parts.health.report('source', `the socket table cannot be read: ${messageOf(error)}`);
    return false;
  }
  parts.health.report('source', sourceProblem(table));
  const startedAtMs = parts.clock.monotonicMs();
  const { snapshot, source } = table;
  const { limits, granularity, counters } = reading;
  const intervalMs = Math.max(parts.beatMs(), parts.budget.view().intervalMs);
  const { past } = parts;
  const { failures } = memory;
  const outcome = parts.forecaster.update({ snapshot, limits, granularity, counters, intervalMs, past, failures });
  if (failures !== null) memory.failures = [];
  memory.pools = outcome.pools;
  memory.ports = listPortSamples(snapshot);
  memory.table = {
    snapshotAtMs: snapshot.takenAtMs,
    rows: snapshot.rows,
    source,
    unusedCapacity: countUnusedCapacity(snapshot, limits),
  };
  memory.counters = counters;
  memory.blindSinceMs = null;
  const at = { atMs: Math.round(snapshot.takenAtMs), monotonicMs: snapshot.monotonicMs };
  const forecasts = memory.keeper.keep(outcome.pools, snapshot.monotonicMs);
  const scores = memory.scorer.observe({
    ...at,
    pools: outcome.pools,
    kept: forecasts,
    evidence: memory.witness.collect({ snapshot, limits, granularity, failures }, outcome),
    maxSampleAgeMs: parts.maxSampleAgeMs(),
    // The alerts as they were before this sample: an alert that this sample raises did not warn of what it shows.
    alarmed: listFiringWarnings(memory.active, parts.settings),
  });
  const { ports, pools } = memory;
  parts.samples.append({ ...at, ports, pools, bursts: outcome.bursts, forecasts, scores, counters });
  parts.budget.spent(table.costMs + parts.clock.monotonicMs() - startedAtMs);
  return true;
}

async function alert(parts: CycleParts, memory: CycleMemory, reading: HostReading | null, fresh: boolean) {
  const { active, changes } = stepAlerts({
    active: memory.active,
    pools: memory.pools,
    fresh,
    blindSinceMs: memory.blindSinceMs,
    settings: parts.settings,
    nowMs: parts.clock.wallMs(),
    nextLookMs: parts.beatMs(),
    maxSampleAgeMs: parts.maxSampleAgeMs(),
  });
  if (changes.length === 0) {
    memory.active = active;
    return;
  }
  const named = await Promise.all(changes.map((change) => withOwners(change, parts.owners)));
  try {
    parts.announcer.announce(named, reading);
  } catch (error) {
    // Not kept, so not promised: the states stay as they were, and the next beat comes to the same changes again.
    parts.health.report('store', `alerts cannot be stored: ${messageOf(error)}`);
    return;
  }
  const byId = new Map(named.map((change) => [change.alert.id, change.alert]));
  memory.active = active.map((entry) => byId.get(entry.id) ?? entry);
}

/** Owners are looked for only when a pool starts firing: the scan of /proc is too dear for every beat. */
async function withOwners(change: AlertChange, owners: OwnerFinder): Promise<AlertChange> {
  const pool = change.alert.latest ?? change.alert.raised;
  if (change.to !== 'firing' || pool === null) return change;
  return { ...change, alert: { ...change.alert, owners: await owners.findOwners(pool) } };
}

function sourceProblem({ snapshot }: TableReading): string | null {
  if (snapshot.malformed > 0) {
    return `${snapshot.malformed} of ${snapshot.rows + snapshot.malformed} rows of the socket table were malformed and left out`;
  }
  return snapshot.interrupted ? 'the socket table changed while it was read: counts may be a few rows off' : null;
}

/** Where a system gives no counters, every beat counts as a change. */
function countersMoved(before: HostCounters | null, now: HostCounters): boolean {
  if (before === null || (now.timeWait === null && now.activeOpens === null)) return true;
  const keys = ['inUse', 'orphan', 'timeWait', 'tw', 'twRecycled', 'twKilled', 'activeOpens', 'passiveOpens'] as const;
  return keys.some((key) => before[key] !== now[key]);
}
