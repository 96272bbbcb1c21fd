/** A store in a folder of its own, with a clock that the test moves. */
import Database from 'better-sqlite3';
import { accessSync, constants, mkdtempSync, rmSync, statfsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';

import type { CycleRecord } from '../../daemon/contracts.js';
import { MIGRATIONS_DIR } from '../../daemon/paths.js';
import { createForecastKeeper } from '../../daemon/score/kept-forecasts.js';
import type { ScoreSample } from '../../daemon/score/pool-state.js';
import { createScorer } from '../../daemon/score/scorer.js';
import { keepStatements } from '../../daemon/store/database.js';
import { openStore, type Store, type StoreOptions } from '../../daemon/store/store.js';
import { DAY_MS, HOUR_MS, SECOND_MS } from '../../daemon/units.js';
import {
  fakeClock,
  fakeHealth,
  fakeLog,
  MAX_SAMPLE_AGE_MS,
  type FakeClock,
  type FakeHealth,
  type FakeLog,
} from '../fakes.js';
import { createCycleRecord } from './records.js';

const MIB = 1024 * 1024;
const MEMORY_FOLDER = '/dev/shm';
/** Far more than all databases of the tests that run at the same time. */
const MEMORY_NEEDED_BYTES = 512 * MIB;
const BEAT_MS = 2 * SECOND_MS;

/** A folder that is deleted after the test. It is in memory where that is possible: no test waits for a disk to sync. */
export function createTempFolder(): string {
  const folder = mkdtempSync(join(hasMemoryFolder() ? MEMORY_FOLDER : tmpdir(), 'portcast-store-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

function hasMemoryFolder(): boolean {
  try {
    accessSync(MEMORY_FOLDER, constants.W_OK);
    const { bavail, bsize } = statfsSync(MEMORY_FOLDER);
    return bavail * bsize >= MEMORY_NEEDED_BYTES;
  } catch {
    return false;
  }
}

/** A record to store. Its forecasts are kept and scored as the cycle does it, with this evidence and these alerts. */
type TestRecord = Partial<CycleRecord> & Partial<Pick<ScoreSample, 'evidence' | 'alarmed'>>;

export interface TestStore {
  store: Store;
  readonly file: string;
  readonly clock: FakeClock;
  readonly health: FakeHealth;
  readonly log: FakeLog;
  /** Hands a record to the store. */
  append(record: TestRecord): void;
  /** Hands a record to the store; then 2 s pass. */
  beat(record: TestRecord): void;
  /** Lets time pass, with a tick every second, or every `tickMs` where many hours have to pass. */
  pass(ms: number, tickMs?: number): void;
  reopen(options?: Partial<StoreOptions>): void;
  /** Another connection to the same file, which is closed after the test. */
  sql(): Database.Database;
}

export function openTestStore(options: Partial<StoreOptions> = {}): TestStore {
  const file = options.file ?? join(createTempFolder(), 'db', 'portcast.db');
  const clock = fakeClock();
  const health = fakeHealth();
  const log = fakeLog();
  const open = (changes: Partial<StoreOptions> = {}): Store =>
    openStore({
      file,
      capBytes: 64 * MIB,
      retention: { rawMs: 6 * HOUR_MS, minuteMs: 14 * DAY_MS, hourMs: 400 * DAY_MS },
      maxSeries: 200,
      reserveBytes: 0,
      maxSampleAgeMs: MAX_SAMPLE_AGE_MS,
      migrationsDir: MIGRATIONS_DIR,
      clock,
      health,
      log,
      ...options,
      ...changes,
    });
  const store = open();
  let score = createScoring(store);
  const test: TestStore = {
    store,
    file,
    clock,
    health,
    log,
    append(record) {
      test.store.append(score(createCycleRecord(clock, record), record));
    },
    beat(record) {
      test.append(record);
      test.pass(BEAT_MS);
    },
    pass(ms, tickMs = SECOND_MS) {
      for (let leftMs = ms; leftMs > 0; leftMs -= tickMs) {
        clock.advance(Math.min(tickMs, leftMs));
        test.store.tick();
      }
    },
    reopen(changes) {
      test.store.close();
      test.store = open(changes);
      score = createScoring(test.store);
    },
    sql() {
      const db = keepStatements(new Database(file));
      onTestFinished(() => void db.close());
      return db;
    },
  };
  onTestFinished(() => {
    try {
      test.store.close();
    } catch {
      // The test has closed the store already, or has damaged its file.
    }
  });
  return test;
}

/** What the cycle does between the forecast and the store. */
function createScoring(store: Store): (record: CycleRecord, witnessed: TestRecord) => CycleRecord {
  const [keeper, scorer] = [createForecastKeeper(), createScorer(store.loadUnsettled())];
  return (record, { evidence = new Map(), alarmed = [] }) => {
    const forecasts = keeper.keep(record.pools, record.monotonicMs);
    const scores = scorer.observe({ ...record, kept: forecasts, evidence, alarmed, maxSampleAgeMs: MAX_SAMPLE_AGE_MS });
    return { ...record, forecasts, scores };
  };
}
