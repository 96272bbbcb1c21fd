/**
 * Databases that were damaged or made to do harm, through `portcast replay`, through `portcast backup` and at the start of
 * the daemon: each is used or refused with one line, and none makes a command wait without end.
 */
import Database from 'better-sqlite3';
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { runCli } from '../../../daemon/cli/program.js';
import { PortcastError } from '../../../daemon/errors.js';
import { packTail } from '../../../daemon/store/series/codec.js';
import { testIo } from '../../builders/cli.js';
import { addChunk, createBlock, createGoodDatabase, loosen } from '../../builders/hostile-databases.js';
import { openTestStore } from '../../builders/stores.js';

type Harm = (db: Database.Database) => void;

const LARGEST = 2n ** 63n - 1n;
const SMALLEST = -(2n ** 63n);
const ENDLESS = 'WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n)';
const folder = mkdtempSync(join(tmpdir(), 'portcast-hostile-'));
afterAll(() => rmSync(folder, { recursive: true }));
/** Not the usual name, which alone would make it known as a database of portcast. */
const file = join(folder, 'hostile.db');
let good: Buffer | null = null;
beforeEach(() => {
  execFileSync('rm', ['-rf', file, `${file}-wal`, `${file}-shm`, `${file}.lock`, join(folder, 'copy.db')]);
  good ??= createGoodDatabase();
  writeFileSync(file, good);
});

function harm(change: Harm): void {
  const db = new Database(file);
  db.pragma('ignore_check_constraints = 1');
  change(db);
  db.close();
}

async function run(...args: string[]) {
  const io = testIo({ cwd: folder });
  const code = await runCli(args, io);
  expect(io.stdout() + io.stderr()).not.toMatch(/[^\P{C}\n]|\n {4}at /u);
  return { code, out: io.stdout(), err: io.stderr() };
}

/** Opens the database as the daemon does, lets it work for a minute, and closes it. True when the daemon would run. */
function startDaemon(): boolean {
  try {
    const test = openTestStore({ file });
    test.pass(60_000);
    test.store.close();
    return true;
  } catch (error) {
    expect(error).toBeInstanceOf(PortcastError);
    return false;
  }
}

const ODD_VALUES = ["'NaN'", '-1', '1e308', '9223372036854775807', '-9223372036854775808', 'NULL', "x'ff'", "''"];

describe('replay tells what it left out of a database', () => {
  it.each<[string, Harm, RegExp]>([
    [
      'with damaged blocks',
      (db) => void db.exec("UPDATE raw_tail SET data = x'ffffffffffffffffffff'"),
      /damaged .* were left out/,
    ],
    ['with a huge block', (db) => addChunk(db, Buffer.alloc(20_000_000)), /1 damaged .* left out/],
    [
      'with millions of samples of one instant',
      (db) => addChunk(db, createBlock(900_000, 0)),
      /[\d,]+ damaged .* left out/,
    ],
    ['with samples that are 1 ms apart', (db) => addChunk(db, createBlock(3000, 1)), /2,970 damaged .* left out/],
    ['with samples outside of their window', (db) => addChunk(db, createBlock(100, 1e9)), /99 damaged .* left out/],
    [
      'with more ports than there are',
      (db) => addChunk(db, createBlock(5, 1000, [1e9, 1e9, 1e9, 1, 1, 1e9])),
      /5 damaged .* left out/,
    ],
    [
      'with pools without identity',
      (db) => void db.exec("UPDATE series SET identity = '{' WHERE kind = 1"),
      /1 damaged .* left out/,
    ],
    [
      'with pools of another shape',
      (db) => void db.exec("UPDATE series SET identity = '[]' WHERE kind = 1"),
      /1 damaged .* left out/,
    ],
  ])('%s', async (_name, change, note) => {
    harm(change);
    const { code, out, err } = await run('replay', file);
    expect(code === 0 ? out : err).toMatch(note);
  });

  it('with too many samples in one window, in one line', async () => {
    harm((db) => Array.from({ length: 4 }, () => addChunk(db, createBlock(300_000, 0))));
    const { code, err } = await run('replay', file);
    expect({ code, err }).toMatchObject({
      code: 1,
      err: expect.stringMatching(
        /^portcast: .*found more than 1000000 samples in one window of time; allowed at most 1000000\n$/,
      ) as string,
    });
  });
});

