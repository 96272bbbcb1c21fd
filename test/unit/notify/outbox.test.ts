import { describe, expect, it } from 'vitest';
import type { Channel, OutboxMessage, SendOutcome } from '../../../daemon/contracts.js';
import { createOutbox } from '../../../daemon/notify/outbox.js';
import { T0 } from '../../builders/forecasts.js';
import { fakeClock, fakeHealth, fakeLog } from '../../fakes.js';
import { memoryOutbox } from '../../builders/memory-outbox.js';
import { message } from '../../builders/messages.js';

const OK: SendOutcome = { ok: true, response: '250 queued' };
const LATER: SendOutcome = { ok: false, retry: true, error: 'server away' };
const NEVER: SendOutcome = { ok: false, retry: false, error: '550 unknown' };

/** A channel that answers from a list (the last answer stays) and remembers what it was given. */
function scripted(...answers: SendOutcome[]): Channel & { readonly sent: OutboxMessage[] } {
  const sent: OutboxMessage[] = [];
  return {
    sent,
    send(mail) {
      sent.push(mail);
      const answer = answers.length > 1 ? answers.shift() : answers[0];
      return Promise.resolve(answer ?? OK);
    },
  };
}

function setup(channel: Channel, store = memoryOutbox(), clock = fakeClock(T0)) {
  const health = fakeHealth();
  const log = fakeLog();
  const outbox = createOutbox({ store, channel, clock, health, log, random: () => 0.5 });
  return { store, clock, health, log, outbox };
}

const second = message({ messageId: 'second@example.org', recipient: 'second@example.org' });

