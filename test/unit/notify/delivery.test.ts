/** All channels together: none delays another, and with failover each stands in for those before it. */
import { describe, expect, it } from 'vitest';
import type { ChannelName } from '../../../daemon/incident/recipients.js';
import type { Channel, OutboxMessage } from '../../../daemon/notify-contracts.js';
import { createDelivery } from '../../../daemon/notify/delivery.js';
import { orderMessages } from '../../../daemon/notify/failover.js';
import { createWebhookChannel } from '../../../daemon/notify/webhook/webhook-channel.js';
import { createMail } from '../../builders/records.js';
import { documentedMessages } from '../../builders/documented-messages.js';
import { startReceiver, targetOf } from '../../builders/http-receiver.js';
import { incidentScene } from '../../builders/incident-scene.js';
import { REFUSED, scriptChannel, UNREACHABLE } from '../../builders/memory-outbox.js';
import { requireValue } from '../../builders/require-value.js';
import { openTestStore } from '../../builders/stores.js';
import { fakeClock, fakeHealth, fakeLog } from '../../fakes.js';

const T0 = Date.UTC(2026, 0, 5, 12);

function setUp(channels: [ChannelName, Channel][]) {
  const clock = fakeClock(T0);
  const health = fakeHealth();
  const { store } = openTestStore();
  const parts = { store, clock, health, log: fakeLog(), random: () => 0.5 };
  return { clock, health, store, delivery: createDelivery({ ...parts, channels: new Map(channels) }) };
}

it('sends through one channel at once while another one hangs', async () => {
  const silent = await startReceiver(() => undefined);
  const hanging = createWebhookChannel({ ...targetOf(silent.url, { timeoutMs: 60_000 }), secret: null }, () => T0);
  const working = scriptChannel();
  const { store, delivery } = setUp([
    ['webhook', hanging],
    ['slack', working],
  ]);
  const [toWebhook] = documentedMessages({ recipient: 'webhook' });
  const [toSlack] = documentedMessages({ recipient: 'slack' });
  store.commitAlerts(
    [],
    [toWebhook, toSlack].map((message) => ({ ...message, createdAtMs: T0 })),
  );
  const pass = delivery.tick();
  for (let waited = 0; waited < 500 && working.sent.length + silent.requests.length < 2; waited++) {
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  expect(working.sent.map(({ messageId }) => messageId)).toEqual([toSlack.messageId]);
  expect(silent.requests).toHaveLength(1);
  expect(store.outboxSummary('slack')).toMatchObject({ pending: 0 });
  // A later message of the working channel does not wait either.
  store.commitAlerts([], [createMail('later', { recipient: 'slack', createdAtMs: T0 })]);
  void delivery.tick();
  for (let waited = 0; waited < 500 && working.sent.length < 2; waited++) {
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  expect(working.sent).toHaveLength(2);
  void pass;
});

describe('failover', () => {
  const ORDER = { mode: 'failover', order: ['slack', 'mail', 'webhook'], failoverAfterMs: 30_000 } as const;
  const RECIPIENTS = ['ops@example.org', 'dev@example.org', 'webhook', 'slack', 'syslog'];

  function planFirst(order: Parameters<typeof orderMessages>[1]): Map<string, OutboxMessage> {
    const scene = incidentScene();
    scene.recipients = RECIPIENTS;
    scene.fire({ pool: 'a' });
    const notice = requireValue(scene.step()[0]);
    const composed = RECIPIENTS.map((recipient) => ({
      planned: { recipient, notice, held: null },
      message: createMail(recipient, { recipient, createdAtMs: T0 }),
    }));
    return new Map(orderMessages(composed, order).map(({ message }) => [message.recipient, message]));
  }

  it('has each channel wait for those before it, and the others not', () => {
    const planned = planFirst(ORDER);
    const describePlan = (recipient: string): unknown[] => {
      const { insteadOf, notBeforeMs } = requireValue(planned.get(recipient));
      return [insteadOf ?? null, notBeforeMs === undefined ? null : notBeforeMs - T0];
    };
    expect(describePlan('slack')).toEqual([null, null]);
    expect(describePlan('ops@example.org')).toEqual(['slack', 30_000]);
    expect(describePlan('dev@example.org')).toEqual(['slack', 30_000]);
    expect(describePlan('webhook')).toEqual(['ops@example.org dev@example.org slack', 60_000]);
    expect(describePlan('syslog')).toEqual([null, null]);
  });

  it('has none wait where every channel is used', () => {
    const planned = [...planFirst({ ...ORDER, mode: 'all' }).values()];
    expect(planned.every(({ insteadOf, notBeforeMs }) => insteadOf === undefined && notBeforeMs === undefined)).toBe(
      true,
    );
  });

  it('does not use a later channel early, where that has another message to send', async () => {
    const mail = scriptChannel();
    const { store, clock, delivery } = setUp([
      ['slack', scriptChannel(UNREACHABLE)],
      ['mail', mail],
    ]);
    const other = createMail('other', { createdAtMs: T0 });
    store.commitAlerts([], [other, ...planFirst(ORDER).values()]);
    await delivery.tick();
    clock.advance(1000);
    await delivery.tick();
    expect(mail.sent.map(({ messageId }) => messageId)).toEqual(['other']);
    clock.advance(30_000);
    await delivery.tick();
    expect(mail.sent).toHaveLength(3);
  });

  it('is done by the next channel at once, where the one before has refused for good', async () => {
    const mail = scriptChannel();
    const { store, delivery } = setUp([
      ['slack', scriptChannel(REFUSED)],
      ['mail', mail],
    ]);
    store.commitAlerts([], [...planFirst(ORDER).values()]);
    await delivery.tick();
    await delivery.tick();
    expect(mail.sent).toHaveLength(2);
  });

  it('uses the next channel when the one before has not accepted in time, and no further one', async () => {
    const slack = scriptChannel(UNREACHABLE);
    const mail = scriptChannel();
    const webhook = scriptChannel();
    const { store, clock, delivery } = setUp([
      ['slack', slack],
      ['mail', mail],
      ['webhook', webhook],
    ]);
    store.commitAlerts([], [...planFirst({ ...ORDER, order: ['slack', 'mail', 'webhook'] }).values()]);
    await delivery.tick();
    expect([slack.sent.length, mail.sent.length]).toEqual([1, 0]);
    for (let second = 0; second < 120; second++) {
      clock.advance(1000);
      await delivery.tick();
    }
    expect([mail.sent.length, webhook.sent.length]).toEqual([2, 0]);
    expect(slack.sent.length).toBeGreaterThan(3);
  });
});
