/** How long samples, series, alerts and mail are kept. */
import { describe, expect, it } from 'vitest';

import type { Silence } from '../../../../daemon/incident/silences.js';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../../../daemon/units.js';
import { createAlert, createAlertChange, createMail, createPortSeries } from '../../../builders/records.js';
import { countRows, storeSamples } from '../../../builders/stored-samples.js';
import { openTestStore } from '../../../builders/stores.js';

const MIB = 1024 * 1024;
const SHORT = { rawMs: 10 * MINUTE_MS, minuteMs: 2 * HOUR_MS, hourMs: 2 * DAY_MS };

describe('retention', () => {
  it('deletes each tier at its own age, and forecasts with the minutes', () => {
    const test = openTestStore({ retention: { rawMs: 10 * MINUTE_MS, minuteMs: HOUR_MS, hourMs: 6 * DAY_MS } });
    storeSamples(test, 3 * HOUR_MS);
    const db = test.sql();
    const nowMs = test.clock.wallMs();
    const findAge = (sql: string): number => nowMs - (db.prepare<[], number>(sql).pluck().get() ?? NaN);
    expect(findAge('SELECT min(to_ms) FROM raw_chunk')).toBeLessThan(11 * MINUTE_MS);
    expect(findAge('SELECT min(to_ms) FROM minute_chunk')).toBeLessThan(HOUR_MS + MINUTE_MS);
    expect(findAge('SELECT min(made_at_ms) FROM forecast')).toBeLessThan(HOUR_MS + MINUTE_MS);
    expect(countRows(db, 'hour_tail')).toBeGreaterThan(0);
  });

  it('deletes series of which no tier holds a sample, and stores them again when they come back', () => {
    const test = openTestStore({ retention: { ...SHORT, minuteMs: HOUR_MS, hourMs: HOUR_MS } });
    test.beat({ ports: [createPortSeries('out_host_10.0.0.9_80', { ESTABLISHED: 1 })] });
    const names = test.sql().prepare<[], string>('SELECT name FROM series WHERE kind = 0 ORDER BY name').pluck();
    test.store.flush();
    expect(names.all()).toEqual(['other', 'out_host_10.0.0.9_80']);
    // Hours are sealed when their window of four days is over.
    for (let day = 0; day < 9; day++) {
      test.clock.advance(DAY_MS - 10 * MINUTE_MS);
      test.pass(1000);
      storeSamples(test, 10 * MINUTE_MS, 1);
    }
    expect(names.all()).toEqual(['other', 'out_host_10.0.0.2_0']);
    const fromMs = test.clock.wallMs();
    test.beat({ ports: [createPortSeries('out_host_10.0.0.9_80', { ESTABLISHED: 5 })] });
    test.reopen();
    const history = test.store.portHistory({ id: 'out_host_10.0.0.9_80', fromMs, toMs: fromMs + 2000, points: 1 });
    expect(history?.max['established']).toEqual([5]);
  });

  it('deletes resolved alerts and mail that was sent or given up at their age; active and waiting ones stay', () => {
    const test = openTestStore();
    const oldMs = test.clock.wallMs() - 401 * DAY_MS;
    const resolved = createAlert('resolved', { state: 'resolved', pendingAtMs: oldMs, resolvedAtMs: oldMs });
    test.store.commitAlerts(
      [createAlertChange(createAlert('firing', { pendingAtMs: oldMs })), createAlertChange(resolved)],
      ['sent', 'failed', 'waiting'].map((id) => createMail(id, { createdAtMs: oldMs })),
    );
    test.store.recordAttempt('sent', { ok: true, response: '250' }, oldMs, null);
    test.store.recordAttempt('failed', { ok: false, retry: false, error: '550' }, oldMs, null);
    test.pass(MINUTE_MS);
    expect(test.store.listAlerts({ limit: 9 }).map(({ id }) => id)).toEqual(['firing']);
    expect(test.store.dueMessages(test.clock.wallMs(), 9, 'mail').map(({ messageId }) => messageId)).toEqual([
      'waiting',
    ]);
    expect(test.store.outboxSummary('mail')).toMatchObject({ pending: 1, failed: 0 });
    expect(countRows(test.sql(), 'outbox')).toBe(1);
  });

  it('deletes a message that was not needed as early as one that was sent, and not as late as one that was given up', () => {
    const test = openTestStore();
    const oldMs = test.clock.wallMs() - 31 * DAY_MS;
    const create = (id: string, more = {}) => createMail(id, { createdAtMs: oldMs, ...more });
    test.store.commitAlerts(
      [],
      [create('sent', { recipient: 'slack' }), create('cancelled', { insteadOf: 'sent' }), create('failed')],
    );
    test.store.recordAttempt('sent', { ok: true, response: '200' }, oldMs, null);
    test.store.recordAttempt('failed', { ok: false, retry: false, error: '550' }, oldMs, null);
    const ids = test.sql().prepare<[], string>('SELECT message_id FROM outbox ORDER BY id').pluck();
    expect(ids.all()).toEqual(['sent', 'cancelled', 'failed']);
    test.pass(MINUTE_MS);
    expect(ids.all()).toEqual(['failed']);
  });

  it('keeps only so many silences that have ended as the cap allows, and each that has not', () => {
    const test = openTestStore({ capBytes: MIB });
    const nowMs = test.clock.wallMs();
    const silences = Array.from({ length: 200 }, (_, index): Silence => {
      const endAtMs = index % 2 === 0 ? nowMs - HOUR_MS - index : nowMs + HOUR_MS;
      const matchers = { pool: 'a' };
      return { id: `s${index}`, matchers, beginAtMs: 0, endAtMs, createdAtMs: 0, author: null, comment: '' };
    });
    test.store.commitAlerts([], [], { incidents: [], decisions: [], silences });
    test.pass(2 * MINUTE_MS);
    const count = (where: string): unknown =>
      test.sql().prepare(`SELECT count(*) FROM silence WHERE end_at_ms ${where} ?`).pluck().get(nowMs);
    expect([count('<'), count('>')]).toEqual([64, 100]);
  });
});
