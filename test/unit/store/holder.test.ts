/** One daemon per database: the second one is refused and names the first. */
import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, linkSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';

import { MIGRATIONS_DIR, PACKAGE_ROOT } from '../../../daemon/paths.js';
import { backupDatabase } from '../../../daemon/store/backup.js';
import { openHistory } from '../../../daemon/store/series/export.js';
import { createPortSeries } from '../../builders/records.js';
import { createTempFolder, openTestStore } from '../../builders/stores.js';

const CHILD = fileURLToPath(import.meta.resolve('../../builders/store-writer-child.ts'));
const HELD = { code: 'STORE_HELD', retryable: false };

/** A daemon in another process that has the database open and has written to it. */
async function holdElsewhere(file: string): Promise<ChildProcessByStdio<Writable, Readable, null>> {
  const child = spawn(process.execPath, ['--import', 'tsx', CHILD, file, '1'], {
    cwd: PACKAGE_ROOT,
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  child.stdin.write('go\n');
  await once(child.stdout, 'data');
  return child;
}

describe('a database that another daemon has open', () => {
  it(
    'is refused with the pid of the holder and since when, until the holder is killed',
    { timeout: 30_000 },
    async () => {
      const file = join(createTempFolder(), 'x.db');
      const child = await holdElsewhere(file);
      const open = (path = file): unknown => openTestStore({ file: path, openWaitMs: 50 });
      const named = new RegExp(
        `in use by another portcast daemon \\(pid ${String(child.pid)}, since 2026-01-05T13:00:00`,
      );
      expect(open).toThrow(expect.objectContaining({ ...HELD, message: expect.stringMatching(named) as string }));
      // A refusal takes nothing away from the holder.
      expect(open).toThrow(expect.objectContaining(HELD));

      const folder = createTempFolder();
      symlinkSync(file, join(folder, 'link.db'));
      symlinkSync(dirname(file), join(folder, 'folder'));
      linkSync(file, join(dirname(file), 'hard.db'));
      for (const path of [join(folder, 'link.db'), join(folder, 'folder', 'x.db'), join(dirname(file), 'hard.db')]) {
        expect(() => open(path), path).toThrow(expect.objectContaining(HELD));
      }

      // What only reads is not held up.
      await backupDatabase(file, join(folder, 'copy.db'));
      openHistory(file, MIGRATIONS_DIR).close();

      const exited = once(child, 'exit');
      child.kill('SIGKILL');
      await exited;
      expect(open).not.toThrow();
      // A copy is another database, although it holds the name of the lock file of the first.
      expect(() => open(join(folder, 'copy.db'))).not.toThrow();
    },
  );

  it('is left to it when the lock file was removed meanwhile, and the first goes on in memory', async () => {
    const test = openTestStore();
    rmSync(`${test.file}.lock`);
    const child = await holdElsewhere(test.file);
    for (let count = 0; count < 10; count++) test.beat({ ports: [createPortSeries('in_host_1', { LISTEN: 1 })] });
    expect(test.health.problems.get('store')).toMatch(
      new RegExp(`in use by another portcast daemon \\(pid ${String(child.pid)}, .* goes on in memory`),
    );
    const exited = once(child, 'exit');
    child.kill('SIGKILL');
    await exited;
    test.pass(21_000);
    expect(test.health.problems.size).toBe(0);
    expect(test.store.stats()).toMatchObject({ pendingRecords: 0, droppedSamples: 0 });
  });
});

describe('the lock file', () => {
  it('is made again when it was removed, and when its content is damaged', () => {
    const test = openTestStore();
    rmSync(`${test.file}.lock`);
    test.pass(11_000);
    expect(existsSync(`${test.file}.lock`)).toBe(true);
    test.store.close();
    writeFileSync(`${test.file}.lock`, 'no database at all, but long enough to be looked at as one'.repeat(100));
    test.reopen();
    expect(() => openTestStore({ file: test.file, openWaitMs: 0 })).toThrow(expect.objectContaining(HELD));
    expect(test.health.problems.size).toBe(0);
  });

  it('that cannot be made is named, and the store works in memory', () => {
    const file = join(createTempFolder(), 'x.db');
    mkdirSync(`${file}.lock`);
    const test = openTestStore({ file });
    expect(test.health.problems.get('store')).toMatch(
      /the lock file .*x\.db\.lock cannot be used: .* goes on in memory/,
    );
  });
});
