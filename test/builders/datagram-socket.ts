/** A real AF_UNIX datagram socket that receives. Node has none, so the C library makes it. */
import { loadCLibrary } from '../../daemon/koffi.js';

const AF_UNIX = 1;
const SOCK_DGRAM = 2;
const MSG_DONTWAIT = 0x40;
const PROTOTYPES = {
  socket: 'int socket(int, int, int)',
  bind: 'int bind(int, const void *, uint32_t)',
  recv: 'intptr_t recv(int, void *, size_t, int)',
  close: 'int close(int)',
} as const;
const WAIT_MS = 5000;
const POLL_MS = 10;

export interface DatagramReceiver {
  /** The next datagram as text. Rejects when none comes within 5 s. */
  next(): Promise<string>;
  close(): void;
}

/** Binds to a path, or to an abstract name when it begins with `@`. */
export function receiveDatagrams(name: string): DatagramReceiver {
  const libc = loadCLibrary(PROTOTYPES);
  if ('problem' in libc) throw new Error(libc.problem);
  const { calls } = libc;
  const fd = calls.socket(AF_UNIX, SOCK_DGRAM, 0);
  const path = Buffer.from(name.startsWith('@') ? `\0${name.slice(1)}` : `${name}\0`);
  const address = Buffer.concat([Buffer.from(new Uint16Array([AF_UNIX]).buffer), path]);
  if (calls.bind(fd, address, address.length) !== 0) throw new Error(`cannot bind to ${name}: ${libc.readErrno()}`);
  const buffer = Buffer.alloc(4096);
  return {
    async next() {
      for (let waitedMs = 0; waitedMs < WAIT_MS; waitedMs += POLL_MS) {
        const length = calls.recv(fd, buffer, buffer.length, MSG_DONTWAIT);
        if (length >= 0) return buffer.toString('utf8', 0, length);
        await new Promise((resolve) => setTimeout(resolve, POLL_MS));
      }
      throw new Error(`no datagram came to ${name}`);
    },
    close: () => void calls.close(fd),
  };
}
