/** `GET /api/v1/changes` and `GET /api/v1/settings`, and what bad requests are told. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { problemOf, startCanned, type TestApi } from '../../builders/api-server.js';
import { cannedChanges, cannedSettings } from '../../builders/wire-changes.js';
import { wireIncident } from '../../builders/wire-incident.js';

let test: TestApi;
beforeAll(async () => {
  test = await startCanned();
});
afterAll(() => test.api.stop());

describe('the routes', () => {
  it.each([
    ['/api/v1/changes', cannedChanges()],
    ['/api/v1/changes?limit=1&pool=connect_host_10.0.0.1_10.0.0.2_443', cannedChanges().slice(0, 1)],
    [`/api/v1/changes?incident=${encodeURIComponent(wireIncident().id)}`, cannedChanges()],
    ['/api/v1/settings', cannedSettings()],
  ])('%s', async (path, document) => {
    const response = await test.get(path);
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual(document);
  });

  it.each([
    ['/api/v1/changes?limit=0', 'limit is "0"; allowed: a whole number from 1 to 500'],
    ['/api/v1/changes?limit=501', 'limit is "501"; allowed: a whole number from 1 to 500'],
    ['/api/v1/changes?limit=-1', 'limit is "-1"'],
    ['/api/v1/changes?limit=1e3', 'limit is "1e3"'],
    ['/api/v1/changes?limit=1&limit=2', 'limit is given more than once'],
    ['/api/v1/changes?pool=', 'pool is ""; allowed: an id without blanks'],
    ['/api/v1/changes?pool=a%20b', 'pool is "a b"; allowed: an id without blanks'],
    [`/api/v1/changes?pool=${'x'.repeat(301)}`, 'at most 300 characters'],
    ['/api/v1/changes?incident=nothing', 'incident: there is no incident "nothing"'],
    ['/api/v1/changes?from=1', 'unknown parameter "from"; allowed: limit, pool, incident'],
    ['/api/v1/settings?a=1', 'unknown parameter "a"; allowed: none'],
  ])('%s is refused with its reason', async (path, reason) => {
    const response = await test.get(path);
    expect(response.status).toBe(400);
    expect((await problemOf(response)).detail).toContain(reason);
  });

  it.each(['/api/v1/changes', '/api/v1/settings'])('%s takes no other method', async (path) => {
    const response = await test.get(path, {
      method: 'POST',
      headers: { Origin: test.api.url, 'Content-Type': 'application/json' },
      body: '{}',
    });
    expect(response.status).toBe(405);
  });

  it('says that the host has not been read yet', async () => {
    const early = await startCanned({ settings: () => null });
    const response = await early.get('/api/v1/settings');
    await early.api.stop();
    expect(response.status).toBe(503);
    expect((await problemOf(response)).detail).toBe('the host has not been read yet');
  });

  it('counts changes in the metrics', async () => {
    const text = await (await test.get('/metrics')).text();
    expect(text).toContain('portcast_changes_total{kind="setting"} 1');
    expect(text).toContain('portcast_changes_total{kind="behaviour"} 1');
  });
});
