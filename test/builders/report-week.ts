/** A week of a simulated host, in a real store: the cycle's parts watch it for some minutes of some days. */
import { listFiringWarnings } from '../../daemon/alert/promises.js';
import type { Alert } from '../../daemon/alert/alert.js';
import { DEFAULT_ALERT_SETTINGS } from '../../daemon/alert/settings.js';
import { stepAlerts } from '../../daemon/alert/step.js';
import { createReportBuilder, type BuildReport } from '../../daemon/app/report.js';
import { loadConfig } from '../../daemon/config/load.js';
import { createForecaster } from '../../daemon/forecast/forecaster.js';
import { DEFAULT_INCIDENT_SETTINGS } from '../../daemon/incident/settings.js';
import { createIncidentTracker } from '../../daemon/incident/tracker.js';
import { createOutageTracker } from '../../daemon/outage/tracker.js';
import { createEvidenceCollector } from '../../daemon/score/evidence.js';
import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS } from '../../daemon/units.js';
import { MAX_SAMPLE_AGE_MS } from '../fakes.js';
import { simulate } from '../tools/simulator/simulate.js';
import type { World } from '../tools/simulator/world.js';
import { churn, OTHER_SERVER, world } from './host-scene.js';
import { openTestStore, type TestStore } from './stores.js';

const BEAT_MS = 5 * SECOND_MS;

/** 1,000 ports sustain 16 closes/s: 12/s are near the limit, 25/s exhaust them. */
const CALM = world([churn(12), churn(4, { to: [OTHER_SERVER] })]);
const OVERLOAD = world([churn(25), churn(4, { to: [OTHER_SERVER] })]);

/** Watches the simulated host for so long, on the clock of the store. */
function watch(test: TestStore, traffic: World, lengthMs: number): void {
  const simulation = simulate(traffic);
  const forecaster = createForecaster();
  const collector = createEvidenceCollector();
  const outages = createOutageTracker(test.store.loadOutages());
  const beganMs = test.clock.wallMs();
  const beganMonotonicMs = test.clock.monotonicMs();
  let active: readonly Alert[] = [];
  const incidents = createIncidentTracker({
    incidents: test.store.loadIncidents(),
    decisions: test.store.loadDecisions(beganMs - DAY_MS),
    settings: DEFAULT_INCIDENT_SETTINGS,
    findRecipients: () => ['ops@example.org'],
    startedAtMs: beganMs,
  });
  for (let atMs = 0; atMs <= lengthMs; atMs += BEAT_MS) {
    simulation.runTo(atMs);
    const at = { atMs: beganMs + atMs, monotonicMs: beganMonotonicMs + atMs };
    const snapshot = { ...simulation.snapshot(), takenAtMs: at.atMs, monotonicMs: at.monotonicMs };
    const counters = { ...simulation.counters(), takenAtMs: at.atMs, monotonicMs: at.monotonicMs };
    const limits = simulation.limits();
    const { granularity } = traffic;
    const outcome = forecaster.update({ snapshot, limits, granularity, counters, intervalMs: BEAT_MS });
    const evidence = collector.collect({ snapshot, limits, granularity, failures: null }, outcome);
    const alarmed = listFiringWarnings(active, DEFAULT_ALERT_SETTINGS);
    const seen = { ...at, pools: outcome.pools, evidence, alarmed, maxSampleAgeMs: MAX_SAMPLE_AGE_MS };
    const changed = outages.observe({ ...seen, failures: null, releaseStepMs: granularity.timeWaitMs });
    test.append({ ...at, pools: outcome.pools, evidence, alarmed, outages: changed, counters });
    const alerts = stepAlerts({
      active,
      pools: outcome.pools,
      hasNewSample: true,
      blindSinceMs: null,
      settings: DEFAULT_ALERT_SETTINGS,
      nowMs: at.atMs,
      outages: outages.listKnown(),
      maxSampleAgeMs: MAX_SAMPLE_AGE_MS,
    });
    active = alerts.active;
    const step = incidents.step({ active, changes: alerts.changes, usablePorts: 1000, nowMs: at.atMs });
    incidents.accept(step);
    const { decisions } = step;
    test.store.commitAlerts(alerts.changes, [], { incidents: step.incidents, decisions });
    test.pass(BEAT_MS, BEAT_MS);
  }
}

interface ReportWeek {
  readonly test: TestStore;
  readonly build: BuildReport;
}

/** Calm on Tuesday and Thursday, an exhaustion on Saturday, and portcast did not run in between. */
export function createReportWeek(hostName = 'web-1'): ReportWeek {
  const test = openTestStore();
  for (const [traffic, lengthMs] of [
    [CALM, 6 * MINUTE_MS],
    [CALM, 6 * MINUTE_MS],
    [OVERLOAD, 2 * MINUTE_MS],
    [CALM, 6 * MINUTE_MS],
  ] as const) {
    watch(test, traffic, lengthMs);
    test.clock.advance(DAY_MS + HOUR_MS);
    test.reopen();
  }
  const { config } = loadConfig({ env: {}, cwd: '/nonexistent', systemFile: '/nonexistent/none.yaml' });
  const parts = {
    config: { ...config, host: { name: hostName, timeZone: 'Europe/Berlin' } },
    store: test.store,
    clock: test.clock,
    log: test.log,
  };
  return { test, build: createReportBuilder(parts, () => null) };
}
