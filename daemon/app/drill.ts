/** Proves the chain end to end: the cycle, the rules, the incidents, the outbox and the channels on a host whose ports run out. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AlertChange, AlertSettings } from '../alert/alert.js';
import { createDaemonAnnouncer, createDaemonIncidents, openDelivery } from './notify.js';
import { listRecipients } from './channel-options.js';
import type { Config } from '../config/config.js';
import type { Clock, CycleView } from '../contracts.js';
import { createCycle } from '../cycle.js';
import type { DrillHost } from '../drill/drill-host.js';
import { createDrillReport, type DrillReport } from '../drill/report.js';
import type { DumpBudget } from '../dump-contracts.js';
import { createChangeTracker } from '../change/tracker.js';
import { createForecaster } from '../forecast/forecaster.js';
import { createHealth } from '../health.js';
import type { ChannelName } from '../incident/recipients.js';
import type { Log } from '../log.js';
import { markTrial } from '../notify/message/mark.js';
import type { Channel } from '../notify-contracts.js';
import { createOutageTracker } from '../outage/tracker.js';
import { findMaxSampleAgeMs } from '../sampling/freshness.js';
import { MIGRATIONS_DIR } from '../paths.js';
import { openStore } from '../store/store.js';
import { SECOND_MS } from '../units.js';

const DRILL_BEAT_MS = SECOND_MS;
/** So that a drill ends soon after the ports come free; an alert of the daemon waits for longer. */
const DRILL_END_MS = 5 * SECOND_MS;
const NOTICE =
  'This is a drill, started by portcast drill: ports run out on a host of its own, and nothing is wrong with this one.';

const ALWAYS_DUE: DumpBudget = {
  due: () => true,
  allowsLook: () => true,
  spent: () => undefined,
  view: () => ({ share: 0, allowed: 1, intervalMs: DRILL_BEAT_MS, slowed: false, lastCostMs: null }),
};

interface DrillOptions {
  readonly config: Config;
  readonly openHost: () => Promise<DrillHost>;
  readonly clock: Clock;
  /** Waits for the next beat; the clock of a synthetic drill is moved here. */
  readonly pause: (ms: number) => Promise<void>;
  /** Whether a beat waits until what is due was sent: where the clock is faster than the channels. */
  readonly mustAwaitSending: boolean;
  /** In place of those of the configuration. */
  readonly channels?: ReadonlyMap<ChannelName, Channel>;
  readonly log: Log;
  /** The drill is given up after this time on `clock`. */
  readonly limitMs: number;
  /** Ends the drill before its end. */
  readonly signal: AbortSignal;
}

/** Everything that it has made is removed when it resolves or rejects. */
export async function runDrill(options: DrillOptions): Promise<DrillReport> {
  const cleanups: (() => void | Promise<void>)[] = [];
  try {
    return await play(options, (cleanup) => cleanups.push(cleanup));
  } finally {
    for (let next = cleanups.pop(); next !== undefined; next = cleanups.pop()) await next();
  }
}

type OnStop = (cleanup: () => void | Promise<void>) => void;

async function play(options: DrillOptions, onStop: OnStop): Promise<DrillReport> {
  const { clock, pause, signal } = options;
  const host = await options.openHost();
  onStop(() => host.close());
  const report = createDrillReport(clock.wallMs(), listTold(options.config));
  const { cycle, delivery } = openChain(options, { host, report, onStop });
  const deadlineMs = clock.monotonicMs() + options.limitMs;
  while (!signal.aborted && !report.isOver() && clock.monotonicMs() < deadlineMs) {
    await cycle.beat();
    const sending = delivery.tick();
    if (options.mustAwaitSending) await sending;
    const failedMs = host.firstFailureMs();
    if (failedMs !== null && report.fail(failedMs)) host.stopBurning();
    await pause(DRILL_BEAT_MS);
  }
  return report.finish();
}

interface ChainParts {
  readonly host: DrillHost;
  readonly report: ReturnType<typeof createDrillReport>;
  readonly onStop: OnStop;
}

