/**
 * The notification protocol of systemd, sd_notify(3): one datagram to the socket of $NOTIFY_SOCKET. Node has no AF_UNIX
 * datagrams, so the C library sends it. Where that cannot be called the command systemd-notify sends it; systemd drops
 * notifications from that other process unless the unit has NotifyAccess=all.
 */
import { execFile } from 'node:child_process';
import { loadCLibrary, type CLibrary } from '../koffi.js';
import { SECOND_MS } from '../units.js';

interface ServiceNotifier {
  /** The first sample is in: the start is complete. */
  ready(): void;
  /** A sampling cycle was completed. */
  watchdog(): void;
  stopping(): void;
  /** One line for `systemctl status`. */
  status(text: string): void;
  /** How often `watchdog` should be called: half of what systemd allows. Null when systemd does not watch. */
  readonly watchdogIntervalMs: number | null;
}

const AF_UNIX = 1;
const SOCK_DGRAM = 2;
const SOCK_CLOEXEC = 0o2000000;
const MSG_DONTWAIT = 0x40;
const MSG_NOSIGNAL = 0x4000;
/** A systemd-notify that takes longer is killed. */
const COMMAND_TIMEOUT_MS = 5 * SECOND_MS;

// ssize_t is intptr_t and socklen_t is uint32_t here, because koffi does not have these names.
const PROTOTYPES = {
  socket: 'int socket(int domain, int type, int protocol)',
  sendto: 'intptr_t sendto(int fd, const void *, size_t, int flags, const void *, uint32_t)',
  close: 'int close(int fd)',
} as const;
type Libc = CLibrary<keyof typeof PROTOTYPES>;

type Environment = Readonly<Record<string, string | undefined>>;
type Send = (message: string) => void;

/**
 * A notifier for this environment; it does nothing where no service manager listens. Never throws.
 * @param libc sends the datagrams; null leaves that to the systemd-notify command.
 */
export function createServiceNotifier(env: Environment, libc: Libc | null = loadLibc()): ServiceNotifier {
  const send = createSender(env, libc);
  return {
    ready: () => send('READY=1'),
    watchdog: () => send('WATCHDOG=1'),
    stopping: () => send('STOPPING=1'),
    status: (text) => send(`STATUS=${text.replace(/\s+/g, ' ')}`),
    watchdogIntervalMs: readWatchdogInterval(env),
  };
}

/** Whether this installation can send datagrams itself. */
export function canNotify(): boolean {
  return loadLibc() !== null;
}

function loadLibc(): Libc | null {
  if (process.platform !== 'linux') return null;
  const libc = loadCLibrary(PROTOTYPES);
  return 'problem' in libc ? null : libc;
}

/** systemd gives its limit in microseconds, and the process that the limit applies to. */
function readWatchdogInterval(env: Environment): number | null {
  const limitUs = Number(env['WATCHDOG_USEC']);
  const pid = env['WATCHDOG_PID'];
  const isForThisProcess = pid === undefined || pid === '' || Number(pid) === process.pid;
  return isForThisProcess && Number.isFinite(limitUs) && limitUs > 0 ? limitUs / 1000 / 2 : null;
}

function createSender(env: Environment, libc: Libc | null): Send {
  const socket = env['NOTIFY_SOCKET'];
  if (socket === undefined || socket === '') return () => undefined;
  if (libc === null) return (message) => notifyByCommand(message, socket);
  const address = encodeUnixAddress(socket);
  return (message) => sendDatagram(libc, address, Buffer.from(message));
}

/** `struct sockaddr_un`: the family, then the path; a leading @ stands for the NUL of an abstract name. */
function encodeUnixAddress(socket: string): Buffer {
  const family = Buffer.alloc(2);
  new Uint16Array(family.buffer, family.byteOffset, 1)[0] = AF_UNIX;
  const name = Buffer.from(socket);
  const isAbstract = socket.startsWith('@');
  if (isAbstract) name[0] = 0;
  // The length of the address ends an abstract name; a NUL ends a path.
  return Buffer.concat(isAbstract ? [family, name] : [family, name, Buffer.alloc(1)]);
}

/** A datagram that cannot be delivered is dropped: the start and watchdog time-outs of systemd cover that case. */
function sendDatagram({ calls }: Libc, address: Buffer, data: Buffer): void {
  const fd = calls.socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return;
  calls.sendto(fd, data, data.length, MSG_DONTWAIT | MSG_NOSIGNAL, address, address.length);
  calls.close(fd);
}

function notifyByCommand(message: string, socket: string): void {
  const env = { ...process.env, NOTIFY_SOCKET: socket };
  const child = execFile('systemd-notify', [message], { timeout: COMMAND_TIMEOUT_MS, env }, () => undefined);
  child.unref();
}
