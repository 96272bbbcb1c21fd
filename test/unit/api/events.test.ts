import { connect, type Socket } from 'node:net';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { WireSample } from '../../../daemon/wire/sample.js';
import { problemOf, startCanned, type TestApi } from '../../builders/api-server.js';
import { cannedPool, cannedSample, cannedStatus } from '../../builders/wire-documents.js';

let running: TestApi | null = null;
async function start(): Promise<TestApi> {
  running = await startCanned();
  return running;
}
afterEach(async () => {
  vi.useRealTimers();
  await running?.api.stop();
  running = null;
});

interface Stream {
  readonly response: Response;
  /** The next block of the stream, up to a blank line; null at the end of the stream. */
  next(): Promise<string | null>;
  close(): Promise<void>;
}

async function open({ get }: TestApi, init: RequestInit = {}, query = ''): Promise<Stream> {
  const response = await get(`/api/v1/events${query}`, init);
  const reader = (response.body as ReadableStream<Uint8Array>).getReader();
  const decoder = new TextDecoder();
  let text = '';
  return {
    response,
    async next() {
      for (;;) {
        const end = text.indexOf('\n\n');
        if (end >= 0) {
          const block = text.slice(0, end);
          text = text.slice(end + 2);
          return block;
        }
        const { done, value } = await reader.read();
        if (done) return null;
        text += decoder.decode(value, { stream: true });
      }
    },
    close: () => reader.cancel(),
  };
}

function sampleOf(block: string | null): { id: number; sample: WireSample } {
  const match = /^id: (\d+)\nevent: sample\ndata: ([^\r\n]*)$/.exec(block ?? '');
  return { id: Number(match?.[1]), sample: JSON.parse(match?.[2] ?? 'null') as WireSample };
}

describe('event streams', () => {
  it('start with the latest sample and carry every later one', async () => {
    const test = await start();
    test.api.publish(() => cannedSample({ status: cannedStatus({ version: 'old' }) }));
    const latest = cannedSample({ pools: [cannedPool({ why: 'a line\n\nbreak, "quotes" and \u2028' })] });
    test.api.publish(() => latest);
    const stream = await open(test);
    expect(stream.response.headers.get('content-type')).toBe('text/event-stream');
    expect(stream.response.headers.get('cache-control')).toBe('no-store');
    expect(stream.response.headers.get('content-encoding')).toBeNull();
    expect(await stream.next()).toBe('retry: 3000');
    expect(sampleOf(await stream.next())).toEqual({ id: 2, sample: latest });
    test.api.publish(() => cannedSample({ ports: [] }));
    expect(sampleOf(await stream.next())).toEqual({ id: 3, sample: cannedSample({ ports: [] }) });
    await stream.close();
  });

  it('stay open before the first sample, and are not compressed even when the client accepts it', async () => {
    const test = await start();
    const stream = await open(test, { headers: { 'Accept-Encoding': 'gzip', Accept: 'text/event-stream' } });
    expect(stream.response.headers.get('content-encoding')).toBeNull();
    expect(await stream.next()).toBe('retry: 3000');
    test.api.publish(cannedSample);
    expect(sampleOf(await stream.next()).id).toBe(1);
  });

  it('carry a comment every 15 s as a heartbeat', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    const test = await start();
    const stream = await open(test);
    await stream.next();
    vi.advanceTimersByTime(14_999);
    test.api.publish(cannedSample);
    expect(sampleOf(await stream.next()).id).toBe(1);
    vi.advanceTimersByTime(1);
    expect(await stream.next()).toBe(': heartbeat');
    vi.advanceTimersByTime(15_000);
    expect(await stream.next()).toBe(': heartbeat');
  });

  it('all end at stop; a second stop and a later sample do nothing', async () => {
    const test = await start();
    const streams = await Promise.all([open(test), open(test), open(test)]);
    for (const stream of streams) await stream.next();
    await Promise.all([test.api.stop(), test.api.stop()]);
    for (const stream of streams) expect(await stream.next()).toBeNull();
    test.api.publish(cannedSample);
    await expect(test.get('/healthz')).rejects.toThrow();
  });

  it('are not opened by a HEAD request', async () => {
    const test = await start();
    const response = await test.get('/api/v1/events', { method: 'HEAD' });
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe('text/event-stream');
    expect(await response.text()).toBe('');
  });

  it('are limited to 100; the next one is refused until another ends', async () => {
    const test = await start();
    const streams = await Promise.all(Array.from({ length: 100 }, () => open(test)));
    const refused = await test.get('/api/v1/events');
    expect(refused.status).toBe(503);
    expect(refused.headers.get('retry-after')).toBe('5');
    expect(((await refused.json()) as { detail: string }).detail).toBe('all 100 event streams are in use');
    await streams[0]?.close();
    await vi.waitFor(async () => {
      const again = await test.get('/api/v1/events');
      expect(again.status).toBe(200);
      await again.body?.cancel();
    });
  });

  it('are closed when the client does not read, while others go on', async () => {
    const test = await start();
    const stream = await open(test);
    await stream.next();
    const stuck = await openStuck(test.api.port);
    const big = cannedSample({ pools: [cannedPool({ why: 'x'.repeat(500_000) })] });
    const dropped = () => test.log.lines.filter((line) => line.level === 'warn');
    // The socket buffers of the kernel hold the first few megabytes; the rest would have to stay in the server's
    // memory.
    for (let count = 1; dropped().length === 0 && count <= 200; count++) {
      test.api.publish(() => big);
      expect(sampleOf(await stream.next()).id).toBe(count);
    }
    expect(dropped()).toEqual([
      {
        level: 'warn',
        args: [
          { unreadBytes: expect.any(Number) as number },
          'closed an event stream whose client reads too slowly; it may connect again',
        ],
      },
    ]);
    const [details] = dropped()[0]?.args as [{ unreadBytes: number }];
    expect(details.unreadBytes).toBeGreaterThan(1024 * 1024);
    expect(details.unreadBytes).toBeLessThan(2 * 1024 * 1024);
    const gone = new Promise<void>((resolve) => stuck.on('close', () => resolve()));
    stuck.resume();
    await gone;
  });
});

