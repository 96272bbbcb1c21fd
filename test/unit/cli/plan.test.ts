import { describe, expect, it } from 'vitest';
import { runCli } from '../../../daemon/cli/program.js';
import type { Plan } from '../../../daemon/advice/plan.js';
import { planCommand } from '../../../daemon/cli/plan.js';
import { fakeSource, testIo } from '../../builders/cli.js';
import type { HostLimits } from '../../../daemon/host/limits.js';
import { fakeClock, fakeHost, LIMITS } from '../../fakes.js';

/** 3,977 ports and a TIME_WAIT of 240 s. */
const OVERLOAD = ['--ports', '1024-5000', '--time-wait', '240s', '--rate', '20'];

async function plan(...args: string[]): Promise<{ code: number; out: string; err: string }> {
  const io = testIo();
  const code = await runCli(['plan', ...args], io);
  return { code, out: io.stdout(), err: io.stderr() };
}

describe('plan', () => {
  it('computes the sustainable rate and the time until the ports run out', async () => {
    const { code, out } = await plan(...OVERLOAD);
    expect(code).toBe(0);
    expect(out).toContain('1024 to 5000: 3,977 ports');
    expect(out).toContain('16.57 closes per second at most');
    expect(out).toContain('after about 199 s');
  });

  it('prints never when the rate is sustainable', async () => {
    const { out } = await plan('--ports', '1024-5000', '--time-wait', '4m', '--rate', '16');
    expect(out).toContain('runs out     never at this rate');
  });

  it('takes the ports of connections that stay open away', async () => {
    const { out } = await plan(...OVERLOAD, '--live', '977');
    expect(out).toContain('12.5 closes per second at most');
  });

  it('takes what is not given from this host, its reserved ports included', async () => {
    const hostWith = (reservedPorts: HostLimits['reservedPorts']) => {
      const host = fakeHost(fakeClock());
      const { readHost } = host;
      return fakeSource({
        ...host,
        readHost: async () => ({ ...(await readHost()), limits: { ...LIMITS, reservedPorts } }),
      });
    };
    const run = async (options: Partial<Parameters<typeof planCommand>[1]>) => {
      const io = testIo();
      const source = hostWith([{ first: 20_000, last: 20_099 }]);
      expect(await planCommand(io, { rate: 600, live: 0, json: true, ...options }, () => Promise.resolve(source))).toBe(
        0,
      );
      return { plan: JSON.parse(io.stdout()) as Plan, stops: source.stops };
    };
    const alone = await run({});
    expect(alone.plan).toMatchObject({ input: { ports: [20_000, 20_999], rate: 600 }, capacity: 900 });
    // The kernel frees ports in steps, so a port is held for longer than TIME_WAIT.
    expect(alone.plan.input.timeWaitSeconds).toBeGreaterThanOrEqual(60);
    expect(alone.stops).toBe(1);
    expect((await run({ timeWait: 5000 })).plan).toMatchObject({ input: { timeWaitSeconds: 5 }, capacity: 900 });
    expect((await run({ ports: [1, 10] })).plan).toMatchObject({ input: { ports: [1, 10] }, capacity: 10 });
    const source = hostWith([LIMITS.range]);
    await expect(planCommand(testIo(), { rate: 1, live: 0 }, () => Promise.resolve(source))).rejects.toThrow(
      'cannot plan with the ports of this host: the range 20000-20999 has no usable port',
    );
  });

  it('prints the plan as JSON', async () => {
    const { out } = await plan(...OVERLOAD, '--json');
    expect(JSON.parse(out)).toMatchObject({
      input: { ports: [1024, 5000], timeWaitSeconds: 240, rate: 20, live: 0 },
      capacity: 3977,
    });
  });

  it.each([
    [
      ['--ports', '5000-1024', '--time-wait', '240s', '--rate', '20'],
      'found "5000-1024"; allowed FIRST-LAST within 1-65535',
    ],
    [['--ports', '1024-70000', '--time-wait', '240s', '--rate', '20'], 'found "1024-70000"'],
    [['--ports', '0-10', '--time-wait', '240s', '--rate', '20'], 'found "0-10"'],
    [['--ports', '1024-5000', '--time-wait', '240', '--rate', '20'], 'found "240"; allowed a duration with its unit'],
    [['--ports', '1024-5000', '--time-wait', '240s', '--rate', 'fast'], 'found "fast"; allowed a number of at least 0'],
    [
      ['--ports', '1024-5000', '--time-wait', '240s', '--rate', '20', '--live', '1.5'],
      'found "1.5"; allowed a whole number',
    ],
    [
      ['--ports', '1024-5000', '--time-wait', '240s'],
      "required option '--rate <per second>', --pool or --incident not specified",
    ],
  ])('refuses %j', async (args, text) => {
    const { code, err } = await plan(...args);
    expect(code).toBe(2);
    expect(err).toContain(text);
  });
});
