/**
 * One sampling cycle, from top to bottom: source -> host -> snapshot -> pool -> forecast -> score -> outage -> change -> alert ->
 * incident -> notify.
 * It runs at each beat of the schedule, and between two beats when a glance at the counters shows that ports go fast.
 */
import type { Alert, AlertChange, AlertSettings } from './alert/alert.js';
import { createOwnerMemory, type OwnerMemory } from './alert/owner-memory.js';
import { listFiringWarnings } from './alert/promises.js';
import { stepAlerts, type TroubleReport } from './alert/step.js';
import { listWatchedPools } from './alert/watched-pools.js';
import type { ChangeTracker } from './change/tracker.js';
import { mayTellSoon } from './incident/may-tell.js';
import type { IncidentStepResult, IncidentTracker } from './incident/tracker.js';
import type { CycleView, HostReading, OwnerFinder, PastStore, SampleStore } from './contracts.js';
import type { Announcer } from './notify-contracts.js';
import type { Lookout } from './dump-contracts.js';
import { messageOf } from './errors.js';
import type { Forecaster, ForecastOutcome } from './forecast/forecaster.js';
import type { PoolForecast } from './forecast/types.js';
import { listLimitSettings } from './host/limit-settings.js';
import { countUnusedCapacity, explainNoUsablePort } from './pool/capacity.js';
import type { OutageTracker } from './outage/tracker.js';
import type { UnlistedPools } from './pool/pool-choice.js';
import { createEvidenceCollector, type EvidenceCollector } from './score/evidence.js';
import { createForecastKeeper, type ForecastKeeper } from './score/kept-forecasts.js';
import { createScorer, type Scorer, type Unsettled } from './score/scorer.js';
import { createSampler, type Sample, type Sampler, type SamplerParts } from './sampler.js';
import { listPortSamples, type PortSamples } from './snapshot/port-series.js';

interface CycleParts extends SamplerParts {
  readonly lookout: Pick<Lookout, 'mustLook'>;
  readonly owners: OwnerFinder;
  readonly samples: SampleStore;
  readonly past: PastStore['poolPast'];
  readonly announcer: Announcer;
  readonly forecaster: Forecaster;
  readonly outages: OutageTracker;
  readonly changes: ChangeTracker;
  readonly incidents: IncidentTracker;
  /** Called in each cycle in which there may soon be something to tell, see `Channel.warm`. */
  readonly warm: () => void;
  readonly settings: AlertSettings;
  /** What is wrong with portcast's own parts. */
  readonly troubles: () => TroubleReport;
  /** Alerts that were pending or firing when the daemon last stopped. */
  readonly activeAlerts: readonly Alert[];
  /** Forecasts and warnings that were not yet scored when the daemon last stopped. */
  readonly unsettled: Unsettled | null;
  /** Time between two beats. The next cycle begins after this time at the latest. */
  readonly beatMs: number;
  /** How old the newest sample may be; see sampling/freshness.ts. */
  readonly maxSampleAgeMs: number;
  readonly publish: (view: CycleView) => void;
}

/** What one cycle hands to the next. */
interface CycleMemory {
  latestTable: CycleView['table'];
  pools: PoolForecast[];
  unlisted: UnlistedPools | null;
  portSeries: PortSamples;
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
  readonly sampler: Sampler;
}

interface CycleEntries {
  /** One cycle at a beat of the schedule. A cycle that is under way ends first. */
  beat(): Promise<void>;
  /** One glance at the counters. Returns the cycle that it leads to; null when none is needed or one is under way. */
  glance(): Promise<void> | null;
  /** Steps the alerts without a reading, while a cycle is under way and does not end. */
  stepWithoutReading(): void;
}

/**
 * A cycle does not reject when the host cannot be read: the problem goes to `health`, and the rule `blind` raises an alert
 * when it lasts.
 */
export function createCycle(parts: CycleParts): CycleEntries {
  const cycle: Cycle = { parts, memory: createMemory(parts), sampler: createSampler(parts) };
  let running: Promise<void> | null = null;
  const enter = (trigger: 'beat' | 'glance'): Promise<void> =>
    (running = runCycle(cycle, trigger).finally(() => {
      running = null;
    }));
  return {
    async beat() {
      while (running !== null) await running.catch(() => undefined);
      await enter('beat');
    },
    glance: () => (running === null && parts.lookout.mustLook() ? enter('glance') : null),
    stepWithoutReading() {
      updateAlerts(cycle, null, false);
      publishView(cycle, null);
    },
  };
}

/** The line. At a beat the socket table is read when a dump is due; a glance gets here only when it must be read. */
async function runCycle(cycle: Cycle, trigger: 'beat' | 'glance'): Promise<void> {
  const { memory, sampler } = cycle;
  const { reading, sample } = await sampler.read(memory.pools, trigger === 'glance');
  memory.blindSinceMs = sampler.blindSinceMs();
  if (sample !== null) processSample(cycle, sample);
  updateAlerts(cycle, reading, sample !== null);
  if (sample !== null) searchOwners(cycle);
  publishView(cycle, reading);
}

function createMemory({ activeAlerts, unsettled }: CycleParts): CycleMemory {
  return {
    latestTable: null,
    pools: [],
    unlisted: null,
    portSeries: { listed: [], unlisted: null },
    activeAlerts,
    blindSinceMs: null,
    evidenceCollector: createEvidenceCollector(),
    forecastKeeper: createForecastKeeper(),
    scorer: createScorer(unsettled),
    owners: createOwnerMemory(),
  };
}

