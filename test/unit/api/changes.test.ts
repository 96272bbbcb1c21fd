/** The routes that change an incident, with the real commands behind them. */
import { describe, expect, it } from 'vitest';
import type { WireIncident } from '../../../daemon/wire/incident.js';
import { exchange, problemOf } from '../../builders/api-server.js';
import { startChangeApi } from '../../builders/change-api.js';

describe('acknowledging', () => {
  it.each(['incidents', 'alerts'])('works by the id in /%s, with and without a body', async (noun) => {
    const { send, incident, alertId } = await startChangeApi();
    const path = `/${noun}/${noun === 'incidents' ? incident().id : alertId}/acknowledge`;
    const response = await send('POST', path, { author: 'ada', comment: 'on it' });
    expect(response.status).toBe(200);
    expect(response.headers.get('cache-control')).toBe('no-store');
    const { acknowledgement, id } = (await response.json()) as WireIncident;
    expect([id, acknowledgement]).toMatchObject([
      incident().id,
      { author: 'ada', comment: 'on it', severity: 'critical' },
    ]);
    expect(await (await send('DELETE', path)).json()).toMatchObject({ acknowledgement: null });
    expect(await (await send('POST', path)).json()).toMatchObject({ acknowledgement: { author: null, comment: '' } });
  });

  it('says where there is no such incident or alert, and where it is over', async () => {
    const { send, alertId, step, test } = await startChangeApi();
    expect((await problemOf(await send('POST', '/incidents/x/acknowledge', {}))).detail).toBe(
      'there is no incident "x"',
    );
    expect((await problemOf(await send('POST', '/alerts/x/acknowledge'))).detail).toContain('with an alert "x"');
    expect((await problemOf(await send('DELETE', '/incidents/__proto__/acknowledge'))).status).toBe(404);
    test.clock.advance(60_000);
    step(true);
    expect(await problemOf(await send('POST', `/alerts/${alertId}/acknowledge`, {}))).toMatchObject({ status: 409 });
  });

  it('allows these methods only', async () => {
    const { send } = await startChangeApi();
    const response = await send('PUT', '/incidents/x/acknowledge', {});
    expect(response.headers.get('allow')).toBe('POST, DELETE');
    expect((await problemOf(response)).detail).toContain('does not allow PUT; allowed: POST, DELETE');
  });
});

describe('comments', () => {
  it('are kept with their time, author and lines', async () => {
    const { send, incident, test } = await startChangeApi();
    const response = await send('POST', `/incidents/${incident().id}/comments`, {
      text: ' a\nb <b>\u{1f980}',
      author: 'ada',
    });
    expect(response.status).toBe(201);
    const at = new Date(test.clock.wallMs()).toISOString();
    expect(((await response.json()) as WireIncident).comments).toEqual([
      { at, author: 'ada', text: 'a\nb <b>\u{1f980}' },
    ]);
    expect((await problemOf(await send('POST', '/incidents/x/comments', { text: 'a' }))).status).toBe(404);
  });

  it('may have 2,000 characters and not one more', async () => {
    const { send, incident } = await startChangeApi();
    const path = `/incidents/${incident().id}/comments`;
    expect((await send('POST', path, { text: '\u{1f980}'.repeat(2000) })).status).toBe(201);
    expect((await problemOf(await send('POST', path, { text: 'a'.repeat(2001) }))).detail).toContain(
      '(2001 characters)',
    );
  });
});

it('says which silence keeps an incident from being told, and announces no reminder once it is acknowledged', async () => {
  const { send, incident, step, test } = await startChangeApi();
  const path = `/incidents/${incident().id}`;
  const before = (await (await send('POST', `${path}/comments`, { text: 'a' })).json()) as WireIncident;
  expect(before).toMatchObject({ silencedBy: null, maintenance: null, acknowledgement: null });
  expect(before.nextReminderAt).toBe(new Date(test.clock.wallMs() + 3_600_000).toISOString());
  const silence = await send('POST', '/silences', { matchers: { incident: incident().id }, durationSeconds: 60 });
  const { id } = (await silence.json()) as { id: string };
  step();
  const after = await send('POST', `${path}/acknowledge`);
  expect(await after.json()).toMatchObject({ silencedBy: id, maintenance: null, nextReminderAt: null });
});

it('keeps the Host rule for changes', async () => {
  const { api } = await startChangeApi();
  const answer = await exchange(api.port, [
    'POST /api/v1/silences HTTP/1.1',
    'Host: portcast.example.org',
    'Origin: https://portcast.example.org',
    'Content-Type: application/json',
    'Content-Length: 2',
    'Connection: close',
    '',
    '{}',
  ]);
  expect(answer).toMatch(/^HTTP\/1\.1 421 /);
});
