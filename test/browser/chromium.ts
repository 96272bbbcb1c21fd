/** Finds a Chromium and starts it: $CHROMIUM, else /usr/bin/chromium, else the one packaged on npm (x64 Linux). */
import { existsSync, mkdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium, type Browser } from 'playwright-core';

const QUIET_FLAGS = [
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--no-first-run',
];
const SYSTEM_CHROMIUM = '/usr/bin/chromium';

/** Throws with what to install when there is no browser at all. */
export async function launchChromium(): Promise<Browser> {
  // Chromium refuses its sandbox as root.
  const sandbox = process.getuid?.() === 0 ? ['--no-sandbox'] : [];
  return chromium.launch({ executablePath: await findChromium(), headless: true, args: [...QUIET_FLAGS, ...sandbox] });
}

/** The path of a Chromium; the packaged one is unpacked first. Throws with what to install. */
export async function findChromium(): Promise<string> {
  const named = process.env['CHROMIUM'];
  if (named !== undefined && named !== '') {
    if (!existsSync(named))
      throw new Error(`$CHROMIUM is '${named}', which does not exist: set it to a Chromium binary`);
    return named;
  }
  if (existsSync(SYSTEM_CHROMIUM)) return SYSTEM_CHROMIUM;
  // The package unpacks its shared libraries only where it believes to be in that runtime, and decides so on import.
  // Its own flags are left out: they turn web security off and run everything in one process.
  process.env['AWS_LAMBDA_JS_RUNTIME'] ??= 'nodejs20.x';
  // It unpacks to the temporary folder and takes what lies there already: let that not be another user's.
  const before = process.env['TMPDIR'];
  const folder = join(tmpdir(), `portcast-chromium-${process.getuid?.() ?? 'user'}`);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  process.env['TMPDIR'] = folder;
  const packaged = (await import('@sparticuz/chromium')).default;
  const path = await packaged.executablePath();
  if (before === undefined) delete process.env['TMPDIR'];
  else process.env['TMPDIR'] = before;
  if (!existsSync(path)) throw new Error(`no browser: set $CHROMIUM or install chromium (nothing at '${path}')`);
  return path;
}
