import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Notice } from '../../../../daemon/incident/incident.js';
import type { OutboxMessage } from '../../../../daemon/notify-contracts.js';
import { createDigest, createMessage, createTest } from '../../../../daemon/notify/message/outbox-messages.js';
import { markIfLate } from '../../../../daemon/notify/message/render.js';
import { HOUR_MS, MINUTE_MS } from '../../../../daemon/units.js';
import { incidentScene } from '../../../builders/incident-scene.js';
import { mailContext } from '../../../builders/messages.js';
import { IS_SAME, readDocument, renderNotificationSchema } from '../../../builders/notification-schema.js';
import { requireValue } from '../../../builders/require-value.js';

const OPTIONS = { domain: 'example.org', context: mailContext() };

function playIncident(names: readonly string[] = ['psql']): Notice[] {
  const scene = incidentScene();
  scene.recipients = ['webhook'];
  const leak = scene.fire({ pool: 'a', rule: 'leak', severity: 'warning', processes: names });
  scene.step();
  const worse = scene.fire({ pool: 'a', processes: names });
  scene.step();
  scene.step(HOUR_MS);
  scene.resolve(leak);
  scene.resolve(worse);
  scene.step();
  scene.step(MINUTE_MS);
  return scene.notices;
}

const messagesOf = (notices: readonly Notice[], options = OPTIONS): OutboxMessage[] =>
  notices.map((notice) => createMessage({ recipient: 'webhook', notice }, options));

it('is published as JSON Schema', async () => {
  expect(IS_SAME).toBe(true);
  await expect(renderNotificationSchema()).toMatchFileSnapshot('../../../../docs/notification.schema.json');
});

describe('the document of a message', () => {
  it('tells the beginning, the worsening, the going on and the end of an incident', () => {
    const documents = messagesOf(playIncident()).map(readDocument);
    expect(documents.map(({ kind, state, severity }) => [kind, state, severity])).toEqual([
      ['first', 'open', 'warning'],
      ['escalated', 'open', 'critical'],
      ['reminder', 'open', 'critical'],
      ['resolved', 'resolved', 'critical'],
    ]);
    const [first, escalated, , resolved] = documents;
    expect(escalated).toMatchObject({
      host: 'web-1',
      destination: '10.0.0.2:443',
      poolCount: 1,
      processes: [{ name: 'psql' }],
      links: [{ rel: 'incident', title: 'Incident' }, { rel: 'pool' }],
      isTest: false,
    });
    expect(first?.remedies.some(({ commands }) => commands[0]?.startsWith('sysctl -w ') === true)).toBe(true);
    expect(resolved).toMatchObject({ exhaustsAt: null, secondsToExhaustion: null });
    expect(resolved?.resolvedAt).not.toBeNull();
  });

  it('has the id and the text of the message, which has no HTML', () => {
    for (const message of messagesOf(playIncident())) {
      const { messageId, subject, text } = readDocument(message);
      expect({ messageId, subject, text, html: '' }).toEqual({
        messageId: message.messageId,
        subject: message.subject,
        text: message.text,
        html: message.html,
      });
    }
  });

  it('is bounded, and counts what it leaves out', () => {
    const scene = incidentScene();
    for (let pool = 0; pool < 500; pool++) scene.fire({ pool: `p${pool}` });
    const [message] = messagesOf(scene.step());
    const document = readDocument(requireValue(message));
    expect([document.pools.length, document.poolCount]).toEqual([50, 500]);
    expect(requireValue(message?.document).length).toBeLessThan(64 * 1024);
  });

  it('of a digest names what was held back', () => {
    const held = Array.from({ length: 70 }, (_, index) => ({
      atMs: index,
      incidentId: `i${index}`,
      kind: 'first' as const,
    }));
    const document = readDocument(createDigest({ recipient: 'slack', held, known: [] }, OPTIONS));
    expect(document).toMatchObject({ kind: 'digest', incidentId: null, heldCount: 70 });
    expect(document.held).toHaveLength(50);
  });

  it('of a test says so', () => {
    const message = createTest('webhook', 'one', OPTIONS);
    expect(readDocument(message)).toMatchObject({ kind: 'test', isTest: true, incidentId: null, pools: [] });
    expect(createTest('webhook', 'two', OPTIONS).messageId).not.toBe(message.messageId);
  });

  it('states the delay where it is sent late', () => {
    const message = requireValue(messagesOf(playIncident())[0]);
    const late = markIfLate(message, message.createdAtMs + HOUR_MS);
    expect(readDocument(late)).toMatchObject({ delayedSeconds: 3600, subject: late.subject, text: late.text });
    expect(late.subject).toMatch(/^\[portcast [A-Z]+, .*delayed 1 h\] /);
    expect(readDocument(markIfLate(message, message.createdAtMs)).delayedSeconds).toBe(0);
  });

  it('is absent in a mail', () => {
    const [notice] = playIncident();
    const mail = createMessage({ recipient: 'ops@example.org', notice: requireValue(notice) }, OPTIONS);
    expect(mail.document).toBeUndefined();
    expect(mail.html).not.toBe('');
  });

  it('has no control, format or surrogate character of the host in any of its strings', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 40 }), (name) => {
        const context = mailContext({
          hostName: `h${name}`,
          remedies: [{ title: name, detail: name, commands: [name] }],
        });
        for (const message of messagesOf(playIncident([name]), { ...OPTIONS, context })) {
          const strings: string[] = [];
          JSON.stringify(readDocument(message), (key, value: unknown) => {
            if (typeof value === 'string') strings.push(key === 'text' ? value.replaceAll('\n', '') : value);
            return value;
          });
          expect(strings.join('')).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u);
        }
      }),
      { numRuns: 60 },
    );
  });
});
