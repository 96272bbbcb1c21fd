import { describe, expect, it } from 'vitest';
import type { Notice } from '../../../../daemon/incident/incident.js';
import { createDigest, createMessage } from '../../../../daemon/notify/message/outbox-messages.js';
import { HOUR_MS, MINUTE_MS } from '../../../../daemon/units.js';
import { incidentScene } from '../../../builders/incident-scene.js';
import { mailContext } from '../../../builders/messages.js';
import { requireValue } from '../../../builders/require-value.js';

const TO = 'ops@example.org';
const OPTIONS = { domain: 'example.org', context: mailContext() };

/** An incident from its beginning to its end. */
function playNotices(): Record<Notice['kind'], Notice | undefined> {
  const scene = incidentScene();
  const leak = scene.fire({ pool: 'a', rule: 'leak', severity: 'warning' });
  scene.step();
  const imminent = scene.fire({ pool: 'a' });
  scene.step();
  scene.step(HOUR_MS);
  scene.resolve(leak);
  scene.resolve(imminent);
  scene.step();
  scene.step(MINUTE_MS);
  const find = (kind: Notice['kind']): Notice | undefined => scene.notices.find((notice) => notice.kind === kind);
  return {
    first: find('first'),
    escalated: find('escalated'),
    reminder: find('reminder'),
    resolved: find('resolved'),
    digest: undefined,
  };
}

const { first, escalated, reminder, resolved } = playNotices();
const messageOf = (notice: Notice | undefined, options = OPTIONS, recipient = TO) =>
  createMessage({ recipient, notice: requireValue(notice) }, options);

describe('the message about an incident', () => {
  it('has an id that depends on the incident, on what is told and on the recipient only', () => {
    const later = { ...OPTIONS, context: mailContext({ nowMs: 5 }) };
    expect(messageOf(first).messageId).toMatch(/^[0-9a-f]{32}@example\.org$/);
    expect(messageOf(first, later).messageId).toBe(messageOf(first).messageId);
    const ids = [first, escalated, reminder, resolved].map((notice) => messageOf(notice).messageId);
    expect(new Set([...ids, messageOf(first, OPTIONS, 'b@example.org').messageId]).size).toBe(5);
  });

  it('waits for the first message when it tells of the end', () => {
    expect(messageOf(resolved).afterId).toBe(messageOf(first).messageId);
    expect([first, escalated, reminder].map((notice) => messageOf(notice).afterId)).toEqual([null, null, null]);
  });

  it('belongs to the incident and its leading alert', () => {
    const { incidentId, alertId } = messageOf(escalated);
    expect(incidentId).toBe(escalated?.incident.id);
    expect(alertId).toBe(escalated?.incident.lead.id);
  });

  it('begins its title with what has changed', () => {
    const titleOf = (notice: Notice | undefined) => messageOf(notice).subject;
    expect(titleOf(escalated)).toMatch(/^\[portcast\] web-1: worse: ports to /);
    expect(titleOf(reminder)).toMatch(/^\[portcast\] web-1: still since \d\d:\d\d:\d\d UTC: ports to /);
    expect(titleOf(resolved)).toMatch(/^\[portcast\] web-1: resolved/);
  });

  it('names the other pools and what they have in common', () => {
    const scene = incidentScene();
    for (let pool = 1; pool <= 14; pool++) {
      scene.fire({
        pool: `p${pool}`,
        processes: ['psql'],
        place: { remoteAddress: `10.0.1.${pool}`, remotePort: 5432 },
      });
    }
    const [notice] = scene.step();
    const { subject, text } = messageOf(notice);
    expect(subject).toContain('14 pools of process psql: ports to 10.0.1.1:5432 run out');
    expect(text.replaceAll(/\s+/g, ' ')).toMatch(/10\.0\.1\.2:5432, .*10\.0\.1\.11:5432 and 3 more of process psql/);
  });

  it.each(['x\r\nBcc: e@x.y', 'a>b', ''])('does not put the domain %j into its id', (domain) => {
    expect(messageOf(first, { ...OPTIONS, domain }).messageId).toMatch(/^[0-9a-f]{32}@portcast\.invalid$/);
  });
});

describe('the digest', () => {
  it('names every incident that was held back, and what became of it', () => {
    const incident = requireValue(first).incident;
    const held = [
      { atMs: 1000, incidentId: incident.id, kind: 'first' as const },
      { atMs: 61_000, incidentId: incident.id, kind: 'resolved' as const },
      { atMs: 2000, incidentId: 'gone', kind: 'first' as const },
    ];
    const message = createDigest({ recipient: TO, held, known: [incident] }, OPTIONS);
    expect(message.subject).toBe('[portcast] web-1: 3 more messages held back');
    expect(message.text).toContain('(began, then is over)');
    expect(message.text).toContain('gone (began)');
  });
});
