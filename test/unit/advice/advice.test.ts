import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { planWhatIf } from '../../../daemon/advice/plan.js';
import { findRemedies } from '../../../daemon/advice/remedies.js';
import type { HostLimits } from '../../../daemon/host/limits.js';
import type { WirePlan } from '../../../daemon/wire/plan.js';
import { watchWorld } from '../../builders/watch-world.js';
import { LEARNED, limitsOf, SERVER, type Stream } from '../../tools/simulator/world.js';

const FOUNDING = { ports: [1024, 5000], timeWaitMs: 240_000, rate: 20, live: 0 } as const;

describe('planWhatIf', () => {
  it('states the founding case', () => {
    const plan: WirePlan = planWhatIf(FOUNDING);
    expect(plan).toMatchObject({
      input: { ports: [1024, 5000], timeWaitSeconds: 240, rate: 20, live: 0 },
      capacity: 3977,
      settlesAt: 4800,
    });
    expect(plan.sustainableRate).toBeCloseTo(16.5708, 4);
    expect(plan.pressure).toBeCloseTo(1.2069, 4);
    expect(plan.secondsToExhaustion).toBeCloseTo(198.85, 9);
    expect(plan.why).toContain('3,977 ports');
    expect(plan.why).toContain('16.57 closes/s');
    expect(plan.why).toContain('3 min 19 s');
  });

  it('never runs out at 16/s, and does at 17/s', () => {
    expect(planWhatIf({ ...FOUNDING, rate: 16 }).secondsToExhaustion).toBeNull();
    expect(planWhatIf({ ...FOUNDING, rate: 17 }).secondsToExhaustion).toBeCloseTo(3977 / 17, 6);
  });

  it('takes live connections off the ports', () => {
    expect(planWhatIf({ ...FOUNDING, live: 977 })).toMatchObject({ sustainableRate: 12.5, secondsToExhaustion: 150 });
    expect(planWhatIf({ ...FOUNDING, live: 4000 }).secondsToExhaustion).toBe(0);
  });

  it('computes what each remedy changes, the best first', () => {
    const { remedies } = planWhatIf(FOUNDING);
    const named = Object.fromEntries(remedies.map((remedy) => [remedy.name, remedy]));
    expect(remedies[0]?.name).toBe('keep_alive');
    expect(named['keep_alive']?.pressure).toBeCloseTo(0.12069, 4);
    expect(named['wider_range']?.sustainableRate).toBeCloseTo(64_512 / 240, 6);
    expect(named['second_destination']?.sustainableRate).toBeCloseTo(2 * (3977 / 240), 6);
    expect(named['second_destination']?.pressure).toBeCloseTo(0.6034, 3);
    expect(named['tw_reuse']?.sustainableRate).toBe(3977);
    expect(named['server_closes']?.pressure).toBe(0);
    for (const remedy of remedies) expect(remedy.secondsToExhaustion, remedy.name).toBeNull();
  });

  it('puts what does not suffice last', () => {
    const { remedies } = planWhatIf({ ...FOUNDING, rate: 400 });
    const wider = remedies.find(({ name }) => name === 'wider_range');
    expect(wider?.secondsToExhaustion).toBeCloseTo(64_512 / 400, 6);
    expect(remedies.findIndex(({ name }) => name === 'wider_range')).toBeGreaterThan(
      remedies.findIndex(({ name }) => name === 'server_closes'),
    );
  });

  it('says that tcp_fin_timeout is no remedy, and never offers it', () => {
    const { remedies } = planWhatIf(FOUNDING);
    expect(remedies.map(({ name }) => name)).not.toContain('tcp_fin_timeout');
    expect(remedies.map(({ detail }) => detail).join(' ')).toContain('tcp_fin_timeout does not shorten TIME_WAIT');
    expect(JSON.stringify(remedies)).not.toMatch(/sysctl -w net\.ipv4\.tcp_fin_timeout/);
  });

  it('does not offer a range that is wide already', () => {
    const { remedies } = planWhatIf({ ...FOUNDING, ports: [1024, 65_535] });
    expect(remedies.map(({ name }) => name)).not.toContain('wider_range');
  });

  it.each([
    [{ ports: [5000, 1024] as const }, 'ports 5000-1024'],
    [{ ports: [0, 100] as const }, 'ports 0-100'],
    [{ ports: [1, 65_536] as const }, 'ports 1-65536'],
    [{ ports: [1.5, 10] as const }, 'ports 1.5-10'],
    [{ timeWaitMs: 0 }, 'time-wait 0 s'],
    [{ timeWaitMs: NaN }, 'time-wait NaN s'],
    [{ rate: -1 }, 'rate -1'],
    [{ rate: Infinity }, 'rate Infinity'],
    [{ live: 1.5 }, 'live 1.5'],
    [{ live: -3 }, 'live -3'],
  ])('refuses %o, quoting it', (wrong, quoted) => {
    expect(() => planWhatIf({ ...FOUNDING, ...wrong })).toThrow(
      expect.objectContaining({ code: 'USAGE', message: expect.stringContaining(quoted) as string }),
    );
  });

  it('runs out never later at a higher rate (property)', () => {
    const rate = fc.double({ min: 0, max: 1000, noNaN: true });
    fc.assert(
      fc.property(rate, rate, fc.integer({ min: 0, max: 4000 }), (a, b, live) => {
        const at = (r: number): number => planWhatIf({ ...FOUNDING, rate: r, live }).secondsToExhaustion ?? Infinity;
        expect(at(Math.max(a, b))).toBeLessThanOrEqual(at(Math.min(a, b)));
      }),
    );
  });
});