describe('the outbox', () => {
  it('sends what is due once, and stays quiet', async () => {
    const channel = scripted(OK);
    const { outbox, store, health, clock } = setup(channel);
    store.promise(message(), second);
    await outbox.tick();
    clock.advance(1000);
    await outbox.tick();
    expect(channel.sent.map(({ recipient }) => recipient)).toEqual(['ops@example.org', 'second@example.org']);
    expect(store.rows().map(({ state }) => state)).toEqual(['sent', 'sent']);
    expect(health.problems.size).toBe(0);
  });

  it('backs off from 5 s to 10 minutes, says what is wrong and how many wait, and clears it on success', async () => {
    const channel = scripted(...Array.from({ length: 10 }, () => LATER), OK);
    const { outbox, store, health, clock } = setup(channel);
    store.promise(message());
    const waits: number[] = [];
    let last = clock.wallMs();
    while (channel.sent.length < 11) {
      const before = channel.sent.length;
      await outbox.tick();
      if (channel.sent.length === 1 && before === 0) {
        expect(health.problems.get('mail')).toBe('1 message waits to be sent; the last attempt failed: server away');
      }
      if (channel.sent.length > before) {
        waits.push((clock.wallMs() - last) / 1000);
        last = clock.wallMs();
      }
      clock.advance(1000);
    }
    expect(waits).toEqual([0, 5, 10, 20, 40, 80, 160, 320, 600, 600, 600]);
    expect(health.problems.has('mail')).toBe(false);
  });

  it('gives up at once on a permanent refusal, visibly, and goes on with the rest', async () => {
    const channel = scripted(NEVER, OK);
    const { outbox, store, health, log } = setup(channel);
    store.promise(message(), second);
    await outbox.tick();
    expect(store.rows().map(({ state }) => state)).toEqual(['failed', 'sent']);
    expect(store.outboxSummary()).toMatchObject({ failed: 1, pending: 0 });
    expect(log.lines.some(({ level }) => level === 'error')).toBe(true);
    const alone = setup(scripted(NEVER));
    alone.store.promise(message());
    await alone.outbox.tick();
    expect(alone.health.problems.get('mail')).toBe(
      'a message to ops@example.org was given up after 1 attempt: 550 unknown',
    );
    expect(health.problems.has('mail')).toBe(false);
  });

  it('gives up after seven days of trying, not because a clock leapt', async () => {
    const channel = scripted(LATER);
    const { outbox, store, clock } = setup(channel);
    store.promise(message());
    clock.stepWall(30 * 86_400_000);
    await outbox.tick();
    expect(store.rows()[0]?.state).toBe('waiting');
    for (let i = 0; i < 250 && store.rows()[0]?.state === 'waiting'; i++) {
      clock.advance(600_000);
      await outbox.tick();
    }
    expect(store.rows()[0]).toMatchObject({ state: 'failed', attempts: 200 });
  });

  it('tries a new message before a backlog that fails', async () => {
    const channel = scripted(LATER);
    const { outbox, store, clock } = setup(channel);
    store.promise(message());
    await outbox.tick();
    clock.advance(60_000);
    store.promise(second);
    await outbox.tick();
    expect(channel.sent.map(({ recipient }) => recipient)).toEqual(['ops@example.org', 'second@example.org']);
    clock.advance(1000);
    await outbox.tick();
    expect(channel.sent.at(-1)?.recipient).toBe('ops@example.org');
  });

  it('never has two messages under way, and looks again for what came in meanwhile', async () => {
    let underWay = 0;
    let most = 0;
    const releases: (() => void)[] = [];
    const sent: string[] = [];
    const channel: Channel = {
      async send(mail) {
        most = Math.max(most, ++underWay);
        await new Promise<void>((resolve) => {
          releases.push(resolve);
        });
        underWay -= 1;
        sent.push(mail.recipient);
        return OK;
      },
    };
    const { outbox, store } = setup(channel);
    store.promise(message());
    const ticks = [outbox.tick(), outbox.tick(), outbox.tick()];
    await Promise.resolve();
    store.promise(second);
    ticks.push(outbox.tick());
    while (sent.length < 2) {
      await new Promise((resolve) => setImmediate(resolve));
      releases.shift()?.();
    }
    await Promise.all(ticks);
    expect(sent).toEqual(['ops@example.org', 'second@example.org']);
    expect(most).toBe(1);
  });

  it('sends again, under the same Message-ID, after a crash between sending and recording', async () => {
    const store = memoryOutbox();
    store.promise(message());
    const before = scripted(OK);
    store.faults.recordAttempt = new Error('killed');
    await setup(before, store).outbox.tick();
    expect(store.rows()[0]?.state).toBe('waiting');
    const after = scripted(OK);
    await setup(after, store).outbox.tick();
    expect([...before.sent, ...after.sent].map(({ messageId }) => messageId)).toEqual([
      message().messageId,
      message().messageId,
    ]);
    expect(store.rows()[0]?.state).toBe('sent');
  });

  it('sends nothing twice when only the recording fails: the outcome is recorded later', async () => {
    const channel = scripted(OK);
    const { outbox, store, health, clock } = setup(channel);
    store.promise(message());
    store.faults.recordAttempt = new Error('database is locked');
    await outbox.tick();
    expect(health.problems.get('mail')).toBe('the outbox cannot be read or written: database is locked');
    clock.advance(1000);
    await outbox.tick();
    expect(channel.sent).toHaveLength(1);
    expect(store.rows()[0]?.state).toBe('sent');
    expect(health.problems.has('mail')).toBe(false);
  });

  it('survives a store that cannot be read', async () => {
    const { outbox, store, health } = setup(scripted(OK));
    store.faults.dueMessages = new Error('disk I/O error');
    await outbox.tick();
    expect(health.problems.get('mail')).toBe('the outbox cannot be read or written: disk I/O error');
    await outbox.tick();
    expect(health.problems.has('mail')).toBe(false);
  });

  it('promises made twice are one message', async () => {
    const channel = scripted(OK);
    const { outbox, store } = setup(channel);
    store.promise(message(), message());
    await outbox.tick();
    store.promise(message());
    await outbox.tick();
    expect(channel.sent).toHaveLength(1);
  });

  it('marks what is sent late', async () => {
    const channel = scripted(LATER, OK);
    const { outbox, store, clock } = setup(channel);
    store.promise(message({ html: '<body><!-- notice --></body>' }));
    await outbox.tick();
    clock.advance(12 * 60_000 + 5000);
    await outbox.tick();
    expect(channel.sent.map(({ subject }) => subject)).toEqual([
      message().subject,
      `[delayed 12 min] ${message().subject}`,
    ]);
    const late = channel.sent[1] ?? expect.unreachable();
    expect(late.messageId).toBe(message().messageId);
    expect(late.text).toMatch(/^Delayed by 12 min: written at 2026-01-05 14:02:54 UTC/);
    expect(late.html).toMatch(/<body><p [^>]*>Delayed by 12 min/);
  });

  it('is not stranded when the clock is set back, while running or across a restart', async () => {
    const store = memoryOutbox();
    const clock = fakeClock(T0);
    const running = scripted(LATER, OK);
    const { outbox } = setup(running, store, clock);
    store.promise(message());
    await outbox.tick();
    clock.stepWall(-3600_000);
    await outbox.tick();
    expect(store.rows()[0]?.state).toBe('sent');

    store.promise(second);
    await setup(scripted(LATER), store, clock).outbox.tick();
    clock.stepWall(7200_000);
    await setup(scripted(LATER), store, clock).outbox.tick();
    clock.stepWall(-7200_000);
    await setup(scripted(OK), store, clock).outbox.tick();
    expect(store.rows().map(({ state }) => state)).toEqual(['sent', 'sent']);
  });

  it('drains what is due, within its deadline only', async () => {
    const channel = scripted(OK);
    const { outbox, store, clock } = setup(channel);
    store.promise(message());
    await outbox.drain(clock.monotonicMs() + 1000);
    expect(store.rows()[0]?.state).toBe('sent');

    const hanging = setup({ send: () => new Promise(() => undefined) });
    hanging.store.promise(message());
    await hanging.outbox.drain(hanging.clock.monotonicMs() + 20);
    expect(hanging.store.rows()[0]?.state).toBe('waiting');
    await hanging.outbox.drain(hanging.clock.monotonicMs() - 1);
  });
});
