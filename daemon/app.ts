/** Creates all parts of the daemon and connects them, in one straight line. A stop takes them down in reverse order. */
import { openAccess } from './app/access.js';
import type { Authority } from './api/access/authority.js';
import { createDaemonAnnouncer, openAlertmanager } from './app/notify.js';
import { createAlertTest, type RunAlertTest } from './app/alert-test.js';
import { createReportBuilder, createReportSender, type BuildReport } from './app/report.js';
import { createTroubleReport, isSampleGood, openHeartbeat } from './app/trouble.js';
import { nameChannels } from './app/channel-options.js';
import { createDaemonViews, openParts, type OnStop, type Parts } from './app/open-parts.js';
import type { AppOptions } from './app/options.js';
import { createApiData } from './app/api-data.js';
import { createPageData } from './app/page-data.js';
import { startApi, type Api } from './api/server.js';
import type { CycleView } from './contracts.js';
import type { Announcer } from './notify-contracts.js';
import type { IncidentTracker } from './incident/tracker.js';
import { createCycle } from './cycle.js';
import { messageOf } from './errors.js';
import { createForecaster } from './forecast/forecaster.js';
import { createIncidentParts, type IncidentParts } from './app/incident-parts.js';
import { createOutageTracker } from './outage/tracker.js';
import { DASHBOARD_DIR } from './paths.js';
import { startGlances } from './sampling/glances.js';
import { startSchedule, type Schedule, type ScheduleStats } from './sampling/schedule.js';
import { createStallWatch } from './sampling/stall-watch.js';
import { createServiceNotifier } from './service/notify-native.js';
import type { Views } from './views.js';
import type { WireHost } from './wire/host.js';
import { SECOND_MS } from './units.js';

const TICK_MS = SECOND_MS;

/** What `run` prints after the start. */
export interface StartReport {
  readonly host: WireHost;
  readonly url: string;
  readonly databaseFile: string;
  /** The recipients of alerts; null when no SMTP server is configured. */
  readonly mail: string | null;
  /** The other channels, each with its target. */
  readonly channels: readonly string[];
}

export interface App {
  /** Resolves after the first sample. When the start fails, the parts that were started are stopped again. */
  start(): Promise<StartReport>;
  /** Ends sampling, writes what is in memory, closes everything. */
  stop(): Promise<void>;
  /** URL of the dashboard; empty before the start. */
  readonly address: string;
}

export function createApp(options: AppOptions): App {
  const cleanups: (() => void | Promise<void>)[] = [];
  let address = '';

  const stop = async (): Promise<void> => {
    for (let cleanup = cleanups.pop(); cleanup !== undefined; cleanup = cleanups.pop()) {
      try {
        await cleanup();
      } catch (error) {
        options.log.error({ err: error }, `error during the stop: ${messageOf(error)}`);
      }
    }
  };

  return {
    async start() {
      try {
        const report = await startParts(options, (cleanup) => cleanups.push(cleanup));
        address = report.url;
        return report;
      } catch (error) {
        await stop();
        throw error;
      }
    },
    stop,
    get address() {
      return address;
    },
  };
}

