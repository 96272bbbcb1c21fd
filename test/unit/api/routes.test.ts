import { afterEach, describe, expect, it } from 'vitest';
import type { ApiData } from '../../../daemon/api/data.js';
import type { HistoryQuery } from '../../../daemon/contracts.js';
import { PortcastError } from '../../../daemon/errors.js';
import { scoreToWire } from '../../../daemon/wire/score.js';
import type { WirePlan } from '../../../daemon/wire/plan.js';
import { SCORED } from '../../builders/score-summary.js';
import {
  CANNED_HISTORY,
  NOW_MS,
  cannedAlert,
  cannedData,
  cannedEpisode,
  cannedHost,
  cannedPool,
  cannedPort,
  cannedStatus,
  problemOf,
  startCanned,
  type TestApi,
} from '../../builders/api-server.js';

let running: TestApi | null = null;
async function start(data: Partial<ApiData> = {}): Promise<TestApi> {
  running = await startCanned(data);
  return running;
}
afterEach(async () => {
  await running?.api.stop();
  running = null;
});

describe('documents', () => {
  it.each([
    ['/healthz', { status: 'ok' }],
    ['/readyz', { status: 'ready' }],
    ['/api/v1/status', cannedStatus()],
    ['/api/v1/pools', { host: cannedHost(), pools: [cannedPool()] }],
    ['/api/v1/ports', [cannedPort()]],
    ['/api/v1/alerts', [cannedAlert()]],
    ['/api/v1/score?limit=1', { ...scoreToWire(SCORED), episodes: [cannedEpisode()] }],
    ['/api/v1/pools/connect_host_10.0.0.1_10.0.0.2_443/history', CANNED_HISTORY],
    ['/api/v1/ports/out_host_10.0.0.2_443/history?points=2000', CANNED_HISTORY],
  ])('GET and HEAD %s', async (path, body) => {
    const { get } = await start();
    const response = await get(path);
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toMatch(/^application\/json/);
    expect(response.headers.get('cache-control')).toBe('no-store');
    expect(await response.json()).toEqual(body);
    const head = await get(path, { method: 'HEAD' });
    expect(head.status).toBe(200);
    expect(await head.text()).toBe('');
  });

  it('compresses a large document', async () => {
    const pools = Array.from({ length: 50 }, (_, i) => cannedPool({ id: `p${i}` }));
    const { get } = await start({ pools: () => ({ host: cannedHost(), pools }) });
    const response = await get('/api/v1/pools', { headers: { 'Accept-Encoding': 'gzip' } });
    expect(response.headers.get('content-encoding')).toBe('gzip');
    expect(((await response.json()) as { pools: unknown[] }).pools).toHaveLength(50);
  });
});

describe('before there is a sample', () => {
  it.each(['/readyz', '/api/v1/status', '/api/v1/pools'])('%s answers 503', async (path) => {
    const { get } = await start({ status: () => null, pools: () => null, ports: () => [], counters: () => null });
    const response = await get(path);
    expect(response.status).toBe(503);
    expect(response.headers.get('retry-after')).toBe('2');
    expect((await problemOf(response)).detail).toBe('no sample has been taken yet');
  });

  it('lives and is measured all the same', async () => {
    const { get } = await start({ status: () => null, pools: () => null, ports: () => [], counters: () => null });
    expect((await get('/healthz')).status).toBe(200);
    const metrics = await (await get('/metrics')).text();
    expect(metrics).toContain('process_cpu_seconds_total');
    expect(metrics).not.toContain('portcast_beats_total');
  });
});

describe('readyz', () => {
  const sampling = cannedStatus().sampling;
  it.each([
    { name: 'degraded', status: cannedStatus({ health: 'degraded' }), code: 200, detail: null },
    {
      name: 'blind',
      status: cannedStatus({ health: 'blind', problems: [{ part: 'source', message: 'no netlink', since: '' }] }),
      code: 503,
      detail: 'portcast is blind: no good sample; source: no netlink',
    },
    {
      name: 'no dump yet',
      status: cannedStatus({ sampling: { ...sampling, lastDumpAt: null } }),
      code: 503,
      detail: 'no sample has been taken yet',
    },
  ])('$name: $code', async ({ status, code, detail }) => {
    const { get } = await start({ status: () => status });
    const response = await get('/readyz');
    expect(response.status).toBe(code);
    if (detail !== null) expect((await problemOf(response)).detail).toBe(detail);
  });
});

