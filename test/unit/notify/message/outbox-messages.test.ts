import { describe, expect, it } from 'vitest';
import type { AlertChange } from '../../../../daemon/alert/alert.js';
import { createMessages } from '../../../../daemon/notify/message/outbox-messages.js';
import { alert, fired, mailContext } from '../../../builders/messages.js';

const options = { recipients: ['a@example.org', 'b@example.org'], domain: 'example.org', context: mailContext() };

describe('messagesFor', () => {
  it('promises one message per recipient, each with an id of its own', () => {
    const messages = createMessages(fired(), {
      ...options,
      recipients: ['a@example.org', 'b@example.org', 'a@example.org'],
    });
    expect(messages.map(({ recipient }) => recipient)).toEqual(['a@example.org', 'b@example.org']);
    expect(new Set(messages.map(({ messageId }) => messageId)).size).toBe(2);
    for (const { messageId, alertId } of messages) {
      expect(messageId).toMatch(/^[0-9a-f]{32}@example\.org$/);
      expect(alertId).toBe(alert().id);
    }
  });

  it('derives the id from alert, transition and recipient alone', () => {
    const ids = (change: AlertChange, nowMs: number) =>
      createMessages(change, { ...options, context: mailContext({ nowMs }) }).map(({ messageId }) => messageId);
    const resolved: AlertChange = {
      from: 'firing',
      to: 'resolved',
      alert: alert({ state: 'resolved', resolvedAtMs: 1 }),
    };
    expect(ids(fired(), 5)).toEqual(ids(fired({ summary: 'otherwise' }), 6));
    expect(ids(fired(), 5)).not.toEqual(ids(resolved, 5));
    expect(ids(fired(), 5)).not.toEqual(ids(fired({ id: 'another' }), 5));
  });

  it.each<[string, AlertChange]>([
    ['a rule that is not mailed', fired({ mail: false })],
    ['pending', { from: 'inactive', to: 'pending', alert: alert({ state: 'pending' }) }],
    ['gone while pending', { from: 'pending', to: 'inactive', alert: alert({ state: 'pending' }) }],
    ['still firing', { from: 'firing', to: 'firing', alert: alert() }],
  ])('promises nothing for %s', (_name, change) => {
    expect(createMessages(change, options)).toEqual([]);
  });

  it.each(['x\r\nBcc: e@x.y', 'a>b', ''])('does not let the domain %j into the id', (domain) => {
    expect(createMessages(fired(), { ...options, domain })[0]?.messageId).toMatch(/^[0-9a-f]{32}@portcast\.invalid$/);
  });
});
