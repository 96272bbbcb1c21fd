import { describe, expect, it } from 'vitest';
import type { CycleView } from '../../../daemon/contracts.js';
import type { GlanceReader } from '../../../daemon/dump-contracts.js';
import type { PoolForecast } from '../../../daemon/forecast/types.js';
import { createDumpBudget } from '../../../daemon/sampling/dump-budget.js';
import { createLookout } from '../../../daemon/sampling/lookout.js';
import { MINUTE_MS } from '../../../daemon/units.js';
import { createPoolForecast } from '../../builders/pool-forecast.js';
import { fakeClock, LIMITS, zeroCounters } from '../../fakes.js';
import { exponential, seeded } from '../../tools/simulator/random.js';

const GLANCE_MS = 250;
const BEAT_MS = 2000;
/** Ports whose time is over come free together, in steps of this length. */
const RELEASE_STEP_MS = 2048;

interface Traffic {
  /** Connections opened per second at an instant, ms after the start. */
  readonly perSecond: (atMs: number) => number;
  readonly freePorts?: number;
  /** How long a connection holds its port: 0 when the other side closes first. */
  readonly holdMs?: number;
  /** False for inbound connections: they are not opened by this host. */
  readonly outbound?: boolean;
  readonly pool?: Partial<PoolForecast> | ((atMs: number) => Partial<PoolForecast>);
  readonly costMs?: number;
}

/** Plays Poisson arrivals to a lookout. @returns the instants of its looks, ms after the start. */
function play(forMs: number, traffic: Traffic): number[] {
  const { perSecond, freePorts = 1000, holdMs = MINUTE_MS, outbound = true, pool = {}, costMs = 1 } = traffic;
  const clock = fakeClock();
  const random = seeded(7);
  const releasesAt: number[] = [];
  let [opened, held, playedMs, now] = [0, 0, 0, 0];
  let due = exponential(random);
  const reader: GlanceReader = {
    readHeldPorts: () => held,
    readActiveOpens: () => (outbound ? opened : 0),
    close: () => undefined,
  };
  const budget = createDumpBudget({ ratio: 0.01, busyRatio: 0.05, maxIntervalMs: 30_000 });
  const lookout = createLookout({ reader, budget, clock });
  const runTraffic = (): void => {
    for (; playedMs <= now; playedMs += 1) {
      due -= perSecond(playedMs) / 1000;
      for (; due <= 0; due += exponential(random)) {
        opened += 1;
        if (holdMs === 0) continue;
        held += 1;
        releasesAt.push(Math.ceil((playedMs + holdMs) / RELEASE_STEP_MS) * RELEASE_STEP_MS);
      }
    }
    while ((releasesAt[0] ?? Infinity) <= now) held -= Number(releasesAt.shift() !== undefined);
  };
  const dump = (): void => {
    budget.spent(costMs);
    lookout.note(createView());
  };
  const createView = (): CycleView => {
    const at = typeof pool === 'function' ? pool(now) : pool;
    const exhaustsAtMs = at.exhaustsAtMs == null ? null : clock.wallMs() + at.exhaustsAtMs;
    const counters = { ...zeroCounters(clock), activeOpens: reader.readActiveOpens() };
    return {
      atMs: clock.wallMs(),
      reading: { limits: LIMITS, granularity: { hz: 250, timeWaitMs: 2048, phaseMs: 0, learned: true }, counters },
      blindSinceMs: null,
      table: {
        snapshotAtMs: clock.wallMs(),
        rows: held,
        source: { name: 'netlink', why: 'fake' },
        unusedCapacity: freePorts,
        hasBoundInactive: true,
        noPortWhy: null,
      },
      pools: [createPoolForecast({ available: Math.max(0, freePorts - held), ...at, exhaustsAtMs })],
      ports: [],
      alerts: [],
    };
  };
  const looks: number[] = [];
  for (; now <= forMs; now += GLANCE_MS) {
    runTraffic();
    if (now % BEAT_MS === 0) {
      budget.due({ nowMs: clock.monotonicMs(), changed: true, busy: traffic.pool !== undefined });
      dump();
    } else if (lookout.mustLook()) {
      looks.push(now);
      dump();
    }
    clock.advance(GLANCE_MS);
  }
  expect(lookout.stats().looks).toBe(looks.length);
  return looks;
}