describe('event streams of changes', () => {
  const CHANGES = '?changes=1';
  const GZIP = { headers: { 'Accept-Encoding': 'gzip' } };

  it.each([
    ['gzip', 'gzip'],
    ['identity', null],
    ['gzip;q=0', null],
  ])('begin with the latest sample and carry each change at once; with Accept-Encoding %s', async (accepted, sent) => {
    const test = await start();
    test.api.publish(cannedSample);
    const stream = await open(test, { headers: { 'Accept-Encoding': accepted } }, CHANGES);
    expect(stream.response.headers.get('content-encoding')).toBe(sent);
    expect(stream.response.headers.get('vary')).toBe('Accept-Encoding');
    expect(await stream.next()).toBe('retry: 3000');
    expect(await stream.next()).toMatch(/^id: 1\nevent: sample\ndata: {"seq":1,"packed":{/);
    test.api.publish(() => cannedSample({ status: cannedStatus({ uptimeSeconds: 62 }) }));
    const change = '{"seq":2,"after":1,"change":{"in":{"status":{"set":{"uptimeSeconds":62}}}}}';
    expect(await stream.next()).toBe(`id: 2\nevent: change\ndata: ${change}`);
    test.api.publish(() => cannedSample({ status: cannedStatus({ uptimeSeconds: 62 }) }));
    expect(await stream.next()).toBe('id: 3\nevent: change\ndata: {"seq":3,"after":2,"change":null}');
    await test.api.stop();
    expect(await stream.next()).toBeNull();
  });

  it('have all pools, and whole samples the 50 worst', async () => {
    const test = await start();
    const pools = Array.from({ length: 60 }, (_, index) => cannedPool({ id: `connect_${index}` }));
    test.api.publish(() => cannedSample({ pools }));
    const [whole, changes] = [await open(test), await open(test, GZIP, CHANGES)];
    for (const stream of [whole, changes]) await stream.next();
    expect(sampleOf(await whole.next()).sample.pools.map(({ id }) => id)).toEqual(
      pools.slice(0, 50).map(({ id }) => id),
    );
    const events = [await changes.next(), await changes.next(), await changes.next()].join('');
    expect(events).toContain('connect_59');
    await Promise.all([whole.close(), changes.close()]);
  });

  it('are given the same events wherever they began, a hundred of them without a compressor each', async () => {
    const test = await start();
    test.api.publish(cannedSample);
    const streams = [];
    for (let index = 0; index < 100; index++) {
      if (index % 25 === 0) test.api.publish(cannedSample);
      const stream = await open(test, GZIP, CHANGES);
      expect(await stream.next()).toBe('retry: 3000');
      expect(await stream.next()).toContain('event: sample');
      streams.push(stream);
    }
    test.api.publish(() => cannedSample({ ports: [] }));
    for (const stream of streams) {
      let event = await stream.next();
      while (event?.includes('"change":null') === true) event = await stream.next();
      expect(event).toContain('"order":[]');
    }
  });

  it.each(['?changes=2', '?changes=', '?changes=true', '?changes=1&changes=1'])('refuse %s', async (query) => {
    const { get } = await start();
    const problem = await problemOf(await get(`/api/v1/events${query}`));
    expect(problem.status).toBe(400);
    expect(problem.detail).toMatch(/^changes is (given more than once; give it once|.*; allowed: 0, 1)$/);
  });

  it('are not opened by a HEAD request', async () => {
    const { get } = await start();
    const response = await get('/api/v1/events?changes=1', { method: 'HEAD' });
    expect(response.headers.get('content-type')).toBe('text/event-stream');
    expect(await response.text()).toBe('');
  });
});

/** A client that has requested the stream, received the headers, and reads nothing more. */
async function openStuck(port: number): Promise<Socket> {
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => socket.destroy());
  socket.write(`GET /api/v1/events HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\n\r\n`);
  await new Promise<void>((resolve) => {
    socket.once('data', () => {
      socket.pause();
      resolve();
    });
  });
  return socket;
}
