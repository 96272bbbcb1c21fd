import { describe, expect, it } from 'vitest';
import type { Notice } from '../../../../daemon/incident/incident.js';
import { createDigest, createMessage } from '../../../../daemon/notify/message/outbox-messages.js';
import { markIfLate } from '../../../../daemon/notify/message/render.js';
import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS } from '../../../../daemon/units.js';
import { T0 } from '../../../builders/forecasts.js';
import { incidentScene } from '../../../builders/incident-scene.js';
import { findBaseSubject } from '../../../builders/base-subject.js';
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

  it('says in its first line and in the brackets of its subject what has changed', () => {
    const linesOf = (notice: Notice | undefined) => [messageOf(notice).subject, messageOf(notice).text.split('\n')[0]];
    expect(linesOf(first)).toEqual([
      '[portcast WARNING, full in 28 s] web-1: ports to 10.0.0.2:443',
      expect.stringMatching(/^web-1 runs out of ports to /),
    ]);
    expect(linesOf(escalated)).toEqual([
      expect.stringMatching(/^\[portcast CRITICAL, worse: full /),
      expect.stringMatching(/^Worse: web-1 runs out of ports to /),
    ]);
    expect(linesOf(reminder)).toEqual([
      expect.stringMatching(/^\[portcast CRITICAL, still: full /),
      expect.stringMatching(/^Open since \d\d:\d\d:\d\d \+00:00: web-1 runs out of ports to /),
    ]);
    expect(linesOf(resolved)).toEqual([
      expect.stringMatching(/^\[portcast RESOLVED, /),
      expect.stringMatching(/^Over: web-1 /),
    ]);
  });

  it('has a subject that is the same but for the brackets at its start, whatever joins or becomes the lead', () => {
    const subjects = [first, escalated, reminder, resolved].map((notice) => messageOf(notice).subject);
    expect(new Set(subjects.map(findBaseSubject))).toEqual(new Set(['web-1: ports to 10.0.0.2:443']));
    expect(new Set(subjects).size).toBe(4);
    expect(findBaseSubject(markIfLate({ ...messageOf(first), createdAtMs: 0 }, HOUR_MS).subject)).toBe(
      'web-1: ports to 10.0.0.2:443',
    );
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
    expect(subject).toBe('[portcast CRITICAL, 14 pools, full in 28 s] web-1: ports of psql');
    const plain = text.replaceAll(/\s+/g, ' ');
    expect(plain).toMatch(/^web-1 runs out of ports to 10\.0\.1\.1:5432 and 13 more destinations in 28 s/);
    expect(plain).toMatch(/10\.0\.1\.2:5432, .*10\.0\.1\.11:5432 and 3 more \(all of process psql\)/);
  });

  it.each(['x\r\nBcc: e@x.y', 'a>b', ''])('does not put the domain %j into its id', (domain) => {
    expect(messageOf(first, { ...OPTIONS, domain }).messageId).toMatch(/^[0-9a-f]{32}@portcast\.invalid$/);
  });
});

describe('the digest', () => {
  it('names every incident that was held back, and what became of it', () => {
    const incident = requireValue(first).incident;
    const held = [
      { atMs: T0 - DAY_MS, incidentId: incident.id, kind: 'first' as const },
      { atMs: T0 - MINUTE_MS, incidentId: incident.id, kind: 'reminder' as const },
      { atMs: T0, incidentId: incident.id, kind: 'resolved' as const },
      { atMs: T0 - SECOND_MS, incidentId: 'gone', kind: 'first' as const },
    ];
    const message = createDigest({ recipient: TO, held, known: [incident] }, OPTIONS);
    expect(message.subject).toBe('[portcast DIGEST] web-1: 4 more messages held back');
    expect(message.text).toContain('Messages about 2 incidents were held back: incidents.maxPerHour was reached.');
    const text = message.text.replaceAll(/\s+/g, ' ');
    expect(text).toContain(
      'Warning: ports to 10.0.0.2:443: began 2026-01-04 14:02:54 +00:00, goes on, is over since 14:02:54 +00:00',
    );
    expect(text).toContain('Incident: gone: began 14:02:53 +00:00');
  });
});
