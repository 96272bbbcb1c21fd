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
      tcp_syn_retries: '5',
      tcp_syn_linear_timeouts: '3',
      tcp_orphan_retries: '2',
    });
    const { limits, hasTimeWaitSysctl, problems } = readLinuxLimits(root);
    expect([hasTimeWaitSysctl, problems]).toEqual([false, []]);
    expect(limits).toEqual({
      range: { first: 1024, last: 5000 },
      reservedPorts: [
        { first: 2000, last: 2000 },
        { first: 3000, last: 3009 },
      ],
      twReuse: 1,
      twReuseDelayMs: 500,
      twReuseBySecond: false,
      timestamps: false,
      maxTwBuckets: 8192,
      finTimeoutMs: 30_000,
      timeWaitMs: 60_000,
      timeWaitAssumed: false,
      synRetries: 5,
      synLinearTimeouts: 3,
      orphanRetries: 2,
    });
  });

  it.each<[string | null, boolean | undefined]>([
    ['6.12.117+deb13-amd64', true],
    ['6.18.44', false],
    ['unknown', undefined],
    [null, undefined],
  ])('tells from the version %j of the kernel whether it skips ports that were bound before: %s', (release, skips) => {
    sysctls({ ip_local_port_range: '32768 60999' });
    mkdirSync(join(root, 'sys/kernel'));
    if (release !== null) writeFileSync(join(root, 'sys/kernel/osrelease'), `${release}\n`);
    const { limits, problems } = readLinuxLimits(root);
    expect([limits.skipsBoundPorts, problems]).toEqual([skips, []]);
  });

  it('says that the version of the kernel cannot be read', () => {
    sysctls({ ip_local_port_range: '32768 60999' });
    mkdirSync(join(root, 'sys/kernel/osrelease'), { recursive: true });
    const { limits, problems } = readLinuxLimits(root);
    expect(limits.skipsBoundPorts).toBeUndefined();
    expect(problems).toEqual([
      expect.stringMatching(/osrelease: EISDIR.*; the version of the kernel is taken as unknown$/),
    ]);
  });

  it('uses the documented default where a kernel has no such sysctl', () => {
    sysctls({ ip_local_port_range: '32768 60999' });
    expect(readLinuxLimits(root).problems).toEqual([]);
    expect(readLinuxLimits(root).limits).toMatchObject({
      reservedPorts: [],
      twReuse: null,
      twReuseDelayMs: 1000,
      twReuseBySecond: true,
      timestamps: true,
      maxTwBuckets: null,
      finTimeoutMs: 60_000,
      timeWaitMs: 60_000,
      timeWaitAssumed: false,
      synRetries: null,
      synLinearTimeouts: null,
      orphanRetries: null,
    });
  });

  it.each([
    ['1', 1000],
    ['5', 5000],
    ['600', 600_000],
  ])('reads a tcp_tw_timeout of %s s, which vendors’ kernels have', (value, timeWaitMs) => {
    sysctls({ ip_local_port_range: '32768 60999', tcp_tw_timeout: value });
    const { limits, hasTimeWaitSysctl, problems } = readLinuxLimits(root);
    expect([limits.timeWaitMs, limits.timeWaitAssumed, hasTimeWaitSysctl, problems]).toEqual([
      timeWaitMs,
      false,
      true,
      [],
    ]);
  });

  it.each(['0', '-5', '601', 'soon', ''])('assumes 60 s with a tcp_tw_timeout of %j, and says so', (value) => {
    sysctls({ ip_local_port_range: '32768 60999', tcp_tw_timeout: value });
    const { limits, hasTimeWaitSysctl, problems } = readLinuxLimits(root);
    expect([limits.timeWaitMs, limits.timeWaitAssumed, hasTimeWaitSysctl]).toEqual([60_000, true, false]);
    const path = join(root, 'sys/net/ipv4/tcp_tw_timeout');
    expect(problems).toEqual([
      `${path}: ${JSON.stringify(value)} is not a whole number from 1 to 600; 60 s is assumed`,
    ]);
  });

  it.each([
    ['ip_local_port_range', '60999 32768'],
    ['ip_local_port_range', '1024'],
    ['ip_local_port_range', '1024 70000'],
  ])('refuses %s of %j with an error that quotes it and names the file', (name, value) => {
    sysctls({ ip_local_port_range: '32768 60999', [name]: value });
    const problem = expect.objectContaining({
      code: 'LIMITS_UNREADABLE',
      message: expect.stringMatching(new RegExp(`${name}: "`)) as string,
    }) as Error;
    expect(() => readLinuxLimits(root)).toThrow(problem);
  });

  const COMPLETE = {
    ip_local_port_range: '32768 60999',
    ip_local_reserved_ports: '40000',
    tcp_tw_reuse: '1',
    tcp_tw_reuse_delay: '500',
    tcp_timestamps: '0',
    tcp_max_tw_buckets: '8192',
    tcp_fin_timeout: '30',
    tcp_tw_timeout: '5',
    tcp_syn_retries: '5',
    tcp_syn_linear_timeouts: '3',
    tcp_orphan_retries: '2',
  };
  const readComplete = () => {
    sysctls(COMPLETE);
    return readLinuxLimits(root).limits;
  };

  it.each([
    ['ip_local_reserved_ports', '80-', { reservedPorts: [] }],
    ['ip_local_reserved_ports', '90-80', { reservedPorts: [] }],
    ['ip_local_reserved_ports', '65536', { reservedPorts: [] }],
    ['tcp_tw_reuse', '7', { twReuse: null }],
    ['tcp_tw_reuse_delay', '-1', { twReuseDelayMs: 1000 }],
    ['tcp_timestamps', 'on', { timestamps: true }],
    ['tcp_max_tw_buckets', '-1', { maxTwBuckets: null }],
    ['tcp_fin_timeout', 'soon', { finTimeoutMs: 60_000 }],
    ['tcp_fin_timeout', '-5', { finTimeoutMs: 60_000 }],
    ['tcp_syn_retries', '300', { synRetries: null }],
    ['tcp_syn_linear_timeouts', '', { synLinearTimeouts: null }],
    ['tcp_orphan_retries', '1.5', { orphanRetries: null }],
  ])('goes on without %s of %j, with a problem that quotes it and names the file', (name, value, changed) => {
    const complete = readComplete();
    sysctls({ [name]: value });
    const { limits, problems } = readLinuxLimits(root);
    expect(limits).toEqual({ ...complete, ...changed });
    expect(problems).toEqual([
      expect.stringMatching(new RegExp(`/sys/net/ipv4/${name}: ${JSON.stringify(value)} is not .+; .+`)),
    ]);
  });

  it.each(Object.keys(COMPLETE).filter((name) => name !== 'ip_local_port_range'))(
    'goes on without %s when it cannot be read',
    (name) => {
      const complete = readComplete();
      rmSync(join(root, 'sys/net/ipv4', name));
      const without = readLinuxLimits(root);
      expect(without.problems).toEqual([]);
      // A folder cannot be read as a file, whoever runs the test.
      mkdirSync(join(root, 'sys/net/ipv4', name));
      const { limits, problems } = readLinuxLimits(root);
      const assumed = { timeWaitAssumed: name === 'tcp_tw_timeout', twReuseBySecond: false };
      expect(limits).toEqual({ ...without.limits, ...assumed });
      expect(limits).not.toEqual(complete);
      expect(problems).toEqual([expect.stringMatching(new RegExp(`/sys/net/ipv4/${name}: EISDIR.*; .+`))]);
    },
  );

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
    const { range } = readLinuxLimits('/proc').limits;
    expect(`${range.first}\t${range.last}`).toBe(readFileSync('/proc/sys/net/ipv4/ip_local_port_range', 'utf8').trim());
  });
});
