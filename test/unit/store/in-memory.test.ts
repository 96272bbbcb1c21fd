/** A database that cannot be used at the start or later: alerts, mail and samples go on in memory, and are stored when it can. */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';

import { DAY_MS, HOUR_MS } from '../../../daemon/units.js';
import { createAlert, createAlertChange, createMail, createPortSeries } from '../../builders/records.js';
import { createTempFolder, openTestStore, type TestStore } from '../../builders/stores.js';
import { createOutage } from '../../builders/outage.js';

const ID = 'out_host_10.0.0.2_443';

function fill(test: TestStore, beats: number): void {
  for (let count = 0; count < beats; count++) test.beat({ ports: [createPortSeries(ID, { ESTABLISHED: 7 })] });
}

describe('a file that cannot be used', () => {
  it('at the start leaves a store in memory, which writes everything once it can', () => {
    const folder = createTempFolder();
    // A folder cannot be made where a file is, whoever asks.
    writeFileSync(join(folder, 'db'), '');
    const test = openTestStore({ file: join(folder, 'db', 'portcast.db') });
    expect(test.health.problems.get('store')).toMatch(/cannot be read or written: .*; portcast goes on in memory/);
    test.store.commitAlerts([createAlertChange(createAlert('a'))], [createMail('m1'), createMail('m2')]);
    test.store.recordAttempt('m2', { ok: true, response: '250' }, test.clock.wallMs(), null);
    fill(test, 60);
    expect(test.store.loadActiveAlerts()).toEqual([createAlert('a')]);
    expect(test.store.listAlerts({ limit: 5 })).toEqual([createAlert('a')]);
    expect(test.store.dueMessages(test.clock.wallMs(), 5, 'mail')).toMatchObject([{ messageId: 'm1' }]);
    expect(test.store.outboxSummary('mail')).toMatchObject({ pending: 1, lastError: null });
    expect(test.store.scoreSummary()).toMatchObject({ forecasts: 0 });
    expect(test.store.stats()).toMatchObject({ sizeBytes: 0, pendingRecords: 60 });
    const query = { id: ID, fromMs: test.clock.wallMs() - 60_000, toMs: test.clock.wallMs(), points: 6 };
    expect(test.store.portHistory(query)?.mean['established']).toEqual([7, 7, 7, 7, 7, 7]);
    rmSync(join(folder, 'db'));
    test.pass(30_000);
    expect(test.health.problems.size).toBe(0);
    test.reopen();
    expect(test.store.loadActiveAlerts()).toEqual([createAlert('a')]);
    expect(test.store.dueMessages(test.clock.wallMs(), 5, 'mail')).toMatchObject([{ messageId: 'm1' }]);
    expect(test.sql().prepare('SELECT status FROM outbox ORDER BY message_id').pluck().all()).toEqual([
      'waiting',
      'sent',
    ]);
    expect(test.store.portHistory(query)?.mean['established']).toEqual([7, 7, 7, 7, 7, 7]);
  });

  it('for hours drops samples, but no outage', () => {
    const folder = createTempFolder();
    writeFileSync(join(folder, 'db'), '');
    const test = openTestStore({ file: join(folder, 'db', 'portcast.db') });
    const outage = createOutage({ fromMs: test.clock.wallMs() });
    test.beat({ outages: [outage] });
    fill(test, HOUR_MS / 2000);
    expect(test.store.stats().droppedSamples).toBeGreaterThan(1000);
    rmSync(join(folder, 'db'));
    test.pass(30_000);
    test.reopen();
    expect(test.store.listOutages(5)).toEqual([outage]);
  });

  it('whose folder is replaced by a file meanwhile goes on in memory with what waits, and comes back', () => {
    const test = openTestStore();
    test.store.commitAlerts([createAlertChange(createAlert('a'))], [createMail('m1')]);
    fill(test, 30);
    rmSync(dirname(test.file), { recursive: true });
    writeFileSync(dirname(test.file), '');
    fill(test, 30);
    expect(test.health.problems.get('store')).toMatch(/was removed or moved .* lost when it stops/);
    expect(test.store.dueMessages(test.clock.wallMs() + DAY_MS, 5, 'mail')).toMatchObject([{ messageId: 'm1' }]);
    rmSync(dirname(test.file));
    mkdirSync(dirname(test.file));
    fill(test, 10);
    expect(test.health.problems.get('store')).toMatch(/whole history/);
    test.reopen();
    expect(test.store.dueMessages(test.clock.wallMs() + DAY_MS, 5, 'mail')).toMatchObject([{ messageId: 'm1' }]);
  });
});
