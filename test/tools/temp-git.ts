/** A git repository in a temporary folder, for the tests of the programs that read or write one. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';

export interface TempGit {
  readonly folder: string;
  /** Runs git in the folder. @returns what it printed, without the last line break. */
  run(...args: string[]): string;
  /** Makes an empty commit. @returns its hash. */
  commit(subject: string): string;
}

/** Makes a repository with the branch `main` and no commit; it is removed at the end of the test. */
export function tempGit(): TempGit {
  const folder = mkdtempSync(join(tmpdir(), 'portcast-git-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const run = (...args: string[]): string =>
    execFileSync('git', args, { cwd: folder, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] }).trimEnd();
  run('init', '-q', '-b', 'main');
  run('config', 'user.name', 'Test');
  run('config', 'user.email', 'test@example.org');
  run('config', 'commit.gpgsign', 'false');
  run('config', 'core.hooksPath', join(folder, 'no-hooks'));
  return {
    folder,
    run,
    commit(subject) {
      run('commit', '-q', '--allow-empty', '-m', subject);
      return run('rev-parse', 'HEAD');
    },
  };
}
