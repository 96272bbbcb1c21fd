/**
 * A simulated host that the real line watches: sampler, forecast, alerts, incidents, announcer and store are those of the
 * daemon. Only the clock, the socket table, the failed connects and the processes come from the simulation.
 */
import { join } from 'node:path';
import type { OwnerFinder, OwnerQuery } from '../../daemon/contracts.js';
import { createCycle } from '../../daemon/cycle.js';
import { createChangeTracker } from '../../daemon/change/tracker.js';
import { createForecaster } from '../../daemon/forecast/forecaster.js';
import type { PoolForecast } from '../../daemon/forecast/types.js';
import type { Decision } from '../../daemon/incident/incident.js';
import { DEFAULT_INCIDENT_SETTINGS } from '../../daemon/incident/settings.js';
import { createIncidentTracker } from '../../daemon/incident/tracker.js';
import type { OutboxMessage } from '../../daemon/notify-contracts.js';
import { createAnnouncer } from '../../daemon/notify/announcer.js';
import { createOutageTracker } from '../../daemon/outage/tracker.js';
import { MIGRATIONS_DIR } from '../../daemon/paths.js';
import { createDumpBudget } from '../../daemon/sampling/dump-budget.js';
import { openStore, type Store } from '../../daemon/store/store.js';
import { DEFAULT_ALERT_SETTINGS } from '../../daemon/alert/settings.js';
import type { LastingTrouble } from '../../daemon/alert/trouble.js';
import { DAY_MS, HOUR_MS, SECOND_MS } from '../../daemon/units.js';
import { fakeClock, fakeHealth, fakeLog, MAX_SAMPLE_AGE_MS, type FakeClock } from '../fakes.js';
import { simulate, type Simulation } from '../tools/simulator/simulate.js';
import { MONOTONIC_START, WALL_START } from '../tools/simulator/world.js';
import type { HostScene } from './host-scene.js';
import { reportOwners } from './proc-tree.js';
import { createFailureReader, withCloseWait } from './simulated-failures.js';

/** A message with the decision that led to it. */
interface ToldMessage {
  readonly message: OutboxMessage;
  readonly decision: Decision;
  /** The forecast that it is about; null where it is about none. */
  readonly latest: PoolForecast | null;
}

const BEAT_MS = 2 * SECOND_MS;
const FIRST_BEAT_SECONDS = 0.7;
/** Within 1% of a core, a search that takes so long is repeated every 50 s. */
const OWNER_SEARCH_MS = 500;

/** Plays a scene to the message that it is about. @throws Error with what was told where it does not come. */
export async function playHost(scene: HostScene, folder: string): Promise<ToldMessage> {
  const simulation = simulate(scene.world);
  const clock = fakeClock(WALL_START, MONOTONIC_START);
  const store = openSceneStore(folder, clock);
  const told: ToldMessage[] = [];
  const cycle = createSceneCycle(scene, { simulation, clock, store, told });
  try {
    for (let atMs = (scene.startSeconds ?? FIRST_BEAT_SECONDS) * SECOND_MS; ; atMs += BEAT_MS) {
      if (atMs > scene.withinSeconds * SECOND_MS) break;
      simulation.runTo(atMs);
      clock.advance(WALL_START + atMs - clock.wallMs());
      await cycle.beat();
      store.tick();
      const found = told.find(({ decision }) => decision.kind === scene.tells && isAfter(scene, decision));
      if (found !== undefined) return found;
    }
  } finally {
    store.close();
  }
  throw new Error(`no '${scene.tells}' within ${scene.withinSeconds} s; told: ${told.map(describe).join(', ')}`);
}

function isAfter({ fromSeconds = 0 }: HostScene, { atMs }: Decision): boolean {
  return atMs >= WALL_START + fromSeconds * SECOND_MS;
}

function describe({ decision: { kind, atMs }, message }: ToldMessage): string {
  return `${kind} at ${(atMs - WALL_START) / SECOND_MS} s (${message.subject})`;
}

function openSceneStore(folder: string, clock: FakeClock): Store {
  return openStore({
    file: join(folder, 'portcast.db'),
    capBytes: 2 ** 26,
    retention: { rawMs: 6 * HOUR_MS, minuteMs: 14 * DAY_MS, hourMs: 400 * DAY_MS },
    maxSeries: 1000,
    maxSampleAgeMs: MAX_SAMPLE_AGE_MS,
    migrationsDir: MIGRATIONS_DIR,
    clock,
    health: fakeHealth(),
    log: fakeLog(),
  });
}

