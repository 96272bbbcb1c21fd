/** A reader that holds its transaction for long keeps the WAL from being written back. */
import { existsSync, statSync } from 'node:fs';
import { expect, it } from 'vitest';

import { MINUTE_MS } from '../../../../daemon/units.js';
import { createAlert, createAlertChange, createMail } from '../../../builders/records.js';
import { storeSamples } from '../../../builders/stored-samples.js';
import { openTestStore } from '../../../builders/stores.js';

const CAP_BYTES = 4 * 1024 * 1024;

it('under a long reader the cap holds, upkeep and samples wait, and alerts are written', () => {
  const test = openTestStore({ capBytes: CAP_BYTES });
  storeSamples(test, 120 * MINUTE_MS, 60);
  const reader = test.sql();
  reader.exec('BEGIN');
  reader.prepare('SELECT count(*) FROM series').get();
  let greatestBytes = 0;
  for (let minute = 0; minute < 60; minute++) {
    storeSamples(test, MINUTE_MS, 60);
    const bytes = ['', '-wal', '-shm'].map((end) => (existsSync(test.file + end) ? statSync(test.file + end).size : 0));
    greatestBytes = Math.max(
      greatestBytes,
      bytes.reduce((sum, size) => sum + size),
    );
  }
  expect(greatestBytes).toBeLessThanOrEqual(CAP_BYTES);
  expect(test.health.problems.get('store')).toMatch(/another program has been reading it for long.* end that program/);
  test.store.commitAlerts([createAlertChange(createAlert('a'))], [createMail('m')]);
  expect(test.sql().prepare('SELECT count(*) FROM outbox').pluck().get()).toBe(1);
  reader.exec('COMMIT');
  storeSamples(test, 2 * MINUTE_MS, 60);
  expect(test.health.problems.size).toBe(0);
  expect(test.store.stats()).toMatchObject({ pendingRecords: expect.any(Number) as number });
}, 60_000);
