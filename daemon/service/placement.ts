/** Whether the user of the service can read the files that the unit starts, and whether only root can change them. */
import { existsSync, lstatSync, readdirSync, readlinkSync, realpathSync, statSync, type Dirent } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { messageOf } from '../errors.js';

/** Folders that ProtectHome and PrivateTmp hide from the service, whatever their modes are. */
const HIDDEN_FOLDERS = ['/root', '/home', '/run/user', '/tmp', '/var/tmp'];

/** Mode bits that other users need on the file, and on every folder above it. */
const OTHERS_MAY_READ = 0o004;
const OTHERS_MAY_SEARCH = 0o001;

/** Mode bits with which the group or everybody may write. */
const OTHERS_MAY_WRITE = 0o022;
/** In a folder with this bit only the owner of an entry may rename or delete it. */
const STICKY = 0o1000;
/** As many as the kernel follows. */
const MAX_LINKS = 40;

/**
 * Who else than root could replace the code that the service runs. Each folder above a file counts, because whoever may write
 * to a folder can put another file in the place of this one; so do the folders that the links on the way lead through. The
 * group bits of a file with an ACL are its mask, so they also show users whom an ACL lets write.
 *
 * @param path a file, or a folder, of which every file counts. Only what Node may load is looked at, so `.git` does not.
 * @param ownerId the user who may own the files: 0, root; an argument for tests.
 * @returns the first place that another user can change, why, and the command that mends it; null when there is none.
 */
export function explainTamperable(path: string, ownerId = 0): string | null {
  try {
    return findOpenAbove(path, ownerId) ?? findOpenBelow(realpathSync(path), ownerId);
  } catch (error) {
    return messageOf(error);
  }
}

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

/** Follows the path as the kernel does, one name after the other, and looks at every folder on the way. */
function findOpenAbove(path: string, ownerId: number, links = 0): string | null {
  if (links > MAX_LINKS) return `${path} has too many symbolic links`;
  const names = resolve(path).split('/').slice(1);
  let place = '/';
  for (const [index, name] of ['', ...names].entries()) {
    const parent = place;
    place = join(place, name);
    const stat = lstatSync(place);
    if (stat.isSymbolicLink()) {
      if (!mayOwn(stat.uid, ownerId)) return describeOwner(place, stat.uid);
      return findOpenAbove(resolve(parent, readlinkSync(place), ...names.slice(index)), ownerId, links + 1);
    }
    // In a sticky folder only its owner can replace an entry of another user.
    const isSticky = index < names.length && (stat.mode & STICKY) !== 0;
    const problem = describeOpen(place, isSticky ? { uid: stat.uid, mode: 0 } : stat, ownerId);
    if (problem !== null) return problem;
  }
  return null;
}

function findOpenBelow(folder: string, ownerId: number): string | null {
  if (!lstatSync(folder).isDirectory()) return null;
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    if (entry.name === '.git') continue;
    const place = join(folder, entry.name);
    const problem = findOpenEntry(place, entry, ownerId);
    if (problem !== null) return problem;
  }
  return null;
}

function findOpenEntry(place: string, entry: Dirent, ownerId: number): string | null {
  // A link to nothing loads nothing, and nobody else can make its target in a folder that is closed.
  if (entry.isSymbolicLink()) return existsSync(place) ? findOpenAbove(place, ownerId) : null;
  const problem = describeOpen(place, lstatSync(place), ownerId);
  return problem === null && entry.isDirectory() ? findOpenBelow(place, ownerId) : problem;
}

function describeOpen(place: string, { uid, mode }: { uid: number; mode: number }, ownerId: number): string | null {
  if (!mayOwn(uid, ownerId)) return describeOwner(place, uid);
  return (mode & OTHERS_MAY_WRITE) === 0 ? null : `other users may write to ${place}: run chmod -R go-w ${place}`;
}

function describeOwner(place: string, uid: number): string {
  return `user ${uid} owns ${place}, and may change it: run chown -R root:root ${place}`;
}

function mayOwn(uid: number, ownerId: number): boolean {
  return uid === 0 || uid === ownerId;
}
