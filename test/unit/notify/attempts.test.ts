import { describe, expect, it } from 'vitest';
import { createAttemptBoard } from '../../../daemon/notify/attempts.js';
import { MINUTE_MS, SECOND_MS } from '../../../daemon/units.js';
import { T0 } from '../../builders/forecasts.js';
import { ACCEPTED, createMemoryOutbox, scriptChannel, setUpOutbox, UNREACHABLE } from '../../builders/memory-outbox.js';
import { message } from '../../builders/messages.js';
import { fakeClock, fakeHealth } from '../../fakes.js';

function setUp() {
  const clock = fakeClock(T0);
  const health = fakeHealth();
  const memory = createMemoryOutbox();
  const board = createAttemptBoard({ store: memory, channels: ['mail'], clock, health });
  return { clock, health, memory, board };
}

describe('the attempts', () => {
  it('are told to those who follow them, and stored as before', async () => {
    const { clock, memory, board } = setUp();
    const seen: string[] = [];
    const end = board.follow(({ messageId, outcome, isPlannedAgain }) =>
      seen.push(`${messageId} ${outcome.ok} ${isPlannedAgain}`),
    );
    const channel = scriptChannel(UNREACHABLE, ACCEPTED);
    const { outbox } = setUpOutbox(channel, { ...memory, ...board.store }, clock);
    memory.commit(message({ messageId: 'a@x', createdAtMs: T0 }));
    await outbox.tick();
    clock.advance(10 * SECOND_MS);
    await outbox.tick();
    expect(seen).toEqual(['a@x false true', 'a@x true false']);
    expect(memory.rows()).toMatchObject([{ state: 'sent' }]);
    end();
    memory.commit(message({ messageId: 'b@x', createdAtMs: T0 }));
    await outbox.tick();
    expect(seen).toHaveLength(2);
  });

  it('that fail again and again are no dead outbox', async () => {
    const { clock, health, memory, board } = setUp();
    const { outbox } = setUpOutbox(scriptChannel(UNREACHABLE), { ...memory, ...board.store }, clock);
    for (let count = 0; count < 200; count += 1) memory.commit(message({ messageId: `${count}@x`, createdAtMs: T0 }));
    for (let second = 0; second < 3600; second += 20) {
      await outbox.tick();
      board.check();
      expect(health.problems.size).toBe(0);
      clock.advance(20 * SECOND_MS);
    }
  });

  it('that stop, because one never ends, are reported until the next', async () => {
    const { clock, health, memory, board } = setUp();
    let answer = (): void => undefined;
    const hung = new Promise<typeof ACCEPTED>((resolve) => (answer = () => resolve(ACCEPTED)));
    const channel = { ...scriptChannel(ACCEPTED), send: () => hung };
    const { outbox } = setUpOutbox(channel, { ...memory, ...board.store }, clock);
    memory.commit(message({ messageId: 'a@x', createdAtMs: T0 }));
    const sending = outbox.tick();
    clock.advance(5 * MINUTE_MS - SECOND_MS);
    board.check();
    expect(health.problems.size).toBe(0);
    clock.advance(MINUTE_MS);
    board.check();
    expect(health.problems.get('outbox')).toBe('messages through mail are due, and none was tried for 5 min 59 s');
    answer();
    await sending;
    board.check();
    expect(health.problems.size).toBe(0);
  });
});
