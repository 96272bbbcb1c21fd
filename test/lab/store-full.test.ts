/** A disk that is really full: a tmpfs of 6 MB that this test mounts and unmounts. Needs root. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync, statfsSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest';

import { openTestStore } from '../builders/stores.js';
import { createAlert, createAlertChange, createMail, createPortSeries } from '../builders/records.js';

const ID = 'out_host_10.0.0.2_1';
let mount = '';

beforeAll(() => {
  if (process.getuid?.() !== 0) throw new Error('this test mounts a tmpfs and must run as root');
  mount = mkdtempSync(join(tmpdir(), 'portcast-full-'));
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=6m,mode=0700', 'tmpfs', mount], { timeout: 10_000 });
});

afterAll(() => {
  if (mount === '') return;
  execFileSync('umount', [mount], { timeout: 10_000 });
  rmSync(mount, { recursive: true });
});

/** Takes all the room that is left. */
function fillDisk(): void {
  const { bavail, bsize } = statfsSync(mount);
  writeFileSync(join(mount, 'ballast'), Buffer.alloc(bavail * bsize));
}

const readStoredMail = (file: string): number => {
  // Another process would see this after a crash: the database and its WAL as they are on the disk.
  const db = new Database(file, { readonly: true });
  try {
    return db.prepare<[], { n: number }>("select count(*) as n from outbox where status = 'waiting'").get()?.n ?? 0;
  } finally {
    db.close();
  }
};

it('writes alerts and mail into the room that is kept for them, and keeps it again once there is room', () => {
  const file = join(mount, 'kept.db');
  const test = openTestStore({ file, reserveBytes: 2 ** 20 });
  onTestFinished(() => {
    for (const name of readdirSync(mount)) rmSync(join(mount, name), { recursive: true });
  });
  test.pass(2000);
  const { size, blocks } = statSync(`${file}.reserve`);
  expect(size).toBe(2 ** 20);
  expect(blocks * 512).toBeGreaterThanOrEqual(2 ** 20);
  fillDisk();
  const write = (index: number): void => {
    const mail = createMail(`m${index}`, { html: 'x'.repeat(50_000) });
    test.store.commitAlerts([createAlertChange(createAlert(`a${index}`))], [mail]);
  };
  for (let index = 0; index < 8; index += 1) {
    write(index);
    // Samples come meanwhile, and must not take what was made free.
    test.beat({ ports: [createPortSeries(ID, { ESTABLISHED: index })] });
    test.pass(10_000);
  }
  expect(readStoredMail(file)).toBe(8);
  expect(existsSync(`${file}.reserve`)).toBe(false);
  expect(test.health.problems.get('store')).toMatch(
    /use the 1 MiB that were kept for them, and samples wait in memory/,
  );
  expect(test.store.stats().pendingRecords).toBeGreaterThan(0);
  expect(test.health.problems.get('store')).not.toMatch(/of alerts and mail are kept in memory/);

  rmSync(join(mount, 'ballast'));
  test.pass(30_000);
  expect(statSync(`${file}.reserve`).size).toBe(2 ** 20);
  expect(test.health.problems.size).toBe(0);
  expect(test.store.stats().pendingRecords).toBe(0);
});

it('keeps samples in memory and alerts and mail on disk, reports it, and writes everything once there is room', () => {
  const test = openTestStore({ file: join(mount, 'portcast.db') });
  const beats = (count: number): void => {
    for (let beat = 0; beat < count; beat++) {
      const ports = Array.from({ length: 150 }, (_, index) =>
        createPortSeries(`out_host_10.0.0.2_${index}`, {
          ESTABLISHED: (test.clock.monotonicMs() * (index + 7)) % 1009,
        }),
      );
      test.beat({ ports });
    }
  };
  beats(10);
  expect(test.health.problems.size).toBe(0);

  fillDisk();
  const fromMs = test.clock.wallMs();
  beats(150);
  test.store.commitAlerts([createAlertChange(createAlert('a'))], [createMail('m1', { html: 'x'.repeat(50_000) })]);
  expect(test.health.problems.get('store')).toMatch(/no space left for database .* wait in memory/);
  expect(test.health.problems.get('store')).toMatch(/1 change of alerts and mail/);
  expect(test.store.loadActiveAlerts()).toHaveLength(1);
  expect(test.store.dueMessages(test.clock.wallMs(), 5, 'mail')).toHaveLength(1);
  expect(test.store.stats()).toMatchObject({ droppedSamples: 0 });
  expect(test.store.stats().pendingRecords).toBeGreaterThan(30);

  rmSync(join(mount, 'ballast'));
  test.pass(30_000);
  expect(test.health.problems.size).toBe(0);
  expect(test.store.stats().pendingRecords).toBe(0);
  test.reopen();
  expect(test.sql().pragma('integrity_check', { simple: true })).toBe('ok');
  expect(test.store.dueMessages(test.clock.wallMs(), 5, 'mail')).toMatchObject([{ messageId: 'm1' }]);
  const history = test.store.portHistory({ id: ID, fromMs, toMs: fromMs + 300_000, points: 60 });
  expect(history?.mean['established']).not.toContain(null);
  test.store.close();
});
