import { describe, expect, it } from 'vitest';
import { issueLinks } from '../../../daemon/app/action-links.js';
import { createAnnouncer } from '../../../daemon/notify/announcer.js';
import type { IncidentRecord, OutboxMessage } from '../../../daemon/notify-contracts.js';
import { announcementOf } from '../../builders/announcements.js';
import { T0 } from '../../builders/forecasts.js';
import { fired } from '../../builders/messages.js';
import { fakeClock, fakeLog } from '../../fakes.js';

const TOKEN = String.raw`[\w-]{43}`;

/** What is stored when an incident begins, or is over. */
function announce(publicUrl: string | null, isOver = false) {
  const commits: { messages: readonly OutboxMessage[]; told: IncidentRecord | undefined }[] = [];
  const log = fakeLog();
  const announcer = createAnnouncer({
    hostName: 'web-1',
    domain: 'example.org',
    delivery: { tick: () => Promise.resolve() },
    dashboardUrl: () => 'http://127.0.0.1:9470/',
    issueLinks: publicUrl === null ? null : (message) => issueLinks(publicUrl, message),
    store: {
      loadActiveAlerts: () => [],
      loadIncidents: () => [],
      loadDecisions: () => [],
      commitAlerts: (_changes, messages, told) => void commits.push({ messages, told }),
    },
    clock: fakeClock(T0),
    log,
  });
  const announcement = announcementOf([fired()], ['a@example.org', 'b@example.org']);
  const messages = announcement.messages.map((message) =>
    message.notice === null || !isOver
      ? message
      : { ...message, notice: { ...message.notice, kind: 'resolved' as const } },
  );
  announcer.announce({ ...announcement, messages }, null);
  return { commits, log };
}

describe('the links of a message', () => {
  it('are random for each message and action, and are stored with it as hashes', () => {
    const { commits, log } = announce('https://portcast.example.org/ops/');
    const { messages, told } = commits[0] ?? expect.unreachable();
    const urls = messages.flatMap(({ text }) => [...text.matchAll(new RegExp(`https://\\S+/act/(${TOKEN})$`, 'gm'))]);
    expect(urls.map(([url]) => url.slice(0, 37))).toEqual(urls.map(() => 'https://portcast.example.org/ops/act/'));
    expect(new Set(urls.map(([, token]) => token)).size).toBe(6);
    expect(
      told?.tokens?.map(({ action, recipient, expiresAtMs }) => `${action} ${recipient} ${expiresAtMs - T0}`),
    ).toEqual([
      'acknowledge a@example.org 604800000',
      'silence-1h a@example.org 604800000',
      'silence-8h a@example.org 604800000',
      'acknowledge b@example.org 604800000',
      'silence-1h b@example.org 604800000',
      'silence-8h b@example.org 604800000',
    ]);
    for (const [, token = ''] of urls) {
      expect(JSON.stringify([told, log.lines])).not.toContain(token);
      expect(messages.filter(({ html }) => html.includes(`/act/${token}"`))).toHaveLength(1);
    }
  });

  it('say what they do, beside the address of the incident on the dashboard', () => {
    const { commits } = announce('https://portcast.example.org');
    const { text, incidentId } = commits[0]?.messages[0] ?? expect.unreachable();
    for (const line of ['Acknowledge', 'Silence for 1 h', 'Silence for 8 h']) {
      expect(text).toMatch(new RegExp(`^${line}: https://portcast\\.example\\.org/act/${TOKEN}$`, 'm'));
    }
    expect(text).toContain(`http://127.0.0.1:9470/#/incidents/${incidentId}\n`);
  });

  it('are not there when the incident is over', () => {
    const { commits } = announce('https://portcast.example.org', true);
    expect(commits[0]?.messages[0]?.text).not.toContain('/act/');
    expect(commits[0]?.told?.tokens).toEqual([]);
  });

  it('are not there without a public URL: the message says how to reach the dashboard', () => {
    const { commits } = announce(null);
    const { messages, told } = commits[0] ?? expect.unreachable();
    expect(messages[0]?.text).not.toContain('/act/');
    expect(messages[0]?.text).toContain('ssh -L 9470:127.0.0.1:9470 web-1');
    expect(told?.tokens).toEqual([]);
  });
});
