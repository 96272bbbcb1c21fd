/** The system calls behind the netlink source, through koffi: the only file of this folder that has it. */
import { createRequire } from 'node:module';
import { messageOf, PortcastError } from '../../errors.js';

/** One kept NETLINK_SOCK_DIAG socket. It belongs to the network namespace of the thread that opened it. */
export interface DiagSocket {
  send(message: Uint8Array): void;
  /** Bytes received into `buffer`. Throws SOURCE_TIMEOUT when nothing came in time, SOURCE_MALFORMED when cut short. */
  receive(buffer: Uint8Array): number;
  close(): void;
}

export interface Native {
  /** Ticks per second of the kernel: the inverse of the resolution of CLOCK_MONOTONIC_COARSE. */
  ticksPerSecond(): number | null;
  /** CPU time of the calling thread in ms. */
  threadCpuMs(): number;
  openDiagSocket(receiveTimeoutMs: number): DiagSocket;
  /** Binds a TCP socket on loopback to a port of the kernel's choice, without connecting it, while `use` runs. */
  withBoundPort<T>(use: (port: number) => T): T;
}

type CFunction = (...args: unknown[]) => unknown;
/** The part of koffi that is used; typed here because koffi may not be installed. */
interface Koffi {
  load(file: null): { func(prototype: string): CFunction };
  errno(): number;
  os: { errno: Record<string, number> };
}

const AF_INET = 2;
const AF_NETLINK = 16;
const SOCK_STREAM = 1;
const SOCK_RAW = 3;
const SOCK_CLOEXEC = 0x80000;
const NETLINK_SOCK_DIAG = 4;
const SOL_SOCKET = 1;
const SO_RCVTIMEO = process.arch === 'ppc64' ? 18 : 20;
const MSG_TRUNC = 0x20;
const CLOCK_THREAD_CPUTIME_ID = 3;
const CLOCK_MONOTONIC_COARSE = 6;

/** The C library, or why it cannot be called (not Linux, koffi not installed or not built for this system). */
export function loadNative(): Native | { readonly problem: string } {
  if (process.platform !== 'linux') return { problem: `sock_diag is Linux only, this is ${process.platform}` };
  try {
    const require = createRequire(import.meta.url);
    return createNative(require('koffi') as Koffi);
  } catch (error) {
    const firstLine = messageOf(error).split('\n', 1)[0] ?? '';
    return { problem: `the optional package koffi cannot be loaded (${firstLine})` };
  }
}

function createNative(koffi: Koffi): Native {
  // The process itself: finds the C library whatever its name is (glibc, musl).
  const libc = koffi.load(null);
  const number = (prototype: string): ((...args: unknown[]) => number) => {
    const call = libc.func(prototype);
    return (...args) => Number(call(...args));
  };
  const calls = {
    socket: number('int socket(int domain, int type, int protocol)'),
    bind: number('int bind(int fd, void *address, unsigned int length)'),
    getsockname: number('int getsockname(int fd, void *address, void *length)'),
    setsockopt: number('int setsockopt(int fd, int level, int name, void *value, unsigned int length)'),
    send: number('intptr_t send(int fd, void *buffer, size_t length, int flags)'),
    recv: number('intptr_t recv(int fd, void *buffer, size_t length, int flags)'),
    close: number('int close(int fd)'),
    clock_getres: number('int clock_getres(int clock, void *time)'),
    clock_gettime: number('int clock_gettime(int clock, void *time)'),
  };
  const failure = (call: string): PortcastError => errnoError(call, koffi);
  /** struct timespec: two longs, seconds and nanoseconds. */
  const timespec = new BigInt64Array(2);
  return {
    ticksPerSecond() {
      if (calls.clock_getres(CLOCK_MONOTONIC_COARSE, timespec) !== 0) return null;
      const stepNs = Number(timespec[1] ?? 0n);
      return stepNs <= 1 ? null : Math.round(1e9 / stepNs);
    },
    threadCpuMs() {
      calls.clock_gettime(CLOCK_THREAD_CPUTIME_ID, timespec);
      return Number(timespec[0] ?? 0n) * 1e3 + Number(timespec[1] ?? 0n) / 1e6;
    },
    openDiagSocket: (receiveTimeoutMs) =>
      openDiagSocket(calls, { failure, receiveTimeoutMs, errno: () => koffi.errno() }),
    withBoundPort(use) {
      const fd = calls.socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
      if (fd < 0) throw failure('socket(AF_INET)');
      try {
        const address = new Uint8Array(16);
        new Uint16Array(address.buffer)[0] = AF_INET;
        address.set([127, 0, 0, 1], 4);
        if (calls.bind(fd, address, address.length) !== 0) throw failure('bind(127.0.0.1:0)');
        if (calls.getsockname(fd, address, Uint32Array.of(address.length)) !== 0) throw failure('getsockname');
        return use(((address[2] ?? 0) << 8) | (address[3] ?? 0));
      } finally {
        calls.close(fd);
      }
    },
  };
}

type Calls = Record<'socket' | 'setsockopt' | 'send' | 'recv' | 'close', (...args: unknown[]) => number>;
interface DiagOptions {
  readonly failure: (call: string) => PortcastError;
  readonly errno: () => number;
  readonly receiveTimeoutMs: number;
}

const EINTR = 4;

function openDiagSocket(calls: Calls, { failure, errno, receiveTimeoutMs }: DiagOptions): DiagSocket {
  const fd = calls.socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG);
  if (fd < 0) throw failure('socket(NETLINK_SOCK_DIAG)');
  const seconds = Math.floor(receiveTimeoutMs / 1000);
  const timeval = BigInt64Array.of(BigInt(seconds), BigInt(Math.round(receiveTimeoutMs - seconds * 1000) * 1000));
  if (calls.setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, timeval, timeval.byteLength) !== 0) {
    const error = failure('setsockopt(SO_RCVTIMEO)');
    calls.close(fd);
    throw error;
  }
  let open = true;
  return {
    send(message) {
      if (calls.send(fd, message, message.length, 0) !== message.length) throw failure('send to sock_diag');
    },
    receive(buffer) {
      for (;;) {
        // With MSG_TRUNC the true length comes back, so a datagram larger than the buffer is noticed.
        const length = calls.recv(fd, buffer, buffer.length, MSG_TRUNC);
        if (length > buffer.length) {
          throw new PortcastError(
            'SOURCE_MALFORMED',
            `sock_diag sent ${length} bytes, the buffer has ${buffer.length}`,
          );
        }
        if (length >= 0) return length;
        if (errno() !== EINTR) throw failure('recv from sock_diag');
      }
    },
    close() {
      if (open) calls.close(fd);
      open = false;
    },
  };
}

function errnoError(call: string, koffi: Koffi): PortcastError {
  const errno = koffi.errno();
  const name = Object.keys(koffi.os.errno).find((key) => koffi.os.errno[key] === errno) ?? `errno ${errno}`;
  if (name === 'EAGAIN' || name === 'EWOULDBLOCK') {
    return new PortcastError('SOURCE_TIMEOUT', `${call}: no answer from the kernel in time`);
  }
  return new PortcastError('SOURCE_UNAVAILABLE', `${call} failed: ${name}`);
}
