import { describe, expect, it } from 'vitest';
import type { AlertChange } from '../../daemon/alert/alert.js';
import { DEFAULT_ALERT_SETTINGS } from '../../daemon/alert/settings.js';
import type { CycleRecord, CycleView } from '../../daemon/contracts.js';
import { createCycle } from '../../daemon/cycle.js';
import { createForecaster } from '../../daemon/forecast/forecaster.js';
import { NO_PAST } from '../../daemon/forecast/history/types.js';
import { createDumpBudget } from '../../daemon/sampling/dump-budget.js';
import { STATE } from '../../daemon/snapshot/snapshot.js';
import { fakeClock, fakeFailures, fakeHealth, fakeHost, type FakeRow, MAX_SAMPLE_AGE_MS } from '../fakes.js';

function scene() {
  const clock = fakeClock();
  const host = fakeHost(clock);
  const failures = fakeFailures();
  const health = fakeHealth();
  const records: CycleRecord[] = [];
  const announced: AlertChange[] = [];
  const views: CycleView[] = [];
  const fault: { announce: Error | null } = { announce: null };
  const cycle = createCycle({
    clock,
    host,
    table: host,
    owners: host,
    failures,
    past: () => NO_PAST,
    samples: { append: (record) => void records.push(record) },
    announcer: {
      announce(changes) {
        if (fault.announce !== null) throw fault.announce;
        announced.push(...changes);
      },
    },
    health,
    forecaster: createForecaster(),
    budget: createDumpBudget({ ratio: 0.01, busyRatio: 0.05, maxIntervalMs: 30_000 }),
    settings: DEFAULT_ALERT_SETTINGS,
    activeAlerts: [],
    unsettled: null,
    beatMs: () => 2000,
    maxSampleAgeMs: () => MAX_SAMPLE_AGE_MS,
    publish: (view) => void views.push(view),
  });
  /** Beats every 2 s; `before` sets the host up for each, given the seconds since the first. */
  const beats = async (count: number, before: (second: number) => void = () => undefined): Promise<void> => {
    for (let beat = 0; beat < count; beat += 1) {
      before(beat * 2);
      await cycle();
      clock.advance(2000);
    }
  };
  return { clock, host, failures, health, records, announced, views, beats, fault };
}

/** What the table holds after `seconds` of `rate` closes a second, evenly spaced. */
function closes(rate: number, seconds: number): FakeRow[] {
  return Array.from({ length: Math.min(999, Math.floor(rate * seconds)) }, (_, index) => ({
    localPort: 20_000 + index,
    state: STATE.TIME_WAIT,
    expiresMs: Math.round(60_000 - (seconds - index / rate) * 1000),
  }));
}

