import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createReserve } from '../../../../daemon/store/upkeep/reserve.js';
import { fakeClock, fakeLog } from '../../../fakes.js';
import { createAlert, createAlertChange, createMail } from '../../../builders/records.js';
import { openTestStore } from '../../../builders/stores.js';

const BYTES = 256 * 1024;

function openReserve(changes: { file?: string; bytes?: number } = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'portcast-reserve-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const file = changes.file ?? join(folder, 'portcast.db');
  const [clock, log] = [fakeClock(), fakeLog()];
  const problems: (string | null)[] = [];
  const report = (problem: string | null): void => void problems.push(problem);
  const reserve = createReserve({ file, bytes: BYTES, clock, log, report, ...changes });
  return { reserve, path: `${file}.reserve`, clock, log, problems };
}

describe('the room that is kept for alerts and mail', () => {
  it('is really taken on the disk', () => {
    const { reserve, path } = openReserve();
    reserve.renew();
    const { size, blocks, mode } = statSync(path);
    expect(size).toBe(BYTES);
    expect(blocks * 512).toBeGreaterThanOrEqual(BYTES);
    expect(mode & 0o777).toBe(0o600);
    expect(reserve.isSpent()).toBe(false);
  });

  it('is given once, and taken again with the next tick that finds room', () => {
    const { reserve, path, problems } = openReserve();
    reserve.renew();
    expect(reserve.spend()).toBe(true);
    expect(existsSync(path)).toBe(false);
    expect(reserve.isSpent()).toBe(true);
    expect(problems.at(-1)).toMatch(/the disk of database .* is full: alerts and mail use the 0\.25 MiB/);
    expect(reserve.spend()).toBe(false);
    reserve.renew();
    expect(statSync(path).size).toBe(BYTES);
    expect(reserve.isSpent()).toBe(false);
    expect(problems.at(-1)).toBeNull();
  });

  it('is made again when somebody has removed or cut it', () => {
    const { reserve, path, clock } = openReserve();
    reserve.renew();
    writeFileSync(path, '');
    expect(reserve.spend()).toBe(false);
    clock.advance(10_000);
    reserve.renew();
    expect(statSync(path).size).toBe(BYTES);
  });

  it('is not there where it cannot be made, which is logged once and harms nothing', () => {
    const { reserve, clock, log } = openReserve({ file: '/nonexistent/portcast.db' });
    for (let tick = 0; tick < 3; tick += 1) {
      reserve.renew();
      clock.advance(10_000);
    }
    expect(reserve.spend()).toBe(false);
    expect(reserve.isSpent()).toBe(false);
    expect(log.lines).toHaveLength(1);
    expect(String(log.lines[0]?.args[0])).toMatch(/no room can be kept for alerts and mail/);
  });

  it('can be switched off', () => {
    const { reserve, path } = openReserve({ bytes: 0 });
    reserve.renew();
    expect(existsSync(path)).toBe(false);
    expect(reserve.spend()).toBe(false);
  });
});

it('alerts and mail find room in a database that has reached its own limit', () => {
  const test = openTestStore({ capBytes: 16 * 2 ** 20 });
  const db = test.sql();
  // Samples may fill the file up to their part of the limit, not more.
  const pages = Math.floor((16 * 2 ** 20 - 4 * 2 ** 20) / Number(db.pragma('page_size', { simple: true })));
  db.exec('create table ballast (content blob)');
  const grow = db.prepare('insert into ballast values (zeroblob(65536))');
  while (Number(db.pragma('page_count', { simple: true })) < pages) grow.run();
  for (let index = 0; index < 10; index += 1) {
    const mail = createMail(`m${index}`, { html: 'x'.repeat(50_000) });
    test.store.commitAlerts([createAlertChange(createAlert(`a${index}`))], [mail]);
  }
  expect(test.health.problems.get('store') ?? '').not.toMatch(/alerts and mail are kept in memory/);
  const waiting = db.prepare("select count(*) from outbox where status = 'waiting'").pluck().get();
  expect(waiting).toBe(10);
});
