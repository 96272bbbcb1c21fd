/** Whether the user of the service can read the files that the unit starts. */
import { realpathSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { messageOf } from '../errors.js';

/** Folders that ProtectHome and PrivateTmp hide from the service, whatever their modes are. */
const HIDDEN_FOLDERS = ['/root', '/home', '/run/user', '/tmp', '/var/tmp'];

/** Mode bits that other users need on the file, and on every folder above it. */
const OTHERS_MAY_READ = 0o004;
const OTHERS_MAY_SEARCH = 0o001;

/** @returns why a user without any rights cannot read this file or enter this folder; null when it can. */
export function explainUnreadable(path: string, hidden: readonly string[] = HIDDEN_FOLDERS): string | null {
  try {
    // The kernel walks the path itself and the targets of its links.
    return findObstacle(path, hidden) ?? findObstacle(realpathSync(path), hidden);
  } catch (error) {
    return messageOf(error);
  }
}

function findObstacle(path: string, hidden: readonly string[]): string | null {
  const hiddenBy = hidden.find((folder) => path === folder || path.startsWith(`${folder}/`));
  if (hiddenBy !== undefined) return `${path} is in ${hiddenBy}, which the service does not see`;
  for (let place = path; ; place = dirname(place)) {
    const stat = statSync(place);
    const neededMode = stat.isDirectory() ? OTHERS_MAY_SEARCH : OTHERS_MAY_READ;
    if ((stat.mode & neededMode) === 0) return `${place} is closed to other users`;
    if (dirname(place) === place) return null;
  }
}