describe('cycle', () => {
  it('forecasts from the very first sample, stores it and publishes it', async () => {
    const { host, records, views, beats } = scene();
    host.rows = closes(25, 10);
    await beats(1);
    const pool = views[0]?.pools[0];
    expect(pool).toMatchObject({ capacity: 1000, used: 250, mode: 'churn' });
    expect(((pool?.exhaustsAtMs ?? 0) - (pool?.sampledAtMs ?? 0)) / 1000).toBeCloseTo(30, 0);
    expect(records).toHaveLength(1);
    expect(records[0]?.ports).toMatchObject([{ id: 'out_host_10.0.0.2_443', direction: 'out' }]);
  });

  it('reads the table only every 30 s while no counter moves, and at the next beat when one does', async () => {
    const { host, records, views, beats } = scene();
    await beats(14);
    expect(host.dumps).toBe(1);
    host.counters = { activeOpens: 1 };
    await beats(1);
    expect(host.dumps).toBe(2);
    expect(records).toHaveLength(2);
    expect(views).toHaveLength(15);
  });

  it('raises imminent once, naming the owners, and looks for owners on no other beat', async () => {
    const { host, announced, records, beats } = scene();
    await beats(15, (second) => {
      host.rows = closes(25, second);
      host.counters = { activeOpens: 25 * second };
    });
    const fired = announced.filter((change) => change.to === 'firing');
    // The score takes an alert up with the first sample after the alert fired, and dates it back to that instant.
    const { poolId = null, firingAtMs = null } = fired[0]?.alert ?? {};
    const scored = records.findIndex(({ scores }) => scores.episodes.some(({ kind }) => kind === 'alarm'));
    const episode = records[scored]?.scores.episodes.find(({ kind }) => kind === 'alarm');
    expect(episode).toMatchObject({ poolId, fromMs: firingAtMs });
    expect(records[scored - 1]?.atMs).toBeLessThanOrEqual(firingAtMs ?? 0);
    expect(records[scored]?.atMs).toBeGreaterThan(firingAtMs ?? Infinity);
    expect(fired.map((change) => change.alert.rule)).toEqual(['imminent']);
    expect(fired[0]?.alert.owners.processes).toEqual([{ pid: 42, name: 'curl', confidence: 1 }]);
    expect(host.ownerQueries).toHaveLength(1);
    expect(host.ownerQueries[0]).toMatchObject({
      localAddress: '10.0.0.1',
      remoteAddress: '10.0.0.2',
      remotePort: 443,
    });
  });

  it('takes a sample at once when a connect fails, which no counter shows, and raises failing in it', async () => {
    const { host, failures, announced, views, beats } = scene();
    host.rows = closes(25, 8);
    const failure = { kind: 'connect', localAddress: '10.0.0.1', remoteAddress: '10.0.0.2', remotePort: 443 } as const;
    await beats(8, (second) => {
      if (second === 10) failures.next = [{ ...failure, atMs: Date.UTC(2026, 0, 5, 12, 0, 9), pid: 7, name: 'wget' }];
    });
    expect(host.dumps).toBeGreaterThanOrEqual(2);
    expect(views.map(({ pools }) => pools[0]?.failedConnects)).toEqual([0, 0, 0, 0, 0, 1, 1, 1]);
    const fired = announced.find(({ alert }) => alert.rule === 'failing');
    expect(fired).toMatchObject({ from: 'inactive', to: 'firing', alert: { raised: { failedConnects: 1 } } });
  });

  it('has failing binds watched only while a bind pool is half full', async () => {
    const { host, failures, views, beats } = scene();
    // bind(0) takes the ports of the parity that connect() leaves.
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

  it('announces again at the next beat what could not be kept, and says so meanwhile', async () => {
    const { host, health, announced, beats, fault } = scene();
    const closing = (second: number): void => {
      host.rows = closes(25, 10 + second);
      host.counters = { activeOpens: 25 * (1 + second) };
    };
    fault.announce = new Error('disk full');
    await beats(5, closing);
    expect(announced).toEqual([]);
    expect(health.problems.get('store')).toContain('disk full');
    fault.announce = null;
    await beats(5, (second) => closing(second + 10));
    expect(announced.map((change) => [change.alert.rule, change.to])).toContainEqual(['imminent', 'firing']);
  });

  it.each(['hostError', 'tableError'] as const)(
    'goes blind on a lasting %s, says so, and sees again',
    async (fault) => {
      const { host, health, announced, views, beats } = scene();
      await beats(2);
      host[fault] = new Error('/proc/net/tcp vanished');
      host.counters = { activeOpens: 1 };
      await beats(35);
      expect([...health.problems.values()].join()).toContain('/proc/net/tcp vanished');
      expect(views.at(-1)?.blindSinceMs).not.toBeNull();
      expect(announced.map((change) => [change.alert.rule, change.to])).toContainEqual(['blind', 'firing']);
      host[fault] = null;
      await beats(10);
      expect(health.problems.size).toBe(0);
      expect(views.at(-1)?.blindSinceMs).toBeNull();
      expect(announced.at(-1)).toMatchObject({ to: 'resolved', alert: { rule: 'blind' } });
    },
  );

  it('dumps rarely when the budget is small, and knows the rate no less: the timers hold the last minute', async () => {
    const cheap = scene();
    const dear = scene();
    dear.host.costMs = 400;
    for (const { host, beats } of [cheap, dear]) {
      await beats(60, (second) => {
        host.rows = closes(5, Math.min(second, 55));
        host.counters = { activeOpens: second };
      });
    }
    const width = ({ views }: typeof cheap): number => {
      const pool = views.at(-1)?.pools[0];
      return (pool?.closeRateHigh ?? 0) - (pool?.closeRateLow ?? 0);
    };
    expect(dear.host.dumps).toBeLessThan(cheap.host.dumps / 4);
    expect(width(dear) / width(cheap)).toBeGreaterThan(0.8);
    expect(width(dear) / width(cheap)).toBeLessThan(2);
  });
});
