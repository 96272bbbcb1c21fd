/** The pages of the links in messages, with the real commands behind them. */
import { describe, expect, it } from 'vitest';
import type { Cause } from '../../../daemon/incident/incident.js';
import { MAX_SILENCES } from '../../../daemon/incident/silences.js';
import { DAY_MS } from '../../../daemon/units.js';
import { exchange } from '../../builders/api-server.js';
import { startChangeApi } from '../../builders/change-api.js';
import { PUBLIC_URL } from '../../builders/incident-desk.js';

const ORIGIN = new URL(PUBLIC_URL).origin;

const post = { method: 'POST', headers: { 'Content-Type': 'application/x-www-form-urlencoded', Origin: ORIGIN } };

describe('the page of a link', () => {
  it('changes nothing when it is read 50 times, and acts once when its form is sent', async () => {
    const { get, incident, link, commands } = await startChangeApi(PUBLIC_URL);
    const path = `/act/${link().acknowledge}`;
    for (let times = 0; times < 50; times++) {
      expect((await get(path)).status).toBe(200);
      expect((await get(path, { method: 'HEAD' })).status).toBe(200);
    }
    expect(incident().acknowledgement ?? null).toBeNull();
    const page = await (await get(path)).text();
    expect(page).toContain('<h1>Acknowledge this incident?</h1>');
    expect(page).toContain('<form method="post"><button type="submit">Acknowledge this incident</button></form>');
    const done = await get(path, post);
    expect([done.status, await done.text()]).toEqual([200, expect.stringContaining('<h1>Done</h1>')]);
    expect(incident().acknowledgement).toMatchObject({ author: 'ops@example.org' });
    commands.withdraw({ incidentId: incident().id });
    for (const again of [await get(path, post), await get(path)]) {
      expect([again.status, await again.text()]).toEqual([
        200,
        expect.stringContaining('<h1>This was done already</h1>'),
      ]);
    }
    expect(incident().acknowledgement).toBeNull();
  });

  it('says what a silence is about and until when, and has no button afterwards', async () => {
    const { get, link, commands } = await startChangeApi(PUBLIC_URL);
    const path = `/act/${link()['1 h']}`;
    const page = await (await get(path)).text();
    expect(page).toContain('<button type="submit">Silence for 1 h</button>');
    expect(page).toMatch(
      /Until \d{4}-\d\d-\d\d \d\d:\d\d UTC nobody is sent a message about the ports to 10\.\S+, in this incident or another one\. /,
    );
    expect(await (await get(path, post)).text()).not.toContain('<form');
    expect(commands.listSilences()).toHaveLength(1);
  });

  it.each<[Cause, string, string]>([
    [{ kind: 'process', key: 'psql' }, 'host', 'the ports of the process psql, in this incident or another one'],
    [{ kind: 'destination', key: '10.0.0.2' }, 'host', 'the ports to 10.0.0.2, in this incident or another one'],
    [{ kind: 'process', key: 'psql' }, 'blue', 'the ports of the process psql in the network namespace blue, in this'],
    [{ kind: 'namespace', key: 'host' }, 'host', 'this incident'],
    [{ kind: 'range', key: '' }, 'host', 'this incident'],
    [{ kind: 'portcast', key: 'mail' }, 'host', 'this incident'],
    [{ kind: 'portcast', key: '' }, 'host', 'portcast being blind, now or once more'],
  ])('says in plain words what a silence is about: %j in %s', async (cause, namespace, words) => {
    const { get, link, tracker, incident } = await startChangeApi(PUBLIC_URL);
    const pools = incident().pools.map((pool) => ({ ...pool, namespace }));
    tracker.replace({ ...incident(), cause, pools });
    const path = `/act/${link()['1 h']}`;
    for (const init of [{}, post]) {
      expect(await (await get(path, init)).text()).toContain(`UTC nobody is sent a message about ${words}`);
    }
  });

  it('has no script, loads nothing, cannot be framed, and does not hold the token', async () => {
    const { get, link } = await startChangeApi(PUBLIC_URL);
    const { acknowledge } = link();
    const response = await get(`/act/${acknowledge}`);
    const policy = response.headers.get('content-security-policy') ?? '';
    expect(policy).toMatch(
      /^default-src 'none'; style-src 'sha256-[\w+/=]+'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'$/,
    );
    expect(response.headers.get('referrer-policy')).toBe('strict-origin');
    expect(response.headers.get('cache-control')).toBe('no-store');
    expect(response.headers.get('content-type')).toBe('text/html; charset=utf-8');
    const page = await response.text();
    expect(page).not.toMatch(/<script|<link|<img|https?:/i);
    expect(page).toContain('width=device-width');
    expect(page).toContain('prefers-color-scheme:dark');
    expect(page).not.toContain(acknowledge);
  });

  it('says in plain words that a link is unknown or has expired', async () => {
    const { get, link, test } = await startChangeApi(PUBLIC_URL);
    const { acknowledge } = link();
    for (const path of [
      '/act/',
      '/act',
      `/act/${'A'.repeat(43)}`,
      '/act/x/y',
      '/act/%zz',
      `/act/${acknowledge.slice(1)}`,
    ]) {
      for (const init of [{}, post]) {
        const response = await get(path, init);
        expect([path, response.status]).toEqual([path, 404]);
        expect(await response.text()).toContain('<h1>This link is not known</h1>');
      }
    }
    test.clock.advance(7 * DAY_MS);
    const expired = await get(`/act/${acknowledge}`, post);
    expect([expired.status, await expired.text()]).toEqual([
      410,
      expect.stringContaining('<h1>This link has expired</h1>'),
    ]);
  });

  it('says that it cannot be done while the database cannot be read', async () => {
    const { get, link, test } = await startChangeApi(PUBLIC_URL);
    const { acknowledge } = link();
    test.sql().exec('DROP TABLE action_token');
    const response = await get(`/act/${acknowledge}`);
    expect([response.status, await response.text()]).toEqual([503, expect.stringContaining('Try again in a minute.')]);
  });

  it('does not say to try again where that would not help', async () => {
    const { get, link, commands, test } = await startChangeApi(PUBLIC_URL);
    const path = `/act/${link()['1 h']}`;
    const nowMs = test.clock.wallMs();
    for (let count = 0; count < MAX_SILENCES; count++) {
      const times = { beginAtMs: nowMs, endAtMs: nowMs + DAY_MS };
      commands.addSilence({ matchers: { rule: 'use' }, ...times, author: null, comment: '' });
    }
    const response = await get(path, post);
    const page = await response.text();
    expect([response.status, page]).toEqual([409, expect.stringContaining('500 silences have not ended')]);
    expect(page).toContain('end one first.</p>');
    expect(page).not.toContain('Try again');
  });

  it('escapes what comes from the host', async () => {
    const hostile = '<script>alert(1)</script>"\u202e\u001b[2J';
    const { get, link, tracker, incident } = await startChangeApi(PUBLIC_URL);
    const { lead } = incident();
    tracker.replace({ ...incident(), lead: { ...lead, summary: hostile }, cause: { kind: 'process', key: hostile } });
    const page = await (await get(`/act/${link()['8 h']}`)).text();
    expect(page).not.toMatch(/<script|\u202e|\u001b/);
    expect(page.match(/&lt;script&gt;alert\(1\)&lt;\/script&gt;&quot;/g)).toHaveLength(2);
  });
});

