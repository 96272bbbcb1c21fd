import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Remedy } from '../../../daemon/advice/effect.js';
import { planWhatIf, type Plan } from '../../../daemon/advice/plan.js';
import type { WirePlan } from '../../../daemon/wire/plan.js';

/** The example of the README. */
const INPUT = { ports: [1024, 5000], timeWaitMs: 240_000, rate: 20, live: 0 } as const;

const listNames = ({ remedies }: Plan): string[] => remedies.map(({ name }) => name);
const findRemedy = ({ remedies }: Plan, name: string): Remedy =>
  remedies.find((remedy) => remedy.name === name) ?? expect.unreachable(`no remedy ${name}`);

describe('planWhatIf', () => {
  it('states the capacity, the sustainable rate, the settling point and the time to exhaustion', () => {
    const plan: WirePlan = planWhatIf(INPUT);
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

  it('never exhausts the ports at 16/s, and does at 17/s', () => {
    expect(planWhatIf({ ...INPUT, rate: 16 }).secondsToExhaustion).toBeNull();
    expect(planWhatIf({ ...INPUT, rate: 17 }).secondsToExhaustion).toBeCloseTo(3977 / 17, 6);
  });

  it('takes live connections off the ports', () => {
    expect(planWhatIf({ ...INPUT, live: 977 })).toMatchObject({ sustainableRate: 12.5, secondsToExhaustion: 150 });
    expect(planWhatIf({ ...INPUT, live: 4000 }).secondsToExhaustion).toBe(0);
  });

  it('never exhausts the ports later at a higher rate (property)', () => {
    const rate = fc.double({ min: 0, max: 1000, noNaN: true });
    fc.assert(
      fc.property(rate, rate, fc.integer({ min: 0, max: 4000 }), (a, b, live) => {
        const secondsAt = (r: number): number =>
          planWhatIf({ ...INPUT, rate: r, live }).secondsToExhaustion ?? Infinity;
        expect(secondsAt(Math.max(a, b))).toBeLessThanOrEqual(secondsAt(Math.min(a, b)));
      }),
    );
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
  ])('refuses %o and quotes it', (wrong, quoted) => {
    expect(() => planWhatIf({ ...INPUT, ...wrong })).toThrow(
      expect.objectContaining({ code: 'USAGE', message: expect.stringContaining(quoted) as string }),
    );
  });
});

describe('the remedies of a plan', () => {
  it('have a computed effect and are sorted by it', () => {
    const plan = planWhatIf(INPUT);
    expect(listNames(plan)).toEqual(['keep_alive', 'tw_reuse', 'wider_range', 'second_destination', 'server_closes']);
    expect(findRemedy(plan, 'keep_alive').pressure).toBeCloseTo(0.12069, 4);
    expect(findRemedy(plan, 'wider_range').sustainableRate).toBeCloseTo(64_512 / 240, 6);
    expect(findRemedy(plan, 'second_destination').sustainableRate).toBeCloseTo(2 * (3977 / 240), 6);
    expect(findRemedy(plan, 'second_destination').pressure).toBeCloseTo(0.6034, 3);
    expect(findRemedy(plan, 'tw_reuse').sustainableRate).toBe(3977);
    expect(findRemedy(plan, 'server_closes').pressure).toBe(0);
    for (const remedy of plan.remedies) expect(remedy.secondsToExhaustion, remedy.name).toBeNull();
  });

  it('end with those that do not suffice', () => {
    const plan = planWhatIf({ ...INPUT, rate: 400 });
    expect(findRemedy(plan, 'wider_range').secondsToExhaustion).toBeCloseTo(64_512 / 400, 6);
    const names = listNames(plan);
    expect(names.indexOf('wider_range')).toBeGreaterThan(names.indexOf('server_closes'));
  });

  it('state that tcp_fin_timeout does not help, and never offer it', () => {
    const plan = planWhatIf(INPUT);
    expect(listNames(plan)).not.toContain('tcp_fin_timeout');
    expect(findRemedy(plan, 'tw_reuse').detail).toContain('tcp_fin_timeout does not shorten TIME_WAIT');
    expect(JSON.stringify(plan.remedies)).not.toMatch(/sysctl -w net\.ipv4\.tcp_fin_timeout/);
  });

  it('do not offer to widen a range that is as wide as it can be', () => {
    const names = listNames(planWhatIf({ ...INPUT, ports: [1024, 65_535] }));
    expect(names).toEqual(['keep_alive', 'tw_reuse', 'second_destination', 'server_closes']);
  });
});
