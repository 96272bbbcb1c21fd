/** A client that opens connections to its own listener on loopback, and closes them first. */
import { connect, createServer, type AddressInfo } from 'node:net';
import { once } from 'node:events';

export interface LoopbackTraffic {
  readonly port: number;
  stop(): Promise<void>;
}

/** Opens and closes `perSecond` connections a second, and ends by itself after `count` of them. */
export async function startTraffic(options: { perSecond: number; count: number }): Promise<LoopbackTraffic> {
  const server = createServer((socket) => {
    socket.on('error', () => socket.destroy());
    socket.resume();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  let opened = 0;
  const timer = setInterval(() => {
    opened += 1;
    if (opened >= options.count) clearInterval(timer);
    const socket = connect(port, '127.0.0.1');
    socket.on('connect', () => socket.end());
    socket.on('error', () => socket.destroy());
    socket.resume();
  }, 1000 / options.perSecond);
  return {
    port,
    async stop() {
      clearInterval(timer);
      server.close();
      await once(server, 'close');
    },
  };
}
