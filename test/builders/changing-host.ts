/** A simulated host that is watched by the real line, with a store that survives a restart of the daemon. */
import type { Change } from '../../daemon/change/change.js';
import { createChangeTracker, type ChangeTracker } from '../../daemon/change/tracker.js';
import { createDaemonChanges } from '../../daemon/app/change-tracker.js';
import { createCycle } from '../../daemon/cycle.js';
import { createForecaster } from '../../daemon/forecast/forecaster.js';
import { createOutageTracker } from '../../daemon/outage/tracker.js';
import { createDumpBudget } from '../../daemon/sampling/dump-budget.js';
import { DEFAULT_ALERT_SETTINGS } from '../../daemon/alert/settings.js';
import { SECOND_MS } from '../../daemon/units.js';
import { fakeAnnouncer, fakeHealth, MAX_SAMPLE_AGE_MS } from '../fakes.js';
import { describeFailedConnect } from '../tools/simulator/failed-connect.js';
import { simulate } from '../tools/simulator/simulate.js';
import { MONOTONIC_START, WALL_START, type World } from '../tools/simulator/world.js';
import { incidentTracker } from './announcements.js';
import { openTestStore, type TestStore } from './stores.js';

interface ChangingHost {
  readonly test: TestStore;
  /** The tracker of the daemon that runs now. */
  tracker(): ChangeTracker;
  /** Samples until this second after the start. */
  runTo(second: number): Promise<void>;
  /** Ends the daemon, so that nothing is sampled until the next start. */
  stop(): void;
  /** Starts it again at this second. */
  start(second: number): void;
  /** Every change that is stored or waits to be stored, oldest first. */
  stored(): Change[];
  /** Moves the wall clock only. */
  stepWall(ms: number): void;
}

/** @param beatSeconds time between two samples: with longer ones many hours are played soon. */
export function watchChanges(world: World, { beatSeconds = 2 } = {}): ChangingHost {
  const test = openTestStore();
  const { clock } = test;
  const simulation = simulate(world);
  let tracker: ChangeTracker = createChangeTracker();
  let second = 0;
  let readFailures = 0;
  let steppedMs = 0;
  const offset = { monotonicMs: MONOTONIC_START - clock.monotonicMs() };
  const moveTo = (toSecond: number): void => {
    simulation.runTo(toSecond * SECOND_MS);
    clock.advance(WALL_START + steppedMs + toSecond * SECOND_MS - clock.wallMs());
    second = toSecond;
  };
  const open = (): ReturnType<typeof createCycle> => {
    tracker = createDaemonChanges(test.store);
    return createCycle({
      clock,
      host: {
        readHost: () =>
          Promise.resolve({
            limits: simulation.limits(),
            granularity: world.granularity,
            counters: simulation.counters(),
          }),
      },
      table: {
        readTable: () => {
          const snapshot = {
            ...simulation.snapshot(),
            takenAtMs: clock.wallMs(),
            monotonicMs: clock.monotonicMs() + offset.monotonicMs,
          };
          return Promise.resolve({ snapshot, source: { name: 'recording', why: 'a simulated host' }, costMs: 0 });
        },
      },
      owners: { findOwners: () => Promise.resolve({ reports: [], costMs: 0 }) },
      failures: {
        readFailures() {
          const failures = simulation.failures().slice(readFailures).map(describeFailedConnect);
          readFailures += failures.length;
          return { offBecause: null, failures };
        },
      },
      past: test.store.poolPast,
      samples: test.store,
      announcer: fakeAnnouncer(),
      health: fakeHealth(),
      outages: createOutageTracker(),
      changes: tracker,
      incidents: incidentTracker(['ops@example.org']),
      forecaster: createForecaster(),
      budget: createDumpBudget({ ratio: 1, busyRatio: 1, maxIntervalMs: beatSeconds * SECOND_MS }),
      lookout: { mustLook: () => false },
      settings: DEFAULT_ALERT_SETTINGS,
      troubles: () => ({ troubles: [], isComplete: true }),
      activeAlerts: [],
      unsettled: null,
      beatMs: beatSeconds * SECOND_MS,
      maxSampleAgeMs: MAX_SAMPLE_AGE_MS,
      warm: () => undefined,
      publish: () => undefined,
    });
  };
  moveTo(0);
  let cycle = open();
  return {
    test,
    tracker: () => tracker,
    async runTo(toSecond) {
      while (second + beatSeconds <= toSecond) {
        moveTo(second + beatSeconds);
        await cycle.beat();
        test.store.tick();
      }
    },
    stop: () => test.store.flush(),
    start(atSecond) {
      moveTo(atSecond);
      test.reopen();
      cycle = open();
    },
    stored: () => test.store.listChanges({ poolIds: null, fromMs: null, toMs: null, limit: 1000 }).reverse(),
    stepWall(ms) {
      steppedMs += ms;
      clock.stepWall(ms);
    },
  };
}
