/** Which commits are checked, read from git. */
import { execFileSync } from 'node:child_process';

/** The last commit before the rule: the subjects up to it are not checked. Used while no version is tagged. */
const LAST_UNCHECKED_COMMIT = '726d38097ecbbfb9880815f1a80257241c2c8e0a';
const GIT_LIMIT_MS = 20_000;

export interface Commit {
  readonly hash: string;
  readonly subject: string;
}

interface CheckedCommits {
  /** The range as git takes it, for the report. */
  readonly range: string;
  /** Newest first, without merges. */
  readonly commits: readonly Commit[];
}

/**
 * Lists the commits since the last version tag (`v*`), or since the rule was made while there is no tag.
 * @param folder the root of the checkout.
 * @returns null when the folder is not the root of a git checkout, or git is not installed: there is nothing to check.
 * @throws when the history lacks the commit to begin with, or git fails for another reason.
 */
export function listCommits(folder: string, lastUnchecked: string = LAST_UNCHECKED_COMMIT): CheckedCommits | null {
  if (runGit(folder, ['rev-parse', '--show-prefix']) !== '') return null;
  const base = runGit(folder, ['describe', '--tags', '--abbrev=0', '--match', 'v[0-9]*']) ?? lastUnchecked;
  const range = `${base}..HEAD`;
  if (runGit(folder, ['cat-file', '-e', `${base}^{commit}`]) === null) {
    // A shallow clone may lack the base, and how far its few commits go back is not known.
    if (runGit(folder, ['rev-parse', '--is-shallow-repository']) === 'true') return { range, commits: [] };
    throw new Error(`the history of ${folder} has no commit ${base}, after which subjects are checked`);
  }
  const log = runGit(folder, ['log', '--no-merges', '--format=%h %s', range, '--']);
  if (log === null) throw new Error(`git log ${range} failed in ${folder}`);
  const commits = log.split('\n').filter((line) => line !== '');
  return { range, commits: commits.map(parseLine) };
}

function parseLine(line: string): Commit {
  const end = line.indexOf(' ');
  return { hash: line.slice(0, end), subject: line.slice(end + 1) };
}

/** @returns what git printed, without the last line break; null when it failed or is not installed. */
function runGit(folder: string, args: readonly string[]): string | null {
  const stdio: ['ignore', 'pipe', 'ignore'] = ['ignore', 'pipe', 'ignore'];
  try {
    return execFileSync('git', args, { cwd: folder, encoding: 'utf8', timeout: GIT_LIMIT_MS, stdio }).trimEnd();
  } catch {
    return null;
  }
}
