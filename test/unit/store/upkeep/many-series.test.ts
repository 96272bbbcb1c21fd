/** A host with very many destinations: their names do not fill the database, and do not displace what lasted longer. */
import { existsSync, statSync } from 'node:fs';
import { expect, it } from 'vitest';

import { HOUR_MS, MINUTE_MS, SECOND_MS } from '../../../../daemon/units.js';
import { createAlert, createAlertChange, createMail, createPortSeries } from '../../../builders/records.js';
import { countRows } from '../../../builders/stored-samples.js';
import { openTestStore } from '../../../builders/stores.js';

const CAP_BYTES = 2 * 1024 * 1024;
const STEADY = 'out_host_10.0.0.2_443';
const NEW_PER_BEAT = 50;

it('a flood of destinations leaves the history of the others, and the newest samples, alerts and mail find room', () => {
  const test = openTestStore({ capBytes: CAP_BYTES });
  const startMs = test.clock.wallMs();
  let count = 0;
  const beats = (ms: number, fresh: number): void => {
    for (let left = ms; left > 0; left -= 10 * SECOND_MS) {
      const names = [STEADY, ...Array.from({ length: fresh }, () => `out_host_10.1.0.0_${count++}`)];
      test.append({ ports: names.map((name) => createPortSeries(name, { ESTABLISHED: 1 + (count % 7) })) });
      test.pass(10 * SECOND_MS);
    }
  };
  beats(3 * HOUR_MS, 0);
  beats(20 * MINUTE_MS, NEW_PER_BEAT);
  expect(count).toBe(6000);
  for (let number = 0; number < 60; number++) {
    const id = `a${number}`;
    test.store.commitAlerts([createAlertChange(createAlert(id))], [createMail(id, { html: 'x'.repeat(10_000) })]);
    test.store.recordAttempt(id, { ok: true, response: '250' }, test.clock.wallMs(), null);
  }
  test.store.commitAlerts([], [createMail('waiting')]);
  beats(20 * MINUTE_MS, 0);

  const db = test.sql();
  expect(test.health.problems.size).toBe(0);
  expect(test.store.stats()).toMatchObject({ droppedSamples: 0 });
  expect(countRows(db, 'series')).toBeLessThan(CAP_BYTES / 4096);
  expect(db.prepare('SELECT count(*) FROM outbox WHERE status = ?').pluck().get('waiting')).toBe(1);
  expect(countRows(db, 'outbox')).toBeLessThanOrEqual(1 + CAP_BYTES / (64 * 1024));
  expect(test.store.loadActiveAlerts()).toHaveLength(60);
  const bytes = ['', '-wal', '-shm'].map((end) => (existsSync(test.file + end) ? statSync(test.file + end).size : 0));
  expect(bytes.reduce((sum, size) => sum + size)).toBeLessThanOrEqual(CAP_BYTES);
  const history = test.store.portHistory({ id: STEADY, fromMs: startMs, toMs: startMs + 3 * HOUR_MS, points: 3 });
  expect(history?.mean['established']).not.toContain(null);
  const toMs = test.clock.wallMs();
  const newest = test.store.portHistory({ id: STEADY, fromMs: toMs - MINUTE_MS, toMs, points: 6 });
  expect(newest?.mean['established']).not.toContain(null);
  expect(db.pragma('foreign_key_check')).toEqual([]);
}, 60_000);
