import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parseMib, parseSockstat, readLinuxCounters } from '../../../../daemon/source/linux/counters.js';
import { NO_COUNTERS } from '../../../../daemon/host/counters.js';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'portcast-counters-'));
  mkdirSync(join(root, 'thread-self/net'), { recursive: true });
});
afterEach(() => rmSync(root, { recursive: true }));

const NETSTAT = 'TcpExt: SyncookiesSent TW TWRecycled\nTcpExt: 1 20 3\nIpExt: InNoRoutes TW\nIpExt: 7 8\n';

describe('counters of a Linux host', () => {
  it('are found by name, whatever their order is', () => {
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
    expect(readLinuxCounters(root)).toEqual(NO_COUNTERS);
  });

  it.each([
    ['', 0],
    ['TcpExt: A B\n', 0],
    ['TcpExt: A B\nTcpExt: 1\n', 1],
    ['TcpExt: A B\nTcpExt: 1 x\n', 1],
    ['TcpExt: A B\nTcpExt: 1 -2\n', 1],
    ['TcpExt: A B\nTcpExt: 1 18446744073709540830\n', 1],
    ['TcpExt: A B\nTcpExt: 1 9007199254740991\n', 2],
  ])('parses %j into %i counters', (text, count) => expect(parseMib(text, 'TcpExt').size).toBe(count));

  it.each([
    ['', undefined],
    ['TCP: tw\n', undefined],
    ['TCP: tw many\n', undefined],
    ['TCP: tw -1\n', undefined],
    ['TCP: inuse 1 tw 2', 2],
  ])('parses tw of %j as %s', (text, value) => expect(parseSockstat(text).get('tw')).toBe(value));

  it.runIf(process.platform === 'linux')('are all numbers on this host', () => {
    const counters = readLinuxCounters('/proc');
    const numbers = Object.keys(NO_COUNTERS).map((name) => [name, expect.any(Number) as number]);
    expect(counters).toEqual(Object.fromEntries(numbers));
  });
});
