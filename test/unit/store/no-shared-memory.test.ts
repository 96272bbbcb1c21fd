/**
 * A database that cannot have shared memory. The null device in the place of the `-shm` file makes SQLite itself fail: the
 * device cannot be given a length, which is SQLITE_IOERR_SHMOPEN. A file system without shared mappings fails one step later,
 * with SQLITE_IOERR_SHMMAP, and both lead to the rollback journal.
 */
import Database from 'better-sqlite3';
import { execFileSync } from 'node:child_process';
import { closeSync, copyFileSync, mkdtempSync, openSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';

import { createAlert, createAlertChange, createMail } from '../../builders/records.js';
import { openTestStore } from '../../builders/stores.js';

const canMakeDevices = makesDevices();
if (!canMakeDevices)
  console.warn('not tested: a database without shared memory, which takes the right to make a device');

/** Root of a container may lack the right, and a file system may refuse to open devices. */
function makesDevices(): boolean {
  const folder = mkdtempSync(join(tmpdir(), 'portcast-noshm-'));
  try {
    const device = join(folder, 'null');
    execFileSync('mknod', [device, 'c', '1', '3'], { stdio: 'ignore' });
    closeSync(openSync(device, 'r'));
    return true;
  } catch {
    return false;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** A path for a database whose shared memory cannot be mapped. The folder in memory allows no devices. */
function createPath(): string {
  const folder = mkdtempSync(join(tmpdir(), 'portcast-noshm-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return join(folder, 'portcast.db');
}

const removeMappings = (file: string): void => {
  rmSync(`${file}-shm`, { force: true });
  execFileSync('mknod', [`${file}-shm`, 'c', '1', '3']);
};

describe.runIf(canMakeDevices)('without shared memory mappings', () => {
  it('SQLite cannot have a WAL here', () => {
    const file = createPath();
    removeMappings(file);
    const db = new Database(file);
    onTestFinished(() => void db.close());
    expect(() => {
      db.pragma('journal_mode = WAL');
      db.pragma('schema_version');
    }).toThrow(expect.objectContaining({ code: 'SQLITE_IOERR_SHMOPEN' }));
  });

  it('a new database gets a rollback journal, says so, and keeps what is promised', () => {
    const file = createPath();
    removeMappings(file);
    const test = openTestStore({ file });
    expect(JSON.stringify(test.log.lines)).toMatch(/no shared memory mappings.* goes on with a rollback journal/);
    test.store.commitAlerts([createAlertChange(createAlert('a'))], [createMail('m1')]);
    test.pass(60_000);
    expect([...test.health.problems]).toEqual([]);
    test.reopen();
    expect(test.store.loadActiveAlerts()).toEqual([createAlert('a')]);
    expect(test.sql().pragma('journal_mode', { simple: true })).not.toBe('wal');
  });

  it('a database that had a WAL goes on, with what only the WAL held', () => {
    const [before, file] = [openTestStore(), createPath()];
    before.store.commitAlerts([createAlertChange(createAlert('a'))], []);
    copyFileSync(before.file, file);
    copyFileSync(`${before.file}-wal`, `${file}-wal`);
    removeMappings(file);
    expect(statSync(`${file}-wal`).size).toBeGreaterThan(0);
    const test = openTestStore({ file });
    expect(test.store.loadActiveAlerts()).toEqual([createAlert('a')]);
    expect(JSON.stringify(test.log.lines)).toContain('goes on with a rollback journal');
  });
});
