/** Real datagrams on real AF_UNIX sockets. */
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { canNotify, createServiceNotifier } from '../../../daemon/service/notify-native.js';
import { receiveDatagrams, type DatagramReceiver } from '../../builders/datagram-socket.js';

let folder: string;
let receiver: DatagramReceiver | null = null;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'portcast-notify-'));
});
afterEach(() => {
  receiver?.close();
  receiver = null;
  rmSync(folder, { recursive: true });
});

describe('sd_notify', () => {
  it.runIf(process.platform === 'linux').each([
    ['a path', () => join(folder, 'notify')],
    ['an abstract name', () => `@portcast-test-${process.pid}-${Date.now()}`],
  ])('sends each message as one datagram to %s', async (_name, make) => {
    expect(canNotify()).toBe(true);
    const socket = make();
    receiver = receiveDatagrams(socket);
    const { next } = receiver;
    const notifier = createServiceNotifier({ NOTIFY_SOCKET: socket });
    notifier.ready();
    notifier.watchdog();
    notifier.status('10 pools\nall well, é');
    notifier.stopping();
    expect([await next(), await next(), await next(), await next()]).toEqual([
      'READY=1',
      'WATCHDOG=1',
      'STATUS=10 pools all well, é',
      'STOPPING=1',
    ]);
  });

  it('drops messages to a socket without a reader, and leaves no descriptor open', () => {
    const notifier = createServiceNotifier({ NOTIFY_SOCKET: join(folder, 'nobody') });
    const before = readdirSync('/proc/self/fd').length;
    for (let message = 0; message < 100; message++) notifier.watchdog();
    expect(readdirSync('/proc/self/fd').length).toBeLessThanOrEqual(before);
  });

  it('makes no call without a service manager', () => {
    const refuse = (): never => {
      throw new Error('nothing is to be sent');
    };
    const libc = { calls: { socket: refuse, sendto: refuse, close: refuse }, readErrno: () => '' };
    const notifier = createServiceNotifier({}, libc);
    notifier.ready();
    notifier.watchdog();
    expect(notifier.watchdogIntervalMs).toBeNull();
    expect(() => createServiceNotifier({ NOTIFY_SOCKET: '/x' }, libc).ready()).toThrow('nothing is to be sent');
  });

  it.each([
    [{ WATCHDOG_USEC: '60000000' }, 30_000],
    [{ WATCHDOG_USEC: '60000000', WATCHDOG_PID: String(process.pid) }, 30_000],
    [{ WATCHDOG_USEC: '60000000', WATCHDOG_PID: '1' }, null],
    [{ WATCHDOG_USEC: 'soon' }, null],
    [{ WATCHDOG_USEC: '0' }, null],
    [{}, null],
  ])('reads the watchdog interval from %j', (env, expected) => {
    expect(createServiceNotifier(env).watchdogIntervalMs).toBe(expected);
  });
});
