/** Copies the database while the daemon is running. */
import { closeSync, fsyncSync, openSync, unlinkSync } from 'node:fs';
import { open } from 'node:fs/promises';

import { codeOf, messageOf, PortcastError } from '../errors.js';
import { openReadonly, storeError } from './database.js';

/**
 * Copies `file` as it is at one instant to `target`, which must not exist and is created with mode 0600. A running daemon
 * is not held up. The copy is compact, on disk when the promise resolves, and opens like the original. Raises STORE_*.
 */
export async function backupDatabase(file: string, target: string): Promise<void> {
  const db = openReadonly(file);
  try {
    createTarget(target);
    try {
      // One read transaction. SQLite's backup API copies page by page and starts again whenever the daemon writes.
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

/** VACUUM INTO accepts an existing file only when it is empty, and then keeps its mode. */
function createTarget(target: string): void {
  try {
    const handle = openSync(target, 'wx', 0o600);
    fsyncSync(handle);
    closeSync(handle);
  } catch (error) {
    const exists = codeOf(error) === 'EEXIST';
    const why = exists ? 'it exists already, and a backup overwrites no file' : messageOf(error);
    throw new PortcastError('STORE_IO', `cannot create backup ${target}: ${why}`, { cause: error });
  }
}
