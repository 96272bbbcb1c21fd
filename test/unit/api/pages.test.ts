/** The routes of the pages of one pool and of one port series. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { problemOf, startCanned, type TestApi } from '../../builders/api-server.js';
import {
  CANNED_ENDS,
  CANNED_MARKS,
  CANNED_SCHEDULE,
  CANNED_SCORE,
  cannedPages,
  GONE_POOL,
} from '../../builders/page-documents.js';
import { cannedPool, cannedPort } from '../../builders/wire-documents.js';

const POOL = `/api/v1/pools/${cannedPool().id}`;
const PORT = `/api/v1/ports/${cannedPort().id}`;
let shared: TestApi;
const asked: string[] = [];
beforeAll(async () => {
  const note = <T>(name: string, answer: T): T => {
    asked.push(name);
    return answer;
  };
  const canned = cannedPages();
  shared = await startCanned({
    pages: {
      ...canned,
      poolScore: (id, limit) => note('score', canned.poolScore(id, limit)),
      marks: (query) => note('marks', canned.marks(query)),
      findPorts: (port, limit) => note('ports', canned.findPorts(port, limit)),
      portEnds: (id, limit) => note('ends', canned.portEnds(id, limit)),
    },
  });
});
afterAll(async () => await shared.api.stop());

describe('the documents of the pages', () => {
  it.each([
    [POOL, { ...cannedPool(), lastSeenAt: cannedPool().sampledAt, goneSince: null }],
    [`/api/v1/pools/${GONE_POOL.id}`, GONE_POOL],
    [`${POOL}/schedule`, CANNED_SCHEDULE],
    [`${POOL}/score?limit=1`, CANNED_SCORE],
    [`${POOL}/marks?from=1&to=2&limit=500`, CANNED_MARKS],
    [`${PORT}/ends?limit=200`, CANNED_ENDS],
    ['/api/v1/ports?port=1', []],
  ])('GET and HEAD %s', async (path, body) => {
    const response = await shared.get(path);
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual(body);
    expect((await shared.get(path, { method: 'HEAD' })).status).toBe(200);
  });

  it('lists the series of one port with whether they are gone', async () => {
    const found = (await (await shared.get(`/api/v1/ports?port=${cannedPort().port}`)).json()) as unknown[];
    expect(found).toEqual([expect.objectContaining({ id: cannedPort().id, goneSince: null })]);
  });
});

describe('what does not exist', () => {
  it.each(['/api/v1/pools/nope', '/api/v1/pools/nope/schedule', '/api/v1/ports/nope/ends'])(
    '%s is answered with 404, which quotes the name',
    async (path) => {
      const problem = await problemOf(await shared.get(path));
      expect(problem.status).toBe(404);
      expect(problem.detail).toContain('"nope"');
    },
  );

  it('is asked for again soon where no dump came in time', async () => {
    const { api, get } = await startCanned({ pages: cannedPages({ portEnds: () => Promise.resolve(null) }) });
    const response = await get(`${PORT}/ends`);
    expect(response.headers.get('retry-after')).toBe('2');
    expect((await problemOf(response)).status).toBe(503);
    await api.stop();
  });
});

describe('a bad parameter', () => {
  it.each([
    [`${POOL}?x=1`, /unknown parameter "x"/],
    [`${POOL}/schedule?seconds=5`, /unknown parameter "seconds"/],
    [`${POOL}/score?limit=0`, /limit is "0"; allowed: /],
    [`${POOL}/score?limit=1e9`, /limit is "1e9"/],
    [`${POOL}/marks?from=5&to=5`, /from 5 is not before to 5/],
    [`${POOL}/marks?from=9&to=5`, /from 9 is not before to 5/],
    [`${POOL}/marks?from=-1`, /from is "-1"/],
    [`${POOL}/marks?to=99999999999999999999`, /to is "9999/],
    [`${POOL}/marks?from=a`, /from is "a"/],
    [`${POOL}/marks?limit=501`, /limit is "501"; allowed: .*500/],
    [`${POOL}/marks?from=1&from=2&to=9`, /from is given more than once/],
    [`${PORT}/ends?limit=201`, /limit is "201"; allowed: .*200/],
    [`${PORT}/ends?limit=%00`, /limit is "\\u0000"/],
    ['/api/v1/ports?port=65536', /port is "65536"; allowed: .*65535/],
    ['/api/v1/ports?port=http', /port is "http"/],
    ['/api/v1/ports?port=80&limit=9999', /limit is "9999"/],
    ['/api/v1/ports?limit=5', /limit is given without port/],
    ['/api/v1/ports?find=80', /unknown parameter "find"; allowed: port, limit/],
  ])('%s is answered with 400 and its reason, and nothing is read', async (path, reason) => {
    asked.length = 0;
    const problem = await problemOf(await shared.get(path));
    expect(problem.status).toBe(400);
    expect(problem.detail).toMatch(reason);
    expect(asked).toEqual([]);
  });
});
