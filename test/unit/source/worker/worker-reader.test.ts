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
  root = mkdtempSync(join(tmpdir(), 'portcast-readers-'));
  mkdirSync(join(root, 'thread-self/net'), { recursive: true });
  writeFileSync(join(root, 'thread-self/net/tcp'), HEADER);
});
afterEach(() => rmSync(root, { recursive: true }));

/** A kernel whose sock_diag answers `good` dumps and then refuses. */
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
    withBoundPort: (use) => use(1),
  };
}
const started = (source: WorkerStart['source']): WorkerStart => ({
  source,
  namespace: 'host',
  procRoot: root,
  avoid: {},
  granularity: null,
  listeners: null,
});

describe('a source that fails again and again', () => {
  it('on auto is left for the next at the third failure, and says so', async () => {
    // One dump is the probe for bound sockets.
    const readers = await openWorkerReader(started('auto'), failingNative(2));
    expect((await readers.readTable()).source).toEqual({ name: 'netlink', why: 'the first choice, and it works' });
    for (let time = 0; time < 2; time++) await expect(readers.readTable()).rejects.toThrow('errno 12');
    const { source } = await readers.readTable();
    expect(source.name).toBe('procfs');
    expect(source.why).toMatch(/netlink passed over because it failed 3 times in a row: .*errno 12/);
    expect(readers.choice()).toEqual(source);
    readers.stop();
  });

  it('is kept when it was asked for', async () => {
    const readers = await openWorkerReader(started('netlink'), failingNative(1));
    for (let time = 0; time < 5; time++) await expect(readers.readTable()).rejects.toThrow('errno 12');
    readers.stop();
  });

  it('knows the tick rate that the kernel tells', async () => {
    writeFileSync(join(root, 'x'), '');
    mkdirSync(join(root, 'sys/net/ipv4'), { recursive: true });
    writeFileSync(join(root, 'sys/net/ipv4/ip_local_port_range'), '1024 5000');
    const readers = await openWorkerReader(started('procfs'), failingNative(0));
    if (process.platform === 'linux')
      expect(readers.readHost().granularity).toMatchObject({ hz: 1000, timeWaitMs: 4096 });
    readers.stop();
  });
});

describe('the choice of a source', () => {
  const none = { problem: 'the optional package koffi cannot be loaded (test)' };

  it('names every candidate that was passed over', async () => {
    const { choice } = await chooseSource({ source: 'auto', procRoot: root, native: none, avoid: {} });
    expect(choice).toEqual({ name: 'procfs', why: `netlink passed over because ${none.problem}` });
  });

  it('goes on to systeminformation where there is no /proc', async () => {
    const { choice, table } = await chooseSource({ source: 'auto', procRoot: '/nonexistent', native: none, avoid: {} });
    expect(choice.name).toBe('systeminformation');
    expect(choice.why).toMatch(/netlink passed over because .*; procfs passed over because \/nonexistent.*ENOENT/);
    table.close();
  });

  it('is an error with the reason when the one asked for does not work', async () => {
    const refusing = { ...failingNative(0), openDiagSocket: () => fail() };
    const asked = chooseSource({ source: 'netlink', procRoot: root, native: refusing, avoid: {} });
    await expect(asked).rejects.toThrow(/"netlink" was asked for and does not work: socket failed: EPERM/);
    await expect(asked).rejects.toMatchObject({ code: 'SOURCE_UNAVAILABLE' });
  });
});

function fail(): never {
  throw new PortcastError('SOURCE_UNAVAILABLE', 'socket failed: EPERM');
}
