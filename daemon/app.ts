/** Creates all parts of the daemon and connects them, in one straight line. A stop takes them down in reverse order. */
import { createApiData } from './api-data.js';
import { startApi, type Api } from './api/server.js';
import { SYSTEM_CLOCK } from './clock.js';
import type { Config } from './config/config.js';
import type { Clock } from './contracts.js';
import type { Announcer } from './notify-contracts.js';
import type { GlanceReader } from './dump-contracts.js';
import { createCycle } from './cycle.js';
import { createAnnouncer } from './notify/announcer.js';
import { createEmailChannel } from './notify/email/email-channel.js';
import { createOutbox, type OutboxOptions } from './notify/outbox.js';
import { messageOf } from './errors.js';
import { createForecaster } from './forecast/forecaster.js';
import { createHealth } from './health.js';
import type { Log } from './log.js';
import { CAP_MEMORY_MS } from './incident/caps.js';
import { createIncidentTracker, type IncidentTracker } from './incident/tracker.js';
import { createOutageTracker } from './outage/tracker.js';
import { DASHBOARD_DIR, MIGRATIONS_DIR } from './paths.js';
import { startGlances } from './sampling/glances.js';
import { createLookout } from './sampling/lookout.js';
import { createProcessStats } from './sampling/process-stats.js';
import { findBeatMs, startSchedule, type Schedule, type ScheduleStats } from './sampling/schedule.js';
import { createServiceNotifier } from './service/notify-native.js';
import { createDumpBudget } from './sampling/dump-budget.js';
import { openGlanceReader } from './source/linux/glance-reader.js';
import { startFailureSource } from './source/linux/tracing/failed-connects.js';
import { startSource } from './source/worker/supervisor.js';
import { openStore } from './store/store.js';
import { createViews, type Views } from './views.js';
import type { WireHost } from './wire/host.js';
import { formatEndpoint } from './host/endpoint.js';
import { findMaxSampleAgeMs } from './sampling/freshness.js';
import { SECOND_MS } from './units.js';

const TICK_MS = SECOND_MS;
/** How long a stop waits for mail that is due. What is not sent stays in the outbox. */
const DRAIN_MS = 2 * SECOND_MS;

export interface AppOptions {
  readonly config: Config;
  readonly version: string;
  readonly log: Log;
  readonly clock?: Clock;
  /** Opens another source than this host: for development on a simulated host. */
  readonly openSource?: typeof startSource;
  /** The same for what is read between two beats. */
  readonly openGlances?: () => GlanceReader;
  /** Measures the event loop all the time, which takes 3% of a core: for benchmarks. */
  readonly watchLoopContinuously?: boolean;
}