describe('remediesFor', () => {
  const advice = (streams: readonly Stream[], limits: HostLimits = limitsOf(), seconds = 20) => {
    const { forecasts } = watchWorld({ limits, granularity: LEARNED, streams }, { seconds });
    const forecast = forecasts.at(-1)?.forecast;
    if (forecast === undefined) throw new Error('nothing was forecast');
    return findRemedies(forecast, limits);
  };
  const churn: Stream = { to: [SERVER], rate: 25, fate: 'time_wait' };
  const names = (remedies: readonly { name: string }[]): string[] => remedies.map(({ name }) => name);

  it('gives command lines and effects for churn', () => {
    const remedies = advice([churn]);
    expect(names(remedies)).toEqual(['tw_reuse', 'wider_range', 'keep_alive', 'second_destination', 'server_closes']);
    expect(remedies[0]?.detail).toContain('sysctl -w net.ipv4.tcp_tw_reuse=1');
    expect(remedies[0]?.sustainableRate).toBeCloseTo(1000, 6);
    expect(remedies[1]?.detail).toContain('sysctl -w net.ipv4.ip_local_port_range="1024 65535"');
    expect(remedies[1]?.pressure ?? 1).toBeCloseTo((25 * 62.048) / 64_512, 3);
  });

  it('asks for timestamps where they are what is missing', () => {
    const off = advice([churn], limitsOf({ twReuse: 1, timestamps: false }));
    expect(off[0]?.detail).toContain('tcp_timestamps=1');
    expect(off[0]?.detail).not.toContain('tcp_tw_reuse=1');
    const { forecasts } = watchWorld(
      { limits: limitsOf({ twReuse: 1 }), granularity: LEARNED, streams: [churn], timestamps: false },
      { seconds: 20 },
    );
    const forecast = forecasts.at(-1)?.forecast;
    expect(forecast && names(findRemedies(forecast, limitsOf({ twReuse: 1 })))).toContain('peer_timestamps');
  });

  it('tells clients that bind to stop taking a port there', () => {
    const remedies = advice([{ ...churn, binds: true }]);
    expect(names(remedies)).toContain('bind_no_port');
    expect(names(remedies)).not.toContain('tw_reuse');
  });

  it('has other remedies for a leak', () => {
    const remedies = advice([{ ...churn, rate: 6, fate: 'kept' }], limitsOf(), 30);
    expect(names(remedies)).toEqual(['bound_pool', 'find_owner', 'wider_range']);
    expect(remedies[1]?.detail).toContain("ss -tnp state established '( dst 10.0.0.2 dport = :443 )'");
    expect(remedies[2]?.secondsToExhaustion ?? 0).toBeGreaterThan(10_000);
  });

  it('points at CLOSE_WAIT when the application has not closed', () => {
    const { forecasts } = watchWorld(
      { limits: limitsOf(), granularity: LEARNED, streams: [{ ...churn, rate: 6, fate: 'kept' }] },
      { seconds: 30 },
    );
    const forecast = forecasts.at(-1)?.forecast;
    const [first, owner] = forecast ? findRemedies({ ...forecast, closeWait: 100 }, limitsOf()) : [];
    expect(first).toMatchObject({ name: 'close_sockets' });
    expect(owner?.detail).toContain('state close-wait');
  });
});