interface SceneParts {
  readonly simulation: Simulation;
  readonly clock: FakeClock;
  readonly store: Store;
  readonly told: ToldMessage[];
}

function createSceneCycle(scene: HostScene, { simulation, clock, store, told }: SceneParts) {
  const to = ['ops@example.org'];
  const takeFailures = createFailureReader(simulation, scene.failingProcesses ?? [], WALL_START);
  const isBlind = (): boolean => clock.wallMs() >= WALL_START + (scene.blindFromSeconds ?? Infinity) * SECOND_MS;
  return createCycle({
    troubles: () => ({ troubles: listTroubles(scene, (clock.wallMs() - WALL_START) / SECOND_MS), isComplete: true }),
    clock,
    host: {
      readHost: () =>
        Promise.resolve({
          limits: simulation.limits(),
          granularity: scene.world.granularity,
          counters: simulation.counters(),
        }),
    },
    table: {
      readTable() {
        if (isBlind()) return Promise.reject(new Error('the socket table of this scene cannot be read'));
        const snapshot = withCloseWait(simulation.snapshot(), scene.closeWaitBeyond ?? Infinity);
        return Promise.resolve({ snapshot, source: { name: 'recording', why: 'a simulated host' }, costMs: 0 });
      },
    },
    owners: createOwners(scene),
    failures: {
      readFailures: () =>
        scene.failingProcesses === undefined
          ? { offBecause: 'this scene does not count them', failures: [] }
          : { offBecause: null, failures: takeFailures() },
    },
    past: store.poolPast,
    samples: store,
    announcer: createAnnouncer({
      hostName: 'web-1',
      timeZone: 'Europe/Berlin',
      dashboardUrl: () => 'http://127.0.0.1:9470/',
      delivery: { tick: () => Promise.resolve() },
      domain: 'example.org',
      clock,
      log: fakeLog(),
      ...scene.announcer,
      store: {
        ...store,
        commitAlerts(changes, messages, record) {
          store.commitAlerts(changes, messages, record);
          for (const message of messages) {
            const decision = record?.decisions.find(({ messageId }) => messageId === message.messageId);
            const incident = record?.incidents.find(({ id }) => id === decision?.incidentId);
            if (decision !== undefined) told.push({ message, decision, latest: incident?.lead.latest ?? null });
          }
        },
      },
    }),
    health: fakeHealth(),
    outages: createOutageTracker(),
    changes: createChangeTracker(),
    incidents: createIncidentTracker({
      incidents: [],
      decisions: [],
      settings: { ...DEFAULT_INCIDENT_SETTINGS, ...scene.incidents },
      findRecipients: () => to,
      startedAtMs: 0,
    }),
    forecaster: createForecaster(),
    budget: createDumpBudget({ ratio: 1, busyRatio: 1, maxIntervalMs: BEAT_MS }),
    lookout: { mustLook: () => false },
    settings: scene.settings ?? DEFAULT_ALERT_SETTINGS,
    activeAlerts: [],
    unsettled: null,
    beatMs: BEAT_MS,
    maxSampleAgeMs: MAX_SAMPLE_AGE_MS,
    warm: () => undefined,
    publish: () => undefined,
  });
}

function listTroubles({ trouble }: HostScene, second: number): LastingTrouble[] {
  if (trouble === undefined || second < trouble.fromSeconds || second >= trouble.untilSeconds) return [];
  const { part, message, fromSeconds } = trouble;
  return [{ part, message, sinceMs: WALL_START + fromSeconds * SECOND_MS }];
}

/** The cycle searches with its forecasts, which have what a search of this /proc needs beside the query. */
function createOwners({ owners = [] }: HostScene): OwnerFinder {
  const isForecast = (query: OwnerQuery): query is PoolForecast => 'live' in query;
  return {
    findOwners: (queries) =>
      Promise.resolve({
        reports: queries.filter(isForecast).map((pool) => reportOwners(pool, owners)),
        costMs: OWNER_SEARCH_MS,
      }),
  };
}
