import { afterEach, describe, expect, it } from 'vitest';
import { parsePoolsQuery, searchPools } from '../../../daemon/api/pools-query.js';
import { problemOf, startCanned, type TestApi } from '../../builders/api-server.js';
import { cannedHost } from '../../builders/wire-documents.js';
import { wirePool } from '../../builders/wire-pool.js';

const POOLS = [
  wirePool({ id: 'a', remoteAddress: '10.0.0.2', remotePort: 443, mode: 'churn' }),
  wirePool({ id: 'b', remoteAddress: 'fd00::7', remotePort: 5432, localAddress: 'fd00::1', namespace: 'Blue' }),
  wirePool({
    id: 'c',
    kind: 'bind',
    remoteAddress: null,
    remotePort: null,
    localAddress: '192.0.2.9',
    processes: [{ pid: 4711, name: 'Envoy', confidence: 1 }],
  }),
];
const find = (text: string, limit?: number): string => {
  const query = `?search=${encodeURIComponent(text)}${limit === undefined ? '' : `&limit=${limit}`}`;
  const search = parsePoolsQuery(`/api/v1/pools${query}`);
  if (search === null) throw new Error('there are parameters');
  const { pools, matches } = searchPools({ host: cannedHost(), pools: POOLS }, search);
  return `${pools.map(({ id }) => id).join('')} of ${matches}`;
};

let running: TestApi | null = null;
afterEach(async () => {
  await running?.api.stop();
  running = null;
});

describe('a search for pools', () => {
  it.each([
    ['10.0.0.2', 'a of 1'],
    ['10.0.0.2:443', 'a of 1'],
    ['[fd00::7]:5432', 'b of 1'],
    [':5432', 'b of 1'],
    ['443', 'a of 1'],
    ['blue', 'b of 1'],
    ['CHURN', 'a of 1'],
    ['envoy', 'c of 1'],
    ['4711', 'c of 1'],
    ['192.0.2.9 bind', 'c of 1'],
    ['  steady ', 'bc of 2'],
    ['443 envoy', ' of 0'],
    ['', 'abc of 3'],
    ['.*', ' of 0'],
  ])('for "%s" finds %s', (text, found) => {
    expect(find(text)).toBe(found);
  });

  it('counts all matches and lists the first ones', () => {
    expect(find('steady', 1)).toBe('b of 2');
  });

  it('is no search without parameters', () => {
    expect(parsePoolsQuery('/api/v1/pools')).toBeNull();
    expect(parsePoolsQuery('/api/v1/pools?')).toBeNull();
  });

  it.each([
    ['?search=a&search=b', 'search is given more than once; give it once'],
    [`?search=${'a'.repeat(101)}`, 'allowed: at most 100 characters without control characters'],
    ['?search=a%00b', 'allowed: at most 100 characters without control characters'],
    ['?limit=0', "limit is '0'; allowed: "],
    ['?limit=4001', 'limit is '],
    ['?limit=1e3', 'limit is '],
    ['?limit=', 'limit is '],
    ['?serch=a', 'unknown parameter '],
  ])('with %s is answered with 400 and its reason', async (query, reason) => {
    running = await startCanned();
    const problem = await problemOf(await running.get(`/api/v1/pools${query}`));
    expect(problem.status).toBe(400);
    expect(problem.detail.replaceAll('"', "'")).toContain(reason);
  });

  it('is answered over all pools, and without parameters the answer is as before', async () => {
    running = await startCanned({ pools: () => ({ host: cannedHost(), pools: POOLS }) });
    const all = (await (await running.get('/api/v1/pools')).json()) as object;
    expect(Object.keys(all)).toEqual(['host', 'pools']);
    const found = (await (await running.get('/api/v1/pools?search=envoy')).json()) as object;
    expect(found).toMatchObject({ matches: 1, pools: [{ id: 'c' }] });
  });
});
