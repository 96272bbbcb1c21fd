import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { boundConnections } from '../../../daemon/api/connections.js';

const MAX = 5;
const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

/** A server of which `/hang` never answers and `/stream` never ends. */
async function start() {
  const hanging: ServerResponse[] = [];
  const server = createServer((request, response) => {
    if (request.url === '/hang') hanging.push(response);
    else if (request.url === '/stream') response.setHeader('Content-Type', 'text/event-stream').write('data: 1\n\n');
    else response.end('here');
  }).listen(0, '127.0.0.1');
  boundConnections(server, MAX);
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const open = async (path: string): Promise<Socket> => {
    const socket = connect(port, '127.0.0.1').on('error', () => undefined);
    await once(socket, 'connect');
    cleanups.push(() => socket.destroy());
    const before = hanging.length;
    socket.write(`GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`);
    if (path === '/hang') await expect.poll(() => hanging.length).toBe(before + 1);
    else await once(socket, 'data');
    return socket;
  };
  const countOpen = () => new Promise<number>((done) => server.getConnections((_error, count) => done(count)));
  cleanups.push(() => {
    server.closeAllConnections();
    server.close();
  });
  return { open, countOpen };
}

describe('boundConnections', () => {
  it('closes the connection whose last request is oldest, and lets the new one in', async () => {
    const { open, countOpen } = await start();
    const [first, second] = [await open('/'), await open('/')];
    const others = [await open('/'), await open('/'), await open('/hang')];
    // A second request makes the first connection the newest.
    first.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
    await once(first, 'data');
    const closed = once(second, 'close');
    await open('/');
    await closed;
    expect(await countOpen()).toBe(MAX);
    expect([first, ...others].map((socket) => socket.closed)).toEqual([false, false, false, false]);
  });

  it('closes one that waits for its answer where all do, but no event stream', async () => {
    const { open } = await start();
    const stream = await open('/stream');
    const waiting = [];
    for (let count = 1; count < MAX; count += 1) waiting.push(await open('/hang'));
    const closed = once(waiting[0] as Socket, 'close');
    await open('/');
    await closed;
    expect([stream, ...waiting.slice(1)].some((socket) => socket.closed)).toBe(false);
  });
});