/** Snapshot -> pool -> forecast -> score -> outage -> change, and the results go to the store. */
function processSample(cycle: Cycle, sample: Sample): void {
  const { parts, memory } = cycle;
  const { failures } = sample;
  const { snapshot, costMs } = sample.table;
  const { limits, granularity, counters, settings = listLimitSettings(limits) } = sample.reading;
  const cpuBeforeMs = parts.clock.cpuMs();
  const { pools, unlisted, bursts, timed } = forecastPools(cycle, sample);
  const at = { atMs: Math.round(snapshot.takenAtMs), monotonicMs: snapshot.monotonicMs };
  const forecasts = memory.forecastKeeper.keep(pools, at.monotonicMs);
  const evidence = memory.evidenceCollector.collect(
    { snapshot, limits, granularity, failures },
    { pools, timed, unlisted },
  );
  // The alerts as they were before this sample: an alert that this sample raises comes too late to warn of it.
  const alarmed = listFiringWarnings(memory.activeAlerts, parts.settings);
  const seen = { ...at, pools, evidence, alarmed, maxSampleAgeMs: parts.maxSampleAgeMs };
  const scores = memory.scorer.observe({ ...seen, kept: forecasts });
  const outages = parts.outages.observe({ ...seen, failures, releaseStepMs: granularity.timeWaitMs });
  const holdMs = limits.timeWaitMs + granularity.timeWaitMs;
  const changes = parts.changes.observe({ ...seen, failures, settings, holdMs });
  const { listed: ports, unlisted: otherPorts } = memory.portSeries;
  const rows = { pools, unlisted, bursts, forecasts, scores, outages, changes, counters };
  parts.samples.append({ ...at, ports, otherPorts, ...rows });
  parts.budget.spent(costMs + parts.clock.cpuMs() - cpuBeforeMs);
}

/** Snapshot -> pool -> forecast. What the cycle remembers of the latest dump is replaced here. */
function forecastPools({ parts, memory }: Cycle, { reading, table, failures }: Sample): ForecastOutcome {
  const { limits, granularity, counters } = reading;
  const { snapshot, source } = table;
  const { past } = parts;
  const intervalMs = Math.max(parts.beatMs, parts.budget.view().intervalMs);
  const watched = listWatchedPools(memory.activeAlerts, parts.outages.listKnown());
  const host = { limits, granularity, counters };
  const forecast = parts.forecaster.update({ snapshot, ...host, intervalMs, past, failures, watched });
  memory.latestTable = {
    snapshotAtMs: snapshot.takenAtMs,
    rows: snapshot.rows,
    source,
    unusedCapacity: countUnusedCapacity(snapshot, limits),
    noPortWhy: explainNoUsablePort(snapshot, limits),
    hasBoundInactive: snapshot.hasBoundInactive,
    timers: {
      timed: forecast.timed,
      monotonicMs: snapshot.monotonicMs,
      hasTimers: snapshot.hasTimers,
      limits,
      granularity,
    },
    listeningPorts: snapshot.listeningPorts,
  };
  memory.pools = forecast.pools;
  memory.unlisted = forecast.unlisted;
  memory.portSeries = listPortSamples(snapshot, new Set(memory.portSeries.listed.map(({ id }) => id)));
  return forecast;
}

/** Alert -> incident -> notify. Between two dumps the alerts are stepped too, because their waiting times go on. */
function updateAlerts({ parts, memory }: Cycle, reading: HostReading | null, hasNewSample: boolean): void {
  const nowMs = parts.clock.wallMs();
  const { active, changes: plainChanges } = stepAlerts({
    active: memory.activeAlerts,
    pools: memory.pools,
    hasNewSample,
    blindSinceMs: memory.blindSinceMs,
    noPortWhy: memory.latestTable?.noPortWhy ?? null,
    troubles: parts.troubles(),
    settings: parts.settings,
    nowMs,
    outages: parts.outages.listKnown(),
    maxSampleAgeMs: parts.maxSampleAgeMs,
  });
  const changes = plainChanges.map(memory.owners.addToChange);
  const step = parts.incidents.step({
    active: active.map(memory.owners.addTo),
    changes,
    usablePorts: reading === null ? null : countUnusedCapacity(null, reading.limits),
    nowMs,
  });
  if (mayTellSoon({ pools: memory.pools, alerts: active, incidents: step.known })) parts.warm();
  try {
    if (isNews(step, changes)) parts.announcer.announce({ ...step, changes }, reading);
    parts.incidents.accept(step);
  } catch (error) {
    // Storing failed, so keep the old states: the next cycle computes the same changes and tries again.
    parts.health.report('store', `alerts cannot be stored: ${messageOf(error)}`);
    return;
  }
  memory.activeAlerts = active;
}

function isNews({ incidents, decisions, messages }: IncidentStepResult, changes: readonly AlertChange[]): boolean {
  return changes.length + incidents.length + decisions.length + messages.length > 0;
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
  const { latestTable: table, pools, unlisted, portSeries, blindSinceMs, owners } = memory;
  const alerts = memory.activeAlerts.map(owners.addTo);
  const { listed: ports, unlisted: otherPorts } = portSeries;
  parts.publish({ atMs, reading, table, pools, unlisted, ports, otherPorts, alerts, blindSinceMs });
}
