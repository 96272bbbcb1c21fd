/** A consistent copy of the live database. */
import { closeSync, fsyncSync, openSync, unlinkSync } from 'node:fs';
import { open } from 'node:fs/promises';

import { codeOf, messageOf, PortcastError } from '../errors.js';
import { openReadonly, storeError } from './database.js';

/**
 * Copies `file` to `target` (created 0600, never overwritten), as it is at one instant; the daemon may be running and
 * is not held up. The copy is compact, on disk when this returns, and opens like the original. Raises STORE_*.
 */
export async function backupDatabase(file: string, target: string): Promise<void> {
  const db = openReadonly(file);
  try {
    createTarget(target);
    try {
      // One read transaction: unlike the page-wise backup it cannot be made to start over by a busy writer.
      db.prepare('VACUUM INTO ?').run(target);
      const handle = await open(target, 'r');
      await handle.sync().finally(() => handle.close());
    } catch (error) {
      unlinkSync(target);
      throw storeError(file, error);
    }
  } finally {
    db.close();
  }
}

/** SQLite fills an existing file only when it is empty, and so keeps its mode. */
function createTarget(target: string): void {
  try {
    const handle = openSync(target, 'wx', 0o600);
    fsyncSync(handle);
    closeSync(handle);
  } catch (error) {
    const exists = codeOf(error) === 'EEXIST';
    const why = exists ? 'it exists already, and a backup overwrites nothing' : messageOf(error);
    throw new PortcastError('STORE_IO', `cannot create backup ${target}: ${why}`, { cause: error });
  }
}
