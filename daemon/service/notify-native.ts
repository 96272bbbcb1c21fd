/**
 * Tells systemd how the service is (sd_notify): one datagram to $NOTIFY_SOCKET. Node has no AF_UNIX datagrams, so libc
 * sends it; without FFI the systemd-notify command does, which NotifyAccess=main would not accept.
 */
import { execFile } from 'node:child_process';
import { createRequire } from 'node:module';

export interface ServiceNotifier {
  /** The first sample is in: the start is complete. */
  ready(): void;
  /** A sampling cycle was completed. */
  watchdog(): void;
  stopping(): void;
  /** One line for `systemctl status`. */
  status(text: string): void;
  /** How often `watchdog` should come, half of what systemd allows; null when it does not watch. */
  readonly watchdogIntervalMs: number | null;
}

type Environment = Readonly<Record<string, string | undefined>>;
type Send = (message: string) => void;

/**
 * A notifier for this environment; does nothing where no service manager listens. Never throws.
 * @param libc what sends datagrams; null leaves it to the systemd-notify command.
 */
export function createServiceNotifier(env: Environment, libc: Libc | null = loadLibc()): ServiceNotifier {
  const send = senderFor(env, libc);
  return {
    ready: () => send('READY=1'),
    watchdog: () => send('WATCHDOG=1'),
    stopping: () => send('STOPPING=1'),
    status: (text) => send(`STATUS=${text.replace(/\s+/g, ' ')}`),
    watchdogIntervalMs: watchdogInterval(env),
  };
}

/** Whether this installation can send datagrams itself. */
export function canNotify(): boolean {
  return loadLibc() !== null;
}

function watchdogInterval(env: Environment): number | null {
  const usec = Number(env['WATCHDOG_USEC']);
  const pid = env['WATCHDOG_PID'];
  const forUs = pid === undefined || pid === '' || Number(pid) === process.pid;
  return forUs && Number.isFinite(usec) && usec > 0 ? usec / 2000 : null;
}

function senderFor(env: Environment, libc: Libc | null): Send {
  const socket = env['NOTIFY_SOCKET'];
  if (socket === undefined || socket === '') return () => undefined;
  if (libc === null) return (message) => notifyByCommand(message, socket);
  const address = unixAddress(socket);
  return (message) => sendDatagram(libc, address, Buffer.from(message));
}

/** `struct sockaddr_un`: the family, then the path; a leading @ stands for the NUL of an abstract name. */
function unixAddress(socket: string): Buffer {
  const family = Buffer.alloc(2);
  new Uint16Array(family.buffer, family.byteOffset, 1)[0] = AF_UNIX;
  const name = Buffer.from(socket);
  const abstract = socket.startsWith('@');
  if (abstract) name[0] = 0;
  // An abstract name is as long as the address says; a path ends with NUL.
  return Buffer.concat(abstract ? [family, name] : [family, name, Buffer.alloc(1)]);
}

const AF_UNIX = 1;
const SOCK_DGRAM = 2;
const SOCK_CLOEXEC = 0o2000000;
const MSG_DONTWAIT = 0x40;
const MSG_NOSIGNAL = 0x4000;

interface Libc {
  socket(domain: number, type: number, protocol: number): number;
  sendto(fd: number, data: Buffer, length: number, flags: number, address: Buffer, addressLength: number): number;
  close(fd: number): number;
}

/** The part of koffi that is used; typed here because koffi may not be installed. */
interface Koffi {
  load(path: null): { func(prototype: string): unknown };
}

/** A datagram that cannot be delivered is dropped: systemd's own timeouts then do what they are for. */
function sendDatagram(libc: Libc, address: Buffer, data: Buffer): void {
  const fd = libc.socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return;
  libc.sendto(fd, data, data.length, MSG_DONTWAIT | MSG_NOSIGNAL, address, address.length);
  libc.close(fd);
}

function loadLibc(): Libc | null {
  if (process.platform !== 'linux') return null;
  try {
    const koffi = createRequire(import.meta.url)('koffi') as Koffi;
    // The symbols of the process itself: whichever C library node was linked with.
    const library = koffi.load(null);
    return {
      socket: library.func('int socket(int, int, int)'),
      // ssize_t and socklen_t by their sizes: the foreign function interface does not know the names.
      sendto: library.func('intptr_t sendto(int, const void *, size_t, int, const void *, uint32_t)'),
      close: library.func('int close(int)'),
    } as Libc;
  } catch {
    return null;
  }
}

function notifyByCommand(message: string, socket: string): void {
  const env = { ...process.env, NOTIFY_SOCKET: socket };
  const child = execFile('systemd-notify', [message], { timeout: 5000, env }, () => undefined);
  child.unref();
}
