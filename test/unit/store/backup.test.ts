/** Backups of a live database. */
import Database from 'better-sqlite3';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

import { backupDatabase } from '../../../daemon/store/backup.js';
import { keepStatements } from '../../../daemon/store/database.js';
import { MINUTE_MS } from '../../../daemon/units.js';
import { createAlert, createAlertChange, createMail } from '../../builders/records.js';
import { storeSamples } from '../../builders/stored-samples.js';
import { createTempFolder, openTestStore } from '../../builders/stores.js';

describe('backup', () => {
  it('of a live database is consistent, holds what was committed, and opens like the original', async () => {
    const test = openTestStore();
    storeSamples(test, 10 * MINUTE_MS);
    test.store.commitAlerts([createAlertChange(createAlert('a'))], [createMail('m')]);
    const writer = keepStatements(new Database(test.file));
    writer.exec('BEGIN IMMEDIATE');
    const target = join(createTempFolder(), 'copy.db');
    await backupDatabase(test.file, target);
    writer.close();
    const copy = keepStatements(new Database(target, { readonly: true }));
    expect(copy.pragma('integrity_check', { simple: true })).toBe('ok');
    expect(copy.pragma('auto_vacuum', { simple: true })).toBe(2);
    copy.close();
    const restored = openTestStore({ file: target });
    expect(restored.store.loadActiveAlerts()).toEqual([createAlert('a')]);
    const [fromMs, toMs] = [test.clock.wallMs() - 9 * MINUTE_MS, test.clock.wallMs() - MINUTE_MS];
    const query = { id: 'out_host_10.0.0.2_1', fromMs, toMs, points: 20 };
    const history = restored.store.portHistory(query);
    expect(history?.mean['total']).toHaveLength(20);
    expect(history?.mean['total']).not.toContain(null);
    expect(history).toEqual(test.store.portHistory(query));
  });

  it('overwrites no file, needs a database, and leaves no half of a copy', async () => {
    const test = openTestStore();
    test.store.flush();
    const folder = createTempFolder();
    await expect(backupDatabase(test.file, test.file)).rejects.toThrow(/exists already/);
    await expect(backupDatabase(join(folder, 'none.db'), join(folder, 'x.db'))).rejects.toThrow(/none\.db/);
    expect(existsSync(join(folder, 'x.db'))).toBe(false);
    await expect(backupDatabase(test.file, join(folder, 'no', 'x.db'))).rejects.toThrow(/cannot create backup/);
    expect(readFileSync(test.file).length).toBeGreaterThan(0);
  });
});
