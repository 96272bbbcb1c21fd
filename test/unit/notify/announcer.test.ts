import { describe, expect, it } from 'vitest';
import type { AlertChange } from '../../../daemon/alert/alert.js';
import type { HostReading } from '../../../daemon/contracts.js';
import type { OutboxMessage } from '../../../daemon/notify-contracts.js';
import { createAnnouncer, type AnnouncerOptions } from '../../../daemon/notify/announcer.js';
import { fakeClock, fakeHost, fakeLog } from '../../fakes.js';
import { announcementOf } from '../../builders/announcements.js';
import { T0 } from '../../builders/forecasts.js';
import { alert, fired } from '../../builders/messages.js';

const RECIPIENTS = ['a@example.org', 'b@example.org'];

interface Commit {
  readonly changes: readonly AlertChange[];
  readonly messages: readonly OutboxMessage[];
}

function setUp(commitFault?: Error, poolHistory: () => null = () => null) {
  const events: string[] = [];
  const commits: Commit[] = [];
  const store: AnnouncerOptions['store'] = {
    poolHistory,
    loadActiveAlerts: () => [],
    loadIncidents: () => [],
    loadDecisions: () => [],
    commitAlerts(changes, messages) {
      if (commitFault !== undefined) throw commitFault;
      events.push('commit');
      commits.push({ changes, messages });
    },
  };
  const outbox = {
    tick: () => {
      events.push('tick');
      return Promise.resolve();
    },
    drain: () => Promise.resolve(),
  };
  const clock = fakeClock(T0);
  const log = fakeLog();
  const options: AnnouncerOptions = {
    hostName: 'web-1',
    delivery: outbox,
    domain: 'mail.example.org',
    dashboardUrl: () => 'http://127.0.0.1:9470/',
    store,
    clock,
    log,
  };
  return { announcer: createAnnouncer(options), commits, events, log, readHost: () => fakeHost(clock).readHost() };
}

const pending: AlertChange = { from: 'inactive', to: 'pending', alert: alert({ state: 'pending' }) };

describe('the announcer', () => {
  it('stores all changes with one message for each recipient, and has them sent afterwards', async () => {
    const { announcer, commits, events, readHost } = setUp();
    announcer.announce(announcementOf([pending, fired()], RECIPIENTS), await readHost());
    expect(events).toEqual(['commit', 'tick']);
    const { changes, messages } = commits[0] ?? expect.unreachable();
    expect(changes).toEqual([pending, fired()]);
    expect(messages.map(({ recipient }) => recipient)).toEqual(['a@example.org', 'b@example.org']);
    for (const { messageId, createdAtMs } of messages) {
      expect(messageId).toMatch(/@mail\.example\.org$/);
      expect(createdAtMs).toBe(T0);
    }
  });

  it('advises on the pool, unless the limits of the host could not be read', async () => {
    const textOf = (reading: HostReading | null): string => {
      const { announcer, commits } = setUp();
      announcer.announce(announcementOf([fired()], RECIPIENTS), reading);
      return commits[0]?.messages[0]?.text ?? expect.unreachable();
    };
    const reading = await setUp().readHost();
    expect(textOf(reading)).toContain('sysctl -w net.ipv4.tcp_tw_reuse=1');
    expect(textOf(null)).toContain('Find out what opens and closes these connections');
    expect(textOf(null)).not.toContain('sysctl');
  });

  it('stores and logs the changes where nobody is told', () => {
    const { announcer, commits, events, log } = setUp();
    announcer.announce(announcementOf([fired()], []), null);
    expect(events).toEqual(['commit', 'tick']);
    expect(commits).toEqual([{ changes: [fired()], messages: [] }]);
    expect(log.lines).toMatchObject([{ level: 'warn', args: [{ from: 'pending', to: 'firing' }, expect.any(String)] }]);
  });

  it('throws when the changes cannot be stored, and then has nothing sent', () => {
    const { announcer, events } = setUp(new Error('disk full'));
    expect(() => announcer.announce(announcementOf([fired()], RECIPIENTS), null)).toThrow('disk full');
    expect(events).toEqual([]);
  });
});
