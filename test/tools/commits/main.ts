/**
 * Checks the subjects of commits.
 *   tsx main.ts                   the commits since the last version (part of `npm run check`)
 *   tsx main.ts --message FILE    the message in FILE (the git hook commit-msg)
 */
import { readFileSync } from 'node:fs';
import { PACKAGE_ROOT } from '../../../daemon/paths.js';
import { listCommits, type Commit } from './history.js';
import { findSubjectProblems } from './subject.js';

const RULE = 'A subject reads "area: imperative", at most 72 characters (CONTRIBUTING.md, "Commits").';

const [option, file] = process.argv.slice(2);
if (option === '--message' && file !== undefined) process.exitCode = checkMessage(file);
else process.exitCode = checkHistory();

function checkHistory(): number {
  const checked = listCommits(PACKAGE_ROOT);
  if (checked === null) {
    console.log('commits: this is not a git checkout, so there is no subject to check');
    return 0;
  }
  const faulty = checked.commits.filter(reportProblems).length;
  if (faulty > 0) console.error(RULE);
  else console.log(`commits: ${checked.commits.length} subjects follow the rule (${checked.range})`);
  return faulty > 0 ? 1 : 0;
}

function checkMessage(path: string): number {
  const subject = readFileSync(path, 'utf8').split('\n', 1)[0] ?? '';
  // Git makes these subjects itself, and the commits vanish when the branch is rebased.
  if (/^(?:fixup|squash|amend)! /.test(subject)) return 0;
  if (!reportProblems({ hash: 'this commit', subject })) return 0;
  console.error(RULE);
  return 1;
}

/** @returns whether the subject has a problem. */
function reportProblems({ hash, subject }: Commit): boolean {
  const problems = findSubjectProblems(subject);
  if (problems.length === 0) return false;
  console.error(`${hash}: ${subject}`);
  for (const problem of problems) console.error(`  ${problem}`);
  return true;
}
