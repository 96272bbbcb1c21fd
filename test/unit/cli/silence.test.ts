/** The commands that change something, against the real API and the real commands behind it. */
import { describe, expect, it } from 'vitest';
import { runCli } from '../../../daemon/cli/program.js';
import type { WireSilence } from '../../../daemon/wire/silence.js';
import { startChangeApi } from '../../builders/change-api.js';
import { testIo } from '../../builders/cli.js';

type Run = (...args: readonly string[]) => Promise<{ code: number; out: string; err: string }>;

async function start(): Promise<Awaited<ReturnType<typeof startChangeApi>> & { run: Run }> {
  const started = await startChangeApi();
  const run: Run = async (...args) => {
    const io = testIo({ env: { SUDO_USER: 'ada' } });
    const code = await runCli([...args, '--url', started.api.url], io);
    return { code, out: io.stdout(), err: io.stderr() };
  };
  return { ...started, run };
}

describe('portcast silence', () => {
  it('adds, lists and removes', async () => {
    const { run, commands } = await start();
    expect((await run('silence', 'list')).out).toBe('There is no silence.\n');
    const added = await run(
      'silence',
      'add',
      '--destination',
      '10.0.0.2:443',
      '--process',
      'psql',
      '--for',
      '2h',
      '--comment',
      'known',
    );
    expect(added.code).toBe(0);
    expect(added.out).toMatch(
      /^active, 2026-01-05T12:00:00.000Z to 2026-01-05T14:00:00.000Z by ada: destination 10.0.0.2:443, process psql\n {2}silence_/,
    );
    const [silence] = commands.listSilences();
    expect(JSON.parse((await run('silence', 'list', '--json')).out)).toMatchObject([
      { id: silence?.id, author: 'ada', comment: 'known' },
    ]);
    expect((await run('silence', 'remove', silence?.id ?? '')).out).toContain('expired, ');
    expect((await run('silence', 'list')).out).toContain('expired, ');
  });

  it('lasts an hour unless it is said for how long', async () => {
    const { run } = await start();
    const { out } = await run('silence', 'add', '--rule', 'leak', '--json');
    const { beginAt, endAt } = JSON.parse(out) as WireSilence;
    expect(Date.parse(endAt) - Date.parse(beginAt)).toBe(3_600_000);
  });

  it.each<[string[], number, string]>([
    [['add'], 2, 'allowed at least one of --pool, --destination, --process, --rule, --namespace, --incident'],
    [['add', '--pool', 'a', '--for', '2'], 2, 'allowed a duration with its unit'],
    [['add', '--pool', 'a', '--for', '-2h'], 2, '-2h'],
    [['add', '--pool', 'a', '--for', '0s'], 2, 'durationSeconds is 0; allowed: a number of seconds from 1'],
    [['add', '--rule', 'x'], 2, 'matchers.rule is "x"; allowed: one of failing'],
    [['add', '--destination', 'db.example.org'], 2, 'matchers.destination is "db.example.org"'],
    [['add', '--pool', 'a', '--comment', 'a'.repeat(2001)], 2, '(2001 characters)'],
    [['remove', 'nothing'], 1, 'answered 404: there is no silence "nothing"'],
    [['remove'], 2, 'missing required argument'],
  ])('refuses %j', async (args, code, text) => {
    const { run, commands } = await start();
    const result = await run('silence', ...args);
    expect(result.err).toContain(text);
    expect(result.code).toBe(code);
    expect(commands.listSilences()).toEqual([]);
  });
});

describe('portcast acknowledge', () => {
  it('takes an incident or an alert of it, and can be undone', async () => {
    const { run, incident, alertId } = await start();
    const { id } = incident();
    const first = await run('acknowledge', id, '--comment', 'on it');
    expect([first.code, first.out]).toEqual([0, `acknowledged by ada: ${id}\n`]);
    expect(incident().acknowledgement).toMatchObject({ author: 'ada', comment: 'on it' });
    expect((await run('acknowledge', id, '--undo')).out).toBe(`not acknowledged: ${id}\n`);
    expect(JSON.parse((await run('acknowledge', alertId, '--author', 'eve', '--json')).out)).toMatchObject({
      acknowledgement: { author: 'eve' },
    });
    expect(await run('acknowledge', 'incident_1')).toMatchObject({
      code: 1,
      err: expect.stringContaining('there is no incident') as string,
    });
  });

  it('says where no daemon answers', async () => {
    const io = testIo();
    expect(await runCli(['acknowledge', 'x', '--url', 'http://127.0.0.1:1'], io)).toBe(1);
    expect(io.stderr()).toContain('Start it with: portcast run');
  });
});

describe('portcast comment', () => {
  it('adds a comment, which no terminal obeys', async () => {
    const { run, incident, send } = await start();
    const { id } = incident();
    expect((await run('comment', id, 'restarted psql')).out).toBe(`comment 1 of ${id}\n`);
    expect(incident().comments).toMatchObject([{ author: 'ada', text: 'restarted psql' }]);
    await send('POST', `/incidents/${id}/comments`, { text: 'a\u200b\nb' });
    const { out } = await run('comment', id, 'c', '--json');
    expect(out).not.toContain('\u200b');
    expect((JSON.parse(out) as { comments: unknown[] }).comments).toHaveLength(3);
    expect((await run('comment', id, '')).code).toBe(2);
    expect((await run('comment', id, 'a'.repeat(1_000_000))).err).toMatch(/413|EPIPE|ECONNRESET/);
  });
});
