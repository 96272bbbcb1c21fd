import { describe, expect, it } from 'vitest';
import type { CycleView, HostReading } from '../../daemon/contracts.js';
import { createHealth } from '../../daemon/health.js';
import { createViews } from '../../daemon/views.js';
import { fakeBudget, fakeClock, fakeLog, LIMITS, MAX_SAMPLE_AGE_MS, zeroCounters } from '../fakes.js';
import { NOTHING_SCORED } from '../builders/score-summary.js';

const CHEAP = { lastCostMs: 10, intervalMs: 1000, slowed: false };

function scene(budget: { lastCostMs: number; intervalMs: number; slowed: boolean }) {
  const clock = fakeClock();
  const health = createHealth(clock, fakeLog());
  const views = createViews({
    version: '1.2.3',
    hostName: 'web-1',
    scheduleExpression: '*/2 * * * * *',
    clock,
    health,
    maxSampleAgeMs: MAX_SAMPLE_AGE_MS,
    own: { http: () => ({ address: '127.0.0.1', port: 9470 }), countOpened: () => 0 },
    process: () => ({ cpuRatio: 0.004, residentBytes: 9e7, eventLoopDelayP99Ms: 1.5 }),
    budget: fakeBudget(budget),
    source: () => ({ name: 'procfs', why: 'netlink passed over: no koffi' }),
    schedule: () => ({ beatMs: 2000, beats: 10, missedBeats: 1, restarts: 0 }),
    lookout: () => ({ glances: 700, looks: 3 }),
    store: () => ({ path: '/x', sizeBytes: 1, capBytes: 2, pendingRecords: 0, lastFlushAtMs: null, series: 3 }),
    mail: () => null,
    delivery: () => [
      {
        channel: 'mail',
        server: 'smtp.example.org:587',
        lastTestAtMs: null,
        lastTestError: null,
        lastSentAtMs: null,
        address: null,
        addressAgeMs: null,
        localPorts: null,
        why: 'switched off',
      },
    ],
    channels: () => [],
    score: () => NOTHING_SCORED,
    incidents: () => (['open', 'quiet', 'resolved', 'quiet'] as const).map((state) => ({ state })),
    tracing: () => ({ offBecause: 'tracefs at /x may not be used', counted: 0, lost: 0 }),
  });
  return { clock, health, views };
}

const reading: HostReading = {
  limits: LIMITS,
  granularity: { hz: 250, timeWaitMs: 2048, phaseMs: 0, learned: true },
  counters: { ...zeroCounters(fakeClock()), inUse: 1, timeWait: 7, alloc: 1, tw: 7, activeOpens: 7 },
};

function view(over: Partial<CycleView>): CycleView {
  const table = {
    snapshotAtMs: Date.UTC(2026, 0, 5, 11, 59, 58),
    rows: 28_000,
    source: { name: 'procfs', why: '' },
    unusedCapacity: 998,
    hasBoundInactive: true,
    noPortWhy: null,
  } as const;
  return { atMs: 0, reading, table, pools: [], ports: [], alerts: [], blindSinceMs: null, ...over };
}

