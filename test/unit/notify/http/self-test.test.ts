import { createServer, type AddressInfo } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createDeliveryAgent } from '../../../../daemon/notify/connect/agent.js';
import { get } from '../../../../daemon/notify/http/request.js';
import { createSelfTest } from '../../../../daemon/notify/http/self-test.js';
import { createTestDial } from '../../../builders/dial.js';
import { startReceiver, targetOf } from '../../../builders/http-receiver.js';

/** A server that never says anything, and what it was sent. */
async function startSilentServer() {
  const received: string[] = [];
  const server = createServer((socket) => {
    socket.on('data', (chunk: Buffer) => received.push(chunk.toString('latin1')));
    socket.on('error', () => undefined);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/secret`, received };
}

const agentFor = (protocol: 'http:' | 'https:') =>
  createDeliveryAgent({ protocol, dial: createTestDial(), timeoutMs: 2000 });

describe('the self-test of a server that speaks HTTP', () => {
  it.each([{ agent: agentFor('http:') }, {}])('connects and sends nothing', async (changes) => {
    const server = await startSilentServer();
    const { selfTest } = createSelfTest(targetOf(server.url, changes));
    expect(await selfTest()).toEqual({ ok: true, response: 'connected' });
    expect(server.received).toEqual([]);
  });

  it('says what is wrong with TLS, and sends no request', async () => {
    const receiver = await startReceiver(undefined, { tls: true });
    const { selfTest } = createSelfTest(targetOf(receiver.url, { agent: agentFor('https:') }));
    expect(await selfTest()).toMatchObject({
      ok: false,
      retry: true,
      error: expect.stringContaining('certificate') as string,
    });
    expect(receiver.requests).toEqual([]);
  });

  it('says that nothing listens, or that TLS never begins, without the path', async () => {
    const { url } = await startSilentServer();
    const silent = createSelfTest(targetOf(url.replace('http:', 'https:'), { timeoutMs: 100 }));
    const late = await silent.selfTest();
    expect(late).toMatchObject({ ok: false, error: expect.stringContaining('did not answer within 100 ms') as string });
    const closed = await createSelfTest(targetOf('http://127.0.0.1:1/secret')).selfTest();
    expect(closed).toMatchObject({ ok: false, error: expect.stringContaining('refuses connections') as string });
    expect(JSON.stringify([late, closed])).not.toContain('secret');
  });

  it.each([
    ['https://hooks.example.org/x', { host: 'hooks.example.org', port: 443 }],
    ['http://[2001:db8::1]:8080/x', { host: '2001:db8::1', port: 8080 }],
  ])('names the server of %s', (url, server) => {
    expect(createSelfTest(targetOf(url)).server).toEqual(server);
  });
});

describe('a request', () => {
  it('with a header that HTTP does not allow is an answer and no exception', async () => {
    const target = targetOf('http://127.0.0.1:1/', { headers: { Authorization: 'Bearer \uFEFFtoken' } });
    expect(await get(target)).toMatchObject({ ok: false, error: expect.stringContaining('header') as string });
  });
});