/** The parts of a daemon, with a database that is removed after the drill. */
function openChain(options: DrillOptions, { host, report, onStop }: ChainParts) {
  const { clock, log, channels } = options;
  const config = shortenEnd(options.config);
  const folder = mkdtempSync(join(tmpdir(), 'portcast-drill-'));
  onStop(() => rmSync(folder, { recursive: true, force: true }));
  const health = createHealth(clock, log);
  const maxSampleAgeMs = findMaxSampleAgeMs({ beatMs: DRILL_BEAT_MS, maxIntervalMs: config.sampling.maxIntervalMs });
  const store = openStore({
    ...config.store,
    file: join(folder, 'portcast.db'),
    capBytes: config.store.maxSizeBytes,
    migrationsDir: MIGRATIONS_DIR,
    maxSampleAgeMs,
    clock,
    health,
    log,
  });
  onStop(() => store.close());
  const parts = { config, store, clock, health, log };
  const notify = openDelivery({ ...parts, ...(channels === undefined ? {} : { channels }) }, onStop);
  onStop(notify.attempts.follow(({ messageId, outcome }) => report.answer(messageId, outcome, clock.wallMs())));
  const marking: typeof store = {
    ...store,
    commitAlerts(changes, messages, told) {
      const marked = messages.map((message) => markTrial(message, 'drill', NOTICE));
      for (const change of changes) report.change(describeChange(change), clock.wallMs());
      for (const message of marked) report.expect(message);
      store.commitAlerts(changes, marked, told);
    },
  };
  const cycle = createCycle({
    ...parts,
    host,
    table: host,
    owners: host,
    failures: { readFailures: () => ({ offBecause: 'failed connects are not counted in a drill', failures: [] }) },
    budget: ALWAYS_DUE,
    lookout: { mustLook: () => false },
    samples: store,
    past: store.poolPast,
    announcer: createDaemonAnnouncer({ ...parts, ...notify, store: marking }, () => null),
    forecaster: createForecaster(),
    outages: createOutageTracker(),
    changes: createChangeTracker(),
    incidents: createDaemonIncidents({ ...parts, alertmanager: null }, () => []),
    warm: notify.watch.warm,
    settings: config.alerts,
    troubles: () => ({ troubles: [], isComplete: true }),
    activeAlerts: [],
    unsettled: null,
    beatMs: DRILL_BEAT_MS,
    maxSampleAgeMs,
    publish: (view) => noteForecast(view, report),
  });
  return { cycle, delivery: notify.delivery };
}

/** Only `imminent` is told, so that the drill has one incident, and its end comes soon. Maintenance windows do not count. */
function shortenEnd(config: Config): Config {
  const { alerts, incidents } = config;
  const untold = Object.fromEntries(
    Object.entries(alerts).map(([rule, settings]) => [rule, { ...settings, mail: false }]),
  );
  const imminent = { ...alerts.imminent, mail: true, clearForMs: DRILL_END_MS };
  return {
    ...config,
    alerts: { ...(untold as unknown as AlertSettings), imminent },
    incidents: { ...incidents, quietForMs: DRILL_END_MS },
    // Every channel is to be proven, also one that only stands in for another.
    delivery: { ...config.delivery, mode: 'all' },
  };
}

/** The drill raises one critical alert. */
function listTold(config: Config): string[] {
  return listRecipients(config).flatMap(({ name, severities }) => (severities.includes('critical') ? [name] : []));
}

function describeChange({ to, alert }: AlertChange): 'fired' | 'resolved' | null {
  if (alert.rule !== 'imminent') return null;
  return to === 'firing' ? 'fired' : to === 'resolved' ? 'resolved' : null;
}

function noteForecast({ pools, atMs }: CycleView, report: ChainParts['report']): void {
  const forecast = pools.find(({ exhaustsAtMs }) => exhaustsAtMs !== null);
  if (forecast?.exhaustsAtMs != null) report.forecast(forecast.exhaustsAtMs, atMs);
}
