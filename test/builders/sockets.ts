/** Real TCP sockets on loopback, which a test can bring into the state that it needs. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

export interface Pair {
  readonly server: Server;
  readonly client: Socket;
  readonly accepted: Socket;
  readonly clientPort: number;
  readonly serverPort: number;
}

/** A listener on `host`, and one connection to it at `address`. Both ends stay half open when the other ends. */
export async function openPair(host: string, address = host): Promise<Pair> {
  const server = await listenOnUnusedPort(host);
  const serverPort = (server.address() as AddressInfo).port;
  const client = connect({ host: address, port: serverPort, allowHalfOpen: true });
  const [[accepted]] = (await Promise.all([once(server, 'connection'), once(client, 'connect')])) as [
    [Socket],
    unknown,
  ];
  for (const socket of [client, accepted]) socket.on('error', () => undefined).resume();
  return { server, client, accepted, clientPort: client.localPort ?? 0, serverPort };
}

/** Listens on a port without rows of an earlier server, whose connections may still be in TIME_WAIT at either end. */
async function listenOnUnusedPort(host: string): Promise<Server> {
  for (;;) {
    const server = createServer({ allowHalfOpen: true });
    server.listen({ host, port: 0 });
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const mentioned = `:${port.toString(16).toUpperCase().padStart(4, '0')} `;
    const tables = ['/proc/net/tcp', '/proc/net/tcp6'].map((file) => readFileSync(file, 'latin1')).join('');
    // An end is an address, a colon and the port. The listener's own row is the one that is left.
    const rows = tables.split('\n').filter((line) => line.includes(mentioned));
    if (rows.length === 1) return server;
    server.close();
    await once(server, 'close');
  }
}

/** The client closes first: its end goes to FIN_WAIT2, the other to CLOSE_WAIT. */
export async function halfClose({ client, accepted }: Pair): Promise<void> {
  const ended = once(accepted, 'end');
  client.end();
  await ended;
}

/** Then the other end closes too: the client's port stays in TIME_WAIT. */
export async function fullClose(pair: Pair): Promise<void> {
  await halfClose(pair);
  const closed = once(pair.client, 'close');
  pair.accepted.end();
  await closed;
}

/** The client closes its descriptor: FIN_WAIT2 without an owner, which the kernel keeps as a timed mini-socket. */
export async function orphan({ client, accepted }: Pair): Promise<void> {
  const ended = once(accepted, 'end');
  client.destroy();
  await ended;
}

/** A listener whose process is stopped. It accepts no connection, so a SYN gets no answer once the queue is full. */
export async function openStalledServer(): Promise<{ port: number; end: () => Promise<void> }> {
  const script = `const s = require('node:net').createServer().listen({ host: '127.0.0.1', port: 0, backlog: 1 }, () => console.log(s.address().port))`;
  const child = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [line] = (await once(child.stdout, 'data')) as [Buffer];
  child.kill('SIGSTOP');
  return {
    port: Number(line.toString()),
    async end() {
      const exit = once(child, 'exit');
      child.kill('SIGKILL');
      await exit;
    },
  };
}

export async function closePair({ server, client, accepted }: Pair): Promise<void> {
  client.destroy();
  accepted.destroy();
  await new Promise((resolve) => server.close(resolve));
}
