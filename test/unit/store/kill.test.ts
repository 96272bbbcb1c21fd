/** kill -9 in the middle of writing: what was promised is there, and the file is whole. */
import Database from 'better-sqlite3';
import { keepStatements } from '../../../daemon/store/database.js';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

import { PACKAGE_ROOT } from '../../../daemon/paths.js';
import { createTempFolder, openTestStore } from '../../builders/stores.js';

const CHILD = fileURLToPath(import.meta.resolve('../../builders/store-writer-child.ts'));
const ROUNDS = 4;

/** Runs the writer until it has promised `enough` alerts, kills it, and returns the ids it had promised by then. */
async function writeAndKill(file: string, round: number, enough: number): Promise<string[]> {
  const child = spawn(process.execPath, ['--import', 'tsx', CHILD, file, String(round)], {
    cwd: PACKAGE_ROOT,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exited = once(child, 'exit');
  let text = '';
  for await (const part of child.stdout as AsyncIterable<Buffer>) {
    text += part.toString();
    if (text.split('\n').length > enough) child.kill('SIGKILL');
  }
  const [, signal] = (await exited) as [number | null, string | null];
  expect(signal).toBe('SIGKILL');
  return text.split('\n').slice(0, -1);
}

it('keeps every committed alert and mail through kill -9, and the file stays whole', { timeout: 60_000 }, async () => {
  const file = join(createTempFolder(), 'x.db');
  const promised: string[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    promised.push(...(await writeAndKill(file, round, 40 + 37 * round)));
    const db = keepStatements(new Database(file));
    expect(db.pragma('integrity_check', { simple: true })).toBe('ok');
    expect(db.pragma('foreign_key_check')).toEqual([]);
    const alerts = new Set(db.prepare<[], string>('SELECT id FROM alert').pluck().all());
    const mails = new Set(db.prepare<[], string>('SELECT message_id FROM outbox').pluck().all());
    db.close();
    expect(promised.filter((id) => !alerts.has(id) || !mails.has(id))).toEqual([]);
  }
  const test = openTestStore({ file });
  expect(test.store.loadActiveAlerts().length).toBeGreaterThanOrEqual(promised.length);
  test.pass(3000);
  expect(test.health.problems.size).toBe(0);
});
