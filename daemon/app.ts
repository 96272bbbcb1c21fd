/** The composition root: every part is made and wired here, in one straight line, and taken down in reverse. */
import type { ApiData } from './api/data.js';
import { startApi, type Api } from './api/server.js';
import { SYSTEM_CLOCK } from './clock.js';
import type { Config } from './config/config.js';
import type { Clock } from './contracts.js';
import { createCycle } from './cycle.js';
import { createAnnouncer } from './notify/announcer.js';
import { createEmailChannel } from './notify/email/email-channel.js';
import { createOutbox, type OutboxOptions } from './notify/outbox.js';
import { messageOf } from './errors.js';
import { createForecaster } from './forecast/forecaster.js';
import { createHealth } from './health.js';
import type { Log } from './log.js';
import { DASHBOARD_DIR, MIGRATIONS_DIR } from './paths.js';
import { createProcessStats } from './sampling/process-stats.js';
import { startSchedule, type Schedule } from './sampling/schedule.js';
import type { ScheduleStats } from './sampling/schedule.js';
import { createServiceNotifier } from './service/notify-native.js';
import { createDumpBudget } from './sampling/dump-budget.js';
import { startFailureSource } from './source/linux/tracing/failed-connects.js';
import { startSource } from './source/worker/supervisor.js';
import { openStore, type Store } from './store/store.js';
import { createViews, type Views } from './views.js';
import { alertToWire } from './wire/alert.js';
import { episodeToWire, scoreToWire } from './wire/score.js';
import type { WireHost } from './wire/host.js';
import { formatEndpoint } from './host/endpoint.js';
import { findMaxSampleAgeMs } from './sampling/freshness.js';

export interface AppOptions {
  readonly config: Config;
  readonly version: string;
  readonly log: Log;
  readonly clock?: Clock;
  /** Opens what is sampled instead of this host: for development on a simulated one. */
  readonly openSource?: typeof startSource;
  /** Watches the event loop all the time, at 3% of a core: for benchmarks. */
  readonly watchLoopContinuously?: boolean;
}

/** What the daemon found when it started. */
export interface StartReport {
  readonly host: WireHost;
  readonly url: string;
  readonly databaseFile: string;
  /** Where alerts are mailed to; null when no SMTP server is configured. */
  readonly mail: string | null;
}

export interface App {
  /** Resolves after the first sample. On failure everything already started is taken down again. */
  start(): Promise<StartReport>;
  /** Ends sampling, flushes what is in memory, closes everything. */
  stop(): Promise<void>;
  /** URL of the dashboard; empty until started. */
  readonly address: string;
}

const TICK_MS = 1000;
/** How long a stop waits for mail that is due; what is left stays in the outbox for the next start. */
const DRAIN_MS = 2000;

