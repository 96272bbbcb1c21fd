/** kill -9 in the middle of writing: every alert and mail whose commit had returned is there, and the file is whole. */
import Database from 'better-sqlite3';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { expect, it, onTestFinished } from 'vitest';

import { PACKAGE_ROOT } from '../../../daemon/paths.js';
import { keepStatements } from '../../../daemon/store/database.js';
import { createTempFolder, openTestStore } from '../../builders/stores.js';

const CHILD = fileURLToPath(import.meta.resolve('../../builders/store-writer-child.ts'));
/** How many alerts each process has committed when it is killed, at the least. */
const COMMITS_BEFORE_KILL = [40, 77, 114, 151];

interface Writer extends ChildProcess {
  readonly stdout: Readable;
}

/** The process loads its modules at once and waits: so all of them load at the same time. */
function spawnWriter(file: string, round: number): Writer {
  return spawn(process.execPath, ['--import', 'tsx', CHILD, file, String(round)], {
    cwd: PACKAGE_ROOT,
    stdio: ['pipe', 'pipe', 'inherit'],
  });
}

/** Lets the writer commit so many alerts, kills it, and returns the ids of those that it had committed by then. */
async function writeAndKill(writer: Writer, commits: number): Promise<string[]> {
  const exited = once(writer, 'exit');
  writer.stdin?.write('go\n');
  let text = '';
  for await (const part of writer.stdout as AsyncIterable<Buffer>) {
    text += part.toString();
    if (text.split('\n').length > commits) writer.kill('SIGKILL');
  }
  const [, signal] = (await exited) as [number | null, string | null];
  expect(signal).toBe('SIGKILL');
  return text.split('\n').slice(0, -1);
}

it('keeps every committed alert and mail through kill -9, and the file stays whole', { timeout: 60_000 }, async () => {
  const file = join(createTempFolder(), 'x.db');
  const writers = COMMITS_BEFORE_KILL.map((commits, round) => ({ commits, writer: spawnWriter(file, round) }));
  onTestFinished(() => writers.forEach(({ writer }) => writer.kill('SIGKILL')));
  const committed: string[] = [];
  for (const { commits, writer } of writers) {
    const ids = await writeAndKill(writer, commits);
    expect(ids.length).toBeGreaterThanOrEqual(commits);
    committed.push(...ids);
    const db = keepStatements(new Database(file));
    expect(db.pragma('integrity_check', { simple: true })).toBe('ok');
    expect(db.pragma('foreign_key_check')).toEqual([]);
    const alerts = new Set(db.prepare<[], string>('SELECT id FROM alert').pluck().all());
    const mails = new Set(db.prepare<[], string>('SELECT message_id FROM outbox').pluck().all());
    db.close();
    expect(committed.filter((id) => !alerts.has(id) || !mails.has(id))).toEqual([]);
  }
  const test = openTestStore({ file });
  expect(test.store.loadActiveAlerts().length).toBeGreaterThanOrEqual(committed.length);
  test.pass(3000);
  expect(test.health.problems.size).toBe(0);
});
