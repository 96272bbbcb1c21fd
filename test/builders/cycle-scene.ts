/** A cycle on fakes, for the tests of its beats and of its glances. */
import { expect } from 'vitest';
import { DEFAULT_ALERT_SETTINGS } from '../../daemon/alert/settings.js';
import type { LastingTrouble } from '../../daemon/alert/trouble.js';
import type { CycleRecord, CycleView, PastStore, SampleStore } from '../../daemon/contracts.js';
import { createCycle } from '../../daemon/cycle.js';
import { createChangeTracker } from '../../daemon/change/tracker.js';
import { createForecaster, type Forecaster } from '../../daemon/forecast/forecaster.js';
import { NO_PAST } from '../../daemon/forecast/history/types.js';
import type { DumpBudget, GlanceReader } from '../../daemon/dump-contracts.js';
import { incidentTracker } from './announcements.js';
import { createOutageTracker } from '../../daemon/outage/tracker.js';
import { createDumpBudget } from '../../daemon/sampling/dump-budget.js';
import { createLookout } from '../../daemon/sampling/lookout.js';
import { STATE } from '../../daemon/snapshot/snapshot.js';
import {
  fakeAnnouncer,
  fakeClock,
  type FakeClock,
  fakeFailures,
  fakeHealth,
  fakeHost,
  type FakeHealth,
  type FakeHost,
  type FakeRow,
  fakeSampleStore,
  MAX_SAMPLE_AGE_MS,
} from '../fakes.js';

interface CycleScene {
  readonly clock: FakeClock;
  readonly cycle: ReturnType<typeof createCycle>;
  readonly budget: DumpBudget;
  readonly host: FakeHost;
  readonly failures: ReturnType<typeof fakeFailures>;
  readonly health: FakeHealth;
  readonly records: readonly CycleRecord[];
  readonly announcer: ReturnType<typeof fakeAnnouncer>;
  readonly views: CycleView[];
  /** How often the channels were told to open their connections ahead. */
  readonly warms: () => number;
  /** What is wrong with portcast's own parts; empty unless the test changes it. */
  readonly troubles: LastingTrouble[];
  /** Runs cycles 2 s apart. `before` prepares the host for each, given the seconds since the first. */
  readonly beats: (count: number, before?: (second: number) => void) => Promise<void>;
}

/** A cycle with the fakes of all its parts, the real budget and the real lookout. */
export function createCycleScene(
  wrapForecaster: (forecaster: Forecaster, clock: FakeClock) => Forecaster = (forecaster) => forecaster,
  stored: { readonly store: SampleStore & PastStore; readonly clock: FakeClock } | null = null,
): CycleScene {
  const clock = stored?.clock ?? fakeClock();
  const budget = createDumpBudget({ ratio: 0.01, busyRatio: 0.05, maxIntervalMs: 30_000 });
  const host = fakeHost(clock);
  const failures = fakeFailures();
  const health = fakeHealth();
  const samples = fakeSampleStore();
  const announcer = fakeAnnouncer();
  const views: CycleView[] = [];
  const troubles: LastingTrouble[] = [];
  const reader: GlanceReader = {
    readHeldPorts: () => (host.counters.inUse ?? 0) + (host.counters.timeWait ?? 0),
    readActiveOpens: () => host.counters.activeOpens ?? 0,
    close: () => undefined,
  };
  const lookout = createLookout({ reader, budget, clock });
  let warms = 0;
  const cycle = createCycle({
    clock,
    host,
    table: host,
    owners: host,
    failures,
    past: stored?.store.poolPast ?? (() => NO_PAST),
    samples: stored?.store ?? samples,
    announcer,
    health,
    outages: createOutageTracker(),
    changes: createChangeTracker(),
    incidents: incidentTracker(['ops@example.org']),
    warm: () => (warms += 1),
    forecaster: wrapForecaster(createForecaster(), clock),
    budget,
    lookout,
    settings: DEFAULT_ALERT_SETTINGS,
    troubles: () => ({ troubles, isComplete: true }),
    activeAlerts: [],
    unsettled: null,
    beatMs: 2000,
    maxSampleAgeMs: MAX_SAMPLE_AGE_MS,
    publish(view) {
      views.push(view);
      lookout.note(view);
    },
  });
  const beats = async (count: number, before: (second: number) => void = () => undefined): Promise<void> => {
    for (let beat = 0; beat < count; beat += 1) {
      before(beat * 2);
      await cycle.beat();
      clock.advance(2000);
    }
  };
  const { records } = samples;
  const heard = () => warms;
  return { clock, cycle, budget, host, failures, health, records, announcer, views, troubles, warms: heard, beats };
}

/** The rows of a table after `seconds` of `rate` closes per second, evenly spaced. */
export function closes(rate: number, seconds: number): FakeRow[] {
  return Array.from({ length: Math.min(999, Math.floor(rate * seconds)) }, (_, index) => ({
    localPort: 20_000 + index,
    state: STATE.TIME_WAIT,
    expiresMs: Math.round(60_000 - (seconds - index / rate) * 1000),
  }));
}

/** The only entry of a list. */
export function only<T>(list: readonly T[]): T {
  expect(list).toHaveLength(1);
  return list[0] as T;
}