async function startParts(options: AppOptions, onStop: OnStop): Promise<StartReport> {
  const opened = await openParts(options, onStop);
  const parts = { ...opened, authority: openAccess(opened) };
  const { config, clock, health, stats, lookout, log } = parts;
  const notifier = createServiceNotifier(process.env);
  let api: Api | null = null;
  const limits = () => views.reading()?.limits ?? null;
  const alertmanager = openAlertmanager(parts, { apiUrl: () => api?.url ?? null, limits });
  onStop(() => alertmanager?.close());
  let schedule: Schedule | null = null;
  const views = createDaemonViews(
    parts,
    () => schedule?.stats() ?? noBeatsYet(parts),
    alertmanager,
    () => api,
  );
  const incidents = createIncidentParts({ ...parts, alertmanager });

  const listListeners = () => views.latest()?.table?.listeningPorts ?? null;
  const announcer = createDaemonAnnouncer({ ...parts, ...incidents, listListeners }, () => api?.url ?? null);
  const cycle = createDaemonCycle({ ...parts, announcer, incidents: incidents.tracker }, (view) => {
    views.update(view);
    lookout.note(view);
    health.report('budget', views.explainSlowTrouble());
    if (view.reading !== null) api?.publish(views.sample);
    if (isSampleGood(view, parts)) heartbeat?.beat();
  });
  const buildReport = createReportBuilder(parts, views.latest);
  const sendReport = createReportSender({ ...parts, build: buildReport });
  const stall = createStallWatch(parts);
  const heartbeat = openHeartbeat(parts, onStop);
  const beat = async (): Promise<void> => {
    await stats.watched(cycle.beat);
    stall.ended();
    notifier.watchdog();
  };
  const tick = createTick(parts);
  await options.playPast?.({ beat: cycle.beat, tick });
  const started = startSchedule({ expression: config.sampling.schedule, clock, health, log, beat });
  schedule = started;
  onStop(() => started.stop());
  const { glanceMs: everyMs } = config.sampling;
  const glances = startGlances({ everyMs, glance: cycle.glance, watched: stats.watched, log });
  onStop(() => glances.stop());

  const ticker = setInterval(() => {
    void tick();
    if (api !== null) parts.watch.tick();
    alertmanager?.tick();
    parts.attempts.check();
    if (stall.check()) cycle.stepWithoutReading();
    void sendReport();
  }, TICK_MS);
  onStop(() => clearInterval(ticker));

  // The API starts after the first sample, so that the first page already shows the host.
  await started.first;
  const testAlerts = createAlertTest({ ...parts, ...views, announcer });
  api = await startDaemonApi({ ...parts, ...incidents, testAlerts, buildReport }, views, onStop);
  notifier.ready();
  onStop(() => notifier.stopping());
  return { host: views.host(), url: api.url, databaseFile: config.store.file, ...nameChannels(config) };
}

/** What is done once a second: stores what is pending, and sends messages. */
function createTick({ stats, store, delivery }: Parts): () => Promise<void> {
  return async () => {
    void stats.watched(() => store.tick());
    await delivery.tick();
  };
}

/** While a past is played. */
function noBeatsYet({ beatMs }: Parts): ScheduleStats {
  return { beatMs, beats: 0, missedBeats: 0, restarts: 0 };
}

function createDaemonCycle(
  parts: Parts & { readonly announcer: Announcer; readonly incidents: IncidentTracker },
  publish: (view: CycleView) => void,
) {
  const { config, clock, health, store, source } = parts;
  return createCycle({
    ...parts,
    host: source,
    table: parts.asked.watch(source),
    owners: source,
    samples: store,
    past: store.poolPast,
    forecaster: createForecaster(),
    outages: createOutageTracker(store.loadOutages()),
    warm: parts.watch.warm,
    settings: config.alerts,
    troubles: createTroubleReport(health, clock, parts.watch.failedTests),
    activeAlerts: store.loadActiveAlerts(),
    unsettled: store.loadUnsettled(),
    publish,
  });
}

interface ApiActions {
  readonly testAlerts: RunAlertTest;
  readonly buildReport: BuildReport;
}

async function startDaemonApi(
  parts: Parts & IncidentParts & ApiActions & { readonly authority: Authority },
  views: Views,
  onStop: OnStop,
): Promise<Api> {
  const { config, store, changes } = parts;
  const data = createApiData(views, store, createPageData({ ...parts, views, store: store.pages }), changes);
  const hostName = config.host.name;
  const api = await startApi({ ...parts, ...config.http, hostName, dashboardDir: DASHBOARD_DIR, data });
  onStop(() => api.stop());
  return api;
}
