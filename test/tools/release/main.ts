/** `npm run release -- VERSION [--dry-run]`: makes a release of this checkout (CONTRIBUTING.md, "Releases"). */
import { execFileSync } from 'node:child_process';
import { parseArgs } from 'node:util';
import { messageOf } from '../../../daemon/errors.js';
import { PACKAGE_ROOT } from '../../../daemon/paths.js';
import { makeRelease } from './release.js';

const USAGE = 'usage: npm run release -- VERSION [--dry-run]';

process.exitCode = run();

function run(): number {
  const { values, positionals } = parseArgs({ options: { 'dry-run': { type: 'boolean' } }, allowPositionals: true });
  const [version, ...others] = positionals;
  if (version === undefined || others.length > 0) {
    console.error(USAGE);
    return 2;
  }
  try {
    makeRelease({
      folder: PACKAGE_ROOT,
      version,
      date: new Date().toISOString().slice(0, 10),
      dryRun: values['dry-run'] === true,
      runNpm,
      print: (line) => console.log(line),
    });
    return 0;
  } catch (error) {
    console.error(`release: ${messageOf(error)}`);
    return 1;
  }
}

/** Shows the output of the checks while they run, and returns that of `npm pack`, which is the name of the file. */
function runNpm(args: readonly string[]): string {
  if (args[0] === 'pack') return execFileSync('npm', args, { cwd: PACKAGE_ROOT, encoding: 'utf8' });
  execFileSync('npm', args, { cwd: PACKAGE_ROOT, stdio: ['ignore', 'inherit', 'inherit'] });
  return '';
}
