import {
  createServer as createHttpServer,
  request as requestHttp,
  type ClientRequest,
  type IncomingMessage,
  type RequestListener,
} from 'node:http';
import { request as requestHttps, createServer as createHttpsServer } from 'node:https';
import { readFileSync } from 'node:fs';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createDeliveryAgent } from '../../../../daemon/notify/connect/agent.js';
import { DialError, type Dial } from '../../../../daemon/notify/connect/dial.js';
import { createTestDial } from '../../../builders/dial.js';

const readTls = (name: string): Buffer =>
  readFileSync(new URL(`../../../fixtures/tls/test-only-${name}.pem`, import.meta.url));

async function listen(server: Server, port = 0, host = '127.0.0.1'): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, resolve);
  });
  onTestFinished(() => new Promise((resolve) => server.close(() => resolve())));
  return (server.address() as AddressInfo).port;
}

/** A server that notes the port of each client, and sockets that are closed with the test. */
async function startServer() {
  const from: number[] = [];
  const server = createServer((socket) => {
    from.push(socket.remotePort ?? 0);
    socket.on('error', () => undefined);
    onTestFinished(() => void socket.destroy());
  });
  return { port: await listen(server), from };
}

async function open(dial: Dial, port: number, host = '127.0.0.1'): Promise<Socket> {
  const socket = await dial({ host, port, timeoutMs: 2000 });
  onTestFinished(() => void socket.destroy());
  return socket;
}

/** Ports below the range that nothing uses at the moment. Other tests of this machine may run at the same time. */
const FIRST = 28_000 + (process.pid % 2000);
const ports = (count: number, offset: number): number[] =>
  Array.from({ length: count }, (_, index) => FIRST + offset + index);

describe('a connection of a channel', () => {
  it('comes from the local ports that are chosen, in rotation', async () => {
    const server = await startServer();
    const dial = createTestDial({ ports: ports(3, 0) });
    const used = [];
    for (let call = 0; call < 3; call += 1) used.push((await open(dial, server.port)).localPort);
    expect(used.sort()).toEqual(ports(3, 0));
  });

  it('passes over a port on which a program listens', async () => {
    const server = await startServer();
    const [first = 0, second = 0] = ports(2, 10);
    await listen(createServer(), first);
    const dial = createTestDial({ ports: [first, second] });
    expect((await open(dial, server.port)).localPort).toBe(second);
  });

  it('takes a port of the kernel when all of them are taken', async () => {
    const server = await startServer();
    const [only = 0] = ports(1, 20);
    await listen(createServer(), only);
    const socket = await open(createTestDial({ ports: [only] }), server.port);
    expect(socket.localPort).not.toBe(only);
  });

  it('does not keep a server from listening on the port meanwhile or afterwards', async () => {
    const server = await startServer();
    const [only = 0] = ports(1, 30);
    const socket = await open(createTestDial({ ports: [only] }), server.port);
    expect(socket.localPort).toBe(only);
    expect(await listen(createServer(), only)).toBe(only);
  });

  it('tries the addresses of a name in turn, and begins with the one that answered the next time', async () => {
    const server = await startServer();
    let looks = 0;
    const lookUp = (): Promise<string[]> => {
      looks += 1;
      return Promise.resolve(['127.0.0.2', '127.0.0.1']);
    };
    // Nothing listens on 127.0.0.2.
    const dial = createTestDial({ lookUp });
    expect((await open(dial, server.port, 'smtp.example.org')).remoteAddress).toBe('127.0.0.1');
    expect((await open(dial, server.port, 'smtp.example.org')).remoteAddress).toBe('127.0.0.1');
    expect(looks).toBe(1);
  });

  it('looks the name up again when none of the known addresses answers', async () => {
    const server = await startServer();
    const answers = [['127.0.0.2'], ['127.0.0.1']];
    const dial = createTestDial({ lookUp: () => Promise.resolve(answers.shift() ?? []) });
    expect((await open(dial, server.port, 'smtp.example.org')).remoteAddress).toBe('127.0.0.1');
  });

  it('goes over IPv6 as well', async () => {
    const server = createServer((socket) => void socket.end());
    const port = await listen(server, 0, '::1');
    const [only = 0] = ports(1, 40);
    const socket = await open(createTestDial({ ports: [only] }), port, '::1');
    expect(socket.localPort).toBe(only);
  });

  it.each([
    { what: 'is refused', host: '127.0.0.1', port: 1, phase: 'connect', code: 'ECONNREFUSED' },
    { what: 'has a name without addresses', host: 'smtp.invalid', port: 25, phase: 'name', code: undefined },
  ])('that $what fails with the cause', async ({ host, port, phase, code }) => {
    const dial = createTestDial({ ports: ports(2, 50), lookUp: () => Promise.reject(new Error('no such name')) });
    const failure: unknown = await dial({ host, port, timeoutMs: 2000 }).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(DialError);
    expect(failure).toMatchObject({ phase, code });
  });

  it('ends when it is given up', async () => {
    const giveUp = new AbortController();
    const lookUp = (): Promise<string[]> => Promise.resolve(['192.0.2.1']);
    const opening = createTestDial({ lookUp })({
      host: 'smtp.test',
      port: 25,
      timeoutMs: 60_000,
      signal: giveUp.signal,
    });
    setImmediate(() => giveUp.abort());
    await expect(opening).rejects.toThrow();
  });
});

