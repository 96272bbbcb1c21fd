import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createAdviceData } from '../../../daemon/app/advice.js';
import type { CycleView, HostReading } from '../../../daemon/contracts.js';
import type { WireAdvice, WirePoolAdvice } from '../../../daemon/wire/advice.js';
import { problemOf, startCanned, type TestApi } from '../../builders/api-server.js';
import { poolForecast, T0 } from '../../builders/forecasts.js';
import { LEARNED, limitsOf } from '../../tools/simulator/world.js';
import { NO_COUNTERS } from '../../../daemon/host/counters.js';

const READING: HostReading = {
  limits: limitsOf(),
  granularity: LEARNED,
  counters: { takenAtMs: T0, monotonicMs: 1, ...NO_COUNTERS },
};
const VIEW: CycleView = {
  atMs: T0,
  reading: READING,
  blindSinceMs: null,
  table: {
    snapshotAtMs: T0,
    rows: 312,
    source: { name: 'procfs', why: 'test' },
    unusedCapacity: 1000,
    noPortWhy: null,
    hasBoundInactive: true,
    listeningPorts: Uint16Array.of(22, 8080),
  },
  pools: [poolForecast()],
  ports: [],
  alerts: [],
};
const ID = poolForecast().id;

describe('the advice', () => {
  let shared: TestApi;
  beforeAll(async () => {
    const views = { latest: () => VIEW, reading: () => READING };
    shared = await startCanned({ advice: createAdviceData(views) });
  });
  afterAll(async () => await shared.api.stop());

  it('on the host has its pools at risk, what a new destination could take, and the myths', async () => {
    const advice = (await (await shared.get('/api/v1/advice')).json()) as WireAdvice;
    expect(advice).toMatchObject({ poolsAtRisk: 1, newDestination: { ports: 1000, sustainableRate: 16.117 } });
    expect(advice.pools[0]?.pool.id).toBe(ID);
    expect(advice.myths).toHaveLength(6);
    expect(advice.general.map(({ name }) => name)).toContain('tw_reuse');
  });

  it('on one pool states what exhaustion becomes, with the commands of this host', async () => {
    const advice = (await (await shared.get(`/api/v1/pools/${ID}/advice`)).json()) as WirePoolAdvice;
    const wider = advice.remedies.find(({ name }) => name === 'wider_range');
    expect(wider).toMatchObject({
      status: 'helps',
      exhaustion: 'never',
      exhaustsAt: null,
      ports: 64_511,
      commands: [
        'sysctl -w net.ipv4.ip_local_reserved_ports=8080',
        'sysctl -w net.ipv4.ip_local_port_range="1024 65535"',
      ],
    });
    expect(wider?.effect).toMatch(/^never runs out; settles at 2\.4% of 64,511 ports$/);
    const samples = advice.remedies.find(({ name }) => name === 'second_source')?.code ?? [];
    expect(samples.map(({ language }) => language)).toEqual(['csharp', 'javascript', 'go', 'java', 'python']);
  });

  it('takes a program and a platform', async () => {
    const advice = (await (
      await shared.get(`/api/v1/pools/${ID}/advice?program=go&platform=windows`)
    ).json()) as WirePoolAdvice;
    expect(advice.platform).toBe('windows');
    expect(advice.programs.map(({ name }) => name)).toEqual(['go']);
    expect(advice.remedies.map(({ name }) => name)).toContain('timed_wait_delay');
  });

  it.each([
    ['/api/v1/advice?program=perl', 400, /program is "perl"; allowed: go, node, .*java/],
    ['/api/v1/advice?program=', 400, /program is ""; allowed/],
    ['/api/v1/advice?program=Go', 400, /program is "Go"/],
    ['/api/v1/advice?program=__proto__', 400, /program is "__proto__"/],
    ['/api/v1/advice?platform=macos', 400, /platform is "macos"; allowed: linux, windows/],
    ['/api/v1/advice?program=go&program=go', 400, /program is given more than once/],
    ['/api/v1/advice?pool=x', 400, /unknown parameter "pool"; allowed: program, platform/],
    [`/api/v1/advice?program=${'x'.repeat(5000)}`, 400, /program is "x{80}\.\.\."/],
    [`/api/v1/pools/${ID}/advice?platform=%00`, 400, /platform is "\\u0000"/],
    ['/api/v1/pools/none/advice', 404, /there is no pool "none"/],
    ['/api/v1/pools/..%2f..%2fetc/advice', 404, /there is no pool "..\/..\/etc"/],
  ])('GET %s is answered with %d', async (path, status, detail) => {
    const response = await shared.get(path);
    expect(response.status).toBe(status);
    expect((await problemOf(response)).detail).toMatch(detail);
  });

  it('is read only', async () => {
    for (const path of ['/api/v1/advice', `/api/v1/pools/${ID}/advice`]) {
      const headers = { 'Content-Type': 'application/json', Origin: shared.api.url };
      expect((await shared.get(path, { method: 'POST', headers })).status).toBe(405);
    }
  });

  it('comes after the first sample', async () => {
    const views = { latest: () => null, reading: () => null };
    const { api, get } = await startCanned({ advice: createAdviceData(views) });
    expect((await get('/api/v1/advice')).status).toBe(503);
    await api.stop();
  });
});
