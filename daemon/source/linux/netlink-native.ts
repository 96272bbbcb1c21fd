/** The system calls behind the netlink source. */
import { PortcastError } from '../../errors.js';
import { loadCLibrary, type CLibrary } from '../../koffi.js';
import { SECOND_MS } from '../../units.js';
import { createTwoLongs } from './two-longs.js';

/** An open NETLINK_SOCK_DIAG socket. It belongs to the network namespace of the thread that opened it. */
export interface DiagSocket {
  send(message: Uint8Array): void;
  /**
   * @returns the number of bytes received into `buffer`.
   * @throws SOURCE_TIMEOUT when nothing came in time, SOURCE_MALFORMED when the datagram is larger than the buffer.
   */
  receive(buffer: Uint8Array): number;
  close(): void;
}

export interface Native {
  /** Ticks per second of the kernel: the inverse of the resolution of CLOCK_MONOTONIC_COARSE. */
  ticksPerSecond(): number | null;
  /** CPU time of the calling thread in ms. */
  threadCpuMs(): number;
  openDiagSocket(receiveTimeoutMs: number): DiagSocket;
  /**
   * Binds a TCP socket on loopback to the first of these ports that is free, without connecting it, while `use` runs.
   * @returns null when none of them could be bound.
   */
  withBoundPort<T>(ports: readonly number[], use: (port: number) => T): T | null;
}

// Numbers of the Linux headers.
const AF_INET = 2;
const AF_NETLINK = 16;
const SOCK_STREAM = 1;
const SOCK_RAW = 3;
const SOCK_CLOEXEC = 0x80000;
const NETLINK_SOCK_DIAG = 4;
const SOL_SOCKET = 1;
const SO_RCVTIMEO = process.arch === 'ppc64' ? 18 : 20;
const IPPROTO_IP = 0;
const IP_FREEBIND = 15;
const SOCKADDR_BYTES = 16;
const MSG_TRUNC = 0x20;
const CLOCK_THREAD_CPUTIME_ID = 3;
const CLOCK_MONOTONIC_COARSE = 6;

/** An address of 127.0.0.0/8 that nothing else is likely to use, so that few sockets are in the way of a bind to it. */
const PROBE_ADDRESS = [127, 80, 67, 84];

const PROTOTYPES = {
  socket: 'int socket(int domain, int type, int protocol)',
  bind: 'int bind(int fd, void *address, unsigned int length)',
  setsockopt: 'int setsockopt(int fd, int level, int name, void *value, unsigned int length)',
  send: 'intptr_t send(int fd, void *buffer, size_t length, int flags)',
  recv: 'intptr_t recv(int fd, void *buffer, size_t length, int flags)',
  close: 'int close(int fd)',
  clock_getres: 'int clock_getres(int clock, void *time)',
  clock_gettime: 'int clock_gettime(int clock, void *time)',
} as const;
type Libc = CLibrary<keyof typeof PROTOTYPES>;

/** The system calls, or why they cannot be made: this is not Linux, or koffi does not work here. */
export function loadNative(): Native | { readonly problem: string } {
  if (process.platform !== 'linux') return { problem: `sock_diag is Linux only, this is ${process.platform}` };
  const libc = loadCLibrary(PROTOTYPES);
  return 'problem' in libc ? libc : createNative(libc);
}

function createNative(libc: Libc): Native {
  const { calls } = libc;
  /** struct timespec: two longs, seconds and nanoseconds. */
  const timespec = createTwoLongs(process.arch);
  return {
    ticksPerSecond() {
      if (calls.clock_getres(CLOCK_MONOTONIC_COARSE, timespec) !== 0) return null;
      const stepNs = Number(timespec[1] ?? 0);
      return stepNs <= 1 ? null : Math.round(1e9 / stepNs);
    },
    threadCpuMs() {
      calls.clock_gettime(CLOCK_THREAD_CPUTIME_ID, timespec);
      return Number(timespec[0] ?? 0) * SECOND_MS + Number(timespec[1] ?? 0) / 1e6;
    },
    openDiagSocket: (receiveTimeoutMs) => openDiagSocket(libc, receiveTimeoutMs),
    withBoundPort: (ports, use) => withBoundPort(libc, ports, use),
  };
}

function withBoundPort<T>(libc: Libc, ports: readonly number[], use: (port: number) => T): T | null {
  const { calls } = libc;
  const fd = calls.socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) throw createErrnoError('socket(AF_INET)', libc);
  try {
    // Where the loopback device is down no address is local, and a bind needs this option. It takes no right.
    calls.setsockopt(fd, IPPROTO_IP, IP_FREEBIND, Uint32Array.of(1), 4);
    const port = ports.find((candidate) => calls.bind(fd, encodeLoopback(candidate), SOCKADDR_BYTES) === 0);
    return port === undefined ? null : use(port);
  } finally {
    calls.close(fd);
  }
}

/** struct sockaddr_in: family in host order, port in network order, address. */
function encodeLoopback(port: number): Uint8Array {
  const address = new Uint8Array(SOCKADDR_BYTES);
  new Uint16Array(address.buffer)[0] = AF_INET;
  address.set([port >> 8, port & 0xff, ...PROBE_ADDRESS], 2);
  return address;
}

function openDiagSocket(libc: Libc, receiveTimeoutMs: number): DiagSocket {
  const { calls } = libc;
  const fd = calls.socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG);
  if (fd < 0) throw createErrnoError('socket(NETLINK_SOCK_DIAG)', libc);
  const timeval = encodeTimeval(receiveTimeoutMs);
  if (calls.setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, timeval, timeval.byteLength) !== 0) {
    const error = createErrnoError('setsockopt(SO_RCVTIMEO)', libc);
    calls.close(fd);
    throw error;
  }
  let open = true;
  return {
    send(message) {
      const sent = calls.send(fd, message, message.length, 0);
      if (sent !== message.length) throw createErrnoError('send to sock_diag', libc);
    },
    receive(buffer) {
      for (;;) {
        // With MSG_TRUNC the kernel returns the true length, so a datagram larger than the buffer is noticed.
        const length = calls.recv(fd, buffer, buffer.length, MSG_TRUNC);
        if (length > buffer.length) {
          throw new PortcastError(
            'SOURCE_MALFORMED',
            `sock_diag sent ${length} bytes, the buffer has ${buffer.length}`,
          );
        }
        if (length >= 0) return length;
        if (libc.readErrno() !== 'EINTR') throw createErrnoError('recv from sock_diag', libc);
      }
    },
    close() {
      if (open) calls.close(fd);
      open = false;
    },
  };
}

/** struct timeval: two longs, seconds and microseconds. */
function encodeTimeval(ms: number): Int32Array | BigInt64Array {
  const seconds = Math.floor(ms / SECOND_MS);
  return createTwoLongs(process.arch, seconds, Math.round(ms - seconds * SECOND_MS) * 1000);
}

/** To be called right after the call that failed: the next call overwrites errno. */
function createErrnoError(call: string, libc: Libc): PortcastError {
  const name = libc.readErrno();
  if (name === 'EAGAIN' || name === 'EWOULDBLOCK') {
    return new PortcastError('SOURCE_TIMEOUT', `${call}: no answer from the kernel in time`);
  }
  return new PortcastError('SOURCE_UNAVAILABLE', `${call} failed: ${name}`);
}
