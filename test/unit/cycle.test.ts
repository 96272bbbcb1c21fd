import { describe, expect, it } from 'vitest';
import { STATE } from '../../daemon/snapshot/snapshot.js';
import type { FakeRow } from '../fakes.js';
import { closes, createCycleScene as scene, only } from '../builders/cycle-scene.js';

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
    // Close to the limit the pressure is certain before the exhaustion is.
    await beats(15, (second) => {
      host.rows = closes(18, second);
      host.counters = { activeOpens: 18 * second };
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

  it('has the channels open their connections ahead from the first sample of which there may soon be something to tell', async () => {
    const { host, warms, beats } = scene();
    host.rows = closes(1, 60);
    await beats(5);
    expect(warms()).toBe(0);
    host.rows = closes(25, 30);
    host.counters = { activeOpens: 1 };
    await beats(1);
    expect(warms()).toBe(1);
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

  it('records an outage with each sample that changes it, and the resolved alert says what became of it', async () => {
    const { host, failures, announcer, records, beats } = scene();
    host.rows = closes(25, 8);
    const failure = { kind: 'connect', localAddress: '10.0.0.1', remoteAddress: '10.0.0.2', remotePort: 443 } as const;
    await beats(50, (second) => {
      host.counters = { activeOpens: second };
      const atMs = Date.UTC(2026, 0, 5, 12, 0, second - 1);
      if (second === 10 || second === 14) failures.next = [{ ...failure, atMs, pid: 7, name: 'wget' }];
    });
    const recorded = records.flatMap(({ outages }) => outages);
    expect(recorded.map(({ failedConnects, isOver }) => [failedConnects, isOver])).toEqual([
      [1, false],
      [2, false],
      [2, true],
    ]);
    const resolved = announcer.announced.find(({ to, alert }) => to === 'resolved' && alert.rule === 'failing');
    expect(resolved?.alert.outages).toEqual(recorded.slice(-1));
    expect(resolved?.alert.summary).toMatch(
      /^Over\. Out of ports 12:00:09 to 12:00:13 UTC, 2 connects failed; the warning came 9 s before\. /,
    );
  });

  it('watches failing binds only while there is a bind pool, however full', async () => {
    const { host, failures, views, beats } = scene();
    // bind(0) takes ports of one parity, connect() of the other (kernel rule 7).
    const bound = (second: number): FakeRow[] =>
      Array.from({ length: second * 25 }, (_, index) => ({ localPort: 20_001 + 2 * index }));
    await beats(12, (second) => {
      host.rows = second < 21 ? bound(second) : [];
      host.counters = { activeOpens: second };
    });
    const kinds = views.map(({ pools }) => pools[0]?.kind ?? 'none');
    expect(kinds).toEqual(['none', ...Array<string>(10).fill('bind'), 'none']);
    expect(views[1]?.pools[0]?.used).toBe(50);
    // The pools of one beat decide what is watched from the next one on.
    expect(failures.watchedBinds).toEqual([...Array<boolean>(2).fill(false), ...Array<boolean>(10).fill(true)]);
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

  it('reports limits that it goes on without, as long as they cannot be read', async () => {
    const { host, health, views, beats } = scene();
    const read = host.readHost.bind(host);
    host.readHost = async () => ({ ...(await read()), problems: ['one is assumed', 'two is assumed'] });
    await beats(2);
    expect([...health.problems]).toEqual([['limits', 'one is assumed; two is assumed']]);
    expect(views.at(-1)?.blindSinceMs).toBeNull();
    host.readHost = async () => ({ ...(await read()), problems: [] });
    await beats(1);
    expect(health.problems.size).toBe(0);
  });

  it('forecasts with the TIME_WAIT that the rows show', async () => {
    const { host, views, beats } = scene();
    host.rows = Array.from({ length: 60 }, (_, index) => ({
      localPort: 20_000 + index,
      state: STATE.TIME_WAIT,
      expiresMs: 300_000 - index * 5000,
    }));
    await beats(1);
    expect(views.at(-1)?.pools[0]?.holdMs).toBeCloseTo(300_000 + 16_384, 0);
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

  it('books the CPU time of both halves, and not the time for which a busy host keeps the daemon waiting', async () => {
    const { budget, host, beats } = scene((forecaster, clock) => ({
      update(input) {
        clock.useCpu(3);
        clock.advance(350);
        return forecaster.update(input);
      },
    }));
    host.costMs = 2;
    await beats(10, (second) => (host.counters = { activeOpens: second }));
    expect(budget.view()).toMatchObject({ lastCostMs: 5, slowed: false });
    expect(host.dumps).toBe(10);
  });
});
