/** Sends one datagram to a unix socket, which Node cannot do by itself. */
import { loadCLibrary, type CLibrary } from '../../koffi.js';

const AF_UNIX = 1;
const SOCK_DGRAM = 2;
const SOCK_CLOEXEC = 0o2000000;
const MSG_DONTWAIT = 0x40;
const MSG_NOSIGNAL = 0x4000;
/** The longest path in `struct sockaddr_un`, with its NUL. */
const MAX_PATH_BYTES = 108;

// ssize_t is intptr_t and socklen_t is uint32_t here, because koffi does not have these names.
const PROTOTYPES = {
  socket: 'int socket(int domain, int type, int protocol)',
  sendto: 'intptr_t sendto(int fd, const void *, size_t, int flags, const void *, uint32_t)',
  close: 'int close(int fd)',
} as const;
type Libc = CLibrary<keyof typeof PROTOTYPES> | { readonly problem: string };

const SENTENCES: Readonly<Record<string, string>> = {
  ENOENT: 'does not exist: no such service runs here',
  ECONNREFUSED: 'has no reader: the service that made it has ended',
  EAGAIN: 'takes no more at present: its reader is behind',
  EACCES: 'may not be written by this user',
  EMSGSIZE: 'does not take a record of this length',
};

let loaded: Libc | null = null;

/** @returns null when the kernel has taken it, else why not. Never throws, never waits. */
export function sendUnixDatagram(path: string, data: Uint8Array): string | null {
  loaded ??= loadCLibrary(PROTOTYPES);
  if ('problem' in loaded) return `${path} cannot be written: ${loaded.problem}`;
  if (Buffer.byteLength(path) >= MAX_PATH_BYTES) return `${path} is too long for the path of a socket`;
  const { calls, readErrno } = loaded;
  const fd = calls.socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return `no socket can be opened: ${readErrno()}`;
  const address = Buffer.concat([Buffer.from(new Uint16Array([AF_UNIX]).buffer), Buffer.from(`${path}\0`)]);
  const sent = calls.sendto(fd, data, data.length, MSG_DONTWAIT | MSG_NOSIGNAL, address, address.length);
  const errno = sent < 0 ? readErrno() : null;
  calls.close(fd);
  return errno === null ? null : `${path} ${SENTENCES[errno] ?? `cannot be written: ${errno}`}`;
}
