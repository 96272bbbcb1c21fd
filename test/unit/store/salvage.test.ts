/** What is copied out of a database that can no longer be used. */
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';

import { MIGRATIONS_DIR } from '../../../daemon/paths.js';
import { openConnection, type Connection } from '../../../daemon/store/database.js';
import { migrate } from '../../../daemon/store/migrations.js';
import { copyContent } from '../../../daemon/store/salvage.js';
import { createTempFolder } from '../../builders/stores.js';

function createDatabase(file: string): Connection {
  const db = openConnection(file);
  onTestFinished(() => void db.close());
  migrate(db, { file, migrationsDir: MIGRATIONS_DIR, nowMs: 0 });
  return db;
}

it('copies rows whose ids are as far apart as ids can be, and looks at no id between them', () => {
  const folder = createTempFolder();
  const [from, to] = [createDatabase(join(folder, 'from.db')), createDatabase(join(folder, 'to.db'))];
  const ids = ['-9223372036854775808', '-5', '7', '9223372036854775807'];
  for (const id of ids) from.exec(`INSERT INTO outage VALUES ('pool ${id}', 1, 2, 1, 3, 4, NULL, 0, NULL)`);
  for (const id of ids) from.exec(`UPDATE outage SET rowid = ${id} WHERE pool_id = 'pool ${id}'`);
  expect(copyContent(from, join(folder, 'to.db'), { isEmpty: true, now: () => 0 })).toBe(true);
  const copied = to.prepare<[], string>('SELECT pool_id FROM outage').pluck().all();
  expect(new Set(copied)).toEqual(new Set(ids.map((id) => `pool ${id}`)));
});
