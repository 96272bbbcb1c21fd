import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { ApiData } from '../../../daemon/api/data.js';
import { PortcastError } from '../../../daemon/errors.js';
import { fakeHistory } from '../../builders/fake-history.js';
import { cannedData, problemOf, startCanned, type TestApi } from '../../builders/api-server.js';

describe('a request that no route answers', () => {
  let shared: TestApi;
  beforeAll(async () => {
    shared = await startCanned();
  });
  afterAll(async () => await shared.api.stop());

  it.each([
    '/nothing',
    '/api',
    '/api/v1',
    '/api/v2/status',
    '/api/v1/nothing',
    '/api/v1/pools/x/y',
    '/assets/missing.js',
    '/assets/../../../etc/passwd',
    '/.env',
  ])('GET %s is answered with 404', async (path) => {
    const response = await shared.get(path);
    expect(response.status).toBe(404);
    const { title, detail } = await problemOf(response);
    expect(title).toBe('Not Found');
    expect(detail).toMatch(/^there is nothing at "\//);
  });

  it.each(['/api/v1/status', '/api/v1/plan', '/api/v1/events', '/metrics', '/healthz', '/readyz', '/'])(
    'POST %s is answered with 405 and the methods that are allowed',
    async (path) => {
      const headers = { Origin: shared.api.url, 'Content-Type': 'application/json' };
      const response = await shared.get(path, { method: 'POST', headers, body: '{}' });
      expect(response.status).toBe(405);
      expect(response.headers.get('allow')).toBe('GET, HEAD');
      expect((await problemOf(response)).detail).toBe(`"${path}" does not allow POST; allowed: GET, HEAD`);
    },
  );

  it.each(['/api/v1/nothing', '/api/v1/alerts/x/acknowledge'])('POST %s is answered with 404', async (path) => {
    const headers = { Origin: shared.api.url, 'Content-Type': 'application/json; charset=utf-8' };
    expect((await problemOf(await shared.get(path, { method: 'POST', headers, body: '{}' }))).status).toBe(404);
  });
});

describe('an error while a request is answered', () => {
  let running: TestApi | null = null;
  afterEach(async () => {
    await running?.api.stop();
    running = null;
  });

  async function start(data: Partial<ApiData>): Promise<TestApi> {
    running = await startCanned(data);
    return running;
  }

  /** A daemon whose pool histories cannot be read. */
  async function startWithBrokenHistory(error: Error): Promise<TestApi> {
    return await start({ history: fakeHistory({ pool: error, port: null }) });
  }

  it('becomes a 500 without its message, which goes to the log', async () => {
    const secret = new Error('secret path /root/x');
    const { get, log } = await startWithBrokenHistory(secret);
    const problem = await problemOf(await get('/api/v1/pools/x/history'));
    expect(problem).toEqual({
      type: 'about:blank',
      title: 'Internal Server Error',
      status: 500,
      detail: 'portcast failed to answer; see its log for the reason',
    });
    expect(log.lines).toEqual([
      {
        level: 'error',
        args: [{ err: secret, method: 'GET', path: '/api/v1/pools/x/history', status: 500 }, 'request failed'],
      },
    ]);
  });

  it('becomes a 500 even when it has a status property outside 400 to 499', async () => {
    const { get } = await startWithBrokenHistory(Object.assign(new Error('secret'), { status: 302 }));
    expect((await problemOf(await get('/api/v1/pools/x/history'))).status).toBe(500);
  });

  it('becomes a 503 with its message when a retry may succeed', async () => {
    const { get } = await startWithBrokenHistory(new PortcastError('STORE_LOCKED', 'the database is locked'));
    const response = await get('/api/v1/pools/x/history');
    expect(response.headers.get('retry-after')).toBe('2');
    expect(await problemOf(response)).toMatchObject({ status: 503, detail: 'the database is locked' });
  });

  it('becomes a 500 for a failed scrape too', async () => {
    const { get } = await start({
      ...cannedData(),
      ports: () => {
        throw new Error('no');
      },
    });
    expect((await problemOf(await get('/metrics'))).status).toBe(500);
  });
});
