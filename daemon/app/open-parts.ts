/** The parts that must exist before the first beat, and the documents that are made of them. */
import { SYSTEM_CLOCK } from '../clock.js';
import { createHealth } from '../health.js';
import type { Alertmanager } from '../notify/alertmanager/alertmanager.js';
import type { OwnEndpoints } from '../pool/own-traffic.js';
import { MIGRATIONS_DIR } from '../paths.js';
import { createAskedEnds } from '../sampling/asked-ends.js';
import { createDumpBudget } from '../sampling/dump-budget.js';
import { findMaxSampleAgeMs } from '../sampling/freshness.js';
import { createLookout } from '../sampling/lookout.js';
import { createProcessStats, type ProcessStats } from '../sampling/process-stats.js';
import { findBeatMs, type ScheduleStats } from '../sampling/schedule.js';
import { openGlanceReader } from '../source/linux/glance-reader.js';
import { startFailureSource } from '../source/linux/tracing/failed-connects.js';
import { startSource } from '../source/worker/supervisor.js';
import { openStore } from '../store/store.js';
import { createViews, type Views } from '../views.js';
import { listChannelFacts, listMailRecipients } from './channel-options.js';
import { openDelivery } from './notify.js';
import { createDaemonChanges } from './change-tracker.js';
import type { AppOptions } from './options.js';

export type OnStop = (cleanup: () => void | Promise<void>) => void;
export type Parts = Awaited<ReturnType<typeof openParts>>;

/** Opens them in one straight line. `onStop` takes what closes each. */
export async function openParts(options: AppOptions, onStop: OnStop) {
  const { config, version, log, clock = SYSTEM_CLOCK } = options;
  const { openSource = startSource, openGlances = openGlanceReader, openFailures = startFailureSource } = options;
  const health = createHealth(clock, log);
  const stats: ProcessStats = createProcessStats(clock, options.watchLoopContinuously ?? false);
  const { budget: ratio, busyBudget: busyRatio, maxIntervalMs, schedule } = config.sampling;
  const beatMs = findBeatMs(schedule);
  const maxSampleAgeMs = findMaxSampleAgeMs({ beatMs, maxIntervalMs });

  const { maxSizeBytes: capBytes } = config.store;
  const storeParts = { maxSampleAgeMs, migrationsDir: MIGRATIONS_DIR, clock, health, log };
  const store = openStore({ ...config.store, ...storeParts, capBytes });
  onStop(() => store.close());

  const changes = createDaemonChanges(store);

  const source = await openSource({ source: config.sampling.source, namespace: 'host', log });
  onStop(() => source.stop());

  const failures = openFailures({ setting: config.sampling.failures, clock, log });
  onStop(() => failures.stop());

  const notify = openDelivery({ config, store, clock, health, log }, onStop);
  const budget = createDumpBudget({ ratio, busyRatio, maxIntervalMs });
  const reader = openGlances();
  onStop(() => reader.close());
  const lookout = createLookout({ reader, budget, clock });
  const asked = createAskedEnds(clock);
  const sampling = { source, asked, failures, budget, lookout, beatMs, maxSampleAgeMs };
  return { config, version, log, clock, health, stats, store, changes, ...notify, ...sampling };
}

export function createDaemonViews(
  parts: Parts,
  schedule: () => ScheduleStats,
  alertmanager: Alertmanager | null,
  http: OwnEndpoints['http'],
): Views {
  const { config, store, source, failures, lookout, stats, connections } = parts;
  const mailed = listMailRecipients(config);
  const own: OwnEndpoints = { http, countOpened: connections.opened.count };
  return createViews({
    ...parts,
    own,
    hostName: config.host.name,
    scheduleExpression: config.sampling.schedule,
    source: () => source.choice,
    schedule,
    lookout: () => lookout.stats(),
    store: () => store.stats(),
    delivery: parts.watch.facts,
    score: () => store.scoreSummary(),
    incidents: () => store.loadIncidents(),
    tracing: () => failures.stats(),
    process: () => stats.figures(),
    mail: () => (config.mail.smtp === null ? null : { recipients: mailed.length, outbox: store.outboxSummary('mail') }),
    channels: () => listChannelFacts(config, store.outboxSummary, alertmanager?.figures()),
  });
}
