import { describe, expect, it } from 'vitest';
import { checkCommand, evaluateForecast } from '../../../daemon/cli/check.js';
import { parseRatioArgument } from '../../../daemon/cli/context.js';
import type { DaemonAnswer } from '../../../daemon/cli/daemon-forecast.js';
import type { ReadForecast } from '../../../daemon/cli/reading.js';
import { runCli } from '../../../daemon/cli/program.js';
import { PortcastError } from '../../../daemon/errors.js';
import type { WirePool } from '../../../daemon/wire/pool.js';
import { churningPool, testIo, wireHost, wirePool } from '../../builders/cli.js';

const LIMITS = { warning: 0.8, critical: 0.95 };
const at = (pressure: number) => wirePool({ pressure, mode: 'steady', used: 700 });

describe('evaluateForecast', () => {
  it.each<[string, WirePool[], number, string]>([
    [
      'there are no pools',
      [],
      0,
      'PORTCAST OK - no outbound connection uses a port | pressure=0;0.8;0.95;0; used=0;;;0;28222',
    ],
    [
      'the pressure is below both thresholds',
      [at(0.73)],
      0,
      'PORTCAST OK - ports to 10.0.0.2:443: 700 of 1000 used, pressure 73%, from 10.0.0.1 | pressure=0.73;0.8;0.95;0; used=700;;;0;1000',
    ],
    [
      'the pressure is at the warning threshold',
      [at(0.8)],
      1,
      'PORTCAST WARNING - ports to 10.0.0.2:443: 700 of 1000 used, pressure 80%, from 10.0.0.1 |',
    ],
    [
      'the pressure is at the critical threshold',
      [at(0.95)],
      2,
      'PORTCAST CRITICAL - ports to 10.0.0.2:443: 700 of 1000 used, pressure 95%, from 10.0.0.1 |',
    ],
    [
      'it runs out in 5 minutes, whatever the pressure',
      [churningPool(300, { pressure: 0.1 })],
      2,
      'PORTCAST CRITICAL - ports to 10.0.0.2:443 run out in 5 min: 600 of 1000 used, pressure 10%, from 10.0.0.1 | ' +
        'pressure=0.1;0.8;0.95;0; used=600;;;0;1000 exhaustion=300s;;;0;',
    ],
    ['it runs out a second later', [churningPool(301, { pressure: 0.1 })], 0, 'PORTCAST OK - ports to 10.0.0.2:443'],
    [
      'it has run out, whatever the pressure',
      [wirePool({ mode: 'exhausted', used: 1000, pressure: 0.9 })],
      2,
      'PORTCAST CRITICAL - OUT OF PORTS to 10.0.0.2:443: 1000 of 1000, from 10.0.0.1 | ' +
        'pressure=0.9;0.8;0.95;0; used=1000;;;0;1000 exhaustion=0s;;;0;',
    ],
    [
      'one pool has run out while another has a higher pressure',
      [at(1.4), wirePool({ mode: 'exhausted', used: 1000, pressure: 0.9 })],
      2,
      'PORTCAST CRITICAL - OUT OF PORTS to 10.0.0.2:443: 1000 of 1000, from 10.0.0.1 | ' +
        'pressure=0.9;0.8;0.95;0; used=1000;;;0;1000 exhaustion=0s;;;0;',
    ],
    [
      'the pressure is unknown',
      [wirePool({ pressure: null, closeRate: null })],
      0,
      'PORTCAST OK - ports to 10.0.0.2:443: 20 of 1000 used, pressure unknown, from 10.0.0.1 | pressure=U;0.8;0.95;0;',
    ],
    [
      'only the second pool has a pressure',
      [wirePool({ pressure: null, closeRate: null }), at(0.9)],
      1,
      'PORTCAST WARNING - ports to 10.0.0.2:443: 700 of 1000 used, pressure 90%, from 10.0.0.1 |',
    ],
  ])('when %s', (_name, pools, exitCode, start) => {
    const verdict = evaluateForecast({ host: wireHost(), pools }, LIMITS);
    expect(verdict.exitCode).toBe(exitCode);
    expect(verdict.line.slice(0, start.length)).toBe(start);
  });

  it('is CRITICAL when no port is usable, whatever the pools show', () => {
    const host = {
      ...wireHost(),
      noPortWhy: 'the range 32768-60999 has no usable port (28,232 reserved)',
      capacity: 0,
    };
    expect(evaluateForecast({ host, pools: [] }, LIMITS)).toEqual({
      exitCode: 2,
      line:
        'PORTCAST CRITICAL - the range 32768-60999 has no usable port (28,232 reserved) | ' +
        'pressure=U;0.8;0.95;0; used=0;;;0;0 exhaustion=0s;;;0;',
    });
  });

  it('gives one line with one bar, in the format of a plug-in', () => {
    const unknown = evaluateForecast(
      { host: wireHost(), pools: [wirePool({ pressure: null, closeRate: null })] },
      LIMITS,
    );
    for (const { line } of [unknown, evaluateForecast({ host: wireHost(), pools: [churningPool(20)] }, LIMITS)]) {
      expect(line).toMatch(/^PORTCAST [A-Z]+ - [^|\n]+ \| (\w+=(U|[\d.]+)s?(;[\d.]*){0,4} ?)+$/);
    }
  });
});

