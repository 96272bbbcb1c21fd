/** Changes in the store: written with the settings of their batch, read with those in memory, aged, known after a restart. */
import { describe, expect, it } from 'vitest';
import type { Change, StoredSetting } from '../../../../daemon/change/change.js';
import { MAX_KNOWN } from '../../../../daemon/change/tracker.js';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../../../daemon/units.js';
import { pool } from '../../../builders/records.js';
import { countRows } from '../../../builders/stored-samples.js';
import { openTestStore, type TestStore } from '../../../builders/stores.js';
import { createChange, POOL_ID } from '../../../builders/wire-changes.js';

const ALL = { poolIds: null, fromMs: null, toMs: null, limit: 100 };

function changeAt(test: TestStore, changes: Partial<Change> = {}): Change {
  return createChange({ atMs: test.clock.wallMs(), isOver: true, ...changes });
}

function settingOf(test: TestStore, changes: Partial<StoredSetting> = {}): StoredSetting {
  const firstSeenMs = test.clock.wallMs();
  return { name: 'net.ipv4.tcp_tw_reuse', value: '0', sinceMs: null, notBeforeMs: null, firstSeenMs, ...changes };
}

function record(changes: readonly Change[], settings: readonly StoredSetting[] = []) {
  return { changes: { changes, settings } };
}

describe('stored changes', () => {
  it('are read as they were, the newest first, written or still in memory, in their newest state', () => {
    const test = openTestStore();
    const first = changeAt(test, { id: 'c1', isOver: false });
    test.beat(record([first]));
    test.store.flush();
    const done = { ...first, isOver: true };
    test.beat(record([done]));
    const second = changeAt(test, { id: 'c2' });
    test.beat(record([second]));
    expect(test.store.listChanges(ALL)).toEqual([second, done]);
    expect(test.store.listChanges({ ...ALL, limit: 1 })).toEqual([second]);
    test.store.flush();
    expect(test.store.listChanges(ALL)).toEqual([second, done]);
    expect(countRows(test.sql(), 'observed_change')).toBe(2);
  });

  it('of one pool are those that compare it, and every change of a setting', () => {
    const test = openTestStore();
    const atMs = test.clock.wallMs();
    const of = (id: string, changes: Partial<Change>): Change => changeAt(test, { id, pools: [], ...changes });
    const own = of('c1', { kind: 'behaviour', pools: createChange().pools.slice(0, 1) });
    // An id that begins like the other one.
    const other = of('c2', {
      kind: 'behaviour',
      pools: [{ poolId: `${POOL_ID}9`, name: 'x', before: null, after: null }],
    });
    const setting = of('c3', { kind: 'setting' });
    test.beat(record([own, other, setting]));
    for (const written of [false, true]) {
      if (written) test.store.flush();
      const ids = (query: object) => test.store.listChanges({ ...ALL, ...query }).map(({ id }) => id);
      expect(ids({ poolIds: [POOL_ID] })).toEqual(['c3', 'c1']);
      expect(ids({ poolIds: [] })).toEqual(['c3']);
      expect(ids({ fromMs: atMs + 1 })).toEqual([]);
      expect(ids({ toMs: atMs - 1 })).toEqual([]);
    }
  });

  it('mark the history of a pool', () => {
    const test = openTestStore();
    const change = changeAt(test);
    const fromMs = test.clock.wallMs() - MINUTE_MS;
    test.beat({ pools: [pool(POOL_ID)], ...record([change]) });
    test.store.flush();
    const history = test.store.poolHistory({ id: POOL_ID, fromMs, toMs: fromMs + HOUR_MS, points: 10 });
    expect(history?.changes).toEqual([{ atMs: change.atMs, text: 'tcp_tw_reuse 0 -> 1' }]);
  });

  it('and settings are known after a restart, also after a kill: what was flushed together', () => {
    const test = openTestStore();
    const setting = settingOf(test, { value: '1', sinceMs: test.clock.wallMs() });
    const many = Array.from({ length: MAX_KNOWN + 3 }, (_, index) => changeAt(test, { id: `c${index}`, atMs: index }));
    const open = changeAt(test, { id: 'open', atMs: 0, isOver: false });
    test.beat(record([open, ...many], [settingOf(test)]));
    test.beat(record([], [setting]));
    test.reopen();
    const known = test.store.loadChanges();
    expect(known.settings).toEqual([setting]);
    expect(known.lastAtMs).toBeGreaterThan(0);
    expect(known.changes).toHaveLength(MAX_KNOWN + 1);
    expect(known.changes[0]).toEqual(open);
    expect(known.changes.at(-1)?.id).toBe(`c${MAX_KNOWN + 2}`);
  });

  it('that cannot be decoded are left out', () => {
    const test = openTestStore();
    test.beat(record([changeAt(test, { id: 'c1' }), changeAt(test, { id: 'c2' })]));
    test.store.flush();
    test.sql().exec("UPDATE observed_change SET body = '{' WHERE id = 'c1'");
    expect(test.store.listChanges(ALL).map(({ id }) => id)).toEqual(['c2']);
    test.reopen();
    expect(test.store.loadChanges().changes.map(({ id }) => id)).toEqual(['c2']);
  });

  it('wait in memory while the file cannot be written, and none of them is lost', () => {
    const test = openTestStore();
    const lock = test.sql();
    lock.exec('BEGIN IMMEDIATE');
    const change = changeAt(test);
    test.beat(record([change], [settingOf(test)]));
    // The samples of the batch are dropped after ten minutes; its changes are not.
    for (let minute = 0; minute < 15; minute += 1) {
      test.beat({ pools: [pool(POOL_ID)] });
      test.pass(MINUTE_MS);
    }
    lock.exec('ROLLBACK');
    test.pass(2 * MINUTE_MS);
    test.reopen();
    expect(test.store.loadChanges()).toMatchObject({ changes: [{ id: change.id }], settings: [{ value: '0' }] });
  });

  it('are deleted after 400 days, and beyond one for 256 KiB of the cap', () => {
    const test = openTestStore({ capBytes: 4 * 2 ** 20 });
    const old = changeAt(test, { id: 'old', atMs: test.clock.wallMs() - 401 * DAY_MS });
    const many = Array.from({ length: 30 }, (_, index) => changeAt(test, { id: `c${index}` }));
    test.beat(record([old, ...many, changeAt(test, { id: 'open', isOver: false })]));
    test.store.flush();
    test.pass(10 * MINUTE_MS);
    const ids = test.store.listChanges(ALL).map(({ id }) => id);
    expect(ids).not.toContain('old');
    expect(ids).toContain('open');
    expect(ids).toHaveLength(17);
  });
});
