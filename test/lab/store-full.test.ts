/** A disk that is really full: a tmpfs of 2 MB that this test mounts and unmounts. Needs root. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';

import { openTestStore } from '../builders/stores.js';
import { createAlert, createAlertChange, createMail, createPortSeries } from '../builders/records.js';

const ID = 'out_host_10.0.0.2_1';
let mount = '';

beforeAll(() => {
  if (process.getuid?.() !== 0) throw new Error('this test mounts a tmpfs and must run as root');
  mount = mkdtempSync(join(tmpdir(), 'portcast-full-'));
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=2m,mode=0700', 'tmpfs', mount], { timeout: 10_000 });
});

afterAll(() => {
  if (mount === '') return;
  execFileSync('umount', [mount], { timeout: 10_000 });
  rmSync(mount, { recursive: true });
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

  const { bavail, bsize } = statfsSync(mount);
  writeFileSync(join(mount, 'ballast'), Buffer.alloc(bavail * bsize));
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
