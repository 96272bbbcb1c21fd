import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { WirePlan, WireWhatIf } from '../../../daemon/wire/plan.js';
import type { WireIncidentPlan } from '../../../daemon/wire/plan-incident.js';
import { problemOf, startCanned, type TestApi } from '../../builders/api-server.js';
import { fakeHistory } from '../../builders/fake-history.js';
import { cannedHost, cannedPool, CANNED_HISTORY } from '../../builders/wire-documents.js';
import { wireIncident } from '../../builders/wire-incident.js';

const NUMBERS = 'ports=1024-5000&timeWait=240s&rate=20';
const POOL = cannedPool();
const INCIDENT = wireIncident();
/** 600 steps of 2 s: 500 closed connections, then 900. */
const STORED = 600;
const column = (valueAt: (index: number) => number): number[] => Array.from({ length: STORED }, (_, i) => valueAt(i));
const COLUMNS = {
  used: column((i) => (i < 300 ? 505 : 905)),
  live: column(() => 5),
  closeRate: column(() => 8),
  pressure: column(() => 0.5),
  capacity: column(() => 1000),
};

let running: TestApi;
const history = fakeHistory({
  pool: { stepMs: 2000, t: column((i) => i * 2000), min: COLUMNS, mean: COLUMNS, max: COLUMNS, outages: [] },
  port: CANNED_HISTORY,
});
beforeAll(async () => {
  running = await startCanned({
    history,
    pools: () => ({
      host: cannedHost(),
      pools: [POOL, cannedPool({ id: 'bind_host_10.0.0.1', kind: 'bind', remoteAddress: null, remotePort: null })],
    }),
  });
});
afterAll(async () => await running.api.stop());

async function plan<T>(query: string): Promise<T> {
  const response = await running.get(`/api/v1/plan?${query}`);
  expect(response.status).toBe(200);
  return (await response.json()) as T;
}

describe('GET /api/v1/plan', () => {
  it('of numbers alone has the fields that it always had, and no others', async () => {
    const answer = await plan<WirePlan>(NUMBERS);
    expect(Object.keys(answer)).toEqual([
      'input',
      'capacity',
      'sustainableRate',
      'settlesAt',
      'pressure',
      'secondsToExhaustion',
      'why',
      'remedies',
    ]);
    expect(answer.input).toEqual({ ports: [1024, 5000], timeWaitSeconds: 240, rate: 20, live: 0 });
  });

  it('compares numbers with source addresses, requests and reuse', async () => {
    const answer = await plan<WirePlan & WireWhatIf>(`${NUMBERS}&reserved=977&requests=4&sources=2`);
    expect(answer).toMatchObject({
      capacity: 3000,
      pool: null,
      settings: { requests: 4, sources: 2 },
      asIs: { capacity: 3000, rate: 20, settlesAt: 4800, secondsToExhaustion: 150 },
      changed: { capacity: 3000, rate: 2.5, settlesAt: 600, secondsToExhaustion: null },
      sentence:
        'With 2 source addresses and 4 requests a connection a destination settles at 20% of 3,000 ports at each address and never runs out; as it is it runs out in 2 min 30 s.',
    });
    expect(answer.lines.asIs).toHaveLength(121);
    expect(answer.lines.changed).toHaveLength(121);
    const reuse = await plan<WireWhatIf>(`${NUMBERS}&reuse=true`);
    expect(reuse.changed).toMatchObject({ holdSeconds: 1, settlesAt: 20 });
    expect(reuse.notes.join()).toContain('TCP timestamps at both ends');
  });

  it('plans for a pool by its id and by its destination, and unchanged it is the pool', async () => {
    for (const name of [POOL.id, '10.0.0.2:443']) {
      const answer = await plan<WirePlan & WireWhatIf>(`pool=${encodeURIComponent(name)}&requests=2`);
      expect(answer).toMatchObject({ pool: { id: POOL.id, name: '10.0.0.2:443' }, changed: { rate: 6 } });
      expect(answer.asIs.pressure).toBeCloseTo(POOL.pressure ?? NaN, 3);
      expect(answer.asIs.sustainableRate).toBeCloseTo(POOL.sustainableRate, 2);
    }
    const unchanged = await plan<WireWhatIf>(`pool=${POOL.id}`);
    expect(unchanged.changed).toEqual(unchanged.asIs);
  });

  it('replays an incident within a bounded number of steps', async () => {
    history.queries.length = 0;
    const answer = await plan<WireIncidentPlan>(`incident=${INCIDENT.id}&requests=10`);
    expect(answer.incident.id).toBe(INCIDENT.id);
    expect(answer.pools[0]).toMatchObject({ asIs: { peak: 905, capacity: 1000, outAt: null }, errorPorts: 0 });
    expect(answer.pools[0]?.changed.peak).toBe(95);
    expect(answer.lines.t).toHaveLength(STORED);
    expect(answer.sentence).toContain('would have peaked at 9.5% of 1,000 ports');
    expect(history.queries).toHaveLength(2);
    for (const { points } of history.queries) expect(points).toBeLessThanOrEqual(600);
  });

  it('answers 503 before the first sample', async () => {
    const { api, get } = await startCanned({ pools: () => null });
    expect((await problemOf(await get(`/api/v1/plan?pool=${POOL.id}`))).status).toBe(503);
    await api.stop();
  });
});

