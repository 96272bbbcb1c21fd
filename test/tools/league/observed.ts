/** Starts the built daemon in the client's namespace of a lab, and the program that prints what the daemon states. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PACKAGE_ROOT } from '../../../daemon/paths.js';
import { labScript, type Lab, type LabProcess } from '../../lab/namespaces.js';

const START_TIMEOUT_MS = 60_000;

/**
 * Starts the daemon on its defaults, with its database in `folder`. `first` gives it a higher priority.
 *
 * @returns the address of the daemon as seen from the client's namespace
 */
export async function startDaemon(lab: Lab, folder: string, first = false): Promise<string> {
  const config = join(folder, 'config.yaml');
  writeFileSync(config, `store: { file: ${join(folder, 'portcast.db')} }\n`);
  const main = join(PACKAGE_ROOT, 'dist', 'daemon', 'main.js');
  const niceness = first ? ['nice', '-n', '-15'] : [];
  const daemon = lab.start('client', [...niceness, process.execPath, main, 'run', '--config', config]);
  const line = await daemon.line(/http:\/\/127\.0\.0\.1:\d+/, START_TIMEOUT_MS);
  return /http:\/\/127\.0\.0\.1:\d+/.exec(line)?.[0] ?? '';
}

/** Starts the program that prints a line for each sample of the daemon, and waits for the first. */
export async function startWatch(lab: Lab, url: string): Promise<LabProcess> {
  const watch = lab.start('client', [...labScript('tools/league/watch.ts'), url]);
  await watch.line(/"pools"/, START_TIMEOUT_MS);
  return watch;
}
