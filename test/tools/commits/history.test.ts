import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { tempGit } from '../temp-git.js';
import { listCommits } from './history.js';

describe('the commits that are checked', () => {
  it('are those since the rule was made while there is no version tag', () => {
    const git = tempGit();
    const old = git.commit('An old subject');
    git.commit('store: add one');
    git.commit('store: add two');
    expect(listCommits(git.folder, old)?.commits.map(({ subject }) => subject)).toEqual([
      'store: add two',
      'store: add one',
    ]);
  });

  it('are those since the last version tag, whatever other tags there are', () => {
    const git = tempGit();
    const old = git.commit('An old subject');
    git.commit('store: add one');
    git.run('tag', 'v0.1.0');
    git.commit('store: add two');
    git.run('tag', 'verified');
    git.commit('store: add three');
    const checked = listCommits(git.folder, old);
    expect(checked?.range).toBe('v0.1.0..HEAD');
    expect(checked?.commits.map(({ subject }) => subject)).toEqual(['store: add three', 'store: add two']);
  });

  it('leave out merges', () => {
    const git = tempGit();
    const old = git.commit('An old subject');
    git.run('checkout', '-q', '-b', 'side');
    git.commit('store: add one');
    git.run('checkout', '-q', 'main');
    git.commit('docs: add two');
    git.run('merge', '-q', '--no-ff', '-m', 'Merge the side', 'side');
    expect(
      listCommits(git.folder, old)
        ?.commits.map(({ subject }) => subject)
        .sort(),
    ).toEqual(['docs: add two', 'store: add one']);
  });

  it('are none in a shallow clone that lacks the commit to begin with', () => {
    const git = tempGit();
    const old = git.commit('An old subject');
    git.commit('store: add one');
    git.run('clone', '-q', '--depth', '1', `file://${git.folder}`, 'copy');
    expect(listCommits(join(git.folder, 'copy'), old)?.commits).toEqual([]);
    git.run('clone', '-q', `file://${git.folder}`, 'whole');
    expect(listCommits(join(git.folder, 'whole'), old)?.commits).toHaveLength(1);
  });

  it('cannot be found when the commit to begin with is not in the history', () => {
    const git = tempGit();
    git.commit('store: add one');
    expect(() => listCommits(git.folder, '0123456789abcdef0123456789abcdef01234567')).toThrow(
      /has no commit 0123456789/,
    );
  });

  it('do not exist outside of a git checkout, nor in a folder inside of another one', () => {
    const git = tempGit();
    git.commit('store: add one');
    const inner = join(git.folder, 'vendor');
    mkdirSync(inner);
    expect(listCommits(inner)).toBeNull();
    expect(listCommits('/')).toBeNull();
  });
});
