/** A store in a folder of its own, and records to fill it with. */
import Database from 'better-sqlite3';
import { keepStatements } from '../../daemon/store/database.js';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach } from 'vitest';

import type { CycleRecord } from '../../daemon/contracts.js';
import { MIGRATIONS_DIR } from '../../daemon/paths.js';
import { createForecastKeeper } from '../../daemon/score/kept-forecasts.js';
import type { ScoreSample } from '../../daemon/score/pool-score.js';
import { createScorer } from '../../daemon/score/scorer.js';
import { openStore, type Store, type StoreOptions } from '../../daemon/store/store.js';
import { DAY_MS, HOUR_MS } from '../../daemon/units.js';
import {
  fakeClock,
  fakeHealth,
  fakeLog,
  type FakeClock,
  type FakeHealth,
  type FakeLog,
  MAX_SAMPLE_AGE_MS,
} from '../fakes.js';
import { createCycleRecord } from './records.js';

const cleanups: (() => void)[] = [];
afterEach(() => {
  for (const cleanup of cleanups.splice(0).reverse()) cleanup();
});

export function createTempFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'portcast-store-'));
  cleanups.push(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** A record to store. Its forecasts are kept and scored as the cycle does it, by this evidence and these alerts. */
export type TestRecord = Partial<CycleRecord> & Partial<Pick<ScoreSample, 'evidence' | 'alarmed'>>;

export interface TestStore {
  store: Store;
  readonly file: string;
  readonly clock: FakeClock;
  readonly health: FakeHealth;
  readonly log: FakeLog;
  /** A record now; then 2 s pass, with a tick in each. */
  beat(record: TestRecord): void;
  /** Lets time pass with a tick a second. */
  pass(ms: number): void;
  reopen(options?: Partial<StoreOptions>): void;
  /** A connection of the test's own, closed with it. */
  sql(): Database.Database;
}

export function openTestStore(options: Partial<StoreOptions> = {}): TestStore {
  const file = options.file ?? join(createTempFolder(), 'db', 'portcast.db');
  const clock = fakeClock();
  const health = fakeHealth();
  const log = fakeLog();
  const open = (more: Partial<StoreOptions> = {}): Store =>
    openStore({
      file,
      capBytes: 64 * 1024 * 1024,
      retention: { rawMs: 6 * HOUR_MS, minuteMs: 14 * DAY_MS, hourMs: 400 * DAY_MS },
      maxSeries: 200,
      migrationsDir: MIGRATIONS_DIR,
      clock,
      health,
      log,
      ...options,
      ...more,
    });
  const first = open();
  let score = createScoring(first);
  const test: TestStore = {
    store: first,
    file,
    clock,
    health,
    log,
    beat(record) {
      test.store.append(score(createCycleRecord(clock, record), record));
      test.pass(2000);
    },
    pass(ms) {
      for (let left = ms; left > 0; left -= 1000) {
        clock.advance(1000);
        test.store.tick();
      }
    },
    reopen(more) {
      test.store.close();
      test.store = open(more);
      score = createScoring(test.store);
    },
    sql() {
      const db = keepStatements(new Database(file));
      cleanups.push(() => db.close());
      return db;
    },
  };
  cleanups.push(() => {
    try {
      test.store.close();
    } catch {
      // A test may have closed it, or killed the file underneath.
    }
  });
  return test;
}

/** What the cycle does between the forecast and the store. */
function createScoring(store: Store): (record: CycleRecord, shown: TestRecord) => CycleRecord {
  const [keeper, scorer] = [createForecastKeeper(), createScorer(store.loadUnsettled())];
  return (record, { evidence = new Map(), alarmed = [] }) => {
    const forecasts = keeper.keep(record.pools, record.monotonicMs);
    const scores = scorer.observe({ ...record, kept: forecasts, evidence, alarmed, maxSampleAgeMs: MAX_SAMPLE_AGE_MS });
    return { ...record, forecasts, scores };
  };
}
