/**
 * One sampling cycle, from top to bottom: source -> host -> snapshot -> pool -> forecast -> score -> alert -> notify.
 * It runs at each beat of the schedule: it always reads the kernel counters, and the socket table when a dump is due.
 */
import type { Alert, AlertSettings } from './alert/alert.js';
import { createOwnerMemory, type OwnerMemory } from './alert/owner-memory.js';
import { listFiringWarnings } from './alert/promises.js';
import { stepAlerts } from './alert/step.js';
import type {
  Announcer,
  Clock,
  CycleView,
  DumpBudget,
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
import { messageOf } from './errors.js';
import type { Forecaster, ForecastOutcome } from './forecast/forecaster.js';
import { isNotable, mustWatchBinds } from './forecast/thresholds.js';
import type { PoolForecast } from './forecast/types.js';
import { haveCountersChanged } from './host/counter-changes.js';
import type { HostCounters } from './host/counters.js';
import { countUnusedCapacity, explainNoUsablePort } from './pool/capacity.js';
import type { FailedConnect } from './pool/failed-connect.js';
import { createEvidenceCollector, type EvidenceCollector } from './score/evidence.js';
import { createForecastKeeper, type ForecastKeeper } from './score/kept-forecasts.js';
import { createScorer, type Scorer, type Unsettled } from './score/scorer.js';
import { listPortSamples, type PortSeriesSample } from './snapshot/port-series.js';
import { describeSnapshotProblem } from './snapshot/snapshot-problem.js';

/** Failed connects wait in memory for the next dump. Without this limit they would fill it while dumps fail. */
const MAX_FAILED_CONNECTS = 20_000;

interface CycleParts {
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
  /** Forecasts and warnings that were not yet scored when the daemon last stopped. */
  readonly unsettled: Unsettled | null;
  /** Time between two beats; full dumps are never closer together. */
  readonly beatMs: number;
  /** How old the newest sample may be; see sampling/freshness.ts. */
  readonly maxSampleAgeMs: number;
  readonly publish: (view: CycleView) => void;
}

/** What one cycle hands to the next. */
interface CycleMemory {
  /** The counters at the latest dump. */
  countersAtDump: HostCounters | null;
  latestTable: CycleView['table'];
  pools: PoolForecast[];
  portSeries: PortSeriesSample[];
  /** Connects that failed since the latest dump; null while they are not counted. */
  failedConnects: readonly FailedConnect[] | null;
  activeAlerts: readonly Alert[];
  /** Since when there has been no good sample; null while samples are good. */
  blindSinceMs: number | null;
  readonly evidenceCollector: EvidenceCollector;
  readonly forecastKeeper: ForecastKeeper;
  readonly scorer: Scorer;
  readonly owners: OwnerMemory;
}

interface Cycle {
  readonly parts: CycleParts;
  readonly memory: CycleMemory;
}

/** A full dump and the limits and counters that were read before it. */
interface Sample {
  readonly reading: HostReading;
  readonly table: TableReading;
}

/**
 * @returns the function that runs one cycle. It does not reject when the host cannot be read: the problem goes to
 * `health`, and the rule `blind` raises an alert when it lasts.
 */
export function createCycle(parts: CycleParts): () => Promise<void> {
  const cycle: Cycle = { parts, memory: createMemory(parts) };
  return async () => {
    const reading = await readHost(cycle);
    collectFailedConnects(cycle);
    const table = reading !== null && isDumpDue(cycle, reading) ? await readTable(cycle) : null;
    if (reading !== null && table !== null) processSample(cycle, { reading, table });
    updateAlerts(cycle, reading, table !== null);
    if (table !== null) searchOwners(cycle);
    publishView(cycle, reading);
  };
}

function createMemory({ activeAlerts, unsettled }: CycleParts): CycleMemory {
  return {
    countersAtDump: null,
    latestTable: null,
    pools: [],
    portSeries: [],
    failedConnects: null,
    activeAlerts,
    blindSinceMs: null,
    evidenceCollector: createEvidenceCollector(),
    forecastKeeper: createForecastKeeper(),
    scorer: createScorer(unsettled),
    owners: createOwnerMemory(),
  };
}

/** Source -> host: the limits and the counters, at every beat. Null when they cannot be read. */
async function readHost({ parts, memory }: Cycle): Promise<HostReading | null> {
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

function collectFailedConnects({ parts, memory }: Cycle): void {
  const { offBecause, failures } = parts.failures.readFailures(mustWatchBinds(memory.pools));
  memory.failedConnects =
    offBecause === null ? [...(memory.failedConnects ?? []), ...failures].slice(-MAX_FAILED_CONNECTS) : null;
}

function isDumpDue({ parts, memory }: Cycle, { counters }: HostReading): boolean {
  const isBlind = memory.blindSinceMs !== null;
  // A failed connect changes no counter of the kernel (kernel rule 19).
  const hasFailedConnects = (memory.failedConnects ?? []).length > 0;
  return parts.budget.due({
    nowMs: parts.clock.monotonicMs(),
    changed: isBlind || hasFailedConnects || haveCountersChanged(memory.countersAtDump, counters),
    busy: memory.pools.some(isNotable),
  });
}

/** Source -> snapshot: a full dump. Null when it fails; it is then tried again at the next beat. */
async function readTable({ parts, memory }: Cycle): Promise<TableReading | null> {
  try {
    const table = await parts.table.readTable();
    parts.health.report('source', describeSnapshotProblem(table.snapshot));
    return table;
  } catch (error) {
    memory.blindSinceMs ??= parts.clock.wallMs();
    parts.health.report('source', `the socket table cannot be read: ${messageOf(error)}`);
    return null;
  }
}

/** Snapshot -> pool -> forecast -> score, and the results go to the store. */
function processSample(cycle: Cycle, sample: Sample): void {
  const { parts, memory } = cycle;
  const { snapshot, costMs } = sample.table;
  const { limits, granularity, counters } = sample.reading;
  const startedAtMs = parts.clock.monotonicMs();
  const failures = memory.failedConnects;
  const { pools, bursts, timed } = forecastPools(cycle, sample);
  const at = { atMs: Math.round(snapshot.takenAtMs), monotonicMs: snapshot.monotonicMs };
  const forecasts = memory.forecastKeeper.keep(pools, at.monotonicMs);
  const evidence = memory.evidenceCollector.collect({ snapshot, limits, granularity, failures }, { pools, timed });
  // The alerts as they were before this sample: an alert that this sample raises comes too late to warn of it.
  const alarmed = listFiringWarnings(memory.activeAlerts, parts.settings);
  const { maxSampleAgeMs } = parts;
  const scores = memory.scorer.observe({ ...at, pools, kept: forecasts, evidence, maxSampleAgeMs, alarmed });
  const { portSeries: ports } = memory;
  parts.samples.append({ ...at, ports, pools, bursts, forecasts, scores, counters });
  parts.budget.spent(costMs + parts.clock.monotonicMs() - startedAtMs);
}

/** Snapshot -> pool -> forecast. What the cycle remembers of the latest dump is replaced here. */
function forecastPools({ parts, memory }: Cycle, { reading, table }: Sample): ForecastOutcome {
  const { limits, granularity, counters } = reading;
  const { snapshot, source } = table;
  const { past } = parts;
  const intervalMs = Math.max(parts.beatMs, parts.budget.view().intervalMs);
  const failures = memory.failedConnects;
  const forecast = parts.forecaster.update({ snapshot, limits, granularity, counters, intervalMs, past, failures });
  if (failures !== null) memory.failedConnects = [];
  memory.countersAtDump = counters;
  memory.latestTable = {
    snapshotAtMs: snapshot.takenAtMs,
    rows: snapshot.rows,
    source,
    unusedCapacity: countUnusedCapacity(snapshot, limits),
    noPortWhy: explainNoUsablePort(snapshot, limits),
  };
  memory.pools = forecast.pools;
  memory.portSeries = listPortSamples(snapshot);
  memory.blindSinceMs = null;
  return forecast;
}

/** Alert -> notify. Between two dumps the alerts are stepped too, because their waiting times go on. */
function updateAlerts({ parts, memory }: Cycle, reading: HostReading | null, hasNewSample: boolean): void {
  const { active, changes } = stepAlerts({
    active: memory.activeAlerts,
    pools: memory.pools,
    hasNewSample,
    blindSinceMs: memory.blindSinceMs,
    noPortWhy: memory.latestTable?.noPortWhy ?? null,
    settings: parts.settings,
    nowMs: parts.clock.wallMs(),
    untilNextStepMs: parts.beatMs,
    maxSampleAgeMs: parts.maxSampleAgeMs,
  });
  try {
    if (changes.length > 0) parts.announcer.announce(changes.map(memory.owners.addToChange), reading);
  } catch (error) {
    // Storing failed, so keep the old states: the next cycle computes the same changes and tries again.
    parts.health.report('store', `alerts cannot be stored: ${messageOf(error)}`);
    return;
  }
  memory.activeAlerts = active;
}

/** Begins a search for the owners of all alerts where one is due. Nothing waits for it: later cycles show the result. */
function searchOwners({ parts, memory }: Cycle): void {
  const { clock, owners } = parts;
  const pools = memory.owners.beginSearch(memory.activeAlerts, memory.pools, clock.monotonicMs());
  if (pools.length === 0) return;
  void owners.findOwners(pools).then((search) => {
    memory.owners.endSearch(search, { wallMs: clock.wallMs(), monotonicMs: clock.monotonicMs() });
  });
}

function publishView({ parts, memory }: Cycle, reading: HostReading | null): void {
  const atMs = parts.clock.wallMs();
  const { latestTable: table, pools, portSeries: ports, blindSinceMs, owners } = memory;
  parts.publish({ atMs, reading, table, pools, ports, alerts: memory.activeAlerts.map(owners.addTo), blindSinceMs });
}
