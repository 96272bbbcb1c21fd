import { describe, expect, it } from 'vitest';
import { checkCommand, judge } from '../../../daemon/cli/check.js';
import type { ReadForecast } from '../../../daemon/cli/forecast.js';
import { runCli } from '../../../daemon/cli/program.js';
import { PortcastError } from '../../../daemon/errors.js';
import type { WirePool } from '../../../daemon/wire/pool.js';
import { churningPool, testIo, wireHost, wirePool } from '../../builders/cli.js';

const LIMITS = { warning: 0.8, critical: 0.95 };
const at = (pressure: number) => wirePool({ pressure, mode: 'steady', used: 700 });

describe('the verdict', () => {
  it.each<[string, WirePool[], number, string]>([
    ['no pools', [], 0, 'PORTCAST OK - no outbound connection holds a port | pressure=0;0.8;0.95;0; used=0;;;0;28222'],
    [
      'below both',
      [at(0.73)],
      0,
      'PORTCAST OK - 10.0.0.1 to 10.0.0.2:443: pressure 73%, 700 of 1000 ports used | pressure=0.73;0.8;0.95;0; used=700;;;0;1000',
    ],
    ['at the warning', [at(0.8)], 1, 'PORTCAST WARNING - 10.0.0.1 to 10.0.0.2:443: pressure 80%'],
    ['at the critical', [at(0.95)], 2, 'PORTCAST CRITICAL - 10.0.0.1 to 10.0.0.2:443: pressure 95%'],
    [
      'runs out in 5 minutes, whatever the pressure',
      [churningPool(300, { pressure: 0.1 })],
      2,
      'PORTCAST CRITICAL - 10.0.0.1 to 10.0.0.2:443: pressure 10%, 600 of 1000 ports used, runs out in 5 min | ' +
        'pressure=0.1;0.8;0.95;0; used=600;;;0;1000 exhaustion=300s;;;0;',
    ],
    ['runs out a second later', [churningPool(301, { pressure: 0.1 })], 0, 'PORTCAST OK - '],
    [
      'exhausted',
      [wirePool({ mode: 'exhausted', pressure: 0.9 })],
      2,
      'PORTCAST CRITICAL - 10.0.0.1 to 10.0.0.2:443: pressure 90%, 20 of 1000 ports used, exhausted |',
    ],
    [
      'the pressure is unknown',
      [wirePool({ pressure: null, closeRate: null })],
      0,
      'PORTCAST OK - 10.0.0.1 to 10.0.0.2:443: pressure unknown',
    ],
    [
      'the second pool has the pressure',
      [wirePool({ pressure: null, closeRate: null }), at(0.9)],
      1,
      'PORTCAST WARNING - 10.0.0.1 to 10.0.0.2:443: pressure 90%',
    ],
  ])('%s', (_name, pools, exitCode, start) => {
    const verdict = judge({ host: wireHost(), pools }, LIMITS);
    expect(verdict.exitCode).toBe(exitCode);
    expect(verdict.line.slice(0, start.length)).toBe(start);
  });

  it('is one line with one bar, in the grammar of a plug-in', () => {
    const unknown = judge({ host: wireHost(), pools: [wirePool({ pressure: null, closeRate: null })] }, LIMITS);
    for (const { line } of [unknown, judge({ host: wireHost(), pools: [churningPool(20)] }, LIMITS)]) {
      expect(line).toMatch(/^PORTCAST [A-Z]+ - [^|\n]+ \| (\w+=(U|[\d.]+)s?(;[\d.]*){0,4} ?)+$/);
    }
  });
});

describe('the command', () => {
  const options = { ...LIMITS };
  const read =
    (pools: WirePool[]): ReadForecast =>
    () =>
      Promise.resolve({ host: wireHost(), pools });

  it('exits with the verdict', async () => {
    expect(await checkCommand(testIo(), options, read([]))).toBe(0);
    expect(await checkCommand(testIo(), options, read([at(0.9)]))).toBe(1);
    expect(await checkCommand(testIo(), options, read([at(0.99)]))).toBe(2);
  });

  it('is UNKNOWN, 3, when the source fails', async () => {
    const io = testIo();
    const broken: ReadForecast = () => Promise.reject(new PortcastError('SOURCE_UNAVAILABLE', 'no netlink\n| here'));
    expect(await checkCommand(io, options, broken)).toBe(3);
    expect(io.stdout()).toBe('PORTCAST UNKNOWN - no netlink; / here\n');
  });

  it('is UNKNOWN, 3, for thresholds in the wrong order, a wrong configuration and wrong usage', async () => {
    const io = testIo();
    expect(await checkCommand(io, { warning: 0.9, critical: 0.8 }, read([]))).toBe(3);
    expect(io.stdout()).toContain('found --warning 0.9 above --critical 0.8');
    expect(await runCli(['check', '--config', '/nonexistent.yaml'], testIo())).toBe(3);
    expect(await runCli(['check', '--warning', 'high'], testIo())).toBe(3);
    expect(await runCli(['check', '--no-such-option'], testIo())).toBe(3);
    expect(await runCli(['check', '--help'], testIo())).toBe(0);
  });
});