describe('who is served the page', () => {
  const request = async (lines: readonly string[]): Promise<number> => {
    const { api, link } = await startChangeApi(PUBLIC_URL);
    const token = link().acknowledge;
    const text = lines.map((line) => line.replace('TOKEN', token).replace('PORT', String(api.port)));
    const answer = await exchange(api.port, [...text, 'Content-Length: 0', 'Connection: close']);
    expect(answer).not.toContain(token);
    return Number(/^HTTP\/1\.1 (\d+)/.exec(answer)?.[1]);
  };
  const GET = 'GET /act/TOKEN HTTP/1.1';
  const POST = 'POST /act/TOKEN HTTP/1.1';
  it.each<[string, string[], number]>([
    ['the public name', [GET, 'Host: portcast.example.org'], 200],
    ['the public name with its port', [GET, 'Host: portcast.example.org:443'], 200],
    ['the name of the proxy', [GET, 'Host: 127.0.0.1:PORT'], 200],
    ['another name', [GET, 'Host: evil.example'], 421],
    ['a name that begins with the public one', [GET, 'Host: portcast.example.org.evil.example'], 421],
    ['an absolute target', ['GET http://evil.example/act/TOKEN HTTP/1.1', 'Host: portcast.example.org'], 400],
    ['a script of another site', [GET, 'Host: portcast.example.org', 'Origin: https://evil.example'], 403],
    ['the form, through a proxy that keeps the name', [POST, 'Host: portcast.example.org', `Origin: ${ORIGIN}`], 200],
    ['the form, through a proxy that changes the name', [POST, 'Host: 127.0.0.1:PORT', `Origin: ${ORIGIN}`], 200],
    ['the form, through a tunnel', [POST, 'Host: 127.0.0.1:PORT', 'Origin: http://127.0.0.1:PORT'], 200],
    ['the form, of a browser that names no origin', [POST, 'Host: portcast.example.org'], 200],
    ['a form of another site', [POST, 'Host: portcast.example.org', 'Origin: https://evil.example'], 403],
    ['a form of nowhere', [POST, 'Host: portcast.example.org', 'Origin: null'], 403],
    [
      'a form of another site, by Sec-Fetch-Site',
      [POST, 'Host: portcast.example.org', 'Sec-Fetch-Site: cross-site'],
      403,
    ],
    ['the public name over http', [POST, 'Host: portcast.example.org', 'Origin: http://portcast.example.org'], 200],
    ['another method', ['PUT /act/TOKEN HTTP/1.1', 'Host: portcast.example.org', `Origin: ${ORIGIN}`], 405],
  ])('%s', async (_name, lines, status) => expect(await request(lines)).toBe(status));

  it('keeps the rule for everything else', async () => {
    const { api } = await startChangeApi(PUBLIC_URL);
    for (const path of ['/', '/api/v1/status', '/api/v1/silences', '/acts', '/metrics']) {
      const answer = await exchange(api.port, [
        `GET ${path} HTTP/1.1`,
        'Host: portcast.example.org',
        'Connection: close',
      ]);
      expect(answer).toMatch(/^HTTP\/1\.1 421 /);
    }
  });

  it('has no such page without a public URL, and its error does not quote the token', async () => {
    const { get, link, log } = await startChangeApi();
    const { acknowledge } = link();
    const response = await get(`/act/${acknowledge}`);
    expect(response.status).toBe(404);
    expect(await response.text()).not.toContain(acknowledge);
    expect(JSON.stringify(log.lines)).not.toContain(acknowledge);
  });
});
