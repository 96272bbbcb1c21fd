/** Outages in the store: stored with their batch, read with those still in memory, aged, and known after a restart. */
import { describe, expect, it } from 'vitest';
import type { Outage } from '../../../../daemon/outage/outage.js';
import { MAX_KNOWN } from '../../../../daemon/outage/tracker.js';
import { DAY_MS, MINUTE_MS, SECOND_MS } from '../../../../daemon/units.js';
import { createOutage } from '../../../builders/outage.js';
import { pool } from '../../../builders/records.js';
import { countRows } from '../../../builders/stored-samples.js';
import { openTestStore, type TestStore } from '../../../builders/stores.js';

const OTHER = 'connect_host_10.0.0.1_10.0.0.3_443';

function outageAt(test: TestStore, changes: Partial<Outage> = {}): Outage {
  return createOutage({ fromMs: test.clock.wallMs(), ...changes });
}

describe('stored outages', () => {
  it('are read as they were, the newest first, written or still in memory', () => {
    const test = openTestStore();
    const first = outageAt(test, { warnedMs: null, failedConnects: null });
    test.beat({ outages: [first] });
    test.store.flush();
    const second = outageAt(test, { poolId: OTHER, isEstimated: true });
    test.beat({ outages: [second] });
    expect(test.store.listOutages(9)).toEqual([second, first]);
    expect(test.store.listOutages(1)).toEqual([second]);
    test.store.flush();
    expect(test.store.listOutages(9)).toEqual([second, first]);
  });

  it('have the newest state of an outage that goes on, in one row', () => {
    const test = openTestStore();
    const outage = outageAt(test, { isOver: false, failedConnects: 1 });
    for (let count = 1; count <= 12; count += 1) {
      test.beat({ outages: [{ ...outage, failedConnects: count, lastMs: test.clock.wallMs() }] });
    }
    expect(test.store.listOutages(9)).toMatchObject([{ failedConnects: 12, isOver: false }]);
    test.store.flush();
    expect(countRows(test.sql(), 'outage')).toBe(1);
    test.reopen();
    expect(test.store.loadOutages()).toMatchObject([{ failedConnects: 12, isOver: false, fromMs: outage.fromMs }]);
  });

  it('are known after a restart: all that go on, and the newest of the others, oldest first', () => {
    const test = openTestStore();
    const open = outageAt(test, { isOver: false, poolId: OTHER });
    const many = Array.from({ length: MAX_KNOWN + 3 }, (_, index) =>
      createOutage({ fromMs: test.clock.wallMs() + (index + 1) * SECOND_MS }),
    );
    test.beat({ outages: [open, ...many] });
    test.reopen();
    expect(test.store.loadOutages()).toEqual([open, ...many.slice(3)]);
  });

  it('come with the history of their pool, those that lie at least partly in the span, oldest first', () => {
    const test = openTestStore();
    const forecast = pool(createOutage().poolId);
    const fromMs = test.clock.wallMs();
    const early = createOutage({ fromMs: fromMs - 90 * SECOND_MS, lastMs: fromMs - 60 * SECOND_MS });
    const across = createOutage({ fromMs: fromMs - 10 * SECOND_MS, lastMs: fromMs + 1000 });
    const inside = createOutage({ fromMs: fromMs + 3000, isOver: false, lastMs: fromMs + 4000 });
    const others = createOutage({ fromMs: fromMs + 3000, poolId: OTHER });
    test.beat({ pools: [forecast], outages: [early, inside, across, others] });
    for (let beat = 0; beat < 10; beat += 1) test.beat({ pools: [forecast] });
    const history = test.store.poolHistory({ id: forecast.id, fromMs, toMs: fromMs + MINUTE_MS, points: 10 });
    expect(history?.outages).toEqual([
      {
        poolId: forecast.id,
        from: new Date(across.fromMs).toISOString(),
        to: new Date(across.lastMs).toISOString(),
        durationSeconds: 11,
        peakUsed: 1000,
        capacity: 1000,
        failedConnects: 165,
        failedConnectsEstimated: false,
        warnedSeconds: 28,
      },
      expect.objectContaining({ from: new Date(inside.fromMs).toISOString(), to: null, durationSeconds: 1 }),
    ]);
  });

  it('are deleted at the age of alerts', () => {
    const test = openTestStore();
    const ages = [401, 399].map((days) => createOutage({ fromMs: test.clock.wallMs() - days * DAY_MS }));
    test.beat({ outages: ages });
    test.store.flush();
    test.pass(2 * MINUTE_MS);
    expect(test.store.listOutages(9)).toEqual(ages.slice(1));
  });
});
