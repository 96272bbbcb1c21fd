/** The routes of silences, with the real commands behind them. */
import { describe, expect, it } from 'vitest';
import type { WireSilence } from '../../../daemon/wire/silence.js';
import { problemOf } from '../../builders/api-server.js';
import { startChangeApi } from '../../builders/change-api.js';

describe('silences', () => {
  const SILENCE = {
    matchers: { destination: '10.0.0.2:443', process: 'psql' },
    durationSeconds: 7200,
    author: 'ada',
    comment: 'known',
  };

  it('are added, listed with their state, and ended', async () => {
    const { send, test } = await startChangeApi();
    const at = (ms: number): string => new Date(test.clock.wallMs() + ms).toISOString();
    const created = await send('POST', '/silences', SILENCE);
    expect(created.status).toBe(201);
    const silence = (await created.json()) as WireSilence;
    expect(silence).toMatchObject({
      state: 'active',
      matchers: SILENCE.matchers,
      beginAt: at(0),
      endAt: at(7_200_000),
    });
    const later = { matchers: { rule: 'leak' }, beginAt: at(3_600_000), endAt: at(7_200_000) };
    test.clock.advance(1);
    expect(await (await send('POST', '/silences', later)).json()).toMatchObject({
      state: 'pending',
      author: null,
      comment: '',
    });
    const ended = await send('DELETE', `/silences/${silence.id}`);
    expect(await ended.json()).toMatchObject({ id: silence.id, state: 'expired', endAt: at(0) });
    const listed = (await (await send('GET', '/silences')).json()) as WireSilence[];
    expect(listed.map(({ state }) => state)).toEqual(['pending', 'expired']);
    expect((await problemOf(await send('DELETE', '/silences/x'))).detail).toBe('there is no silence "x"');
  });

  it.each<[string, unknown, string]>([
    ['no body', undefined, 'matchers is missing'],
    ['null', null, 'the body is null; allowed: an object'],
    ['a list', [], 'the body is []; allowed: an object'],
    ['a text', '"x"', 'the body is "x"; allowed: an object'],
    ['no JSON', '{', 'the body "{" is no JSON'],
    ['an unknown field', { ...SILENCE, until: 1 }, 'unknown field "until"; allowed: matchers, beginAt'],
    ['a field of every object', '{"__proto__": {"x": 1}, "durationSeconds": 60}', 'unknown field "__proto__"'],
    ['no matchers', { durationSeconds: 60 }, 'matchers is missing; allowed: a mapping with at least one of pool,'],
    [
      'empty matchers',
      { matchers: {}, durationSeconds: 60 },
      'matchers is {}; allowed: a mapping with at least one of pool,',
    ],
    ['matchers as a list', { matchers: ['a'], durationSeconds: 60 }, 'matchers is ["a"]; allowed: a mapping'],
    ['an unknown matcher', { matchers: { host: 'a' }, durationSeconds: 60 }, 'the unknown key "host"; allowed: pool,'],
    [
      'a matcher of every object',
      '{"matchers": {"constructor": "x"}, "durationSeconds": 60}',
      'unknown key "constructor"',
    ],
    [
      'an unknown rule',
      { matchers: { rule: 'x' }, durationSeconds: 60 },
      'matchers.rule is "x"; allowed: one of failing,',
    ],
    [
      'a name as destination',
      { matchers: { destination: 'db' }, durationSeconds: 60 },
      'matchers.destination is "db"; allowed: an IP address',
    ],
    [
      'a port of 0',
      { matchers: { destination: '10.0.0.2:0' }, durationSeconds: 60 },
      'matchers.destination is "10.0.0.2:0"',
    ],
    [
      'a port of 65536',
      { matchers: { destination: '10.0.0.2:65536' }, durationSeconds: 60 },
      'matchers.destination is',
    ],
    [
      'a number as a pool',
      { matchers: { pool: 5 }, durationSeconds: 60 },
      'matchers.pool is 5; allowed: the id of a pool',
    ],
    ['an empty process', { matchers: { process: '' }, durationSeconds: 60 }, 'matchers.process is ""'],
    ['a process with NUL', { matchers: { process: 'a\0' }, durationSeconds: 60 }, 'matchers.process is "a\\u0000"'],
    [
      'a process of 1 MB in 60 kB',
      { matchers: { process: 'a'.repeat(60_000) }, durationSeconds: 60 },
      'matchers.process is "aaa',
    ],
    ['no end', { matchers: { pool: 'a' } }, 'found neither endAt nor durationSeconds; allowed: one of them'],
    ['two ends', { ...SILENCE, endAt: '2026-01-05T13:00:00Z' }, 'found both endAt and durationSeconds'],
    [
      'a duration of 0',
      { ...SILENCE, durationSeconds: 0 },
      'durationSeconds is 0; allowed: a number of seconds from 1',
    ],
    ['a negative duration', { ...SILENCE, durationSeconds: -60 }, 'durationSeconds is -60'],
    ['a duration as text', { ...SILENCE, durationSeconds: '2h' }, 'durationSeconds is "2h"'],
    ['a duration without end', '{"matchers":{"pool":"a"},"durationSeconds":1e999}', 'durationSeconds is null'],
    ['a duration of two years', { ...SILENCE, durationSeconds: 63_072_000 }, 'from 1 to 31622400 (366 days)'],
    [
      'an end before the beginning',
      { matchers: { pool: 'a' }, beginAt: '2026-01-06T00:00:00Z', endAt: '2026-01-05T23:00:00Z' },
      'endAt is "2026-01-05T23:00:00Z"; allowed: after 2026-01-06T00:00:00.000Z',
    ],
    [
      'an end in the past',
      { matchers: { pool: 'a' }, beginAt: '2026-01-04T00:00:00Z', endAt: '2026-01-05T11:00:00Z' },
      'would end at 2026-01-05T11:00:00.000Z; allowed: an end in the future',
    ],
    [
      'a beginning in ten years',
      { ...SILENCE, beginAt: '2036-01-01T00:00:00Z' },
      'beginAt is "2036-01-01T00:00:00Z"; allowed: an instant within 366 days',
    ],
    [
      'a local time',
      { ...SILENCE, beginAt: '2026-01-05T13:00:00' },
      'beginAt is "2026-01-05T13:00:00"; allowed: an instant with its offset',
    ],
    ['a day that does not exist', { ...SILENCE, beginAt: '2026-02-30T13:00:00Z' }, 'beginAt is "2026-02-30T13:00:00Z"'],
    ['an epoch', { ...SILENCE, beginAt: 1_767_614_400_000 }, 'beginAt is 1767614400000'],
    [
      'an author of two lines',
      { ...SILENCE, author: 'a\r\nBcc: x' },
      'author is "a\\r\\nBcc: x"; allowed: a name of 1 to 100',
    ],
    ['an author that turns text round', { ...SILENCE, author: 'a\u202eb' }, 'author is'],
    ['an empty author', { ...SILENCE, author: ' ' }, 'author is " "'],
    ['a long author', { ...SILENCE, author: 'a'.repeat(101) }, 'author is'],
    ['a comment as an object', { ...SILENCE, comment: {} }, 'comment is {}; allowed: text of at most 2000'],
    ['a comment with an escape', { ...SILENCE, comment: 'a\u001b[2J' }, 'comment is "a\\u001b[2J" (5 characters)'],
    [
      'a comment with half a character',
      '{"matchers":{"pool":"a"},"durationSeconds":60,"comment":"\\ud800"}',
      'comment is "\\ud800"',
    ],
    ['a comment of 2001 characters', { ...SILENCE, comment: 'a'.repeat(2001) }, '(2001 characters); allowed'],
  ])('refuse %s', async (_name, body, detail) => {
    const { send, commands } = await startChangeApi();
    const problem = await problemOf(await send('POST', '/silences', body));
    expect(problem.status).toBe(400);
    expect(problem.detail).toContain(detail);
    expect(problem.detail.length).toBeLessThan(500);
    expect(commands.listSilences()).toEqual([]);
  });

  it('refuse a body of 1 MB, declared or not, and one that is compressed', async () => {
    const { send, api, get } = await startChangeApi();
    const body = JSON.stringify({ ...SILENCE, comment: 'a'.repeat(1_000_000) });
    expect((await send('POST', '/silences', body)).status).toBe(413);
    const headers = { Origin: api.url, 'Content-Type': 'application/json' };
    const stream = new Blob([body]).stream();
    const chunked = await get('/api/v1/silences', {
      method: 'POST',
      headers,
      body: stream,
      duplex: 'half',
    } as RequestInit);
    expect(await problemOf(chunked)).toMatchObject({
      status: 413,
      detail: 'the body has more than 65536 bytes, which is the most',
    });
    const gzip = { ...headers, 'Content-Encoding': 'gzip' };
    expect((await get('/api/v1/silences', { method: 'POST', headers: gzip, body: 'x' })).status).toBe(415);
  });

  it.each([
    ['a form', 'application/x-www-form-urlencoded', 'own', 415],
    ['another site', 'application/json', 'http://evil.example', 403],
  ])('refuse %s', async (_name, type, origin, status) => {
    const { commands, api, get } = await startChangeApi();
    const headers = { Origin: origin === 'own' ? api.url : origin, 'Content-Type': type };
    const response = await get('/api/v1/silences', { method: 'POST', headers, body: JSON.stringify(SILENCE) });
    expect(response.status).toBe(status);
    expect(commands.listSilences()).toEqual([]);
  });

  it('take no parameters', async () => {
    const { send } = await startChangeApi();
    expect((await problemOf(await send('POST', '/silences?x=1', SILENCE))).detail).toContain('unknown parameter "x"');
  });
});

it('reads a canonical destination from any spelling of an address', async () => {
  const { send } = await startChangeApi();
  const add = async (destination: string): Promise<unknown> => {
    const response = await send('POST', '/silences', { matchers: { destination }, durationSeconds: 60 });
    return ((await response.json()) as WireSilence).matchers;
  };
  expect(await add('[2001:DB8:0::1]:443')).toEqual({ destination: '[2001:db8::1]:443' });
  expect(await add('2001:db8:0:0:0:0:0:1')).toEqual({ destination: '2001:db8::1' });
  expect(await add('::ffff:10.0.0.2')).toEqual({ destination: '10.0.0.2' });
});
