import { describe, expect, it } from 'vitest';
import { DEFAULT_ALERT_SETTINGS } from '../../daemon/alert/settings.js';
import type { CycleView } from '../../daemon/contracts.js';
import { createCycle } from '../../daemon/cycle.js';
import { createForecaster } from '../../daemon/forecast/forecaster.js';
import { NO_PAST } from '../../daemon/forecast/history/types.js';
import { createDumpBudget } from '../../daemon/sampling/dump-budget.js';
import { STATE } from '../../daemon/snapshot/snapshot.js';
import {
  fakeAnnouncer,
  fakeClock,
  fakeFailures,
  fakeHealth,
  fakeHost,
  type FakeRow,
  fakeSampleStore,
  MAX_SAMPLE_AGE_MS,
} from '../fakes.js';

function scene() {
  const clock = fakeClock();
  const host = fakeHost(clock);
  const failures = fakeFailures();
  const health = fakeHealth();
  const samples = fakeSampleStore();
  const announcer = fakeAnnouncer();
  const views: CycleView[] = [];
  const cycle = createCycle({
    clock,
    host,
    table: host,
    owners: host,
    failures,
    past: () => NO_PAST,
    samples,
    announcer,
    health,
    forecaster: createForecaster(),
    budget: createDumpBudget({ ratio: 0.01, busyRatio: 0.05, maxIntervalMs: 30_000 }),
    settings: DEFAULT_ALERT_SETTINGS,
    activeAlerts: [],
    unsettled: null,
    beatMs: 2000,
    maxSampleAgeMs: MAX_SAMPLE_AGE_MS,
    publish: (view) => void views.push(view),
  });
  /** Runs cycles 2 s apart. `before` prepares the host for each, given the seconds since the first. */
  const beats = async (count: number, before: (second: number) => void = () => undefined): Promise<void> => {
    for (let beat = 0; beat < count; beat += 1) {
      before(beat * 2);
      await cycle();
      clock.advance(2000);
    }
  };
  const { records } = samples;
  return { clock, host, failures, health, records, announcer, views, beats };
}

/** The rows of a table after `seconds` of `rate` closes per second, evenly spaced. */
function closes(rate: number, seconds: number): FakeRow[] {
  return Array.from({ length: Math.min(999, Math.floor(rate * seconds)) }, (_, index) => ({
    localPort: 20_000 + index,
    state: STATE.TIME_WAIT,
    expiresMs: Math.round(60_000 - (seconds - index / rate) * 1000),
  }));
}

/** The only entry of a list. */
function only<T>(list: readonly T[]): T {
  expect(list).toHaveLength(1);
  return list[0] as T;
}

