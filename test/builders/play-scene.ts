/** Plays a scene: the real forecaster and the real alert rules watch the simulated host, as the cycle does. */
import { findRemedies } from '../../daemon/advice/remedies.js';
import type { Alert, AlertChange } from '../../daemon/alert/alert.js';
import { listFiringWarnings } from '../../daemon/alert/promises.js';
import { DEFAULT_ALERT_SETTINGS } from '../../daemon/alert/settings.js';
import { stepAlerts } from '../../daemon/alert/step.js';
import { createForecaster } from '../../daemon/forecast/forecaster.js';
import type { PoolForecast } from '../../daemon/forecast/types.js';
import { createOutageTracker } from '../../daemon/outage/tracker.js';
import { createEvidenceCollector } from '../../daemon/score/evidence.js';
import type { HostLimits } from '../../daemon/host/limits.js';
import type { MailContext } from '../../daemon/notify/message/wording.js';
import type { FailedConnect } from '../../daemon/pool/failed-connect.js';
import { STATE, type Snapshot } from '../../daemon/snapshot/snapshot.js';
import { SECOND_MS } from '../../daemon/units.js';
import { MAX_SAMPLE_AGE_MS } from '../fakes.js';
import { simulate, type Simulation } from '../tools/simulator/simulate.js';
import { WALL_START } from '../tools/simulator/world.js';
import type { AlertScene, FailingProcess } from './alert-scene.js';
import { reportOwners, type OwningProcess } from './proc-tree.js';

export interface PlayedScene {
  readonly change: AlertChange;
  readonly context: MailContext;
}

const BEAT_MS = 2 * SECOND_MS;
const FIRST_BEAT_SECONDS = 0.7;
/** One failed connect in so many is that of the last process. */
const FAILURES_OF_LAST = 20;

/** Plays a scene to the change of state that its mail is about. */
export function playScene(scene: AlertScene): PlayedScene {
  const simulation = simulate(scene.world);
  const watch = createWatch(scene, simulation);
  let active: readonly Alert[] = [];
  let pools: readonly PoolForecast[] = [];
  const firstMs = (scene.startSeconds ?? FIRST_BEAT_SECONDS) * SECOND_MS;
  for (let atMs = firstMs; atMs <= scene.withinSeconds * SECOND_MS; atMs += BEAT_MS) {
    simulation.runTo(atMs);
    const nowMs = WALL_START + atMs;
    const blindFromMs = (scene.blindFromSeconds ?? Infinity) * SECOND_MS;
    const isBlind = atMs >= blindFromMs;
    if (!isBlind) {
      pools = watch.look(active);
    }
    const step = stepAlerts({
      active,
      pools,
      hasNewSample: !isBlind,
      blindSinceMs: isBlind ? WALL_START + blindFromMs : null,
      outages: watch.outages.listKnown(),
      settings: scene.settings ?? DEFAULT_ALERT_SETTINGS,
      nowMs,
      maxSampleAgeMs: MAX_SAMPLE_AGE_MS,
    });
    const changes = step.changes.map((change) => withOwners(change, scene.owners ?? []));
    active = step.active.map((alert) => changes.find((change) => change.alert.id === alert.id)?.alert ?? alert);
    const change = changes.find(({ alert, to }) => alert.rule === scene.rule && to === scene.to);
    if (change !== undefined && atMs >= (scene.fromSeconds ?? 0) * SECOND_MS) {
      return { change, context: contextOf(scene, change, { limits: simulation.limits(), nowMs }) };
    }
  }
  throw new Error(`${scene.rule} was not ${scene.to} within ${scene.withinSeconds} s`);
}

/** Forecast, evidence and outages of each sample, as the cycle does it. */
function createWatch(scene: AlertScene, simulation: Simulation) {
  const forecaster = createForecaster();
  const collector = createEvidenceCollector();
  const outages = createOutageTracker();
  const takeFailures = createFailureReader(simulation, scene.failingProcesses ?? []);
  const { granularity } = scene.world;
  return {
    outages,
    look(active: readonly Alert[]): readonly PoolForecast[] {
      const snapshot = withCloseWait(simulation.snapshot(), scene.closeWaitBeyond ?? Infinity);
      const limits = simulation.limits();
      const failures = scene.failingProcesses === undefined ? null : takeFailures();
      const counters = simulation.counters();
      const outcome = forecaster.update({ snapshot, limits, granularity, counters, intervalMs: BEAT_MS, failures });
      const { pools } = outcome;
      outages.observe({
        atMs: snapshot.takenAtMs,
        monotonicMs: snapshot.monotonicMs,
        pools,
        evidence: collector.collect({ snapshot, limits, granularity, failures }, outcome),
        failures,
        alarmed: listFiringWarnings(active, scene.settings ?? DEFAULT_ALERT_SETTINGS),
        releaseStepMs: granularity.timeWaitMs,
        maxSampleAgeMs: MAX_SAMPLE_AGE_MS,
      });
      return pools;
    },
  };
}

/** As the cycle does: owners are searched for when an alert fires, and stay with the alert. */
function withOwners(change: AlertChange, processes: readonly OwningProcess[]): AlertChange {
  const { latest } = change.alert;
  if (change.to !== 'firing' || latest === null) return change;
  return { ...change, alert: { ...change.alert, owners: reportOwners(latest, processes) } };
}

function contextOf(
  scene: AlertScene,
  { alert }: AlertChange,
  { limits, nowMs }: { limits: HostLimits; nowMs: number },
): MailContext {
  return {
    hostName: 'web-1',
    dashboardUrl: 'http://127.0.0.1:9470/',
    limits,
    nowMs,
    remedies: alert.latest === null ? [] : findRemedies(alert.latest, limits),
    ...scene.context,
  };
}

/** The failed connects since the call before, as the tracepoint shows them. */
function createFailureReader(simulation: Simulation, processes: readonly FailingProcess[]): () => FailedConnect[] {
  let readCount = 0;
  return () => {
    const failures = simulation.failures();
    const unread = failures.slice(readCount).map(({ atMs, to, syscall }, index): FailedConnect => {
      const caller = processes.at((readCount + index) % FAILURES_OF_LAST === 0 ? -1 : 0);
      if (caller === undefined) throw new Error('a scene that counts failures names at least one process');
      return {
        atMs: WALL_START + atMs,
        kind: syscall,
        localAddress: to.local,
        remoteAddress: syscall === 'bind' ? null : to.remote,
        remotePort: syscall === 'bind' ? null : to.port,
        pid: caller.pid,
        name: caller.name,
      };
    });
    readCount = failures.length;
    return unread;
  };
}

/** The simulator has no CLOSE_WAIT, so its ESTABLISHED rows stand for the connections that the peer has closed. */
function withCloseWait(snapshot: Snapshot, beyond: number): Snapshot {
  let live = 0;
  const state = snapshot.outboundRows.state.map((each) => {
    if (each !== STATE.ESTABLISHED) return each;
    live += 1;
    return live > beyond ? STATE.CLOSE_WAIT : each;
  });
  return { ...snapshot, outboundRows: { ...snapshot.outboundRows, state } };
}