describe('the status document', () => {
  it('has these fields, whose names are public', () => {
    const { views } = scene(CHEAP);
    views.update(view({}));
    const { sampling, store, mail, delivery, score, tracing, process, host, ...status } = views.status();
    expect(Object.keys(status)).toEqual([
      'version',
      'startedAt',
      'uptimeSeconds',
      'health',
      'problems',
      'channels',
      'worst',
      'poolCount',
      'alerts',
      'incidents',
    ]);
    expect(Object.keys(delivery[0] ?? {}).join(' ')).toBe(
      'channel server lastTestAt lastTestOk lastTestError lastSentAt address addressAgeSeconds localPorts why',
    );
    expect(status.incidents).toEqual({ open: 1, quiet: 2 });
    expect([sampling, store, mail, score, tracing, process, host].map((part) => Object.keys(part).join(' ')))
      .toMatchInlineSnapshot(`
        [
          "source sourceWhy schedule beatSeconds lastDumpAt dumpAgeSeconds maxSampleAgeSeconds rows dumpCostSeconds dumpShare dumpShareBudget slowedBecause dumps beats missedBeats scheduleRestarts glances looks",
          "path sizeBytes capBytes pendingRecords lastFlushAt series",
          "configured recipients pending failed lastSentAt lastError",
          "days why forecasts baseRate brier errors errorMedianSeconds errorP95Seconds intervals coverage failures sudden shown alarm",
          "on why failedConnects lost",
          "cpuRatio residentBytes eventLoopDelayP99Seconds",
          "name sampledAt source sourceWhy range reserved timeWaitSeconds timeWaitAssumed granularitySeconds granularityLearned reuse reuseDelaySeconds timestamps twBuckets finTimeoutSeconds timeWait capacity sustainableRate noPortWhy timeWaitCounts",
        ]
      `);
  });

  it('is refused before the host was first read, with the reason', () => {
    const { health, views } = scene(CHEAP);
    health.report('limits', 'ip_local_port_range cannot be read');
    expect(() => views.status()).toThrow(/ip_local_port_range cannot be read/);
    expect(views.pools()).toBeNull();
  });

  it.each([
    { what: 'no problem', problem: null, over: {}, health: 'ok' },
    { what: 'a problem', problem: 'locked', over: {}, health: 'degraded' },
    { what: 'no sample yet', problem: null, over: { table: null }, health: 'blind' },
    { what: 'no good sample', problem: 'gone', over: { blindSinceMs: 5 }, health: 'blind' },
  ])('has health $health with $what', ({ problem, over, health: expected }) => {
    const { health, views } = scene(CHEAP);
    health.report('store', problem);
    views.update(view(over));
    expect(views.status().health).toBe(expected);
  });

  it('has the latest limits of the host while they cannot be read', () => {
    const { views } = scene(CHEAP);
    views.update(view({}));
    views.update(view({ reading: null, blindSinceMs: 1 }));
    expect(views.status()).toMatchObject({ health: 'blind', host: { range: [20_000, 20_999], capacity: 998 } });
  });

  it('says that bound ports cannot be seen only once a table was read that does not show them', () => {
    const { table } = view({});
    if (table === null) throw new Error('the scene has a table');
    const { views } = scene(CHEAP);
    const noteWith = (of: CycleView['table']): string | undefined => {
      views.update(view({ table: of }));
      return views.host().boundPortsNote;
    };
    expect(noteWith(null)).toBeUndefined();
    expect(noteWith({ ...table, hasBoundInactive: true })).toBeUndefined();
    expect(noteWith({ ...table, hasBoundInactive: false })).toBe(
      'ports that are bound but not connected cannot be seen with the source procfs, so they count as free',
    );
  });

  it('has the close rate that a new destination could sustain: its free ports divided by TIME_WAIT and one release step', () => {
    const { views } = scene(CHEAP);
    views.update(view({}));
    expect(views.host().sustainableRate).toBeCloseTo(998 / 62.048, 2);
  });

  it('explains why dumps are rarer than the beats, and is silent when they are not', () => {
    const slow = scene({ lastCostMs: 90, intervalMs: 9000, slowed: true });
    slow.views.update(view({}));
    expect(slow.views.status().sampling.slowedBecause).toBe(
      'sampling every 9 s to stay within 1% of a core (sampling.budget, sampling.busyBudget)',
    );
    const cheap = scene(CHEAP);
    cheap.views.update(view({}));
    expect(cheap.views.status().sampling.slowedBecause).toBeNull();
  });

  it('is troubled by dumps that are rarer than every second beat, and not by dumps that are a little rarer', () => {
    const explain = (intervalMs: number) =>
      scene({ lastCostMs: 30, intervalMs, slowed: true }).views.explainSlowTrouble();
    expect(explain(4000)).toBe('sampling every 4 s to stay within 1% of a core (sampling.budget, sampling.busyBudget)');
    expect(explain(3200)).toBeNull();
  });

  it('counts a dump once, in however many cycles it is the latest', () => {
    const { views } = scene(CHEAP);
    for (let beat = 0; beat < 5; beat += 1) views.update(view({}));
    expect(views.status().sampling.dumps).toBe(1);
    expect(views.status().sampling.dumpAgeSeconds).toBe(2);
  });
});
