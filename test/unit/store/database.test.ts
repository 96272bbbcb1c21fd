/** The database file: who may read it, and what is said when the native binding is missing. */
import type Database from 'better-sqlite3';
import { cpSync, mkdirSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';

import { PACKAGE_ROOT } from '../../../daemon/paths.js';
import { backupDatabase } from '../../../daemon/store/backup.js';
import { storeError } from '../../../daemon/store/database.js';
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

describe('a native binding that is missing', () => {
  it('is named in the error, with the command that mends it', () => {
    // The package as npm leaves it when install scripts are blocked: everything but the binary.
    const modules = join(createTempFolder(), 'node_modules');
    mkdirSync(modules);
    for (const name of ['better-sqlite3', 'bindings', 'file-uri-to-path']) {
      cpSync(join(PACKAGE_ROOT, 'node_modules', name), join(modules, name), {
        recursive: true,
        filter: (path) => !/better-sqlite3\/(build|deps|src)$/.test(path),
      });
    }
    const bare = createRequire(join(dirname(modules), 'x.js'))('better-sqlite3') as typeof Database;
    const open = (): unknown => {
      try {
        return new bare(':memory:');
      } catch (error) {
        throw storeError('x.db', error);
      }
    };
    expect(open).toThrow(expect.objectContaining({ code: 'STORE_BINDING' }));
    expect(open).toThrow(/npm rebuild better-sqlite3 .*npm ci --allow-scripts=better-sqlite3.*C\+\+ compiler/);
  });
});
