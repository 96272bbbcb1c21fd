import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { PortcastError } from '../../../../daemon/errors.js';
import { chooseSource } from '../../../../daemon/source/choose.js';
import type { DiagSocket, Native } from '../../../../daemon/source/linux/netlink-native.js';
import type { WorkerStart } from '../../../../daemon/source/worker/protocol.js';
import { openWorkerReader } from '../../../../daemon/source/worker/worker-reader.js';
import { status } from '../../../builders/netlink-bytes.js';

const HEADER = '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n';
let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'portcast-reader-'));
  mkdirSync(join(root, 'thread-self/net'), { recursive: true });
  writeFileSync(join(root, 'thread-self/net/tcp'), HEADER);
});
afterEach(() => rmSync(root, { recursive: true }));

/** A kernel whose sock_diag answers `good` dumps and refuses those after them with ENOMEM. */
function failingNative(good: number): Native {
  let dumps = 0;
  const socket: DiagSocket = {
    send: () => {
      dumps++;
    },
    receive(buffer) {
      const answer = status(dumps > good ? 2 : 3, dumps > good ? -12 : 0, { seq: dumps });
      buffer.set(answer);
      return answer.length;
    },
    close: () => undefined,
  };
  return {
    ticksPerSecond: () => 1000,
    threadCpuMs: () => 0,
    openDiagSocket: () => socket,
    withBoundPort: (_ports, use) => use(1),
  };
}
const createStart = (source: WorkerStart['source']): WorkerStart => ({
  source,
  namespace: 'host',
  procRoot: root,
  avoid: {},
  granularity: null,
  listeners: null,
});

describe('a source that fails repeatedly', () => {
  it('is replaced by the next one at the third failure when the setting is auto', async () => {
    // The first dump is the probe for bound sockets.
    const reader = await openWorkerReader(createStart('auto'), failingNative(2));
    expect((await reader.readTable()).source).toEqual({ name: 'netlink', why: 'it is the preferred source' });
    for (let dump = 0; dump < 2; dump++) await expect(reader.readTable()).rejects.toThrow('errno 12');
    const { source } = await reader.readTable();
    expect(source.name).toBe('procfs');
    expect(source.why).toMatch(/netlink passed over because it failed 3 times in a row: .*errno 12/);
    expect(reader.choice()).toEqual(source);
    reader.stop();
  });

  it('is kept when the setting names it', async () => {
    const reader = await openWorkerReader(createStart('netlink'), failingNative(1));
    for (let dump = 0; dump < 5; dump++) await expect(reader.readTable()).rejects.toThrow('errno 12');
    reader.stop();
  });

  it.runIf(process.platform === 'linux')('still reads the host, with the tick rate from the kernel', async () => {
    mkdirSync(join(root, 'sys/net/ipv4'), { recursive: true });
    writeFileSync(join(root, 'sys/net/ipv4/ip_local_port_range'), '1024 5000');
    const reader = await openWorkerReader(createStart('procfs'), failingNative(0));
    expect(reader.readHost().granularity).toMatchObject({ hz: 1000, timeWaitMs: 4096 });
    reader.stop();
  });
});

describe.runIf(process.platform === 'linux')('the length of TIME_WAIT', () => {
  const rowWith = (ticks: number): string =>
    `   0: 0100007F:9C40 0200000A:01BB 06 00000000:00000000 03:${ticks.toString(16).padStart(8, '0')} 00000000 0 0 0 3 0\n`;
  const read = async (ticks: number, timeWaitSysctl: string | null): Promise<[number, number, number]> => {
    mkdirSync(join(root, 'sys/net/ipv4'), { recursive: true });
    writeFileSync(join(root, 'sys/net/ipv4/ip_local_port_range'), '1024 5000');
    if (timeWaitSysctl !== null) writeFileSync(join(root, 'sys/net/ipv4/tcp_tw_timeout'), timeWaitSysctl);
    writeFileSync(join(root, 'thread-self/net/tcp'), HEADER + rowWith(ticks));
    const reader = await openWorkerReader(createStart('procfs'), failingNative(0));
    const before = reader.readHost().limits.timeWaitMs;
    await reader.readTable();
    writeFileSync(join(root, 'thread-self/net/tcp'), HEADER + rowWith(100));
    await reader.readTable();
    const { limits, granularity } = reader.readHost();
    reader.stop();
    return [before, limits.timeWaitMs, granularity.timeWaitMs];
  };

  it('is what the longest row has shown, with the release steps that go with it', async () => {
    expect(await read(30_000, null)).toEqual([60_000, 300_000, 32_768]);
  });

  it('is what tcp_tw_timeout says where the kernel has it', async () => {
    expect(await read(500, '5')).toEqual([5000, 5000, 512]);
    expect(await read(6000, '5')).toEqual([5000, 5000, 512]);
  });

  it('stays at 60 s while no row lasts longer', async () => {
    expect(await read(6000, null)).toEqual([60_000, 60_000, 4096]);
  });
});

describe('the choice of a source', () => {
  const noNative = { problem: 'the optional package koffi cannot be loaded (test)' };

  it('names every candidate that was passed over', async () => {
    const { choice } = await chooseSource({ source: 'auto', procRoot: root, native: noNative, avoid: {} });
    expect(choice).toEqual({ name: 'procfs', why: `netlink passed over because ${noNative.problem}` });
  });

  it('is systeminformation where there is no /proc', async () => {
    const { choice, table } = await chooseSource({
      source: 'auto',
      procRoot: '/nonexistent',
      native: noNative,
      avoid: {},
    });
    expect(choice.name).toBe('systeminformation');
    expect(choice.why).toMatch(/netlink passed over because .*; procfs passed over because \/nonexistent.*ENOENT/);
    table.close();
  });

  it('fails with the reason when the requested source does not work', async () => {
    const refusing = { ...failingNative(0), openDiagSocket: () => fail() };
    const requested = chooseSource({ source: 'netlink', procRoot: root, native: refusing, avoid: {} });
    await expect(requested).rejects.toThrow(/"netlink" was asked for and does not work: socket failed: EPERM/);
    await expect(requested).rejects.toMatchObject({ code: 'SOURCE_UNAVAILABLE' });
  });
});

function fail(): never {
  throw new PortcastError('SOURCE_UNAVAILABLE', 'socket failed: EPERM');
}
