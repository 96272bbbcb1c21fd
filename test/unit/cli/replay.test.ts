import Database from 'better-sqlite3';
import { copyFileSync, mkdtempSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { runCli } from '../../../daemon/cli/program.js';
import { churn, recordWorld } from '../../builders/recordings.js';
import { testIo } from '../../builders/cli.js';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'portcast-replay-'));
  recordWorld(at('web-1.rec'), DAY, { seconds: 600 });
  recordWorld(at('short.rec'), DAY, { seconds: 200 });
});
afterAll(() => rmSync(folder, { recursive: true }));

const at = (name: string): string => join(folder, name);

/** A burst that stops in time, and later one that exhausts the ports. */
const DAY = churn((ms) => {
  if (ms < 60_000) return 5;
  if (ms < 85_000) return 25;
  return ms < 300_000 ? 5 : ms < 380_000 ? 25 : 2;
});

async function replay(...args: string[]) {
  const io = testIo({ cwd: folder });
  const code = await runCli(['replay', ...args], io);
  return { code, out: io.stdout(), err: io.stderr() };
}

describe('replay', () => {
  it('prints the alerts, how early they fired, and the score of the forecasts', async () => {
    const { code, out, err } = await replay('web-1.rec');
    expect({ code, err }).toEqual({ code: 0, err: '' });
    await expect(out.replace(folder, '/srv')).toMatchFileSnapshot('../../golden/replay.txt');
  });

  it('prints no character of a recording that a terminal obeys, and no line of its making', async () => {
    const hostName = '\u001b]0;owned\u0007\u009b2J\u202e\nfailures: none';
    recordWorld(at('evil.rec'), DAY, { seconds: 20, hostName });
    for (const args of [[], ['--json']]) {
      const { code, out, err } = await replay('evil.rec', ...args);
      expect(code).toBe(0);
      expect(out + err).not.toMatch(/[^\P{C}\n]/u);
      expect(out + err).not.toMatch(/^failures: none/m);
      if (args.length > 0) expect(JSON.parse(out)).toMatchObject({ host: hostName });
    }
  });

  it('prints the same as JSON', async () => {
    const { code, out } = await replay('web-1.rec', '--json');
    expect(code).toBe(0);
    const report = JSON.parse(out) as { alerts: { rule: string }[] };
    expect(report).toMatchObject({
      file: at('web-1.rec'),
      kind: 'recording',
      host: 'web-1',
      fromAt: '2026-01-05T12:00:00.000Z',
      toAt: '2026-01-05T12:10:00.000Z',
      samples: 301,
      pools: 1,
      failures: [{ poolId: 'connect_host_10.0.0.1_10.0.0.2_443', seenBy: 'timers' }],
      score: { episodes: { fulfilled: 1, unfulfilled: 1, unjustified: 0 }, failures: 1, missed: 0 },
    });
    expect(report.alerts[0]).toMatchObject({
      rule: 'imminent',
      severity: 'critical',
      mail: true,
      verdict: 'unfulfilled',
      leadSeconds: null,
    });
  });

  it('uses the alert rules of the given configuration', async () => {
    writeFileSync(at('c.yaml'), 'alerts: { imminent: { for: 30m } }\n', { mode: 0o600 });
    expect((await replay('short.rec', '--config', 'c.yaml')).out).toContain('No alert would have fired.');
    expect((await replay('short.rec')).out).toMatch(/^imminent {2}10\.0\.0\.2:443 .* unfulfilled$/m);
  });

  it('of an anonymized recording has no host name, and the same score', async () => {
    recordWorld(at('anonymous.rec'), DAY, { seconds: 200, anonymize: true });
    const score = async (name: string): Promise<unknown> => {
      const { host, score: figures } = JSON.parse((await replay(name, '--json')).out) as Record<string, unknown>;
      expect(host).toBe(name === 'short.rec' ? 'web-1' : null);
      return figures;
    };
    expect(await score('anonymous.rec')).toEqual(await score('short.rec'));
  });

  it('notes that failed connects were not recorded, unless they were', async () => {
    const note = 'note: failed connects were not recorded: exhaustion is derived from the socket tables only\n';
    recordWorld(at('watched.rec'), DAY, { seconds: 10, failuresAt: () => [] });
    expect((await replay('short.rec')).out).toContain(note);
    expect((await replay('watched.rec')).out).not.toContain('note: ');
  });

  it('replays the part that is left of a file whose end is missing', async () => {
    copyFileSync(at('short.rec'), at('cut.rec'));
    truncateSync(at('cut.rec'), Math.floor(statSync(at('cut.rec')).size / 2));
    const { code, out } = await replay('cut.rec');
    expect(code).toBe(0);
    expect(out).toContain('note: the end of the file is missing; the part before it was replayed\n');
  });
});

describe('a file that is neither a recording nor a database', () => {
  beforeEach(() => rmSync(at('f'), { force: true }));

  const header = '{"format":"portcast-recording","version":1,"host":null,"anonymized":true}';
  const database = (fill: (db: Database.Database) => void): void => {
    const db = new Database(at('f'));
    fill(db);
    db.close();
  };
  it.each<[string, () => void, number, RegExp]>([
    ['missing', () => undefined, 2, /\/f: cannot be read: ENOENT/],
    ['a folder', () => void mkdtempSync(at('f')), 2, /found a folder, a pipe or a device; allowed a regular file/],
    ['empty', () => writeFileSync(at('f'), ''), 1, /\/f: found an empty file; allowed a recording .* or a database/],
    ['plain text', () => writeFileSync(at('f'), 'hello'), 1, /\/f: found a file that begins with "hello"; allowed/],
    ['gzip of something else', () => writeFileSync(at('f'), gzipSync('hello\n')), 1, /\/f:1: not JSON .*"hello"/],
    [
      'a newer recording',
      () => writeFileSync(at('f'), gzipSync(`${header.replace(':1,', ':2,')}\n`)),
      1,
      /a recording of version 2; this portcast reads version 1/,
    ],
    [
      'a recording without tables',
      () => writeFileSync(at('f'), gzipSync(`${header}\n`)),
      1,
      /the recording has no socket table, so there is nothing to replay/,
    ],
    [
      'another program’s database',
      () => database((db) => db.exec('CREATE TABLE a (b)')),
      1,
      /is a SQLite database of another program/,
    ],
    [
      'an empty database',
      () => database((db) => db.exec('CREATE TABLE a (b); DROP TABLE a')),
      1,
      /is an empty database: nothing is stored in it/,
    ],
  ])('%s', async (_name, prepare, code, message) => {
    prepare();
    const name = _name === 'a folder' ? '.' : 'f';
    const result = await replay(name);
    expect(result).toMatchObject({ code, out: '' });
    expect(result.err).toMatch(message);
  });

  it('is not opened with a wrong configuration', async () => {
    writeFileSync(at('c.yaml'), 'alerts: { imminent: { raise: much } }\n');
    const { code, err } = await replay('f', '--config', 'c.yaml');
    expect(code).toBe(2);
    expect(err).toMatch(/alerts\.imminent\.raise: found .*much/);
  });
});
