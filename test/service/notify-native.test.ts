/** Real datagrams on real AF_UNIX sockets: python3 receives, because Node cannot. */
import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { canNotifyItself, createServiceNotifier } from '../../daemon/service/notify-native.js';

const RECEIVER = `
import socket, sys, os
name = sys.argv[1]
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.bind('\\0' + name[1:] if name.startswith('@') else name)
print('bound', flush=True)
while True:
    print(repr(s.recv(4096)), flush=True)
`;

let folder: string;
let receiver: ChildProcess | null = null;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'portcast-notify-'));
});
afterEach(() => {
  receiver?.kill('SIGKILL');
  receiver = null;
  rmSync(folder, { recursive: true });
});

/** Starts a receiver and gives its lines one by one. */
async function receive(name: string): Promise<() => Promise<string>> {
  const child = spawn('python3', ['-c', RECEIVER, name], { stdio: ['ignore', 'pipe', 'inherit'] });
  receiver = child;
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const next = async () => String((await lines.next()).value);
  expect(await next()).toBe('bound');
  return next;
}

describe('sd_notify', () => {
  it.runIf(process.platform === 'linux').each([
    ['a path', () => join(folder, 'notify')],
    ['an abstract name', () => `@portcast-test-${process.pid}-${Date.now()}`],
  ])('sends each message as one datagram to %s', async (_name, make) => {
    expect(canNotifyItself()).toBe(true);
    const socket = make();
    const next = await receive(socket);
    const notifier = createServiceNotifier({ NOTIFY_SOCKET: socket });
    notifier.ready();
    notifier.watchdog();
    notifier.status('10 pools\nall well, é');
    notifier.stopping();
    expect([await next(), await next(), await next(), await next()]).toEqual([
      "b'READY=1'",
      "b'WATCHDOG=1'",
      "b'STATUS=10 pools all well, \\xc3\\xa9'",
      "b'STOPPING=1'",
    ]);
  });

  it.runIf(existsSync('/usr/bin/systemd-notify'))('leaves it to the command where libc cannot be called', async () => {
    const socket = join(folder, 'notify');
    const next = await receive(socket);
    createServiceNotifier({ NOTIFY_SOCKET: socket }, null).ready();
    expect(await next()).toBe("b'READY=1'");
  });

  it('survives a socket that nobody reads, and leaves no descriptor open', () => {
    const notifier = createServiceNotifier({ NOTIFY_SOCKET: join(folder, 'nobody') });
    const before = readdirSync('/proc/self/fd').length;
    for (let i = 0; i < 100; i++) notifier.watchdog();
    expect(readdirSync('/proc/self/fd').length).toBeLessThanOrEqual(before);
  });

  it('does nothing without a service manager', () => {
    const notifier = createServiceNotifier({});
    notifier.ready();
    notifier.watchdog();
    expect(notifier.watchdogIntervalMs).toBeNull();
  });

  it.each([
    [{ WATCHDOG_USEC: '60000000' }, 30_000],
    [{ WATCHDOG_USEC: '60000000', WATCHDOG_PID: String(process.pid) }, 30_000],
    [{ WATCHDOG_USEC: '60000000', WATCHDOG_PID: '1' }, null],
    [{ WATCHDOG_USEC: 'soon' }, null],
    [{ WATCHDOG_USEC: '0' }, null],
    [{}, null],
  ])('reads the interval from %j', (env, expected) => {
    expect(createServiceNotifier(env).watchdogIntervalMs).toBe(expected);
  });
});