describe('no command waits without end for a database', () => {
  it.each<[string, Harm]>([
    ...['series', 'raw_tail', 'raw_chunk', 'minute_tail', 'hour_chunk', 'score', 'outage', 'alert'].map(
      (table): [string, Harm] => [
        `with odd values in every column of ${table}`,
        (db) => {
          loosen(table)(db);
          const columns = db.prepare<[string], string>('SELECT name FROM pragma_table_info(?)').pluck().all(table);
          for (const value of ODD_VALUES) {
            for (const column of columns) {
              try {
                db.exec(`INSERT INTO ${table} (${column}) VALUES (${value})`);
                db.exec(`UPDATE ${table} SET ${column} = ${value} WHERE rowid = (SELECT min(rowid) FROM ${table})`);
              } catch {
                // A key that exists already, or a rule that cannot be switched off.
              }
            }
          }
        },
      ],
    ),
    [
      'with chunks that claim to span 10^15 s',
      (db) => addChunk(db, createBlock(10, 1000), { from: 0, to: 10n ** 18n }),
    ],
    [
      'with chunks from the first to the last instant there is',
      (db) => addChunk(db, createBlock(10, 1000), { from: SMALLEST, to: LARGEST }),
    ],
    [
      'with a tail that claims so',
      (db) =>
        void db
          .prepare('INSERT INTO raw_tail (grp, window_ms, from_ms, to_ms, data) VALUES (0, ?, ?, ?, ?)')
          .run(SMALLEST, SMALLEST, LARGEST, packTail([])),
    ],
    [
      'with 100,000 windows',
      (db) =>
        void db.exec(
          `${ENDLESS} INSERT INTO raw_chunk (series_id, from_ms, to_ms, data) SELECT 1, i * 300000, i * 300000, x'' FROM n LIMIT 100000`,
        ),
    ],
    [
      'with 100,000 pools',
      (db) =>
        void db.exec(
          `${ENDLESS} INSERT INTO series (kind, name, identity) SELECT 1, 'p' || i, '{}' FROM n LIMIT 100000`,
        ),
    ],
    [
      'with 100,000 migrations',
      (db) => void db.exec(`${ENDLESS} INSERT INTO migration SELECT 100 + i, 'x', 'x', 0 FROM n LIMIT 100000`),
    ],
    [
      'with row ids far apart',
      (db) =>
        void db.exec(
          "INSERT INTO raw_tail (id, grp, window_ms, from_ms, to_ms, data) VALUES (9223372036854775807, 0, 0, 0, 0, x'00'), (-9223372036854775808, 0, 0, 0, 0, x'00')",
        ),
    ],
    [
      'with an endless view in the place of a table',
      (db) => void db.exec(`ALTER TABLE score RENAME TO a; CREATE VIEW score AS ${ENDLESS} SELECT i AS pool_id FROM n`),
    ],
    [
      'with an endless view of samples',
      (db) =>
        void db.exec(
          `ALTER TABLE raw_chunk RENAME TO a; CREATE VIEW raw_chunk AS ${ENDLESS} SELECT i AS id, i AS series_id, i AS from_ms, i AS to_ms, x'' AS data FROM n`,
        ),
    ],
    [
      'with an endless trigger',
      (db) =>
        void db.exec(
          `CREATE TRIGGER t AFTER INSERT ON raw_tail BEGIN INSERT INTO series (kind, name, identity) SELECT 9, i, '' FROM (${ENDLESS} SELECT i FROM n); END`,
        ),
    ],
    [
      'with a computed column',
      (db) =>
        void db.exec(
          'ALTER TABLE series DROP COLUMN identity; ALTER TABLE series ADD COLUMN identity TEXT AS (hex(zeroblob(10000000)))',
        ),
    ],
    ['without a table', (db) => void db.exec('DROP TABLE raw_chunk')],
    [
      'of another program, with our mark',
      (db) => void db.exec('CREATE TABLE other (a); DROP TABLE series; DROP TABLE migration'),
    ],
    ['with another user_version', (db) => void db.pragma('user_version = 2147483647')],
  ])('%s', async (_name, change) => {
    harm(change);
    const replayed = await run('replay', file);
    expect(replayed.err).toMatch(replayed.code === 0 ? /^$/ : /^portcast: [^\n]+\n$/);
    startDaemon();
  });

  it.each<[string, () => void]>([
    ['a pipe', () => void execFileSync('mkfifo', [file])],
    ['a folder', () => mkdirSync(file)],
    ['a file without a byte', () => writeFileSync(file, '')],
    ['a database that was cut short', () => writeFileSync(file, (good ?? Buffer.alloc(0)).subarray(0, 5000))],
    [
      'a first page of nothing',
      () => writeFileSync(file, Buffer.concat([(good ?? Buffer.alloc(0)).subarray(0, 100), Buffer.alloc(50_000)])),
    ],
    ['a WAL without its database', () => writeFileSync(`${file}-wal`, Buffer.alloc(100_000, 'x'))],
  ])('%s is refused by replay and by backup, and does not stop the daemon for ever', async (_name, make) => {
    rmSync(file);
    make();
    const replayed = await run('replay', file);
    expect(replayed).toMatchObject({ out: '', err: expect.stringMatching(/^portcast: [^\n]+\n$/) as string });
    expect(replayed.code).toBeGreaterThan(0);
    writeFileSync(join(folder, 'c.yaml'), `store: { file: ${file} }\n`, { mode: 0o600 });
    const copied = await run('backup', join(folder, 'copy.db'), '--config', 'c.yaml');
    expect(copied.err).toMatch(copied.code === 0 ? /^$/ : /^portcast: [^\n]+\n$/);
    startDaemon();
  });
});