/** What `run` prints after the start. */
export interface StartReport {
  readonly host: WireHost;
  readonly url: string;
  readonly databaseFile: string;
  /** The recipients of alerts; null when no SMTP server is configured. */
  readonly mail: string | null;
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

type OnStop = (cleanup: () => void | Promise<void>) => void;
type Parts = Awaited<ReturnType<typeof openParts>>;

async function startParts(options: AppOptions, onStop: OnStop): Promise<StartReport> {
  const parts = await openParts(options, onStop);
  const { config, clock, health, stats, store, source, lookout, mail, log } = parts;
  const notifier = createServiceNotifier(process.env);
  let api: Api | null = null;
  const views = createDaemonViews(parts, () => schedule.stats());

  const cycle = createCycle({
    ...parts,
    host: source,
    table: source,
    owners: source,
    samples: store,
    past: store.poolPast,
    announcer: createDaemonAnnouncer(parts, () => api?.url ?? null),
    forecaster: createForecaster(),
    outages: createOutageTracker(store.loadOutages()),
    incidents: createDaemonIncidents(parts),
    settings: config.alerts,
    activeAlerts: store.loadActiveAlerts(),
    unsettled: store.loadUnsettled(),
    publish(view) {
      views.update(view);
      lookout.note(view);
      health.report('budget', views.explainSlowness());
      if (view.reading !== null) api?.publish(views.sample());
    },
  });
  const beat = async (): Promise<void> => {
    await stats.watched(cycle.beat);
    notifier.watchdog();
  };
  const schedule: Schedule = startSchedule({ expression: config.sampling.schedule, clock, health, log, beat });
  onStop(() => schedule.stop());
  const { glanceMs: everyMs } = config.sampling;
  const glances = startGlances({ everyMs, glance: cycle.glance, watched: stats.watched, log });
  onStop(() => glances.stop());

  const ticker = setInterval(() => {
    void stats.watched(() => store.tick());
    void mail?.outbox.tick();
  }, TICK_MS);
  onStop(() => clearInterval(ticker));

  // The API starts after the first sample, so that the first page already shows the host.
  await schedule.first;
  const host = views.host();
  api = await startDaemonApi(parts, views, onStop);
  notifier.ready();
  onStop(() => notifier.stopping());
  return { host, url: api.url, databaseFile: config.store.file, mail: mail?.to.join(', ') ?? null };
}

/** The parts that must exist before the first beat. */
async function openParts(options: AppOptions, onStop: OnStop) {
  const { config, version, log, clock = SYSTEM_CLOCK } = options;
  const { openSource = startSource, openGlances = openGlanceReader } = options;
  const health = createHealth(clock, log);
  const stats = createProcessStats(clock, options.watchLoopContinuously ?? false);
  const { budget: ratio, busyBudget: busyRatio, maxIntervalMs, schedule } = config.sampling;
  const beatMs = findBeatMs(schedule);
  const maxSampleAgeMs = findMaxSampleAgeMs({ beatMs, maxIntervalMs });

  const { maxSizeBytes: capBytes } = config.store;
  const storeParts = { maxSampleAgeMs, migrationsDir: MIGRATIONS_DIR, clock, health, log };
  const store = openStore({ ...config.store, ...storeParts, capBytes });
  onStop(() => store.close());

  const source = await openSource({ source: config.sampling.source, namespace: 'host', log });
  onStop(() => source.stop());

  const failures = startFailureSource({ setting: config.sampling.failures, clock, log });
  onStop(() => failures.stop());

  const mail = openMail({ config, store, clock, health, log, onStop });
  const budget = createDumpBudget({ ratio, busyRatio, maxIntervalMs });
  const reader = openGlances();
  onStop(() => reader.close());
  const lookout = createLookout({ reader, budget, clock });
  const sampling = { source, failures, budget, lookout, beatMs, maxSampleAgeMs };
  return { config, version, log, clock, health, stats, store, mail, ...sampling };
}

/** Null when no SMTP server is configured: alerts are then shown and logged only. */
function openMail(options: Omit<OutboxOptions, 'channel' | 'random'> & { config: Config; onStop: OnStop }) {
  const { config, onStop, ...parts } = options;
  const { smtp, to } = config.mail;
  if (smtp === null) {
    parts.log.warn(
      'no SMTP server is configured (mail.smtp): alerts are shown on the dashboard and logged, not mailed',
    );
    return null;
  }
  const channel = createEmailChannel(smtp);
  onStop(() => channel.close());
  const outbox = createOutbox({ ...parts, channel, random: Math.random });
  onStop(() => outbox.drain(parts.clock.monotonicMs() + DRAIN_MS));
  return { outbox, from: smtp.from.address, to };
}

function createDaemonIncidents({ config, store, clock, mail }: Parts): IncidentTracker {
  const nowMs = clock.wallMs();
  return createIncidentTracker({
    incidents: store.loadIncidents(),
    decisions: store.loadDecisions(nowMs - CAP_MEMORY_MS),
    settings: config.incidents,
    findRecipients: () => mail?.to ?? [],
    startedAtMs: nowMs,
  });
}

/** @param apiUrl null before the API has started. */
function createDaemonAnnouncer(parts: Parts, apiUrl: () => string | null): Announcer {
  const { host, http, mail } = parts.config;
  const dashboardUrl = (): string =>
    mail.dashboardUrl ?? apiUrl() ?? `http://${formatEndpoint(http.address, http.port)}`;
  return createAnnouncer({ ...parts, hostName: host.name, dashboardUrl });
}

function createDaemonViews(parts: Parts, schedule: () => ScheduleStats): Views {
  const { config, store, source, failures, lookout, mail, stats } = parts;
  return createViews({
    ...parts,
    hostName: config.host.name,
    scheduleExpression: config.sampling.schedule,
    source: () => source.choice,
    schedule,
    lookout: () => lookout.stats(),
    store: () => store.stats(),
    score: () => store.scoreSummary(),
    tracing: () => failures.stats(),
    process: () => stats.figures(),
    mail: () => (mail === null ? null : { recipients: mail.to.length, outbox: store.outboxSummary() }),
  });
}

async function startDaemonApi({ config, store, clock, log }: Parts, views: Views, onStop: OnStop): Promise<Api> {
  const data = createApiData(views, store);
  const api = await startApi({ ...config.http, dashboardDir: DASHBOARD_DIR, data, clock, log });
  onStop(() => api.stop());
  return api;
}