describe('the cycle', () => {
  it('forecasts from the first sample, stores it and publishes it', async () => {
    const { host, records, views, beats } = scene();
    host.rows = closes(25, 10);
    await beats(1);
    const pool = only(only(views).pools);
    expect(pool).toMatchObject({ capacity: 1000, used: 250, mode: 'churn' });
    expect(((pool.exhaustsAtMs ?? NaN) - pool.sampledAtMs) / 1000).toBeCloseTo(30, 0);
    expect(only(records).ports).toMatchObject([{ id: 'out_host_10.0.0.2_443', direction: 'out' }]);
    expect(only(records).pools).toEqual([pool]);
  });

  it('reads the table every 30 s while no counter changes, and at the next beat when one does', async () => {
    const { host, records, views, beats } = scene();
    await beats(14);
    expect(host.dumps).toBe(1);
    host.counters = { activeOpens: 1 };
    await beats(1);
    expect(host.dumps).toBe(2);
    expect(records).toHaveLength(2);
    expect(views).toHaveLength(15);
  });

  it('searches for the owners while an alert is pending, so that it fires with them', async () => {
    const { host, announcer, beats } = scene();
    await beats(15, (second) => {
      host.rows = closes(25, second);
      host.counters = { activeOpens: 25 * second };
    });
    const { alert } = only(announcer.announced.filter((change) => change.to === 'firing'));
    expect(alert.rule).toBe('imminent');
    expect(alert.owners.processes).toMatchObject([{ pid: 42, name: 'curl', confidence: 1 }]);
    expect(host.ownerSearches[0]).toMatchObject([
      { localAddress: '10.0.0.1', remoteAddress: '10.0.0.2', remotePort: 443 },
    ]);
  });

  it('announces an alert while the search for its owners hangs, begins no second one, and adds them later', async () => {
    const { host, announcer, views, beats } = scene();
    let finish = (): void => undefined;
    const search = host.findOwners.bind(host);
    host.findOwners = (queries) => new Promise((done) => (finish = () => void search(queries).then(done)));
    const closing = (second: number): void => {
      host.rows = closes(25, second);
      host.counters = { activeOpens: 25 * second };
    };
    await beats(15, closing);
    const { alert } = only(announcer.announced.filter((change) => change.to === 'firing'));
    expect(alert.owners.processes).toEqual([]);
    expect(host.ownerSearches).toEqual([]);
    finish();
    await beats(1, () => closing(30));
    expect(views.at(-1)?.alerts[0]?.owners.processes).toMatchObject([{ pid: 42, name: 'curl' }]);
    expect(host.ownerSearches).toHaveLength(1);
  });

  it('scores an alert from the first sample after it fired, with the time at which it fired', async () => {
    const { host, announcer, records, beats } = scene();
    await beats(15, (second) => {
      host.rows = closes(25, second);
      host.counters = { activeOpens: 25 * second };
    });
    const { alert } = only(announcer.announced.filter((change) => change.to === 'firing'));
    const alarmsOf = (record: (typeof records)[number]) =>
      record.scores.episodes.filter(({ kind }) => kind === 'alarm');
    const index = records.findIndex((record) => alarmsOf(record).length > 0);
    const [before, scored] = [records[index - 1], records[index]];
    if (before === undefined || scored === undefined || alert.firingAtMs === null)
      throw new Error('nothing was scored');
    expect(only(alarmsOf(scored))).toMatchObject({ poolId: alert.poolId, fromMs: alert.firingAtMs });
    expect(before.atMs).toBeLessThanOrEqual(alert.firingAtMs);
    expect(scored.atMs).toBeGreaterThan(alert.firingAtMs);
  });

  it('reads the table at once when a connect fails, which no counter shows, and raises failing', async () => {
    const { host, failures, announcer, views, beats } = scene();
    host.rows = closes(25, 8);
    const failure = { kind: 'connect', localAddress: '10.0.0.1', remoteAddress: '10.0.0.2', remotePort: 443 } as const;
    await beats(8, (second) => {
      if (second === 10) failures.next = [{ ...failure, atMs: Date.UTC(2026, 0, 5, 12, 0, 9), pid: 7, name: 'wget' }];
    });
    expect(host.dumps).toBeGreaterThanOrEqual(2);
    expect(views.map(({ pools }) => only(pools).failedConnects)).toEqual([0, 0, 0, 0, 0, 1, 1, 1]);
    const fired = announcer.announced.find(({ alert }) => alert.rule === 'failing');
    expect(fired).toMatchObject({ from: 'inactive', to: 'firing', alert: { raised: { failedConnects: 1 } } });
  });

  it('watches failing binds only while a bind pool is half full', async () => {
    const { host, failures, views, beats } = scene();
    // bind(0) takes ports of one parity, connect() of the other (kernel rule 7).
    const bound = (second: number): FakeRow[] =>
      Array.from({ length: second * 25 }, (_, index) => ({ localPort: 20_001 + 2 * index }));
    await beats(12, (second) => {
      host.rows = second < 21 ? bound(second) : [];
      host.counters = { activeOpens: second };
    });
    const full = views.map(({ pools }) => pools[0]?.kind === 'bind' && pools[0].used >= 500);
    expect(full).toEqual([...Array<boolean>(10).fill(false), true, false]);
    expect(failures.watchedBinds).toEqual([...Array<boolean>(11).fill(false), true]);
  });

  it('reports that alerts cannot be stored, and announces them once they can', async () => {
    const { host, health, announcer, beats } = scene();
    const closing = (second: number): void => {
      host.rows = closes(25, 10 + second);
      host.counters = { activeOpens: 25 * (1 + second) };
    };
    announcer.error = new Error('disk full');
    await beats(5, closing);
    expect(announcer.announced).toEqual([]);
    expect(health.problems.get('store')).toBe('alerts cannot be stored: disk full');
    announcer.error = null;
    await beats(5, (second) => closing(second + 10));
    expect(announcer.announced.map((change) => [change.alert.rule, change.to])).toContainEqual(['imminent', 'firing']);
  });

  it.each([
    ['hostError', 'limits', 'the limits of the host cannot be read: /proc/net/tcp vanished'],
    ['tableError', 'source', 'the socket table cannot be read: /proc/net/tcp vanished'],
  ] as const)(
    'is blind while a %s lasts: it reports the reason and raises blind, and resolves it afterwards',
    async (fault, part, problem) => {
      const { host, health, announcer, views, beats } = scene();
      await beats(2);
      host[fault] = new Error('/proc/net/tcp vanished');
      host.counters = { activeOpens: 1 };
      await beats(35);
      expect([...health.problems]).toEqual([[part, problem]]);
      expect(views.at(-1)?.blindSinceMs).toEqual(expect.any(Number));
      expect(announcer.announced.map((change) => [change.alert.rule, change.to])).toContainEqual(['blind', 'firing']);
      host[fault] = null;
      await beats(10);
      expect(health.problems.size).toBe(0);
      expect(views.at(-1)?.blindSinceMs).toBeNull();
      expect(announcer.announced.at(-1)).toMatchObject({ to: 'resolved', alert: { rule: 'blind' } });
    },
  );

  it('dumps rarely when the budget is small, and estimates the rate nearly as well: the timers hold the last minute', async () => {
    const cheap = scene();
    const expensive = scene();
    expensive.host.costMs = 400;
    for (const { host, beats } of [cheap, expensive]) {
      await beats(60, (second) => {
        host.rows = closes(5, Math.min(second, 55));
        host.counters = { activeOpens: second };
      });
    }
    const intervalWidth = ({ views }: typeof cheap): number => {
      const { closeRateLow, closeRateHigh } = only(views.at(-1)?.pools ?? []);
      return (closeRateHigh ?? NaN) - (closeRateLow ?? NaN);
    };
    expect(expensive.host.dumps).toBeLessThan(cheap.host.dumps / 4);
    expect(intervalWidth(expensive) / intervalWidth(cheap)).toBeGreaterThan(0.8);
    expect(intervalWidth(expensive) / intervalWidth(cheap)).toBeLessThan(2);
  });
});
