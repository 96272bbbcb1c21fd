/** What is said of a database file that was lost or is damaged, and by what such a file is known. */
import { existsSync } from 'node:fs';
import { basename } from 'node:path';

import type { PortcastError } from '../errors.js';
import { ForeignDatabaseError, isMarkedFile } from './migrations.js';

export const IN_MEMORY =
  'portcast goes on in memory: it samples, forecasts and warns, and tries the file again every 10 s; what is only in ' +
  'memory is lost when it stops';

/** What happened to a file that is no longer at its path, what the store did, and what the operator can do. */
export function describeLoss(what: string, how: { isEmpty: boolean; isWhole: boolean; aside: string | null }): string {
  const place = how.isEmpty ? 'a new file' : 'the file that is there now';
  const history = how.isWhole ? ' and the whole history' : ', but without a part of the history';
  const found = how.aside === null ? '' : `. What was found in its place is no database and is now ${how.aside}`;
  return (
    `${what} while it was open: portcast goes on in ${place} with all alerts and mail${how.isEmpty ? history : ''}${found}. ` +
    'Stop portcast before its database is moved, removed or restored'
  );
}

/** The same for a file that is damaged. */
export function describeAside(what: string, { aside, isWhole }: { aside: string; isWhole: boolean }): string {
  const [cause = what] = what.split('; it is left as it is');
  return (
    `${cause}. It is now ${aside}, and a new database was begun with ` +
    `${isWhole ? 'all that was in it' : 'what could be read of it'}; ` +
    'to restore a backup, stop portcast and put it in the place of the new one, without -wal and -shm'
  );
}

/**
 * Whether a file that cannot be opened may be moved aside: it was a database of portcast, by its lock file, its mark or its
 * name. Anything else is left alone, as it is more likely a mistake in `store.file`.
 */
export function isKnownFile(file: string): boolean {
  return basename(file) === 'portcast.db' || existsSync(`${file}.lock`) || isMarkedFile(file);
}

/** True for damage, false for a database of another program. */
export function isDamage(failure: PortcastError): boolean {
  return failure.code === 'STORE_CORRUPT' && !(failure instanceof ForeignDatabaseError);
}