describe('the agent for HTTP', () => {
  const answer: RequestListener = (request, response) => {
    response.end(`${request.method ?? ''} from ${request.socket.remotePort ?? 0}`);
  };
  const read = (start: (done: (response: IncomingMessage) => void) => ClientRequest): Promise<string> =>
    new Promise((resolve, reject) => {
      const sent = start((response) => {
        let text = '';
        response.on('data', (chunk: Buffer) => (text += chunk.toString()));
        response.on('end', () => resolve(text));
      });
      sent.on('error', reject);
      sent.end('{}');
    });

  it('opens its connections in the same way', async () => {
    const port = await listen(createHttpServer(answer));
    const [only = 0] = ports(1, 60);
    const agent = createDeliveryAgent({ protocol: 'http:', dial: createTestDial({ ports: [only] }), timeoutMs: 2000 });
    const url = `http://127.0.0.1:${port}/hook`;
    expect(await read((done) => requestHttp(url, { agent, method: 'POST' }, done))).toBe(`POST from ${only}`);
  });

  it('checks the certificate against the name in the URL, whichever address it goes to', async () => {
    const server = createHttpsServer({ key: readTls('key'), cert: readTls('cert') }, answer);
    const port = await listen(server);
    const dial = createTestDial({ ports: ports(2, 70), lookUp: () => Promise.resolve(['127.0.0.1']) });
    const agent = createDeliveryAgent({ protocol: 'https:', dial, timeoutMs: 2000 });
    const send = (host: string, more: object) =>
      read((done) => requestHttps(`https://${host}:${port}/`, { agent, method: 'POST', ...more }, done));
    expect(await send('localhost', { ca: readTls('cert') })).toMatch(/^POST from/);
    await expect(send('hooks.example.com', { ca: readTls('cert') })).rejects.toMatchObject({
      code: 'ERR_TLS_CERT_ALTNAME_INVALID',
    });
    await expect(send('localhost', {})).rejects.toMatchObject({ code: 'DEPTH_ZERO_SELF_SIGNED_CERT' });
  });

  it('reports a connection that cannot be opened as an error of the request', async () => {
    const agent = createDeliveryAgent({ protocol: 'http:', dial: createTestDial(), timeoutMs: 2000 });
    const url = 'http://127.0.0.1:1/';
    await expect(read((done) => requestHttp(url, { agent }, done))).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });
});
