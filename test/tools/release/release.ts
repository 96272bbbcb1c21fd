/** Makes a release: changelog, version, commit, tag and the packed file. */
import { execFileSync } from 'node:child_process';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { releaseChangelog } from './changelog.js';
import { compareVersions, parseVersion } from './version.js';

const BRANCH = 'main';
const CHECKS = [['run', 'check'], ['test']];

export interface ReleaseOptions {
  /** The root of the checkout. */
  readonly folder: string;
  readonly version: string;
  /** The day of the release, `2026-01-31`. */
  readonly date: string;
  /** Prints what would be done and changes nothing; the branch does not matter then. */
  readonly dryRun: boolean;
  /** Runs npm in the folder with these arguments. @returns what it printed. @throws when it fails. */
  readonly runNpm: (args: readonly string[]) => string;
  readonly print: (line: string) => void;
}

/**
 * Runs the checks, then commits and tags the version and packs it.
 * @returns the name of the packed file; null after a dry run.
 * @throws Error with the reason when the release is refused or a step fails. Nothing is changed before the checks pass.
 */
export function makeRelease(options: ReleaseOptions): string | null {
  const { folder, version, date, dryRun, runNpm, print } = options;
  const git = (...args: string[]) => runGit(folder, args);
  requireNewerVersion(folder, version);
  requireReleasableTree(git, version, dryRun);
  const changelogFile = join(folder, 'CHANGELOG.md');
  const changelog = releaseChangelog(readFileSync(changelogFile, 'utf8'), version, date);
  if (dryRun) {
    for (const line of describeSteps(version, changelog.section)) print(line);
    return null;
  }
  for (const check of CHECKS) {
    print(`npm ${check.join(' ')}`);
    runNpm(check);
  }
  writeFileSync(changelogFile, changelog.text);
  writeVersion(join(folder, 'package.json'), version);
  writeVersion(join(folder, 'package-lock.json'), version);
  git('commit', '--quiet', '--message', `release: ${version}`, 'CHANGELOG.md', 'package.json', 'package-lock.json');
  git('tag', '--annotate', '--message', `portcast ${version}`, `v${version}`);
  // Files of an older layout would be packed too.
  rmSync(join(folder, 'dist'), { recursive: true, force: true });
  runNpm(['run', '--silent', 'build']);
  const file = runNpm(['pack', '--silent']).trim().split('\n').at(-1) ?? '';
  print(`tagged v${version} and packed ${file}; to publish it: git push origin ${BRANCH} v${version}`);
  return file;
}

function describeSteps(version: string, section: string): string[] {
  return [
    ...CHECKS.map((check) => `would run: npm ${check.join(' ')}`),
    'would move the entries under "Unreleased" in CHANGELOG.md to:',
    ...section
      .trimEnd()
      .split('\n')
      .map((line) => (line === '' ? '' : `  ${line}`)),
    `would set the version in package.json and package-lock.json: ${version}`,
    `would commit: release: ${version}`,
    `would tag: v${version}`,
    'would run: npm run build, npm pack',
  ];
}

function requireNewerVersion(folder: string, version: string): void {
  const parsed = parseVersion(version);
  if (parsed === null) throw new Error(`"${version}" is not a version, such as 0.2.0 or 1.0.0-rc.1`);
  const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { version: string };
  const present = parseVersion(manifest.version);
  if (present === null) throw new Error(`the version in package.json, "${manifest.version}", is not a version`);
  if (compareVersions(parsed, present) <= 0) {
    throw new Error(`the new version ${version} is not greater than the present one, ${manifest.version}`);
  }
}

function requireReleasableTree(git: (...args: string[]) => string, version: string, dryRun: boolean): void {
  const changes = git('status', '--porcelain');
  if (changes !== '') throw new Error(`the working tree has changes that are not committed:\n${changes}`);
  const branch = git('rev-parse', '--abbrev-ref', 'HEAD');
  if (branch !== BRANCH && !dryRun) throw new Error(`the branch is ${branch}; a release is made on ${BRANCH}`);
  if (git('tag', '--list', `v${version}`) !== '') throw new Error(`the tag v${version} exists already`);
}

/** Sets `version` in package.json or package-lock.json, which names it in its own entry for the root package too. */
function writeVersion(file: string, version: string): void {
  const content = JSON.parse(readFileSync(file, 'utf8')) as {
    version: string;
    packages?: Record<string, { version?: string }>;
  };
  content.version = version;
  const root = content.packages?.[''];
  if (root !== undefined) root.version = version;
  writeFileSync(file, `${JSON.stringify(content, null, 2)}\n`);
}

function runGit(folder: string, args: readonly string[]): string {
  return execFileSync('git', args, { cwd: folder, encoding: 'utf8' }).trimEnd();
}
