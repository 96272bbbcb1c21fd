import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { NO_OWNER_FOUND, WITHOUT_OWNERS, type OwnerReport } from '../../../../daemon/alert/alert.js';
import type { OwnerQuery } from '../../../../daemon/contracts.js';
import { createOwnerScanner, type OwnerBounds } from '../../../../daemon/source/linux/owners.js';
import { closePair, fullClose, openPair } from '../../../builders/sockets.js';

/** The limit of time has a test of its own; the others must not depend on the speed of the machine. */
const readCpuMs = (): number => 0;
/** The report of a first search for one pool. */
const findOwners = (query: OwnerQuery, scan: Parameters<typeof createOwnerScanner>[0]): OwnerReport =>
  createOwnerScanner(scan).findOwners([query])[0] ?? WITHOUT_OWNERS;

describe.runIf(process.platform === 'linux')('owners of real sockets', () => {
  const scan = { procRoot: '/proc', readCpuMs };

  it.each([
    ['127.0.0.1', '127.0.0.1'],
    ['::1', '::1'],
    ['::', '127.0.0.1'],
  ])('names this process for its connection to %s', async (host, address) => {
    const pair = await openPair(host, address);
    const report = findOwners({ localAddress: address, remoteAddress: address, remotePort: pair.serverPort }, scan);
    expect(report).toMatchObject({ processes: [{ pid: process.pid, confidence: 1 }], why: null });
    const { openFiles = 0, openFilesLimit } = report.processes[0] ?? {};
    expect(openFiles).toBeGreaterThan(2);
    expect(openFilesLimit).toBeGreaterThan(openFiles ?? 0);
    expect(report.processes[0]?.name).not.toBe('');
    await closePair(pair);
  });

  it('finds clients of which each lives for one connection only, when it searches again and again', async () => {
    const server = createServer((socket) => socket.on('error', () => undefined)).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const scanner = createOwnerScanner(scan);
    const query = { localAddress: '127.0.0.1', remoteAddress: '127.0.0.1', remotePort: port };
    for (let client = 1; client <= 3; client += 1) {
      // A process of its own, as in a loop of `psql -c`. It ends when the server closes its connection, which is after the
      // search, so that the result does not depend on how fast the machine is.
      const accepted = once(server, 'connection');
      const process = spawn('bash', ['-c', `exec 3<>/dev/tcp/127.0.0.1/${port}; read <&3`], { stdio: 'ignore' });
      const ended = once(process, 'exit');
      const [socket] = (await accepted) as [Socket];
      const pids = scanner.findOwners([query])[0]?.processes.map(({ pid, name }) => [pid, name]);
      expect(pids).toContainEqual([process.pid, 'bash']);
      socket.destroy();
      await ended;
    }
    server.close();
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
      readCpuMs,
      ...(bounds === undefined ? {} : { bounds: { maxProcesses: 10, maxDescriptors: 100, maxMs: 1000, ...bounds } }),
    });

  /** There is no file `limits` in this /proc. */
  const open = (openFiles: number) => ({ openFiles, openFilesLimit: null, openFilesWhy: 'the process has ended' });

  it('counts each socket of a process once, and puts the process with most rows first', () => {
    expect(find()).toEqual({
      processes: [
        { pid: 100, name: 'client', confidence: 2 / 3, ...open(5) },
        { pid: 200, name: 'odd\nname', confidence: 1 / 3, ...open(2) },
      ],
      why: null,
    });
  });

  it.each([
    [
      'Limit                     Soft Limit           Hard Limit           Units\nMax open files            1024                 524288               files\n',
      { openFilesLimit: 1024 },
    ],
    [
      'Max open files            unlimited            unlimited            files\n',
      { openFilesLimit: null, openFilesWhy: 'they are not limited' },
    ],
    [
      'Max cpu time              unlimited            unlimited            seconds\n',
      { openFilesLimit: null, openFilesWhy: '/proc/100/limits has no line "Max open files"' },
    ],
    [
      'Max open files            ' + '9'.repeat(400),
      { openFilesLimit: null, openFilesWhy: '/proc/100/limits has no line "Max open files"' },
    ],
  ])('reads the limit of open descriptors of an owner from %j', (text, limit) => {
    writeFileSync(join(root, '100/limits'), text);
    expect(find().processes[0]).toEqual({ pid: 100, name: 'client', confidence: 2 / 3, openFiles: 5, ...limit });
  });

  it('reads the limits of the first 50 owners of a scan', () => {
    rmSync(join(root, '100'), { recursive: true });
    for (let pid = 1000; pid < 1060; pid += 1) addProcess(pid, 'many', [11]);
    const { processes } = createOwnerScanner({ procRoot: root, readCpuMs }).findOwners([QUERY])[0] ?? WITHOUT_OWNERS;
    expect(processes.filter(({ openFiles }) => openFiles !== undefined)).toHaveLength(50);
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
    expect(find().processes).toEqual([{ pid: 100, name: '(ended)', confidence: 2 / 3, ...open(5) }]);
    rmSync(join(root, '100'), { recursive: true });
    expect(find()).toEqual({ processes: [], why: NO_OWNER_FOUND });
  });

  const scannerWith = (bounds: Partial<OwnerBounds> = {}, read = readCpuMs) =>
    createOwnerScanner({
      procRoot: root,
      readCpuMs: read,
      bounds: { maxProcesses: 10, maxDescriptors: 100, maxMs: 1000, ...bounds },
    });

  it('searches for many pools in one scan, and reports each by its own rows', () => {
    const nobody = { ...QUERY, remotePort: 80 };
    const [other, same, none, all] = scannerWith().findOwners([
      { ...QUERY, remoteAddress: '10.0.0.3' },
      QUERY,
      nobody,
      { localAddress: '0.0.0.0', remoteAddress: null, remotePort: null },
    ]);
    expect(other?.processes).toEqual([{ pid: 300, name: 'bystander', confidence: 1, ...open(2) }]);
    expect(same?.processes.map(({ pid }) => pid)).toEqual([100, 200]);
    expect(none).toEqual(WITHOUT_OWNERS);
    expect(all?.processes.map(({ pid }) => pid)).toEqual([100, 200, 300]);
  });

  it('looks at earlier owners first, and at no other process while they hold every row', () => {
    let descriptors = 0;
    const scanner = scannerWith({ maxProcesses: 100, maxDescriptors: 1000 }, () => descriptors++);
    for (let pid = 400; pid < 450; pid += 1) addProcess(pid, 'idle', [7, 8, 9]);
    const counts = Array.from({ length: 3 }, () => {
      descriptors = 0;
      expect(scanner.findOwners([QUERY])[0]?.processes.map(({ pid }) => pid)).toEqual([100, 200]);
      return descriptors;
    });
    // The clock is read once at the start and once for each descriptor: five of `client`, two of `odd`.
    expect(counts).toEqual([210, 8, 8]);
  });

  it('goes on where the scan before was cut short, so that every process is looked at in the end', () => {
    const scanner = scannerWith({ maxProcesses: 1 });
    const named = Array.from(
      { length: 6 },
      () => scanner.findOwners([QUERY])[0]?.processes.map(({ pid }) => pid) ?? [],
    );
    expect(new Set(named.flat())).toEqual(new Set([100, 200]));
  });

  it('names a client that ends during the scan by the name that it had', () => {
    let looks = 0;
    // The clock is read at the start and before each descriptor; the fifth time is after the first descriptor of 200.
    const scanner = scannerWith({}, () => {
      looks += 1;
      if (looks === 5) rmSync(join(root, '200/comm'));
      return 0;
    });
    expect(scanner.findOwners([QUERY])[0]?.processes[1]).toMatchObject({ pid: 200, name: 'odd\nname' });
    expect(looks).toBeGreaterThan(5);
  });

  it('returns the error as the reason when the table cannot be read', () => {
    rmSync(join(root, 'thread-self/net/tcp'));
    expect(find()).toEqual({ processes: [], why: expect.stringContaining('ENOENT') as string });
  });
});
