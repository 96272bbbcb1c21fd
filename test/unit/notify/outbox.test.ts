import { afterEach, describe, expect, it, vi } from 'vitest';
import type { Channel, OutboxMessage } from '../../../daemon/notify-contracts.js';
import { HOUR_MS, MINUTE_MS, SECOND_MS } from '../../../daemon/units.js';
import { T0 } from '../../builders/forecasts.js';
import { ACCEPTED, createMemoryOutbox, scriptChannel, setUpOutbox, UNREACHABLE } from '../../builders/memory-outbox.js';
import { message } from '../../builders/messages.js';
import { fakeClock } from '../../fakes.js';

const first = message();
const second = message({ messageId: 'second@example.org', recipient: 'second@example.org' });

const recipientsOf = (channel: { readonly sent: readonly OutboxMessage[] }): string[] =>
  channel.sent.map(({ recipient }) => recipient);

describe('the outbox', () => {
  it('sends what is due once', async () => {
    const channel = scriptChannel(ACCEPTED);
    const { outbox, store, health, clock } = setUpOutbox(channel);
    store.commit(first, second);
    await outbox.tick();
    clock.advance(SECOND_MS);
    await outbox.tick();
    expect(recipientsOf(channel)).toEqual(['ops@example.org', 'second@example.org']);
    expect(store.rows().map(({ state }) => state)).toEqual(['sent', 'sent']);
    expect(health.problems.size).toBe(0);
  });

  it('sends one message for commits with the same Message-ID', async () => {
    const channel = scriptChannel(ACCEPTED);
    const { outbox, store } = setUpOutbox(channel);
    store.commit(first, first);
    await outbox.tick();
    store.commit(first);
    await outbox.tick();
    expect(channel.sent).toHaveLength(1);
  });

  it('sends one message at a time, and reads the store again for what was stored meanwhile', async () => {
    let sending = 0;
    let mostSending = 0;
    const started: string[] = [];
    const accept: (() => void)[] = [];
    const channel: Channel = {
      async send({ recipient }) {
        mostSending = Math.max(mostSending, ++sending);
        started.push(recipient);
        await new Promise<void>((resolve) => accept.push(resolve));
        sending -= 1;
        return ACCEPTED;
      },
      close: () => undefined,
    };
    const { outbox, store } = setUpOutbox(channel);
    store.commit(first);
    const ticks = [outbox.tick(), outbox.tick(), outbox.tick()];
    store.commit(second);
    ticks.push(outbox.tick());
    expect(started).toEqual(['ops@example.org']);
    accept[0]?.();
    await vi.waitFor(() => expect(started).toEqual(['ops@example.org', 'second@example.org']), { interval: 1 });
    accept[1]?.();
    await Promise.all(ticks);
    expect(started).toHaveLength(2);
    expect(mostSending).toBe(1);
  });

  it('sends a new message before a backlog that fails', async () => {
    const channel = scriptChannel(UNREACHABLE);
    const { outbox, store, clock } = setUpOutbox(channel);
    store.commit(first);
    await outbox.tick();
    clock.advance(MINUTE_MS);
    store.commit(second);
    await outbox.tick();
    expect(recipientsOf(channel)).toEqual(['ops@example.org', 'second@example.org']);
    clock.advance(SECOND_MS);
    await outbox.tick();
    expect(recipientsOf(channel)).toEqual(['ops@example.org', 'second@example.org', 'ops@example.org']);
  });

  it('marks a message that is sent late', async () => {
    const channel = scriptChannel(UNREACHABLE, ACCEPTED);
    const { outbox, store, clock } = setUpOutbox(channel);
    store.commit(message({ html: '<body><!-- notice --></body>' }));
    await outbox.tick();
    clock.advance(12 * MINUTE_MS + 5 * SECOND_MS);
    await outbox.tick();
    expect(channel.sent.map(({ subject }) => subject)).toEqual([
      '[portcast CRITICAL, full in 28 s] web-1: ports to 10.0.0.2:443',
      '[portcast CRITICAL, delayed 12 min] web-1: ports to 10.0.0.2:443',
    ]);
    const late = channel.sent[1] ?? expect.unreachable();
    expect(late.messageId).toBe(first.messageId);
    expect(late.text).toMatch(/^Delayed by 12 min: written at 2026-01-05 14:02:54 \+00:00/);
    expect(late.html).toMatch(/<body><p [^>]*>Delayed by 12 min/);
  });
});

describe('the outbox after the clock was set back', () => {
  it('tries a message again that the old clock had planned for later', async () => {
    const { outbox, store, clock } = setUpOutbox(scriptChannel(UNREACHABLE, ACCEPTED));
    store.commit(first);
    await outbox.tick();
    clock.stepWall(-HOUR_MS);
    await outbox.tick();
    expect(store.rows()).toMatchObject([{ state: 'sent' }]);
  });

  it('does so also after a restart', async () => {
    const store = createMemoryOutbox();
    const clock = fakeClock(T0);
    store.commit(first);
    clock.stepWall(2 * HOUR_MS);
    await setUpOutbox(scriptChannel(UNREACHABLE), store, clock).outbox.tick();
    expect(store.rows()).toMatchObject([{ state: 'waiting', attempts: 1 }]);
    clock.stepWall(-2 * HOUR_MS);
    await setUpOutbox(scriptChannel(ACCEPTED), store, clock).outbox.tick();
    expect(store.rows()).toMatchObject([{ state: 'sent' }]);
  });
});

describe('drain', () => {
  afterEach(() => void vi.useRealTimers());

  it('sends what is due', async () => {
    const { outbox, store, clock } = setUpOutbox(scriptChannel(ACCEPTED));
    store.commit(first);
    await outbox.drain(clock.monotonicMs() + SECOND_MS);
    expect(store.rows()).toMatchObject([{ state: 'sent' }]);
  });

  it('ends at its deadline, and at once when that has passed', async () => {
    vi.useFakeTimers();
    const { outbox, store, clock } = setUpOutbox({ send: () => new Promise(() => undefined), close: () => undefined });
    store.commit(first);
    let isOver = false;
    const draining = outbox.drain(clock.monotonicMs() + SECOND_MS).then(() => (isOver = true));
    await vi.advanceTimersByTimeAsync(SECOND_MS - 1);
    expect(isOver).toBe(false);
    await vi.advanceTimersByTimeAsync(1);
    await draining;
    expect(store.rows()).toMatchObject([{ state: 'waiting' }]);
    await outbox.drain(clock.monotonicMs() - 1);
  });
});
