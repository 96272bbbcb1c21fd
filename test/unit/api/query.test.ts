import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { problemOf, startCanned, type TestApi } from '../../builders/api-server.js';

let running: TestApi;
beforeAll(async () => {
  running = await startCanned();
});
afterAll(async () => await running.api.stop());

describe('a bad query is refused with the value and the allowed ones', () => {
  const pool = '/api/v1/pools/x/history';
  const plan = '/api/v1/plan?ports=1024-5000&rate=20';
  it.each([
    [`${pool}?points=0`, 'points is "0"; allowed: a whole number from 1 to 2000'],
    [`${pool}?points=2001`, 'points is "2001"; allowed: a whole number from 1 to 2000'],
    [`${pool}?points=1.5`, 'points is "1.5"; allowed: a whole number from 1 to 2000'],
    [`${pool}?points=`, 'points is ""; allowed: a whole number from 1 to 2000'],
    [`${pool}?points=0x10`, 'points is "0x10"; allowed: a whole number from 1 to 2000'],
    [`${pool}?from=yesterday`, 'from is "yesterday"; allowed: a whole number from 0 to 8640000000000000'],
    [`${pool}?from=-1`, 'from is "-1"; allowed: a whole number from 0 to 8640000000000000'],
    [`${pool}?from=2000&to=2000`, 'from 2000 is not before to 2000 (both are epoch ms; to defaults to now)'],
    [`${pool}?form=1`, 'unknown parameter "form"; allowed: from, to, points'],
    [`${pool}?from=1&from=2`, 'from is given more than once; give it once'],
    ['/api/v1/alerts?state=inactive', 'state is "inactive"; allowed: pending, firing, resolved'],
    ['/api/v1/alerts?limit=1001', 'limit is "1001"; allowed: a whole number from 1 to 1000'],
    ['/api/v1/incidents?state=closed', 'state is "closed"; allowed: open, quiet, resolved'],
    ['/api/v1/incidents?before=nothing', 'before: there is no incident "nothing"'],
    ['/api/v1/incidents?after=1', 'unknown parameter "after"; allowed: state, before, limit'],
    ['/api/v1/outages?limit=0', 'limit is "0"; allowed: a whole number from 1 to 1000'],
    ['/api/v1/status?x=1', 'unknown parameter "x"; allowed: none'],
    [plan, 'timeWait is missing; give it as in timeWait=240s'],
    [`${plan}&timeWait=240`, 'timeWait is "240"; allowed: a number with its unit (ms, s, m, h, d)'],
    [`${plan}&timeWait=0s`, 'timeWait is "0s"; allowed: a number with its unit'],
    [`${plan}&timeWait=0.1ms`, 'timeWait is "0.1ms"; allowed: a number with its unit'],
    [`${plan}&timeWait=25h`, 'timeWait is "25h"; allowed: a number with its unit'],
    [`${plan}&timeWait=60s&live=-1`, 'live is "-1"; allowed: a whole number from 0 to 65535'],
    ['/api/v1/plan?ports=5000-1024&timeWait=60s&rate=1', 'ports is "5000-1024"; allowed: FIRST-LAST within 1-65535'],
    ['/api/v1/plan?ports=1024-65536&timeWait=60s&rate=1', 'ports is "1024-65536"; allowed: FIRST-LAST within 1-65535'],
    ['/api/v1/plan?ports=0-9&timeWait=60s&rate=1', 'ports is "0-9"; allowed: FIRST-LAST within 1-65535'],
    ['/api/v1/plan?ports=all&timeWait=60s&rate=1', 'ports is "all"; allowed: FIRST-LAST within 1-65535'],
    ['/api/v1/plan?ports=1-9&timeWait=60s&rate=fast', 'rate is "fast"; allowed: closes per second from 0 to 1000000'],
    ['/api/v1/plan?ports=1-9&timeWait=60s&rate=1e3', 'rate is "1e3"; allowed: closes per second from 0 to 1000000'],
    [`${pool}?from=${'9'.repeat(500)}`, `from is "${'9'.repeat(80)}..."`],
  ])('%s', async (path, detail) => {
    const response = await running.get(path);
    expect(response.status).toBe(400);
    expect((await problemOf(response)).detail).toContain(detail);
  });

  it('a malformed escape is refused', async () => {
    expect((await problemOf(await running.get('/api/v1/pools/%E0%A4%A/history'))).status).toBe(400);
  });
});
