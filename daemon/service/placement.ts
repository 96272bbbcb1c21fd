/** Whether the service user will be able to read what the unit starts. */
import { realpathSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { messageOf } from '../errors.js';

/** Hidden from the service by ProtectHome and PrivateTmp, whatever their modes. */
const HIDDEN = ['/root', '/home', '/run/user', '/tmp', '/var/tmp'];

/** @returns why a user without any rights cannot read this file or enter this folder; null when it can. */
export function explainUnreadable(path: string, hidden: readonly string[] = HIDDEN): string | null {
  try {
    // The path itself and what its links lead to: both are walked at start.
    return firstObstacle(path, hidden) ?? firstObstacle(realpathSync(path), hidden);
  } catch (error) {
    return messageOf(error);
  }
}

function firstObstacle(path: string, hidden: readonly string[]): string | null {
  const within = hidden.find((folder) => path === folder || path.startsWith(`${folder}/`));
  if (within !== undefined) return `${path} is in ${within}, which the service does not see`;
  for (let place = path; ; place = dirname(place)) {
    const stat = statSync(place);
    // Others need to read a file, and to search every folder above it.
    const needed = stat.isDirectory() ? 0o001 : 0o004;
    if ((stat.mode & needed) === 0) return `${place} is closed to other users`;
    if (dirname(place) === place) return null;
  }
}