describe('the lookout', () => {
  it.each([
    { what: 'a connection every 2 s', perSecond: 0.5, freePorts: 28_232 },
    { what: '15/s on 1,000 ports, which settle at 93%', perSecond: 15, freePorts: 1000 },
    { what: '400/s on the default range, which settle at 85%', perSecond: 400, freePorts: 28_232 },
  ])('leaves steady traffic to the beats: $what', ({ perSecond, freePorts }) => {
    expect(play(5 * MINUTE_MS, { perSecond: () => perSecond, freePorts })).toEqual([]);
  });

  it.each([
    { what: 'inbound connections, which take no local port', outbound: false },
    { what: 'connections that the other side closes first, which hold no port', holdMs: 0 },
  ])('leaves a jump of $what to the beats', (traffic) => {
    expect(play(MINUTE_MS, { perSecond: (atMs) => (atMs > 30_500 ? 300 : 3), ...traffic })).toEqual([]);
  });

  it.each([
    { perSecond: 25, freePorts: 1000, withinMs: 750 },
    { perSecond: 200, freePorts: 1000, withinMs: 250 },
    { perSecond: 700, freePorts: 28_232, withinMs: 750 },
  ])('looks within $withinMs ms of the onset of $perSecond/s on $freePorts ports', ({ withinMs, ...traffic }) => {
    const onsetMs = 30_010;
    const looks = play(onsetMs + 1750, { ...traffic, perSecond: (atMs) => (atMs < onsetMs ? 1 : traffic.perSecond) });
    expect(looks[0]).toBeGreaterThan(onsetMs);
    expect(looks[0]).toBeLessThanOrEqual(onsetMs - 10 + withinMs);
  });

  it('looks again every half second while the ports would last less than 10 s, and once where they last longer', () => {
    const onset = (perSecond: number) =>
      play(31_800, { perSecond: (atMs) => (atMs < 30_010 ? 1 : perSecond), freePorts: 1000 });
    expect(onset(200)).toEqual([30_250, 30_750, 31_250, 31_750]);
    expect(onset(30)).toHaveLength(1);
  });

  it('looks every half second while a pool is forecast to run out within 30 s, and no longer once it has', () => {
    const exhaustsAtMs = (atMs: number) => 50_100 - atMs;
    const looks = play(MINUTE_MS, { perSecond: () => 0, pool: (atMs) => ({ exhaustsAtMs: exhaustsAtMs(atMs) }) });
    expect(looks.slice(0, 5)).toEqual([20_500, 21_000, 21_500, 22_500, 23_000]);
    expect(looks.at(-1)).toBe(49_500);
  });

  it('follows a pool that runs out beside another one that has run out', () => {
    const looks = play(3000, { perSecond: () => 0, pool: { exhaustsAtMs: 20_000, available: 0 } });
    expect(looks.length).toBeGreaterThan(2);
  });

  it('looks only as often as the busy budget allows, and leaves enough for the beats', () => {
    const looks = play(MINUTE_MS, { perSecond: () => 0, pool: { exhaustsAtMs: 20_000 }, costMs: 90 });
    // 5% of a core pay for one dump in 1.8 s, and the beats take nearly all of it.
    expect(looks.length).toBeGreaterThan(2);
    expect(looks.length).toBeLessThan(10);
  });

  it('does not look before the first dump', () => {
    const reader: GlanceReader = { readHeldPorts: () => 1, readActiveOpens: () => 1, close: () => undefined };
    const budget = createDumpBudget({ ratio: 0.01, busyRatio: 0.05, maxIntervalMs: 30_000 });
    const lookout = createLookout({ reader, budget, clock: fakeClock() });
    expect(lookout.mustLook()).toBe(false);
    expect(lookout.stats()).toEqual({ glances: 1, looks: 0 });
  });
});
