import { describe, expect, it } from 'vitest';
import type { CycleView, HostReading } from '../../daemon/contracts.js';
import { createHealth } from '../../daemon/health.js';
import { createViews } from '../../daemon/views.js';
import { fakeBudget, fakeClock, fakeLog, LIMITS, MAX_SAMPLE_AGE_MS, zeroCounters } from '../fakes.js';
import { NOTHING_SCORED } from '../builders/score-summary.js';

function scene(budget: { lastCostMs: number; intervalMs: number; slowed: boolean }) {
  const clock = fakeClock();
  const health = createHealth(clock, fakeLog());
  const views = createViews({
    version: '1.2.3',
    hostName: 'web-1',
    scheduleExpression: '*/2 * * * * *',
    clock,
    health,
    maxSampleAgeMs: () => MAX_SAMPLE_AGE_MS,
    process: () => ({ cpuRatio: 0.004, residentBytes: 9e7, eventLoopDelayP99Ms: 1.5 }),
    budget: fakeBudget(budget),
    source: () => ({ name: 'procfs', why: 'netlink passed over: no koffi' }),
    schedule: () => ({ beatMs: 2000, beats: 10, missedBeats: 1, restarts: 0 }),
    store: () => ({ path: '/x', sizeBytes: 1, capBytes: 2, pendingRecords: 0, lastFlushAtMs: null, series: 3 }),
    mail: () => null,
    score: () => NOTHING_SCORED,
    tracing: () => ({ offBecause: 'tracefs at /x may not be used', counted: 0, lost: 0 }),
  });
  return { clock, health, views };
}

const CHEAP = { lastCostMs: 10, intervalMs: 1000, slowed: false };
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
  } as const;
  return { atMs: 0, reading, table, pools: [], ports: [], alerts: [], blindSinceMs: null, ...over };
}

describe('the status document', () => {
  it('says that the host has not been read, and why, before the first cycle', () => {
    const { health, views } = scene(CHEAP);
    health.report('limits', 'ip_local_port_range cannot be read');
    expect(() => views.status()).toThrow(/ip_local_port_range cannot be read/);
    expect(views.pools()).toBeNull();
  });

  it.each([
    { what: 'ok', problem: null, over: {}, health: 'ok' },
    { what: 'a problem', problem: 'locked', over: {}, health: 'degraded' },
    { what: 'no sample yet', problem: null, over: { table: null }, health: 'blind' },
    { what: 'no good sample', problem: 'gone', over: { blindSinceMs: 5 }, health: 'blind' },
  ])('is $health with $what', ({ problem, over, health: expected }) => {
    const { health, views } = scene(CHEAP);
    health.report('store', problem);
    views.update(view(over));
    expect(views.status().health).toBe(expected);
  });

  it('keeps the last limits of the host while they cannot be read', () => {
    const { views } = scene(CHEAP);
    views.update(view({}));
    views.update(view({ reading: null, blindSinceMs: 1 }));
    expect(views.status()).toMatchObject({ health: 'blind', host: { range: [20_000, 20_999], capacity: 998 } });
  });

  it('states what a new destination could sustain, from the ports that are free and the hold with its release step', () => {
    const { views } = scene(CHEAP);
    views.update(view({}));
    expect(views.host().sustainableRate).toBeCloseTo(998 / 62.048, 2);
  });

  it('names the reason when the budget makes dumps rarer than the beat, and only then', () => {
    const slow = scene({ lastCostMs: 90, intervalMs: 9000, slowed: true });
    slow.views.update(view({}));
    expect(slow.views.status().sampling.slowedBecause).toBe(
      'reading 28,000 sockets takes 90 ms of CPU: within 1% of a core a full dump comes every 9 s, not every 2 s; ' +
        'forecasts are that much older',
    );
    const cheap = scene(CHEAP);
    cheap.views.update(view({}));
    expect(cheap.views.status().sampling.slowedBecause).toBeNull();
  });

  it('counts a dump once, however many beats show it', () => {
    const { views } = scene(CHEAP);
    for (let beat = 0; beat < 5; beat += 1) views.update(view({}));
    expect(views.status().sampling.dumps).toBe(1);
    expect(views.status().sampling.dumpAgeSeconds).toBe(2);
  });
});