export function createApp(options: AppOptions): App {
  const cleanups: (() => void | Promise<void>)[] = [];
  let address = '';

  const stop = async (): Promise<void> => {
    for (let cleanup = cleanups.pop(); cleanup !== undefined; cleanup = cleanups.pop()) {
      try {
        await cleanup();
      } catch (error) {
        options.log.error({ err: error }, `while stopping: ${messageOf(error)}`);
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

/** Everything that has to be there before the first beat. */
async function openParts(options: AppOptions, onStop: OnStop) {
  const { config, version, log, clock = SYSTEM_CLOCK, openSource = startSource } = options;
  const health = createHealth(clock, log);
  const stats = createProcessStats(clock, options.watchLoopContinuously ?? false);

  const store = openStore({
    ...config.store,
    capBytes: config.store.maxSizeBytes,
    migrationsDir: MIGRATIONS_DIR,
    clock,
    health,
    log,
  });
  onStop(() => store.close());

  const source = await openSource({ source: config.sampling.source, namespace: 'host', log });
  onStop(() => source.stop());

  const failures = startFailureSource({ setting: config.sampling.failures, clock, log });
  onStop(() => failures.stop());

  const mail = openMail({ config, store, clock, health, log, onStop });
  const { budget: ratio, busyBudget: busyRatio, maxIntervalMs } = config.sampling;
  const budget = createDumpBudget({ ratio, busyRatio, maxIntervalMs });
  return { config, version, log, clock, health, stats, store, source, failures, mail, budget };
}

/** Null when no SMTP server is configured: alerts are then shown and logged only. */
function openMail(parts: { config: Config; onStop: OnStop } & Omit<OutboxOptions, 'channel' | 'random'>) {
  const { config, onStop, ...rest } = parts;
  const { smtp, to } = config.mail;
  if (smtp === null) {
    rest.log.warn('no SMTP server is configured (mail.smtp): alerts are shown on the dashboard and logged, not mailed');
    return null;
  }
  const channel = createEmailChannel(smtp);
  onStop(() => channel.close());
  const outbox = createOutbox({ ...rest, channel, random: Math.random });
  onStop(() => outbox.drain(rest.clock.monotonicMs() + DRAIN_MS));
  return { outbox, from: smtp.from.address, to };
}

async function startParts(options: AppOptions, onStop: OnStop): Promise<StartReport> {
  const parts = await openParts(options, onStop);
  const { config, clock, health, stats, store, source, mail, log } = parts;
  const notifier = createServiceNotifier(process.env);
  let api: Api | null = null;
  const url = (): string => api?.url ?? `http://${formatEndpoint(config.http.address, config.http.port)}`;
  const views = createDaemonViews(parts, () => schedule.stats());

  const cycle = createCycle({
    ...parts,
    host: source,
    table: source,
    owners: source,
    samples: store,
    past: store.poolPast,
    announcer: createAnnouncer({
      ...parts,
      hostName: config.host.name,
      dashboardUrl: () => config.mail.dashboardUrl ?? url(),
    }),
    forecaster: createForecaster(),
    settings: config.alerts,
    activeAlerts: store.loadActiveAlerts(),
    unsettled: store.loadUnsettled(),
    beatMs: () => schedule.stats().beatMs,
    maxSampleAgeMs: () => findMaxSampleAge(config, schedule.stats()),
    publish(view) {
      views.update(view);
      health.report('budget', views.explainSlowness());
      if (view.reading !== null) api?.publish(views.sample());
    },
  });
  const schedule: Schedule = startSchedule({
    expression: config.sampling.schedule,
    clock,
    health,
    log,
    async beat() {
      await stats.watched(cycle);
      notifier.watchdog();
    },
  });
  onStop(() => schedule.stop());

  const ticker = setInterval(() => {
    void stats.watched(() => store.tick());
    void mail?.outbox.tick();
  }, TICK_MS);
  onStop(() => clearInterval(ticker));

  // The API opens when there is something to show.
  await schedule.first;
  const host = views.host();
  const opened = await startApi({
    ...config.http,
    dashboardDir: DASHBOARD_DIR,
    data: apiData(views, store),
    clock,
    log,
  });
  api = opened;
  onStop(() => opened.stop());
  notifier.ready();
  onStop(() => notifier.stopping());
  return { host, url: opened.url, databaseFile: config.store.file, mail: mail?.to.join(', ') ?? null };
}

function findMaxSampleAge({ sampling }: Config, { beatMs }: ScheduleStats): number {
  return findMaxSampleAgeMs({ beatMs, maxIntervalMs: sampling.maxIntervalMs });
}

function createDaemonViews(parts: Parts, schedule: () => ScheduleStats): Views {
  const { config, store, source, failures, mail, stats } = parts;
  return createViews({
    ...parts,
    hostName: config.host.name,
    scheduleExpression: config.sampling.schedule,
    source: () => source.choice,
    schedule,
    store: () => store.stats(),
    score: () => store.scoreSummary(),
    tracing: () => failures.stats(),
    process: () => stats.figures(),
    maxSampleAgeMs: () => findMaxSampleAge(config, schedule()),
    mail: () => (mail === null ? null : { recipients: mail.to.length, outbox: store.outboxSummary() }),
  });
}

function apiData(views: Views, store: Store): ApiData {
  return {
    status: () => views.status(),
    pools: () => views.pools(),
    ports: () => views.ports(),
    alerts: (state, limit) => store.listAlerts({ ...(state === null ? {} : { state }), limit }).map(alertToWire),
    score: (limit) => ({
      ...scoreToWire(store.scoreSummary()),
      episodes: store.scoredEpisodes(limit).map(episodeToWire),
    }),
    history: store,
    counters: () => views.reading()?.counters ?? null,
  };
}