describe('what makes no sense is refused', () => {
  const pool = `pool=${POOL.id}`;
  const incident = `incident=${INCIDENT.id}`;
  it.each([
    [`${pool}&${incident}`, 'pool and incident are both given; allowed: one of them'],
    ['pool=none', 'pool: there is no pool "none" in the newest sample'],
    ['incident=none', 'incident: there is no incident "none"'],
    ['requests=2', 'ports is missing; give it as in ports=1024-5000'],
    [`${NUMBERS}&reserved=3977`, 'reserved is "3,977"; allowed: fewer than the 3,977 ports of the range'],
    [`${NUMBERS}&reserved=-1`, 'reserved is "-1"; allowed: a whole number from 0 to 65535'],
    [`${NUMBERS}&reserved=70000`, 'reserved is "70000"; allowed: a whole number from 0 to 65535'],
    [`${NUMBERS}&reserved=3000&live=1000`, 'live is "1,000"; allowed: at most the 977 ports'],
    [`${NUMBERS}&sources=0`, 'sources is "0"; allowed: a whole number from 1 to 1000'],
    [`${NUMBERS}&sources=1001`, 'sources is "1001"; allowed: a whole number from 1 to 1000'],
    [`${NUMBERS}&sources=two`, 'sources is "two"; allowed: a whole number from 1 to 1000'],
    [`${NUMBERS}&requests=0`, 'requests is "0"; allowed: requests a connection from 1 to 1000000'],
    [`${NUMBERS}&requests=0.5`, 'requests is "0.5"; allowed: requests a connection from 1 to 1000000'],
    [`${NUMBERS}&requests=1e3`, 'requests is "1e3"'],
    [`${NUMBERS}&requests=${'9'.repeat(400)}`, `requests is "${'9'.repeat(80)}..."`],
    [`${NUMBERS}&reuse=yes`, 'reuse is "yes"; allowed: true, false'],
    [`${NUMBERS}&reuse=true&reuse=true`, 'reuse is given more than once'],
    [`${pool}&rate=-1`, 'rate is "-1"'],
    [`${pool}&live=1001`, 'live is "1,001"; allowed: at most the 1,000 ports'],
    [`${pool}&ports=5000-1024`, 'ports is "5000-1024"'],
    [`${pool}&timeWait=0s`, 'timeWait is "0s"'],
    [`${pool}&from=1`, 'unknown parameter "from"; allowed: ports, timeWait, rate, live, reserved'],
    ['pool=bind_host_10.0.0.1&reuse=true', 'reuse is "on"; allowed: only off: clients that bind before they connect'],
    [`${incident}&reserved=10`, 'reserved is "10"; allowed: only together with ports'],
    [`${incident}&ports=1-10&live=11`, 'live is "11"; allowed: at most the 10 ports'],
  ])('%s', async (query, detail) => {
    history.queries.length = 0;
    const response = await running.get(`/api/v1/plan?${query}`);
    expect(response.status).toBe(400);
    expect((await problemOf(response)).detail).toContain(detail);
    // Nothing is read of the series for a query that is refused.
    expect(history.queries).toEqual([]);
  });
});
