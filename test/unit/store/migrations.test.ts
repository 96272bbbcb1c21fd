/** Schema migrations: applied in order, and refused when the files differ from what the database was built with. */
import Database from 'better-sqlite3';
import { copyFileSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

import { MIGRATIONS_DIR } from '../../../daemon/paths.js';
import { keepStatements, openConnection } from '../../../daemon/store/database.js';
import { migrate } from '../../../daemon/store/migrations.js';
import { createTempFolder, openTestStore } from '../../builders/stores.js';

function copyMigrations(): string {
  const folder = join(createTempFolder(), 'migrations');
  mkdirSync(folder);
  for (const name of readdirSync(MIGRATIONS_DIR)) copyFileSync(join(MIGRATIONS_DIR, name), join(folder, name));
  return folder;
}

/** The path of the migration that would come next. */
function nextPath(folder: string, title: string): string {
  return join(folder, `${String(readdirSync(folder).length + 1).padStart(4, '0')}_${title}.sql`);
}

describe('migrations', () => {
  it('build a new database: WAL, STRICT tables, incremental auto-vacuum, and each migration with its hash', () => {
    const test = openTestStore();
    const db = test.sql();
    expect(db.pragma('journal_mode', { simple: true })).toBe('wal');
    expect(db.pragma('auto_vacuum', { simple: true })).toBe(2);
    const tables = db.prepare("SELECT name, strict FROM pragma_table_list WHERE type = 'table' AND schema = 'main'");
    const own = (tables.all() as { name: string; strict: number }[]).filter(({ name }) => !name.startsWith('sqlite_'));
    expect(own.map(({ name }) => name)).toEqual(expect.arrayContaining(['migration', 'series', 'raw_tail', 'alert']));
    expect(own.filter(({ strict }) => strict === 0)).toEqual([]);
    const applied = db.prepare('SELECT name, length(sha256) AS length FROM migration ORDER BY version').all();
    expect(applied[0]).toEqual({ name: '0001_initial.sql', length: 64 });
    expect(applied).toEqual(readdirSync(MIGRATIONS_DIR).map((name) => ({ name, length: 64 })));
  });

  it('apply to an existing database those that are new', () => {
    const migrationsDir = copyMigrations();
    const test = openTestStore({ migrationsDir });
    writeFileSync(nextPath(migrationsDir, 'extra'), 'CREATE TABLE extra (a INTEGER) STRICT;');
    test.reopen();
    expect(test.sql().prepare('SELECT count(*) FROM extra').pluck().get()).toBe(0);
  });

  it.each([
    ['changed', (folder: string) => writeFileSync(join(folder, '0001_initial.sql'), 'SELECT 1;'), /other content/],
    [
      'renamed',
      (folder: string) => renameSync(join(folder, '0001_initial.sql'), join(folder, '0001_begin.sql')),
      /0001_initial\.sql.*0001_begin\.sql/,
    ],
    ['misnumbered', (folder: string) => writeFileSync(join(folder, '0099_x.sql'), ''), /0099_x\.sql.*was expected/],
  ])('are refused when one is %s', (_, spoil, message) => {
    const migrationsDir = copyMigrations();
    const test = openTestStore({ migrationsDir });
    spoil(migrationsDir);
    expect(() => test.reopen()).toThrow(expect.objectContaining({ code: 'STORE_DRIFT' }));
    expect(() => test.reopen()).toThrow(message);
  });

  it('are refused for a newer schema, with both versions in the error, and leave it as it is', () => {
    const migrationsDir = copyMigrations();
    const newest = readdirSync(migrationsDir).length;
    const newer = nextPath(migrationsDir, 'later');
    writeFileSync(newer, 'CREATE TABLE later (a INTEGER) STRICT;');
    const test = openTestStore({ migrationsDir });
    rmSync(newer);
    expect(() => test.reopen()).toThrow(expect.objectContaining({ code: 'STORE_NEWER' }));
    expect(() => test.reopen()).toThrow(
      new RegExp(`version ${newest + 1}, and this version of portcast supports versions up to ${newest}`),
    );
    expect(test.sql().prepare('SELECT count(*) FROM later').pluck().get()).toBe(0);
  });

  it('leave nothing of a migration that fails half-way', () => {
    const migrationsDir = copyMigrations();
    writeFileSync(nextPath(migrationsDir, 'broken'), 'CREATE TABLE half (a INTEGER) STRICT; CREATE TABLE half (b);');
    const file = join(createTempFolder(), 'x.db');
    const db = openConnection(file);
    expect(() => migrate(db, { file, migrationsDir, nowMs: 0 })).toThrow(/half already exists/);
    db.close();
    const after = keepStatements(new Database(file));
    expect(after.prepare("SELECT name FROM sqlite_schema WHERE name = 'half'").all()).toEqual([]);
    expect(after.prepare('SELECT max(version) FROM migration').pluck().get()).toBe(readdirSync(MIGRATIONS_DIR).length);
    after.close();
  });

  it("are refused for another program's database", () => {
    const file = join(createTempFolder(), 'theirs.db');
    const theirs = keepStatements(new Database(file));
    theirs.exec('CREATE TABLE customers (name TEXT)');
    theirs.close();
    expect(() => openTestStore({ file })).toThrow(expect.objectContaining({ code: 'STORE_CORRUPT' }));
    expect(() => openTestStore({ file })).toThrow(/another program/);
  });
});
