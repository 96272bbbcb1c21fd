/** What is deleted to make room, and in which order. */
import { expect, it } from 'vitest';
import type { ActionToken } from '../../../../daemon/incident/action.js';
import type { Silence } from '../../../../daemon/incident/silences.js';
import { createEviction } from '../../../../daemon/store/upkeep/eviction.js';
import { divideSpace } from '../../../../daemon/store/upkeep/space.js';
import { HOUR_MS } from '../../../../daemon/units.js';
import { createMail } from '../../../builders/records.js';
import { openTestStore } from '../../../builders/stores.js';

const FULL = { count: 1000, free: 0, bytes: 4096 };

it('deletes messages that were sent or not needed and what has ended first, then the rest; never what goes on', () => {
  const test = openTestStore();
  const nowMs = test.clock.wallMs();
  const createSilence = (id: string, endAtMs: number): Silence => {
    const matchers = { pool: 'a' };
    return { id, matchers, beginAtMs: 0, endAtMs, createdAtMs: 0, author: null, comment: '' };
  };
  const createToken = (hash: string, expiresAtMs: number, spentAtMs: number | null = null): ActionToken => {
    return { hash, action: 'acknowledge', incidentId: 'i1', recipient: 'ops@example.org', expiresAtMs, spentAtMs };
  };
  test.store.commitAlerts(
    [],
    [
      createMail('failed'),
      createMail('waiting'),
      createMail('sent', { recipient: 'slack' }),
      createMail('cancelled', { insteadOf: 'sent' }),
    ],
    {
      incidents: [],
      decisions: [],
      silences: [createSilence('on', nowMs + HOUR_MS), createSilence('ended', nowMs - 1)],
      tokens: [
        createToken('live', nowMs + HOUR_MS),
        createToken('expired', nowMs - 1),
        createToken('spent', nowMs + HOUR_MS, nowMs),
      ],
    },
  );
  test.store.recordAttempt('sent', { ok: true, response: '200' }, nowMs, null);
  test.store.recordAttempt('failed', { ok: false, retry: false, error: '550' }, nowMs, null);
  const db = test.sql();
  const remaining = db
    .prepare<[], string>(
      'SELECT message_id FROM outbox UNION ALL SELECT id FROM silence UNION ALL SELECT hash FROM action_token',
    )
    .pluck();
  const eviction = createEviction(db, { budget: divideSpace(1024 * 1024) });
  const deleted: string[][] = [];
  for (;;) {
    const before = remaining.all();
    if (eviction.evict(FULL, nowMs) === 0) break;
    const after = remaining.all();
    deleted.push(before.filter((name) => !after.includes(name)).sort());
  }
  expect(deleted).toEqual([['cancelled'], ['sent'], ['expired', 'spent'], ['ended'], ['failed'], ['live']]);
  expect(remaining.all().sort()).toEqual(['on', 'waiting']);
  expect(eviction.stuck()).toBe(true);
});