describe('the command', () => {
  const options = { ...LIMITS };
  const partsWith = (read: ReadForecast, answer: DaemonAnswer = { kind: 'absent' }) => ({
    version: '1.2.3',
    read,
    ask: () => Promise.resolve(answer),
  });
  const read = (pools: WirePool[]) => partsWith(() => Promise.resolve({ host: wireHost(), pools }));

  it('exits with 0, 1 or 2 by the pressure', async () => {
    expect(await checkCommand(testIo(), options, read([]))).toBe(0);
    expect(await checkCommand(testIo(), options, read([at(0.9)]))).toBe(1);
    expect(await checkCommand(testIo(), options, read([at(0.99)]))).toBe(2);
  });

  it('judges the figures of the daemon where there are any, and says so before the performance data', async () => {
    const io = testIo();
    const forecast = { host: wireHost(), pools: [at(0.99)] };
    const parts = partsWith(() => Promise.reject(new Error('not read')), { kind: 'forecast', forecast, ageMs: 812 });
    expect(await checkCommand(io, options, parts)).toBe(2);
    expect(io.stdout()).toMatch(/from 10\.0\.0\.1; from the running daemon, sampled 0\.8 s ago \| pressure=0\.99;/);
    expect(io.stdout().split('\n')).toHaveLength(2);
  });

  it('says on standard error why the daemon was not asked, and keeps its one line', async () => {
    const io = testIo();
    const forecast = { host: wireHost(), pools: [] };
    const parts = partsWith(() => Promise.resolve(forecast), { kind: 'unusable', why: 'the daemon is blind' });
    expect(await checkCommand(io, options, parts)).toBe(0);
    expect(io.stderr()).toBe('portcast: read from this host: the daemon is blind\n');
    expect(io.stdout()).toMatch(/^PORTCAST OK - no outbound connection uses a port \| [^\n]+\n$/);
  });

  it('takes thresholds as a ratio or in percent, and asks about a percentage without its sign', async () => {
    expect(['0.7', '70%'].map(parseRatioArgument)).toEqual([0.7, 0.7]);
    const io = testIo();
    expect(await runCli(['check', '--warning', '80'], io)).toBe(3);
    expect(io.stderr()).toContain('found "80"; allowed a ratio, such as 0.9 or 90% (did you mean 80%?)');
  });

  it('is UNKNOWN, 3, when the source fails', async () => {
    const io = testIo();
    const broken: ReadForecast = () => Promise.reject(new PortcastError('SOURCE_UNAVAILABLE', 'no netlink\n| here'));
    expect(await checkCommand(io, options, partsWith(broken))).toBe(3);
    expect(io.stdout()).toBe('PORTCAST UNKNOWN - no netlink; / here\n');
  });

  it('is UNKNOWN, 3, for thresholds in the wrong order, a wrong configuration and wrong usage', async () => {
    const io = testIo();
    expect(await checkCommand(io, { warning: 0.9, critical: 0.8 }, read([]))).toBe(3);
    expect(io.stdout()).toContain('found --warning 0.9 above --critical 0.8; --warning must not be above --critical');
    expect(await runCli(['check', '--config', '/nonexistent.yaml'], testIo())).toBe(3);
    expect(await runCli(['check', '--warning', 'high'], testIo())).toBe(3);
    expect(await runCli(['check', '--no-such-option'], testIo())).toBe(3);
    expect(await runCli(['check', '--help'], testIo())).toBe(0);
  });
});
