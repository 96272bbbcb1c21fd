/** Users, tokens and sessions in the database, beside another process that changes them. */
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Session, Token, User } from '../../../daemon/access/accounts.js';
import { MIGRATIONS_DIR } from '../../../daemon/paths.js';
import { createAccessStore } from '../../../daemon/store/access-store.js';
import { changeAccounts, readAccounts } from '../../../daemon/store/account-file.js';
import { openDurableConnection, openInMemory, type Connection } from '../../../daemon/store/database.js';
import { holdDatabase } from '../../../daemon/store/holder.js';
import { migrate } from '../../../daemon/store/migrations.js';
import { fakeLog } from '../../fakes.js';

const ALICE: User = { name: 'alice', role: 'operator', password: 'scrypt$x', stamp: 's1', createdAtMs: 1 };
const TOKEN: Token = { name: 'prom', role: 'viewer', hash: 'h', createdAtMs: 1, expiresAtMs: null, usedAtMs: null };
const SESSION: Session = { hash: 'a', userName: 'alice', stamp: 's1', createdAtMs: 1, usedAtMs: 2 };

let folder: string;
let file: string;
const opened: Connection[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'portcast-accounts-'));
  file = join(folder, 'state', 'portcast.db');
});
afterEach(() => {
  for (const db of opened.splice(0)) db.close();
  rmSync(folder, { recursive: true });
});

const of = () => ({ file, migrationsDir: MIGRATIONS_DIR, nowMs: 1000 });

function openFile(path = file): { durable: Connection; onDisk: object } {
  const durable = openDurableConnection(path);
  opened.push(durable);
  return { durable, onDisk: {} };
}

describe('the accounts in the file', () => {
  it('are nobody where there is no file, and the first change makes it for its owner only', () => {
    expect(readAccounts(of())).toEqual({ users: [], tokens: [], sessions: [] });
    changeAccounts(of(), (rows) => rows.putUser(ALICE));
    expect(readAccounts(of()).users).toEqual([ALICE]);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(statSync(join(folder, 'state')).mode & 0o777).toBe(0o700);
  });

  it('end the sessions of a user who is removed', () => {
    changeAccounts(of(), (rows) => {
      rows.putUser(ALICE);
      rows.putSession(SESSION);
      rows.putSession({ ...SESSION, hash: 'b', userName: 'bob' });
    });
    expect(changeAccounts(of(), (rows) => [rows.removeUser('alice'), rows.removeUser('alice')])).toEqual([true, false]);
    expect(readAccounts(of()).sessions.map(({ hash }) => hash)).toEqual(['b']);
  });

  it('can be changed while a daemon holds the database', () => {
    changeAccounts(of(), (rows) => rows.putUser(ALICE));
    const hold = holdDatabase(file, { waitMs: 0, nowMs: 0 });
    try {
      changeAccounts(of(), (rows) => rows.putToken(TOKEN));
    } finally {
      hold.release();
    }
    expect(readAccounts(of()).tokens).toEqual([TOKEN]);
  });

  it('refuse a file that is no database', () => {
    changeAccounts(of(), (rows) => rows.putUser(ALICE));
    const other = join(folder, 'other.db');
    writeFileSync(other, 'no database at all, but more than a page of text'.repeat(200));
    expect(() => readAccounts({ ...of(), file: other })).toThrow(expect.objectContaining({ code: 'STORE_CORRUPT' }));
    expect(() => changeAccounts({ ...of(), file: other }, () => null)).toThrow(/other\.db/);
  });
});

describe('the accounts of the daemon', () => {
  it('follow another process at once', () => {
    changeAccounts(of(), (rows) => rows.putUser(ALICE));
    const database = openFile();
    const store = createAccessStore(() => database, fakeLog());
    expect(store.accounts()?.users).toEqual([ALICE]);
    changeAccounts(of(), (rows) => rows.putUser({ ...ALICE, stamp: 's2' }));
    expect(store.accounts()?.users).toEqual([{ ...ALICE, stamp: 's2' }]);
    changeAccounts(of(), (rows) => rows.removeUser('alice'));
    expect(store.accounts()?.users).toEqual([]);
  });

  it('keep sessions across a restart', () => {
    changeAccounts(of(), (rows) => rows.putUser(ALICE));
    const first = openFile();
    const store = createAccessStore(() => first, fakeLog());
    store.accounts();
    store.putSession(SESSION);
    store.putSession({ ...SESSION, hash: 'b' });
    store.endSessions(['b']);
    const second = openFile();
    expect(createAccessStore(() => second, fakeLog()).accounts()?.sessions).toEqual([SESSION]);
  });

  it('stay what they were while the database cannot be used, and say so once', () => {
    changeAccounts(of(), (rows) => rows.putUser(ALICE));
    const database = openFile();
    const standIn = openInMemory();
    opened.push(standIn);
    let current: { durable: Connection; onDisk: object | null } = database;
    const log = fakeLog();
    const store = createAccessStore(() => current, log);
    store.accounts();
    current = { durable: standIn, onDisk: null };
    store.putSession(SESSION);
    expect(store.accounts()).toMatchObject({ users: [ALICE], sessions: [SESSION] });
    // A file without the tables raises; nothing reaches the caller.
    current = { durable: standIn, onDisk: {} };
    expect(store.accounts()).toMatchObject({ users: [ALICE] });
    store.noteTokenUse('prom', 1);
    expect(log.lines.filter(({ level }) => level === 'warn')).toHaveLength(1);
  });

  it('move into a new file that has none, so that a lost database opens nothing', () => {
    changeAccounts(of(), (rows) => {
      rows.putUser(ALICE);
      rows.putToken(TOKEN);
      rows.putSession(SESSION);
    });
    let current = openFile();
    const store = createAccessStore(() => current, fakeLog());
    store.accounts();
    const other = { ...of(), file: join(folder, 'new.db') };
    const empty = openInMemory();
    opened.push(empty);
    migrate(empty, other);
    current = { durable: empty, onDisk: {} };
    expect(store.accounts()).toEqual({ users: [ALICE], tokens: [TOKEN], sessions: [SESSION] });
    expect(empty.prepare('SELECT count(*) FROM user_account').pluck().get()).toBe(1);
  });

  it('are not known where the database was never readable', () => {
    const standIn = openInMemory();
    opened.push(standIn);
    expect(createAccessStore(() => ({ durable: standIn, onDisk: null }), fakeLog()).accounts()).toBeNull();
  });
});
