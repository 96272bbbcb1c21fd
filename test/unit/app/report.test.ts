import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createReportSender } from '../../../daemon/app/report.js';
import type { Config } from '../../../daemon/config/config.js';
import { loadConfig } from '../../../daemon/config/load.js';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../../daemon/units.js';
import type { WireReport } from '../../../daemon/wire/report.js';
import { smtpOptions } from '../../builders/mail-server.js';
import { openTestStore, type TestStore } from '../../builders/stores.js';

/** Monday. The clock of the store begins at 12:00. */
const NOON = Date.UTC(2026, 0, 5, 12);

beforeEach(() => void vi.useFakeTimers({ toFake: ['Date'], now: NOON }));
afterEach(() => void vi.useRealTimers());

function configOf(at: string | null): Config {
  const { config } = loadConfig({ env: {}, cwd: '/nonexistent', systemFile: '/nonexistent/none.yaml' });
  const mail = {
    ...config.mail,
    smtp: smtpOptions({}),
    to: ['a@example.org', 'b@example.org'],
    toBySeverity: { critical: ['pager@example.org'] },
  };
  return { ...config, mail, reports: { weekly: at === null ? null : { at, timeZone: 'UTC' } } };
}

function start(test: TestStore, at: string | null = '0 8 * * 1') {
  const due: (number | null)[] = [];
  let fails = 0;
  const sender = createReportSender({
    config: configOf(at),
    store: test.store,
    clock: test.clock,
    log: test.log,
    delivery: { tick: () => Promise.resolve() },
    build(days, dueAtMs = null) {
      if (fails-- > 0) return Promise.reject(new Error('database is locked'));
      due.push(dueAtMs);
      const to = new Date(test.clock.wallMs()).toISOString();
      const dueAt = dueAtMs === null ? null : new Date(dueAtMs).toISOString();
      const score = { why: 'nothing' } as WireReport['score'];
      const none = { destinations: [], otherDestinations: 0, incidents: [], otherIncidents: 0, heldBack: [] };
      return Promise.resolve({
        kind: 'report',
        host: 'web-1',
        timeZone: 'UTC',
        from: to,
        to,
        days,
        dueAt,
        coverage: 1,
        score,
        ...none,
      });
    },
  });
  /** Lets time pass, with a check every `stepMs`. */
  const pass = async (ms: number, stepMs = 10 * MINUTE_MS): Promise<void> => {
    for (let passedMs = 0; passedMs < ms; passedMs += stepMs) {
      test.clock.advance(stepMs);
      vi.setSystemTime(test.clock.wallMs());
      await sender();
    }
  };
  const waiting = () => test.store.dueMessages(Number.MAX_SAFE_INTEGER, 100, 'mail');
  return { pass, due, waiting, fail: (count: number) => (fails = count) };
}

describe('the weekly report', () => {
  it('is sent once a week to all that are told of everything', async () => {
    const test = openTestStore();
    const { pass, due, waiting } = start(test);
    await pass(6 * DAY_MS);
    expect(due).toEqual([]);
    await pass(DAY_MS);
    expect(due).toEqual([NOON + 7 * DAY_MS - 4 * HOUR_MS]);
    expect(waiting().map(({ recipient }) => recipient)).toEqual(['a@example.org', 'b@example.org']);
    await pass(7 * DAY_MS);
    expect(due).toHaveLength(2);
    expect(new Set(waiting().map(({ messageId }) => messageId)).size).toBe(4);
  });

  it('that was due while portcast did not run is sent late, and once', async () => {
    const test = openTestStore();
    await start(test).pass(HOUR_MS);
    test.clock.advance(16 * DAY_MS);
    vi.setSystemTime(test.clock.wallMs());
    test.reopen();
    const second = start(test);
    await second.pass(HOUR_MS);
    expect(second.due).toEqual([NOON + 7 * DAY_MS - 4 * HOUR_MS]);
    expect(second.waiting()[0]?.text).toContain('It was due at 2026-01-12 08:00 +00:00.');
    test.reopen();
    const third = start(test);
    await third.pass(HOUR_MS);
    expect(third.due).toEqual([]);
  });

  it('is not sent twice when portcast is killed between storing it and noting that', async () => {
    const test = openTestStore();
    const first = start(test);
    const { writeReportDue } = test.store;
    await first.pass(HOUR_MS);
    Object.assign(test.store, {
      writeReportDue: () => {
        throw new Error('killed');
      },
    });
    await first.pass(7 * DAY_MS);
    expect(first.due.length).toBeGreaterThan(1);
    expect(first.waiting()).toHaveLength(2);
    Object.assign(test.store, { writeReportDue });
    await first.pass(HOUR_MS);
    expect(first.waiting()).toHaveLength(2);
  });

  it('is tried again while the database cannot be read', async () => {
    const test = openTestStore();
    const { pass, due, fail } = start(test);
    await pass(HOUR_MS);
    fail(3);
    await pass(7 * DAY_MS);
    expect(due).toHaveLength(1);
  });

  it('that was due before it was switched off is not sent when it is switched on again', async () => {
    const test = openTestStore();
    await start(test).pass(HOUR_MS);
    expect(test.store.readReportDue()).not.toBeNull();
    await start(test, null).pass(HOUR_MS);
    expect(test.store.readReportDue()).toBeNull();
    await start(test, null).pass(90 * DAY_MS, DAY_MS);
    test.reopen();
    const again = start(test);
    await again.pass(HOUR_MS);
    expect(again.due).toEqual([]);
    await again.pass(7 * DAY_MS);
    expect(again.due).toHaveLength(1);
  });

  it('that cannot be forgotten at once, because the database fails, is forgotten later', async () => {
    const test = openTestStore();
    await start(test).pass(HOUR_MS);
    const { writeReportDue } = test.store;
    const off = start(test, null);
    Object.assign(test.store, {
      writeReportDue: () => {
        throw new Error('database is locked');
      },
    });
    await off.pass(HOUR_MS);
    expect(test.store.readReportDue()).not.toBeNull();
    Object.assign(test.store, { writeReportDue });
    await off.pass(10 * MINUTE_MS);
    expect(test.store.readReportDue()).toBeNull();
  });

  it('follows a changed setting, and a clock that was set ahead and back', async () => {
    const test = openTestStore();
    await start(test, '0 8 * * 1').pass(HOUR_MS);
    const daily = start(test, '0 8 * * *');
    await daily.pass(DAY_MS);
    expect(daily.due).toEqual([NOON + 20 * HOUR_MS]);
    test.clock.stepWall(300 * DAY_MS);
    await daily.pass(HOUR_MS);
    test.clock.stepWall(-300 * DAY_MS);
    await daily.pass(2 * DAY_MS);
    expect(daily.due.slice(-2)).toEqual([NOON + 44 * HOUR_MS, NOON + 68 * HOUR_MS]);
  });
});
