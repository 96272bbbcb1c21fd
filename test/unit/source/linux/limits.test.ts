import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parseMib, parseSockstat, readLinuxCounters } from '../../../../daemon/source/linux/counters.js';
import { assumeLimits } from '../../../../daemon/source/other/assumed-limits.js';
import { parsePortList, readLinuxLimits } from '../../../../daemon/source/linux/limits.js';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'portcast-limits-'));
  mkdirSync(join(root, 'sys/net/ipv4'), { recursive: true });
  mkdirSync(join(root, 'thread-self/net'), { recursive: true });
});
afterEach(() => rmSync(root, { recursive: true }));

const sysctls = (values: Record<string, string>): void => {
  for (const [name, value] of Object.entries(values)) writeFileSync(join(root, 'sys/net/ipv4', name), `${value}\n`);
};

describe('limits of a Linux host', () => {
  it('reads what the kernel says', () => {
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

  it('takes the documented value where a kernel has no such sysctl', () => {
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
  ])('quotes %s of %j and names the file', (name, value) => {
    sysctls({ ip_local_port_range: '32768 60999', [name]: value });
    const problem = expect.objectContaining({
      code: 'LIMITS_UNREADABLE',
      message: expect.stringMatching(new RegExp(`${name}: "`)) as string,
    }) as Error;
    expect(() => readLinuxLimits(root)).toThrow(problem);
  });

  it('cannot do without the range', () => {
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

  it.each(['win32', 'darwin', 'freebsd'] as const)('says that it assumes the time on %s', (platform) => {
    expect(assumeLimits(platform)).toMatchObject({ timeWaitAssumed: true, range: { first: 49_152, last: 65_535 } });
  });

  it.runIf(process.platform === 'linux')('reads this host', () => {
    const { range } = readLinuxLimits('/proc');
    expect(`${range.first}\t${range.last}`).toBe(readFileSync('/proc/sys/net/ipv4/ip_local_port_range', 'utf8').trim());
  });
});

const NETSTAT = 'TcpExt: SyncookiesSent TW TWRecycled\nTcpExt: 1 20 3\nIpExt: InNoRoutes TW\nIpExt: 7 8\n';

describe('counters', () => {
  it('finds them by name, whatever their order', () => {
    const net = (name: string, text: string): void => writeFileSync(join(root, 'thread-self/net', name), text);
    net('sockstat', 'sockets: used 16\nTCP: inuse 5 orphan 1 tw 40 alloc 6 mem 96\nUDP: inuse 9 mem 0\n');
    net('netstat', NETSTAT);
    net('snmp', 'Ip: A\nIp: 1\nTcp: MaxConn ActiveOpens PassiveOpens CurrEstab\nTcp: -1 11 12 13\n');
    expect(readLinuxCounters(root)).toEqual({
      inUse: 5,
      orphan: 1,
      timeWait: 40,
      alloc: 6,
      tw: 20,
      twRecycled: 3,
      twKilled: null,
      twOverflow: null,
      activeOpens: 11,
      passiveOpens: 12,
      currEstab: 13,
    });
  });

  it('are null where a file is absent', () => {
    expect(Object.values(readLinuxCounters(root)).every((value) => value === null)).toBe(true);
  });

  it.each([
    ['', 0],
    ['TcpExt: A B\n', 0],
    ['TcpExt: A B\nTcpExt: 1\n', 1],
    ['TcpExt: A B\nTcpExt: 1 x\n', 1],
  ])('leaves out what %j does not say', (text, count) => expect(parseMib(text, 'TcpExt').size).toBe(count));

  it.each([
    ['', undefined],
    ['TCP: tw\n', undefined],
    ['TCP: tw many\n', undefined],
    ['TCP: inuse 1 tw 2', 2],
  ])('reads tw of %j', (text, value) => expect(parseSockstat(text).get('tw')).toBe(value));

  it.runIf(process.platform === 'linux')('reads this host', () => {
    const counters = readLinuxCounters('/proc');
    expect(Object.entries(counters).filter(([, value]) => value === null)).toEqual([]);
  });
});
