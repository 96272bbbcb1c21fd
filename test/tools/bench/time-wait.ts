/** TIME_WAIT sockets on loopback, made without root by a client that closes first. */
import { connect, createServer, type AddressInfo, type Server } from 'node:net';

/**
 * With `tcp_tw_reuse` 2 the kernel reuses a loopback port when it tries one in TIME_WAIT. With few per destination that
 * is rare.
 */
const DESTINATIONS = Array.from({ length: 100 }, (_, index) => `127.0.0.${index + 2}`);
const AT_A_TIME = 64;

/** Opens and closes `count` connections, spread over the destinations; at most 28,000. Their rows stay for a minute. */
export async function makeTimeWait(count: number): Promise<void> {
  if (count > 28_000) throw new RangeError(`${count} TIME_WAIT sockets asked for: at most 28,000`);
  const servers = await Promise.all(DESTINATIONS.map(listen));
  try {
    let opened = 0;
    const clients = Array.from({ length: AT_A_TIME }, async () => {
      for (let index = opened++; index < count; index = opened++) {
        const server = servers[index % servers.length];
        if (server !== undefined) await openAndClose(server.address() as AddressInfo);
      }
    });
    await Promise.all(clients);
  } finally {
    await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  }
}

function listen(host: string): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer((socket) => {
      socket.on('error', () => undefined);
      socket.resume();
    });
    server.once('error', reject);
    server.listen({ host, port: 0, backlog: 1024 }, () => resolve(server));
  });
}

function openAndClose({ address, port }: AddressInfo): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: address, port }, () => socket.end());
    socket.once('error', reject);
    socket.once('close', () => resolve());
    socket.resume();
  });
}
