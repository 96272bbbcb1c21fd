/** The database file: who may read it, and the error when the native binding is missing. */
import type Database from 'better-sqlite3';
import { cpSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';

import { PACKAGE_ROOT } from '../../../daemon/paths.js';
import { backupDatabase } from '../../../daemon/store/backup.js';
import { withStoreErrors } from '../../../daemon/store/database.js';
import { createTempFolder, openTestStore } from '../../builders/stores.js';

describe('files', () => {
  it('are for the owner only, whatever the umask: database, WAL, shm, folder and backup', async () => {
    const before = process.umask(0);
    try {
      const test = openTestStore();
      test.beat({});
      const readMode = (path: string): string => (statSync(path).mode & 0o777).toString(8);
      expect(['', '-wal', '-shm'].map((end) => readMode(test.file + end))).toEqual(['600', '600', '600']);
      expect(readMode(dirname(test.file))).toBe('700');
      const target = join(createTempFolder(), 'copy.db');
      await backupDatabase(test.file, target);
      expect(readMode(target)).toBe('600');
    } finally {
      process.umask(before);
    }
  });
});

describe('the binary of better-sqlite3', () => {
  /** @returns a copy of the package as npm installs it, with `spoil` applied to the folder of its binaries. */
  function copyPackage(spoil: (prebuilds: string) => void): typeof Database {
    const modules = join(createTempFolder(), 'node_modules');
    const copy = join(modules, 'better-sqlite3');
    cpSync(join(PACKAGE_ROOT, 'node_modules', 'better-sqlite3'), copy, {
      recursive: true,
      filter: (path) => !/better-sqlite3\/(deps|src)$/.test(path),
    });
    spoil(join(copy, 'prebuilds'));
    return createRequire(join(modules, 'x.js'))('better-sqlite3') as typeof Database;
  }

  it.each<[string, (prebuilds: string) => void]>([
    ['is missing', (prebuilds) => rmSync(prebuilds, { recursive: true })],
    ['is damaged', (prebuilds) => readdirSync(prebuilds).forEach((name) => writeFileSync(join(prebuilds, name), 'x'))],
  ])('that %s is named, with the platforms that have one and the command that mends it', (_name, spoil) => {
    const Copy = copyPackage(spoil);
    const open = () => withStoreErrors('x.db', () => new Copy(':memory:'));
    expect(open).toThrow(expect.objectContaining({ code: 'STORE_BINDING' }));
    expect(open).toThrow(/has no binary that loads on this linux-\w+ \(.*\).* glibc 2\.34 .* packages again: npm ci/);
  });
});
