/**
 * The C library for what Node cannot do: blocking sockets, whose connect() between two namespaces takes microseconds
 * and returns its errno, and a real-time priority.
 */
import { createRequire } from 'node:module';
import type { Stream } from './traffic.js';

interface Refusal {
  readonly syscall: 'bind' | 'connect';
  readonly code: string;
}

interface Sockets {
  /** @returns the descriptor of the connected socket, or the call that was refused with its errno. */
  open(stream: Stream): number | Refusal;
  /** Binds a port on every address without connecting it. */
  bind(port: number): void;
  close(fd: number): void;
  /** Closes with linger 0, which sends a reset instead of a FIN. */
  reset(fd: number): void;
  /** Whether the peer has closed the connection; does not wait. */
  peerClosed(fd: number): boolean;
  /**
   * Lets this thread run as soon as it is due, before all threads of a lower priority. The priority is $LAB_PRIORITY,
   * at least
   * 1. @returns whether the kernel granted it
   */
  runFirst(): boolean;
}

type CFunction = (...args: unknown[]) => unknown;
/** The part of koffi that is used. It is typed here because koffi is an optional package. */
interface Koffi {
  load(file: null): { func(prototype: string): CFunction };
  errno(): number;
  os: { errno: Record<string, number> };
}

const AF_INET = 2;
const AF_INET6 = 10;
const SOCK_STREAM = 1;
const SOCK_DGRAM = 2;
const SOCK_CLOEXEC = 0x80000;
const SOL_SOCKET = 1;
const SO_LINGER = 13;
const MSG_DONTWAIT = 0x40;
const SCHED_FIFO = 1;

export function openSockets(): Sockets {
  const koffi = createRequire(import.meta.url)('koffi') as Koffi;
  const libc = koffi.load(null);
  const number = (prototype: string): ((...args: unknown[]) => number) => {
    const call = libc.func(prototype);
    return (...args) => Number(call(...args));
  };
  const calls = {
    socket: number('int socket(int domain, int type, int protocol)'),
    bind: number('int bind(int fd, void *address, unsigned int length)'),
    connect: number('int connect(int fd, void *address, unsigned int length)'),
    setsockopt: number('int setsockopt(int fd, int level, int name, void *value, unsigned int length)'),
    recv: number('intptr_t recv(int fd, void *buffer, size_t length, int flags)'),
    close: number('int close(int fd)'),
    sched_setscheduler: number('int sched_setscheduler(int pid, int policy, void *priority)'),
  };
  const code = (): string => {
    const errno = koffi.errno();
    return Object.keys(koffi.os.errno).find((name) => koffi.os.errno[name] === errno) ?? `errno ${errno}`;
  };
  const abortiveLinger = Int32Array.of(1, 0);
  const bytes = new Uint8Array(64);
  return {
    open(stream) {
      const family = stream.by === 'mapped' ? AF_INET6 : AF_INET;
      const fd = calls.socket(family, (stream.by === 'udp' ? SOCK_DGRAM : SOCK_STREAM) | SOCK_CLOEXEC, 0);
      if (fd < 0) throw new Error(`socket() failed: ${code()}`);
      const refused = (syscall: Refusal['syscall']): Refusal => {
        const refusal = { syscall, code: code() };
        calls.close(fd);
        return refusal;
      };
      if (stream.bindTo !== null) {
        const source = socketAddress(family, stream.bindTo, 0);
        if (calls.bind(fd, source, source.length) !== 0) return refused('bind');
      }
      const target = socketAddress(family, stream.address, stream.port);
      return calls.connect(fd, target, target.length) === 0 ? fd : refused('connect');
    },
    bind(port) {
      const fd = calls.socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
      const source = socketAddress(AF_INET, '0.0.0.0', port);
      if (fd < 0 || calls.bind(fd, source, source.length) !== 0) throw new Error(`port ${port} not bound: ${code()}`);
    },
    close: (fd) => void calls.close(fd),
    reset(fd) {
      calls.setsockopt(fd, SOL_SOCKET, SO_LINGER, abortiveLinger, abortiveLinger.byteLength);
      calls.close(fd);
    },
    peerClosed: (fd) => calls.recv(fd, bytes, bytes.length, MSG_DONTWAIT) === 0,
    runFirst: () =>
      calls.sched_setscheduler(0, SCHED_FIFO, Int32Array.of(Number(process.env['LAB_PRIORITY'] ?? 1))) === 0,
  };
}

/** struct sockaddr_in, or struct sockaddr_in6 with the address as ::ffff:address. */
function socketAddress(family: number, address: string, port: number): Uint8Array {
  const bytes = new Uint8Array(family === AF_INET ? 16 : 28);
  const view = new DataView(bytes.buffer);
  // The address family is in the byte order of the host.
  new Uint16Array(bytes.buffer, 0, 1)[0] = family;
  view.setUint16(2, port);
  const octets = address.split('.').map(Number);
  if (family === AF_INET) bytes.set(octets, 4);
  else bytes.set([0xff, 0xff, ...octets], 18);
  return bytes;
}
