import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { tempGit, type TempGit } from '../temp-git.js';
import { makeRelease, type ReleaseOptions } from './release.js';

const CHANGELOG = '# Changelog\n\n## Unreleased\n\n- A second thing.\n- A third.\n\n## 0.1.0 - 2026-01-01\n\n- One.\n';

interface Project {
  readonly git: TempGit;
  /** The arguments of each call of npm. */
  readonly npmCalls: string[];
  readonly printed: string[];
  release(change?: Partial<ReleaseOptions>): string | null;
  read(name: string): string;
}

/** A checkout with a manifest, its lock file and a changelog, in which npm is only recorded. */
function project(): Project {
  const git = tempGit();
  const manifest = { name: 'portcast', version: '0.1.0' };
  const write = (name: string, text: string) => writeFileSync(join(git.folder, name), text);
  const json = (content: unknown) => `${JSON.stringify(content, null, 2)}\n`;
  write('package.json', json(manifest));
  write('package-lock.json', json({ ...manifest, packages: { '': manifest, 'node_modules/x': { version: '0.1.0' } } }));
  write('CHANGELOG.md', CHANGELOG);
  git.run('add', '.');
  git.commit('docs: begin');
  const npmCalls: string[] = [];
  const printed: string[] = [];
  return {
    git,
    npmCalls,
    printed,
    read: (name) => readFileSync(join(git.folder, name), 'utf8'),
    release: (change) =>
      makeRelease({
        folder: git.folder,
        version: '0.2.0',
        date: '2026-02-03',
        dryRun: false,
        runNpm(args) {
          npmCalls.push(args.join(' '));
          return args[0] === 'pack' ? 'portcast-0.2.0.tgz\n' : '';
        },
        print: (line) => printed.push(line),
        ...change,
      }),
  };
}

/** Everything that a refused release must leave as it was. */
function stateOf({ git, read }: Project): unknown {
  const files = ['CHANGELOG.md', 'package.json', 'package-lock.json'].map(read);
  return { files, head: git.run('rev-parse', 'HEAD'), tags: git.run('tag') };
}

describe('a release', () => {
  it('moves the changelog, sets the version, commits, tags and packs, after the checks', () => {
    const made = project();
    expect(made.release()).toBe('portcast-0.2.0.tgz');
    expect(made.npmCalls).toEqual(['run check', 'test', 'run --silent build', 'pack --silent']);
    expect(made.read('CHANGELOG.md')).toBe(
      '# Changelog\n\n## Unreleased\n\n## 0.2.0 - 2026-02-03\n\n- A second thing.\n- A third.\n\n' +
        '## 0.1.0 - 2026-01-01\n\n- One.\n',
    );
    expect(JSON.parse(made.read('package.json'))).toEqual({ name: 'portcast', version: '0.2.0' });
    expect(JSON.parse(made.read('package-lock.json'))).toEqual({
      name: 'portcast',
      version: '0.2.0',
      packages: { '': { name: 'portcast', version: '0.2.0' }, 'node_modules/x': { version: '0.1.0' } },
    });
    expect(made.git.run('log', '-1', '--format=%s')).toBe('release: 0.2.0');
    expect(made.git.run('describe', '--exact-match')).toBe('v0.2.0');
    expect(made.git.run('status', '--porcelain')).toBe('');
    expect(made.printed.at(-1)).toContain('packed portcast-0.2.0.tgz');
  });

  it('can follow another release', () => {
    const made = project();
    made.release();
    expect(() => made.release({ version: '0.3.0' })).toThrow(/nothing stands under "## Unreleased"/);
    writeFileSync(
      join(made.git.folder, 'CHANGELOG.md'),
      made.read('CHANGELOG.md').replace('## Unreleased\n', '## Unreleased\n\n- A fourth.\n'),
    );
    made.git.run('commit', '-q', '-a', '-m', 'docs: add a fourth');
    made.release({ version: '0.3.0' });
    expect(made.read('CHANGELOG.md')).toContain('## Unreleased\n\n## 0.3.0 - 2026-02-03\n\n- A fourth.\n\n## 0.2.0');
  });

  it('shows every step in a dry run, on any branch, and changes nothing', () => {
    const made = project();
    made.git.run('checkout', '-q', '-b', 'side');
    const before = stateOf(made);
    expect(made.release({ dryRun: true })).toBeNull();
    expect(made.npmCalls).toEqual([]);
    expect(made.printed).toEqual([
      'would run: npm run check',
      'would run: npm test',
      'would move the entries under "Unreleased" in CHANGELOG.md to:',
      '  ## 0.2.0 - 2026-02-03',
      '',
      '  - A second thing.',
      '  - A third.',
      'would set the version in package.json and package-lock.json: 0.2.0',
      'would commit: release: 0.2.0',
      'would tag: v0.2.0',
      'would run: npm run build, npm pack',
    ]);
    expect(stateOf(made)).toEqual(before);
  });

  it.each<[string, Partial<ReleaseOptions>, (made: Project) => void, RegExp]>([
    ['a text that is no version', { version: 'next' }, () => undefined, /"next" is not a version/],
    ['the present version', { version: '0.1.0' }, () => undefined, /0\.1\.0 is not greater than the present one/],
    ['an older version', { version: '0.0.9' }, () => undefined, /0\.0\.9 is not greater than the present one/],
    ['another branch', {}, ({ git }) => git.run('checkout', '-q', '-b', 'side'), /the branch is side/],
    ['a tag that exists', {}, ({ git }) => git.run('tag', 'v0.2.0'), /the tag v0\.2\.0 exists already/],
    [
      'a changed file',
      { dryRun: true },
      ({ git }) => writeFileSync(join(git.folder, 'CHANGELOG.md'), 'changed'),
      /changes that are not committed:\n M CHANGELOG\.md/,
    ],
    [
      'a file that git does not track',
      {},
      ({ git }) => writeFileSync(join(git.folder, 'new.txt'), ''),
      /not committed:\n\?\? new\.txt/,
    ],
    [
      'checks that fail',
      {
        runNpm() {
          throw new Error('npm run check failed');
        },
      },
      () => undefined,
      /npm run check failed/,
    ],
  ])('is refused with %s, and changes nothing', (_name, options, prepare, reason) => {
    const made = project();
    prepare(made);
    const before = stateOf(made);
    expect(() => made.release(options)).toThrow(reason);
    expect(stateOf(made)).toEqual(before);
  });
});
