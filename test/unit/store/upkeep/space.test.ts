/** The cap on the size of the database. */
import { existsSync, statSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

import { HOUR_MS, MINUTE_MS } from '../../../../daemon/units.js';
import { createAlert, createAlertChange, createMail } from '../../../builders/records.js';
import { countRows, storeSamples } from '../../../builders/stored-samples.js';
import { openTestStore } from '../../../builders/stores.js';

const MIB = 1024 * 1024;

function measureBytes(file: string): number {
  return ['', '-wal', '-shm'].reduce((sum, end) => {
    return sum + (existsSync(file + end) ? statSync(file + end).size : 0);
  }, 0);
}

describe('the cap', () => {
  it.each([1, 2])('of %i MiB holds after every record; detailed samples are deleted first, never the newest', (mib) => {
    const test = openTestStore({ capBytes: mib * MIB });
    let greatestBytes = 0;
    for (let step = 0; step < 24 * mib; step++) {
      for (let count = 0; count < 30; count++) {
        storeSamples(test, 10_000, 60);
        greatestBytes = Math.max(greatestBytes, measureBytes(test.file));
      }
      test.store.commitAlerts([createAlertChange(createAlert(`a${step}`))], []);
    }
    expect(greatestBytes).toBeLessThanOrEqual(mib * MIB);
    expect(greatestBytes).toBeGreaterThan(mib * MIB * 0.5);
    expect(test.health.problems.size).toBe(0);
    expect(test.store.stats()).toMatchObject({ droppedSamples: 0, capBytes: mib * MIB });
    expect(test.store.loadActiveAlerts()).toHaveLength(24 * mib);
    const toMs = test.clock.wallMs();
    const newest = test.store.portHistory({ id: 'out_host_10.0.0.2_7', fromMs: toMs - MINUTE_MS, toMs, points: 6 });
    expect(newest?.mean['total']).toHaveLength(6);
    expect(newest?.mean['total']).not.toContain(null);
    expect(countRows(test.sql(), 'hour_tail')).toBeGreaterThan(0);
  });

  it('that is too small for any sample is reported as a problem, and alerts are still stored', () => {
    const test = openTestStore({ capBytes: 220 * 1024 });
    storeSamples(test, 20 * MINUTE_MS, 60);
    expect(test.health.problems.get('store')).toMatch(/takes \d+ of the 225280 bytes it is allowed/);
    test.store.commitAlerts([createAlertChange(createAlert('a'))], [createMail('m')]);
    test.reopen({ capBytes: 64 * MIB });
    test.health.problems.clear();
    expect(test.store.loadActiveAlerts()).toHaveLength(1);
    storeSamples(test, MINUTE_MS);
    expect(test.health.problems.size).toBe(0);
  });

  it('that was lowered shrinks the file', () => {
    const test = openTestStore();
    storeSamples(test, 3 * HOUR_MS, 60);
    test.store.close();
    const before = statSync(test.file).size;
    test.reopen({ capBytes: MIB / 2 });
    expect(before).toBeGreaterThan(0.75 * MIB);
    test.pass(5 * MINUTE_MS);
    expect(measureBytes(test.file)).toBeLessThanOrEqual(MIB / 2);
  });
});
