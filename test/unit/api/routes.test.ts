import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { ApiData } from '../../../daemon/api/data.js';
import { scoreToWire } from '../../../daemon/wire/score.js';
import type { WirePlan } from '../../../daemon/wire/plan.js';
import { fakeHistory } from '../../builders/fake-history.js';
import { incidentOf, wireIncident } from '../../builders/wire-incident.js';
import { SCORED } from '../../builders/score-summary.js';
import { problemOf, startCanned, type TestApi } from '../../builders/api-server.js';
import {
  CANNED_HISTORY,
  cannedAlert,
  cannedEpisode,
  cannedHost,
  cannedOutage,
  cannedPool,
  cannedPort,
  cannedStatus,
  NOW_MS,
} from '../../builders/wire-documents.js';

let running: TestApi | null = null;
async function start(data: Partial<ApiData> = {}): Promise<TestApi> {
  running = await startCanned(data);
  return running;
}
afterEach(async () => {
  await running?.api.stop();
  running = null;
});

describe('the documents', () => {
  let shared: TestApi;
  beforeAll(async () => {
    shared = await startCanned();
  });
  afterAll(async () => await shared.api.stop());

  it.each([
    ['/healthz', { status: 'ok' }],
    ['/readyz', { status: 'ready' }],
    ['/api/v1/status', cannedStatus()],
    ['/api/v1/pools', { host: cannedHost(), pools: [cannedPool()] }],
    ['/api/v1/ports', [cannedPort()]],
    ['/api/v1/alerts', [cannedAlert()]],
    ['/api/v1/alerts/none/decisions', []],
    ['/api/v1/incidents?limit=1', [incidentOf(wireIncident())]],
    [`/api/v1/incidents/${wireIncident().id}`, wireIncident()],
    ['/api/v1/outages?limit=1', [cannedOutage()]],
    ['/api/v1/score?limit=1', { ...scoreToWire(SCORED), episodes: [cannedEpisode()] }],
    ['/api/v1/pools/connect_host_10.0.0.1_10.0.0.2_443/history', CANNED_HISTORY],
    ['/api/v1/ports/out_host_10.0.0.2_443/history?points=2000', CANNED_HISTORY],
  ])('GET and HEAD %s', async (path, body) => {
    const response = await shared.get(path);
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toMatch(/^application\/json/);
    expect(response.headers.get('cache-control')).toBe('no-store');
    expect(await response.json()).toEqual(body);
    const head = await shared.get(path, { method: 'HEAD' });
    expect(head.status).toBe(200);
    expect(await head.text()).toBe('');
  });

  it('are compressed when they are large and the client accepts it', async () => {
    const pools = Array.from({ length: 50 }, (_, i) => cannedPool({ id: `p${i}` }));
    const { get } = await start({ pools: () => ({ host: cannedHost(), pools }) });
    const response = await get('/api/v1/pools', { headers: { 'Accept-Encoding': 'gzip' } });
    expect(response.headers.get('content-encoding')).toBe('gzip');
    expect(((await response.json()) as { pools: unknown[] }).pools).toHaveLength(50);
  });
});

describe('before the first sample', () => {
  const EMPTY: Partial<ApiData> = { status: () => null, pools: () => null, ports: () => [], counters: () => null };

  it.each(['/readyz', '/api/v1/status', '/api/v1/pools'])('%s is answered with 503', async (path) => {
    const { get } = await start(EMPTY);
    const response = await get(path);
    expect(response.status).toBe(503);
    expect(response.headers.get('retry-after')).toBe('2');
    expect((await problemOf(response)).detail).toBe('no sample has been taken yet');
  });

  it('/healthz is answered with 200, and /metrics has the metrics of the process only', async () => {
    const { get } = await start(EMPTY);
    expect((await get('/healthz')).status).toBe(200);
    const metrics = await (await get('/metrics')).text();
    expect(metrics).toContain('process_cpu_seconds_total');
    expect(metrics).not.toContain('portcast_beats_total');
  });
});

describe('/readyz', () => {
  const sampling = cannedStatus().sampling;
  it.each([
    { name: 'degraded', status: cannedStatus({ health: 'degraded' }), code: 200, body: { status: 'ready' } },
    {
      name: 'blind',
      status: cannedStatus({ health: 'blind', problems: [{ part: 'source', message: 'no netlink', since: '' }] }),
      code: 503,
      body: { detail: 'portcast has no good sample; source: no netlink' },
    },
    {
      name: 'waiting for its first dump',
      status: cannedStatus({ sampling: { ...sampling, lastDumpAt: null } }),
      code: 503,
      body: { detail: 'no sample has been taken yet' },
    },
  ])('is answered with $code while portcast is $name', async ({ status, code, body }) => {
    const { get } = await start({ status: () => status });
    const response = await get('/readyz');
    expect(response.status).toBe(code);
    expect(await response.json()).toMatchObject(body);
  });
});

describe('history', () => {
  const history = fakeHistory({ pool: CANNED_HISTORY, port: null });

  it.each([
    ['', { fromMs: NOW_MS - 3_600_000, toMs: NOW_MS, points: 300 }],
    ['?points=1', { fromMs: NOW_MS - 3_600_000, toMs: NOW_MS, points: 1 }],
    [`?from=${NOW_MS - 5}`, { fromMs: NOW_MS - 5, toMs: NOW_MS, points: 300 }],
    ['?from=1000&to=2000&points=2000', { fromMs: 1000, toMs: 2000, points: 2000 }],
    ['?to=7200000', { fromMs: 3_600_000, toMs: 7_200_000, points: 300 }],
  ])('reads the query %j', async (search, range) => {
    const { get } = await start({ history });
    expect((await get(`/api/v1/pools/a_b%2Fc/history${search}`)).status).toBe(200);
    expect(history.queries.at(-1)).toEqual({ id: 'a_b/c', ...range });
  });

  it('is answered with 404 for an unknown id, and is empty for a port series that is not stored yet', async () => {
    const { get } = await start({ history });
    const unknown = await get('/api/v1/ports/out_host_1.2.3.4_5/history');
    expect(unknown.status).toBe(404);
    expect((await problemOf(unknown)).detail).toBe('there is no port series "out_host_1.2.3.4_5"');
    const unstored = await get('/api/v1/ports/out_host_10.0.0.2_443/history?from=0&to=3000&points=2');
    expect(await unstored.json()).toEqual({ stepMs: 1500, t: [], min: {}, mean: {}, max: {} });
  });
});

describe('alerts', () => {
  it.each([
    ['', null, 100],
    ['?state=firing', 'firing', 100],
    ['?state=resolved&limit=5', 'resolved', 5],
  ])('passes the query %j to the store', async (search, state, limit) => {
    const queries: unknown[] = [];
    const { get } = await start({ alerts: (...query) => (queries.push(query), []) });
    expect(await (await get(`/api/v1/alerts${search}`)).json()).toEqual([]);
    expect(queries).toEqual([[state, limit]]);
  });
});

describe('plan', () => {
  it('computes when 3,977 ports run out at 20 closes per second and a TIME_WAIT of 240 s', async () => {
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
