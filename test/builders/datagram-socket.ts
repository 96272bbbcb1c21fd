/** A real AF_UNIX datagram socket that receives. Node has none, so libc does it. */
import { createRequire } from 'node:module';

const AF_UNIX = 1;
const SOCK_DGRAM = 2;
const MSG_DONTWAIT = 0x40;

interface Libc {
  socket(domain: number, type: number, protocol: number): number;
  bind(fd: number, address: Buffer, length: number): number;
  recv(fd: number, buffer: Buffer, length: number, flags: number): number;
  close(fd: number): number;
}

function loadLibc(): Libc {
  const koffi = createRequire(import.meta.url)('koffi') as { load(path: null): { func(prototype: string): unknown } };
  const library = koffi.load(null);
  return {
    socket: library.func('int socket(int, int, int)'),
    bind: library.func('int bind(int, const void *, uint32_t)'),
    recv: library.func('intptr_t recv(int, void *, size_t, int)'),
    close: library.func('int close(int)'),
  } as Libc;
}

export interface DatagramReceiver {
  /** The next datagram as text; waits for it, 5 s at most. */
  next(): Promise<string>;
  close(): void;
}

/** Binds to a path, or to an abstract name when it begins with `@`. */
export function receiveDatagrams(name: string): DatagramReceiver {
  const libc = loadLibc();
  const fd = libc.socket(AF_UNIX, SOCK_DGRAM, 0);
  const path = Buffer.from(name.startsWith('@') ? `\0${name.slice(1)}` : `${name}\0`);
  const address = Buffer.concat([Buffer.from(new Uint16Array([AF_UNIX]).buffer), path]);
  if (libc.bind(fd, address, address.length) !== 0) throw new Error(`cannot bind to ${name}`);
  const buffer = Buffer.alloc(4096);
  return {
    async next() {
      for (let waitedMs = 0; waitedMs < 5000; waitedMs += 10) {
        const length = libc.recv(fd, buffer, buffer.length, MSG_DONTWAIT);
        if (length >= 0) return buffer.toString('utf8', 0, length);
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
      throw new Error(`no datagram came to ${name}`);
    },
    close: () => void libc.close(fd),
  };
}
