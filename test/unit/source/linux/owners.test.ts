import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { findOwners, type OwnerBounds } from '../../../../daemon/source/linux/owners.js';
import { closePair, fullClose, openPair } from '../../../builders/sockets.js';

const readMonotonicMs = (): number => performance.now();

describe.runIf(process.platform === 'linux')('owners of real sockets', () => {
  const scan = { procRoot: '/proc', readMonotonicMs };

  it.each([
    ['127.0.0.1', '127.0.0.1'],
    ['::1', '::1'],
    ['::', '127.0.0.1'],
  ])('names this process for its connection to %s', async (host, address) => {
    const pair = await openPair(host, address);
    const report = findOwners({ localAddress: address, remoteAddress: address, remotePort: pair.serverPort }, scan);
    expect(report).toMatchObject({ processes: [{ pid: process.pid, confidence: 1 }], why: null });
    expect(report.processes[0]?.name).not.toBe('');
    await closePair(pair);
  });

  it('says that TIME_WAIT has no owner', async () => {
    const pair = await openPair('127.0.0.1');
    await fullClose(pair);
    const query = { localAddress: '127.0.0.1', remoteAddress: '127.0.0.1', remotePort: pair.serverPort };
    expect(findOwners(query, scan)).toEqual({ processes: [], why: expect.stringContaining('TIME_WAIT') as string });
    await closePair(pair);
  });
});

/** A /proc of plain files: three rows towards 10.0.0.2:443, with the inodes 11 to 13. */
const HEADER = '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n';
const tableRow = (inode: number, remote = '0200000A:01BB'): string =>
  `   0: 0100000A:9C40 ${remote} 01 00000000:00000000 00:00000000 00000000     0        0 ${inode} 1 0 20 4 30 10 -1\n`;
const QUERY = { localAddress: '10.0.0.1', remoteAddress: '10.0.0.2', remotePort: 443 };

describe('owners in a /proc of plain files', () => {
  let root: string;
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'portcast-owners-'));
    mkdirSync(join(root, 'thread-self/net'), { recursive: true });
    const other = tableRow(14, '0300000A:01BB') + tableRow(0);
    writeFileSync(
      join(root, 'thread-self/net/tcp'),
      HEADER + [11, 12, 13].map((inode) => tableRow(inode)).join('') + other,
    );
    addProcess(100, 'client', [11, 12, 12, 99]);
    addProcess(200, 'odd\nname', [13]);
    addProcess(300, 'bystander', [14]);
  });
  afterEach(() => rmSync(root, { recursive: true }));

  function addProcess(pid: number, comm: string, inodes: number[]): void {
    const fd = join(root, String(pid), 'fd');
    mkdirSync(fd, { recursive: true });
    writeFileSync(join(root, String(pid), 'comm'), `${comm}\n`);
    for (const [index, inode] of inodes.entries()) symlinkSync(`socket:[${inode}]`, join(fd, String(index)));
    symlinkSync('/dev/null', join(fd, '50'));
  }
  const find = (query = QUERY, bounds?: Partial<OwnerBounds>) =>
    findOwners(query, {
      procRoot: root,
      readMonotonicMs,
      ...(bounds === undefined ? {} : { bounds: { maxProcesses: 10, maxDescriptors: 100, maxMs: 1000, ...bounds } }),
    });

  it('counts each socket of a process once, and puts the process with most rows first', () => {
    expect(find()).toEqual({
      processes: [
        { pid: 100, name: 'client', confidence: 2 / 3 },
        { pid: 200, name: 'odd\nname', confidence: 1 / 3 },
      ],
      why: null,
    });
  });

  it('looks at every destination of the local address for a pool without a destination', () => {
    const { processes } = find({ localAddress: '10.0.0.1', remoteAddress: null, remotePort: null } as never);
    expect(processes.map(({ pid }) => pid)).toEqual([100, 200, 300]);
  });

  it.each([
    [{ maxProcesses: 1 }, '1 processes'],
    [{ maxDescriptors: 1 }, '1 descriptors'],
    [{ maxMs: -1 }, '-1 ms'],
  ])('ends the scan at its bound %j and says so', (bounds, why) => {
    expect(find(QUERY, bounds).why).toContain(why);
  });

  it('names an ended process as ended, and says when no process holds the rows', () => {
    rmSync(join(root, '100/comm'));
    rmSync(join(root, '200'), { recursive: true });
    expect(find().processes).toEqual([{ pid: 100, name: '(ended)', confidence: 2 / 3 }]);
    rmSync(join(root, '100'), { recursive: true });
    expect(find()).toEqual({ processes: [], why: expect.stringContaining('no process holds them') as string });
  });

  it('returns the error as the reason when the table cannot be read', () => {
    rmSync(join(root, 'thread-self/net/tcp'));
    expect(find()).toEqual({ processes: [], why: expect.stringContaining('ENOENT') as string });
  });
});
