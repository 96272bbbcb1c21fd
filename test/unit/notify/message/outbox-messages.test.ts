import { describe, expect, it } from 'vitest';
import type { AlertChange } from '../../../../daemon/alert/alert.js';
import { createMessages } from '../../../../daemon/notify/message/outbox-messages.js';
import { alert, fired, mailContext } from '../../../builders/messages.js';

const OPTIONS = { recipients: ['a@example.org', 'b@example.org'], domain: 'example.org', context: mailContext() };

describe('createMessages', () => {
  it('creates one message for each recipient, each with an id of its own', () => {
    const recipients = ['a@example.org', 'b@example.org', 'a@example.org'];
    const messages = createMessages(fired(), { ...OPTIONS, recipients });
    expect(messages.map(({ recipient }) => recipient)).toEqual(['a@example.org', 'b@example.org']);
    expect(new Set(messages.map(({ messageId }) => messageId)).size).toBe(2);
    for (const { messageId, alertId } of messages) {
      expect(messageId).toMatch(/^[0-9a-f]{32}@example\.org$/);
      expect(alertId).toBe(alert().id);
    }
  });

  it('derives the id from the alert, the transition and the recipient only', () => {
    const listIds = (change: AlertChange, nowMs: number): string[] => {
      const messages = createMessages(change, { ...OPTIONS, context: mailContext({ nowMs }) });
      expect(messages).toHaveLength(2);
      return messages.map(({ messageId }) => messageId);
    };
    const resolved: AlertChange = {
      from: 'firing',
      to: 'resolved',
      alert: alert({ state: 'resolved', resolvedAtMs: 1 }),
    };
    expect(listIds(fired(), 5)).toEqual(listIds(fired({ summary: 'otherwise' }), 6));
    expect(listIds(fired(), 5)).not.toEqual(listIds(resolved, 5));
    expect(listIds(fired(), 5)).not.toEqual(listIds(fired({ id: 'another' }), 5));
  });

  it.each<[string, AlertChange]>([
    ['an alert that is not mailed', fired({ mail: false })],
    ['an alert that became pending', { from: 'inactive', to: 'pending', alert: alert({ state: 'pending' }) }],
    ['a pending alert that ended', { from: 'pending', to: 'inactive', alert: alert({ state: 'pending' }) }],
    ['an alert that goes on firing', { from: 'firing', to: 'firing', alert: alert() }],
  ])('creates no message about %s', (_title, change) => {
    expect(createMessages(change, OPTIONS)).toEqual([]);
  });

  it.each(['x\r\nBcc: e@x.y', 'a>b', ''])('does not put the domain %j into the id', (domain) => {
    const [message] = createMessages(fired(), { ...OPTIONS, domain });
    expect(message?.messageId).toMatch(/^[0-9a-f]{32}@portcast\.invalid$/);
  });
});
