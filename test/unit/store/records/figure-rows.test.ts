/** The figures of a channel are read once a second: they must not read the messages themselves. */
import Database from 'better-sqlite3';
import { expect, it, onTestFinished } from 'vitest';
import { CHANNEL_NAMES } from '../../../../daemon/incident/recipients.js';
import { keepStatements } from '../../../../daemon/store/database.js';
import { prepareAlertRows } from '../../../../daemon/store/records/alert-rows.js';
import { createMail } from '../../../builders/records.js';
import { openTestStore } from '../../../builders/stores.js';

const T0 = Date.UTC(2026, 0, 5, 12);

it.each(CHANNEL_NAMES)('come from an index alone, but for the text of the last error: %s', (channel) => {
  const test = openTestStore();
  const recipient = channel === 'mail' ? 'ops@example.org' : channel;
  test.store.commitAlerts([], [createMail('m1', { recipient }), createMail('m2', { recipient })]);
  test.store.recordAttempt('m1', { ok: true, response: '250' }, T0, null);
  test.store.recordAttempt('m2', { ok: false, retry: false, error: '550' }, T0 + 1, null);
  const statements: string[] = [];
  const db = keepStatements(new Database(test.file, { verbose: (sql) => void statements.push(String(sql)) }));
  onTestFinished(() => void db.close());
  const rows = prepareAlertRows(db);
  statements.length = 0;
  expect(rows.summary(channel)).toEqual({ pending: 0, failed: 1, lastSentAtMs: T0, lastError: '550' });
  const plans = [...statements].map((sql) =>
    db
      .prepare<[], { detail: string }>(`EXPLAIN QUERY PLAN ${sql}`)
      .all()
      .map(({ detail }) => detail),
  );
  const how = channel === 'mail' ? 'SCAN outbox USING' : 'SEARCH outbox USING';
  const which = channel === 'mail' ? '' : ' (recipient=?)';
  expect(plans).toEqual([
    [`${how} COVERING INDEX outbox_figures${which}`],
    ['SEARCH outbox USING INDEX outbox_attempted (attempted_at_ms=?)'],
  ]);
});
