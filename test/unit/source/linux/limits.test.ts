import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parsePortList, readLinuxLimits } from '../../../../daemon/source/linux/limits.js';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'portcast-limits-'));
  mkdirSync(join(root, 'sys/net/ipv4'), { recursive: true });
});
afterEach(() => rmSync(root, { recursive: true }));

const sysctls = (values: Record<string, string>): void => {
  for (const [name, value] of Object.entries(values)) writeFileSync(join(root, 'sys/net/ipv4', name), `${value}\n`);
};

describe('limits of a Linux host', () => {
  it('reads each sysctl with its unit', () => {
    sysctls({
      ip_local_port_range: '1024\t5000',
      ip_local_reserved_ports: '3000-3009,2000',
      tcp_tw_reuse: '1',
      tcp_tw_reuse_delay: '500',
      tcp_timestamps: '0',
      tcp_max_tw_buckets: '8192',
      tcp_fin_timeout: '30',
    });
    expect(readLinuxLimits(root)).toEqual({
      range: { first: 1024, last: 5000 },
      reservedPorts: [
        { first: 2000, last: 2000 },
        { first: 3000, last: 3009 },
      ],
      twReuse: 1,
      twReuseDelayMs: 500,
      timestamps: false,
      maxTwBuckets: 8192,
      finTimeoutMs: 30_000,
      timeWaitMs: 60_000,
      timeWaitAssumed: false,
    });
  });

  it('uses the documented default where a kernel has no such sysctl', () => {
    sysctls({ ip_local_port_range: '32768 60999' });
    expect(readLinuxLimits(root)).toMatchObject({
      reservedPorts: [],
      twReuse: null,
      twReuseDelayMs: 1000,
      timestamps: true,
      maxTwBuckets: null,
      finTimeoutMs: 60_000,
    });
  });

  it.each([
    ['ip_local_port_range', '60999 32768'],
    ['ip_local_port_range', '1024'],
    ['ip_local_port_range', '1024 70000'],
    ['ip_local_reserved_ports', '80-'],
    ['ip_local_reserved_ports', '90-80'],
    ['ip_local_reserved_ports', '65536'],
    ['tcp_fin_timeout', 'soon'],
  ])('refuses %s of %j with an error that quotes it and names the file', (name, value) => {
    sysctls({ ip_local_port_range: '32768 60999', [name]: value });
    const problem = expect.objectContaining({
      code: 'LIMITS_UNREADABLE',
      message: expect.stringMatching(new RegExp(`${name}: "`)) as string,
    }) as Error;
    expect(() => readLinuxLimits(root)).toThrow(problem);
  });

  it('throws without the port range', () => {
    expect(() => readLinuxLimits(root)).toThrow(/ip_local_port_range: there is no such file/);
  });

  it.each([
    ['', []],
    ['\n', []],
    ['80', [[80, 80]]],
    ['80,81,82-90', [[80, 90]]],
    [
      '100-200,150-160,50',
      [
        [50, 50],
        [100, 200],
      ],
    ],
    ['0-65535', [[0, 65_535]]],
  ])('reads the port list %j', (text, ranges) => {
    expect(parsePortList(text, 'file').map(({ first, last }) => [first, last])).toEqual(ranges);
  });

  it.runIf(process.platform === 'linux')('reads the port range of this host', () => {
    const { range } = readLinuxLimits('/proc');
    expect(`${range.first}\t${range.last}`).toBe(readFileSync('/proc/sys/net/ipv4/ip_local_port_range', 'utf8').trim());
  });
});
