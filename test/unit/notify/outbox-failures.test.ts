import { describe, expect, it } from 'vitest';
import { GIVE_UP_AFTER_ATTEMPTS } from '../../../daemon/notify/backoff.js';
import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS } from '../../../daemon/units.js';
import {
  ACCEPTED,
  createMemoryOutbox,
  REFUSED,
  scriptChannel,
  setUpOutbox,
  UNREACHABLE,
} from '../../builders/memory-outbox.js';
import { message } from '../../builders/messages.js';

const first = message();
const second = message({ messageId: 'second@example.org', recipient: 'second@example.org' });

describe('the outbox after a failure', () => {
  it('waits from 5 s up to 10 minutes before the next attempt', async () => {
    const channel = scriptChannel(...Array.from({ length: 10 }, () => UNREACHABLE), ACCEPTED);
    const { outbox, store, clock } = setUpOutbox(channel);
    store.commit(first);
    const sentAtSeconds: number[] = [];
    for (let second = 0; second <= HOUR_MS / SECOND_MS; second += 1) {
      const before = channel.sent.length;
      await outbox.tick();
      if (channel.sent.length > before) sentAtSeconds.push(second);
      clock.advance(SECOND_MS);
    }
    const waits = sentAtSeconds.slice(1).map((at, index) => at - (sentAtSeconds[index] ?? NaN));
    expect(waits).toEqual([5, 10, 20, 40, 80, 160, 320, 600, 600, 600]);
    expect(store.rows().map(({ state }) => state)).toEqual(['sent']);
  });

  it('reports what is wrong and how many messages wait, until one is accepted', async () => {
    const { outbox, store, health, clock } = setUpOutbox(scriptChannel(UNREACHABLE, ACCEPTED));
    store.commit(first);
    await outbox.tick();
    expect(health.problems.get('mail')).toBe('1 message waits to be sent; the last attempt failed: server away');
    clock.advance(5 * SECOND_MS);
    await outbox.tick();
    expect(health.problems.has('mail')).toBe(false);
  });

  it('sends the messages to other recipients in the same pass when only one recipient is refused', async () => {
    const full = { ok: false, retry: true, error: '552 5.2.2 mailbox full', refused: 'recipient' } as const;
    const { outbox, store } = setUpOutbox(scriptChannel(full, ACCEPTED));
    store.commit(first, second);
    await outbox.tick();
    expect(store.rows().map(({ state }) => state)).toEqual(['waiting', 'sent']);
  });

  it.each(['recipient', 'message'] as const)('reports a refused %s while the others are accepted', async (refused) => {
    const channel = scriptChannel({ ok: false, retry: true, error: '554 not allowed', refused }, ACCEPTED);
    const { outbox, store, health, clock } = setUpOutbox(channel);
    // The store of the daemon keeps the error of the last attempt of all, and none when that one was accepted.
    const { outboxSummary } = store;
    store.outboxSummary = () => ({ ...outboxSummary('mail'), lastError: null });
    store.commit(first, second);
    await outbox.tick();
    await outbox.tick();
    expect(store.rows().map(({ state }) => state)).toEqual(['waiting', 'sent']);
    expect(health.problems.get('mail')).toBe('1 message waits to be sent; the last attempt failed: 554 not allowed');
    clock.advance(MINUTE_MS);
    await outbox.tick();
    expect(health.problems.has('mail')).toBe(false);
  });

  it('tries at most ten refused recipients in one pass', async () => {
    const channel = scriptChannel({ ok: false, retry: true, error: '550 relaying denied', refused: 'recipient' });
    const { outbox, store } = setUpOutbox(channel);
    store.commit(...Array.from({ length: 25 }, (_, index) => message({ messageId: `${index}@example.org` })));
    await outbox.tick();
    expect(channel.sent).toHaveLength(10);
    await outbox.tick();
    expect(channel.sent).toHaveLength(20);
  });

  it('gives a message up at once when it is refused for good, and sends the others', async () => {
    const { outbox, store, health, log } = setUpOutbox(scriptChannel(REFUSED, ACCEPTED));
    store.commit(first, second);
    await outbox.tick();
    expect(store.rows().map(({ state }) => state)).toEqual(['failed', 'sent']);
    expect(store.outboxSummary('mail')).toMatchObject({ failed: 1, pending: 0 });
    expect(log.lines.map(({ level }) => level)).toContain('error');
    expect(health.problems.has('mail')).toBe(false);
  });

  it('reports a message that was given up until another one is accepted', async () => {
    const { outbox, store, health } = setUpOutbox(scriptChannel(REFUSED, ACCEPTED));
    store.commit(first);
    await outbox.tick();
    expect(health.problems.get('mail')).toBe('a message to ops@example.org was given up after 1 attempt: 550 unknown');
    store.commit(second);
    await outbox.tick();
    expect(health.problems.has('mail')).toBe(false);
  });

  it('gives a message up after seven days of attempts, and not because the clock was set forward', async () => {
    const { outbox, store, clock } = setUpOutbox(scriptChannel(UNREACHABLE));
    store.commit(first);
    clock.stepWall(30 * DAY_MS);
    await outbox.tick();
    expect(store.rows()).toMatchObject([{ state: 'waiting' }]);
    for (let attempt = 0; attempt < 1000 && store.rows()[0]?.state === 'waiting'; attempt += 1) {
      clock.advance(10 * MINUTE_MS);
      await outbox.tick();
    }
    expect(store.rows()).toMatchObject([{ state: 'failed', attempts: GIVE_UP_AFTER_ATTEMPTS }]);
  });
});

describe('the outbox with a store that fails', () => {
  it('sends again, under the same Message-ID, after a crash between sending and recording', async () => {
    const store = createMemoryOutbox();
    store.commit(first);
    const before = scriptChannel(ACCEPTED);
    store.faults.recordAttempt = new Error('killed');
    await setUpOutbox(before, store).outbox.tick();
    expect(store.rows()).toMatchObject([{ state: 'waiting' }]);
    const after = scriptChannel(ACCEPTED);
    await setUpOutbox(after, store).outbox.tick();
    const ids = [...before.sent, ...after.sent].map(({ messageId }) => messageId);
    expect(ids).toEqual([first.messageId, first.messageId]);
    expect(store.rows()).toMatchObject([{ state: 'sent' }]);
  });

  it('records an outcome later instead of sending twice when only the recording fails', async () => {
    const channel = scriptChannel(ACCEPTED);
    const { outbox, store, health, clock } = setUpOutbox(channel);
    store.commit(first);
    store.faults.recordAttempt = new Error('database is locked');
    await outbox.tick();
    expect(health.problems.get('mail')).toBe('the outbox cannot be read or written: database is locked');
    clock.advance(SECOND_MS);
    await outbox.tick();
    expect(channel.sent).toHaveLength(1);
    expect(store.rows()).toMatchObject([{ state: 'sent' }]);
    expect(health.problems.has('mail')).toBe(false);
  });

  it('reports that the store cannot be read, and goes on when it can', async () => {
    const { outbox, store, health } = setUpOutbox(scriptChannel(ACCEPTED));
    store.commit(first);
    store.faults.dueMessages = new Error('disk I/O error');
    await outbox.tick();
    expect(health.problems.get('mail')).toBe('the outbox cannot be read or written: disk I/O error');
    await outbox.tick();
    expect(health.problems.has('mail')).toBe(false);
    expect(store.rows()).toMatchObject([{ state: 'sent' }]);
  });
});