describe('history', () => {
  const asked: HistoryQuery[] = [];
  const history = {
    poolHistory: (query: HistoryQuery) => (asked.push(query), CANNED_HISTORY),
    portHistory: () => null,
  };

  it.each([
    ['', { fromMs: NOW_MS - 3_600_000, toMs: NOW_MS, points: 300 }],
    ['?points=1', { fromMs: NOW_MS - 3_600_000, toMs: NOW_MS, points: 1 }],
    [`?from=${NOW_MS - 5}`, { fromMs: NOW_MS - 5, toMs: NOW_MS, points: 300 }],
    ['?from=1000&to=2000&points=2000', { fromMs: 1000, toMs: 2000, points: 2000 }],
    ['?to=7200000', { fromMs: 3_600_000, toMs: 7_200_000, points: 300 }],
  ])('reads %j', async (search, range) => {
    const { get } = await start({ history });
    expect((await get(`/api/v1/pools/a_b%2Fc/history${search}`)).status).toBe(200);
    expect(asked.at(-1)).toEqual({ id: 'a_b/c', ...range });
  });

  it('answers 404 for what was never seen, and an empty history for what is not stored yet', async () => {
    const { get } = await start({ history });
    const unknown = await get('/api/v1/ports/out_host_1.2.3.4_5/history');
    expect(unknown.status).toBe(404);
    expect((await problemOf(unknown)).detail).toBe('no port series "out_host_1.2.3.4_5" was ever seen');
    const fresh = await get('/api/v1/ports/out_host_10.0.0.2_443/history?from=0&to=3000&points=2');
    expect(await fresh.json()).toEqual({ stepMs: 1500, t: [], min: {}, mean: {}, max: {} });
  });
});

describe('alerts', () => {
  it.each([
    ['', null, 100],
    ['?state=firing', 'firing', 100],
    ['?state=resolved&limit=5', 'resolved', 5],
  ])('passes %j on', async (search, state, limit) => {
    const asked: unknown[] = [];
    const { get } = await start({ alerts: (...query) => (asked.push(query), []) });
    expect(await (await get(`/api/v1/alerts${search}`)).json()).toEqual([]);
    expect(asked).toEqual([[state, limit]]);
  });
});

describe('plan', () => {
  it('states the founding case', async () => {
    const { get } = await start();
    const response = await get('/api/v1/plan?ports=1024-5000&timeWait=240s&rate=20&live=0');
    expect(response.status).toBe(200);
    const plan = (await response.json()) as WirePlan;
    expect(plan.capacity).toBe(3977);
    expect(plan.sustainableRate).toBeCloseTo(16.57, 2);
    expect(Math.round(plan.secondsToExhaustion ?? 0)).toBe(199);
    expect(plan.remedies.length).toBeGreaterThan(0);
    const minutes = (await (await get('/api/v1/plan?ports=1024-5000&timeWait=4m&rate=20')).json()) as WirePlan;
    expect(minutes).toEqual(plan);
  });
});

describe('what does not exist', () => {
  it.each([
    '/nothing',
    '/api',
    '/api/v1',
    '/api/v2/status',
    '/api/v1/silences',
    '/api/v1/advice',
    '/api/v1/pools/x',
    '/assets/missing.js',
    '/assets/../../../etc/passwd',
    '/.env',
  ])('GET %s answers 404', async (path) => {
    const { get } = await start();
    const response = await get(path);
    expect(response.status).toBe(404);
    expect((await problemOf(response)).title).toBe('Not Found');
  });

  it.each(['/api/v1/status', '/api/v1/plan', '/api/v1/events', '/metrics', '/healthz', '/readyz', '/'])(
    'POST %s answers 405',
    async (path) => {
      const { api, get } = await start();
      const headers = { Origin: api.url, 'Content-Type': 'application/json' };
      const response = await get(path, { method: 'POST', headers, body: '{}' });
      expect(response.status).toBe(405);
      expect(response.headers.get('allow')).toBe('GET, HEAD');
      expect((await problemOf(response)).detail).toBe(`"${path}" does not take POST; it takes GET and HEAD`);
    },
  );

  it.each(['/api/v1/silences', '/api/v1/alerts/x/acknowledge'])('POST %s answers 404', async (path) => {
    const { api, get } = await start();
    const headers = { Origin: api.url, 'Content-Type': 'application/json; charset=utf-8' };
    expect((await problemOf(await get(path, { method: 'POST', headers, body: '{}' }))).status).toBe(404);
  });
});

describe('failures inside', () => {
  const failing = (error: unknown) => ({
    history: {
      poolHistory: () => {
        throw error;
      },
      portHistory: () => null,
    },
  });

  it('answers a bare 500 and logs the error', async () => {
    const secret = new Error('secret path /root/x');
    const { get, log } = await start(failing(secret));
    const problem = await problemOf(await get('/api/v1/pools/x/history'));
    expect(problem).toEqual({
      type: 'about:blank',
      title: 'Internal Server Error',
      status: 500,
      detail: 'portcast failed to answer; its log says why',
    });
    expect(log.lines).toEqual([
      {
        level: 'error',
        args: [{ err: secret, method: 'GET', path: '/api/v1/pools/x/history', status: 500 }, 'request failed'],
      },
    ]);
  });

  it('does not take a status from an error that is not meant for clients', async () => {
    const { get } = await start(failing(Object.assign(new Error('secret'), { status: 302 })));
    expect((await problemOf(await get('/api/v1/pools/x/history'))).status).toBe(500);
  });

  it('answers 503 when trying again makes sense', async () => {
    const { get } = await start(failing(new PortcastError('STORE_LOCKED', 'the database is locked')));
    const response = await get('/api/v1/pools/x/history');
    expect(response.headers.get('retry-after')).toBe('2');
    expect(await problemOf(response)).toMatchObject({ status: 503, detail: 'the database is locked' });
  });

  it('answers a failing scrape with 500', async () => {
    const { get } = await start({
      ...cannedData(),
      ports: () => {
        throw new Error('no');
      },
    });
    expect((await get('/metrics')).status).toBe(500);
  });
});
