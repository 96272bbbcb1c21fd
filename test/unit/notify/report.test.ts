import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createReportMessage, renderReportHtml, renderReportText } from '../../../daemon/notify/report.js';
import { PACKAGE_ROOT } from '../../../daemon/paths.js';
import type { WireReport } from '../../../daemon/wire/report.js';
import { createReportWeek } from '../../builders/report-week.js';

const EMPTY: WireReport = {
  kind: 'report',
  host: 'web-1',
  timeZone: 'Europe/Berlin',
  from: '2026-01-05T08:00:00.000Z',
  to: '2026-01-12T08:00:00.000Z',
  days: 7,
  dueAt: '2026-01-12T08:00:00.000Z',
  coverage: 1,
  destinations: [],
  otherDestinations: 0,
  score: { why: 'nothing to score yet' } as WireReport['score'],
  incidents: [],
  otherIncidents: 0,
  heldBack: [],
};

describe('the report of a week', () => {
  it('is made from what the store has of a simulated host', async () => {
    const { build } = createReportWeek();
    const report = await build(7);
    await expect(renderReportText(report)).toMatchFileSnapshot(join(PACKAGE_ROOT, 'test/golden/report.txt'));
    await expect(renderReportHtml(report)).toMatchFileSnapshot(join(PACKAGE_ROOT, 'test/golden/report.html'));
    // Four times some minutes of a week: far less than 1% of it.
    expect(report.coverage).toBeGreaterThan(0.0015);
    expect(report.coverage).toBeLessThan(0.003);
    expect(report.destinations.map(({ name, peakUsed, capacity }) => [name, peakUsed, capacity])[0]).toEqual([
      '10.0.0.2:443',
      1000,
      1000,
    ]);
    expect(report.destinations).toHaveLength(2);
    expect(report.destinations[1]).toMatchObject({ name: '10.0.0.3:443' });
    expect(report.incidents.some(({ severity }) => severity === 'critical')).toBe(true);
    expect(report.heldBack.map(({ reason }) => reason)).toContain('below severity');
    expect(report.score.days).toBe(7);
  });

  it('of a shorter time leaves out what was before', async () => {
    const { build } = createReportWeek();
    const report = await build(1);
    expect(report).toMatchObject({ days: 1, destinations: [], incidents: [], coverage: 0 });
    expect(renderReportText(report).replaceAll('\n', ' ')).toContain(
      'portcast took samples in 0% of this time; nothing is known of the rest.',
    );
  });

  it('without anything to report says so, and nothing of coverage where all of it is known', () => {
    const text = renderReportText(EMPTY);
    expect(text).toContain('web-1: no incident in 7 days');
    expect(text).toContain('No outbound connection was seen.');
    expect(text).not.toContain('nothing is known');
    expect(text).not.toContain('It was due');
  });

  it('has its times in the zone of the host, and says when it was due where it comes late', () => {
    const late = { ...EMPTY, to: '2026-01-13T09:00:00.000Z' };
    expect(renderReportText(late)).toContain('It was due at 2026-01-12 09:00 +01:00.');
    const summer = { ...EMPTY, from: '2026-03-25T08:00:00.000Z', to: '2026-04-01T08:00:00.000Z' };
    expect(renderReportText(summer)).toContain('From 2026-03-25 09:00 +01:00 to 2026-04-01 10:00 +02:00.');
  });

  it('says in words why something was not told', () => {
    const heldBack = [
      { reason: 'below severity', count: 1 },
      { reason: 'cap reached', count: 1200 },
    ];
    const text = renderReportText({ ...EMPTY, heldBack });
    expect(text).toContain('  1 message: not severe enough for the recipient, or its rule has no mail.\n');
    expect(text).toContain('  1,200 messages: incidents.maxMessages or incidents.maxPerHour was reached.\n');
  });

  it('lets no name of the host break out of its line, its element or its header', () => {
    const evil = '</td><script>alert(1)</script>\r\nBcc: evil@example.org';
    const report: WireReport = {
      ...EMPTY,
      host: evil,
      incidents: [
        {
          id: 'a',
          severity: 'critical',
          state: 'open',
          openedAt: EMPTY.from,
          resolvedAt: null,
          summary: evil,
          messages: 1,
        },
      ],
    };
    const message = createReportMessage(report, { recipient: 'ops@example.org', domain: 'example.org', nowMs: 0 });
    expect(message.subject).not.toMatch(/[\r\n]/);
    expect(message.html).not.toContain('<script>');
    expect(message.text).not.toMatch(/^Bcc/m);
  });

  it('has one id for each due instant and recipient', () => {
    const create = (report: WireReport, recipient: string) =>
      createReportMessage(report, { recipient, domain: 'example.org', nowMs: 0 });
    const first = create(EMPTY, 'ops@example.org');
    expect(create({ ...EMPTY, to: '2026-01-13T09:00:00.000Z' }, 'ops@example.org').messageId).toBe(first.messageId);
    expect(create({ ...EMPTY, dueAt: '2026-01-19T08:00:00.000Z' }, 'ops@example.org').messageId).not.toBe(
      first.messageId,
    );
    expect(create(EMPTY, 'b@example.org').messageId).not.toBe(first.messageId);
  });
});
