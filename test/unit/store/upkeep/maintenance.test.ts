/** Upkeep goes in slices. */
import { expect, it } from 'vitest';

import { openConnection } from '../../../../daemon/store/database.js';
import { createMaintenance } from '../../../../daemon/store/upkeep/maintenance.js';
import { SLICE_PAGES, SLICE_ROWS, type Slice } from '../../../../daemon/store/upkeep/slice.js';
import { divideSpace, limitSpace, measureSpace } from '../../../../daemon/store/upkeep/space.js';
import { HOUR_MS } from '../../../../daemon/units.js';
import { storeSamples } from '../../../builders/stored-samples.js';
import { openTestStore } from '../../../builders/stores.js';

it('every task of upkeep is done in slices within their bound', () => {
  const test = openTestStore();
  storeSamples(test, HOUR_MS / 2, 150);
  test.store.close();
  const db = openConnection(test.file);
  const durable = openConnection(test.file);
  const budget = divideSpace(512 * 1024);
  limitSpace(db, durable, budget);
  const maintenance = createMaintenance({
    db,
    clock: test.clock,
    space: measureSpace(db, test.file, budget),
    retention: { rawMs: 0, minuteMs: 0, hourMs: 0 },
    onForget: () => undefined,
  });
  const slices: Slice[] = [];
  for (let tick = 0; tick < 2 * 3600; tick++) {
    test.clock.advance(1000);
    const slice = maintenance.step();
    if (slice !== null) slices.push(slice);
  }
  db.close();
  durable.close();
  expect(new Set(slices.map(({ task }) => task))).toEqual(
    new Set(['checkpoint', 'evict', 'seal', 'expire', 'vacuum', 'forget']),
  );
  for (const { task, amount } of slices) {
    expect(amount).toBeLessThanOrEqual(task === 'vacuum' ? SLICE_PAGES : SLICE_ROWS);
  }
});
