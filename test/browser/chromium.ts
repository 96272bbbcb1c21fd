/** Finds and starts a Chromium: $CHROMIUM, else /usr/bin/chromium, else the one in an npm package (x64 Linux). */
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

/** @throws Error with what to install where there is no browser */
export async function launchChromium(): Promise<Browser> {
  // Chromium does not start with its sandbox as root.
  const sandbox = process.getuid?.() === 0 ? ['--no-sandbox'] : [];
  return chromium.launch({ executablePath: await findChromium(), headless: true, args: [...QUIET_FLAGS, ...sandbox] });
}

/**
 * The path of a Chromium. The packaged one is unpacked first.
 * @throws Error with what to install where there is none
 */
export async function findChromium(): Promise<string> {
  const named = process.env['CHROMIUM'];
  if (named !== undefined && named !== '') {
    if (!existsSync(named))
      throw new Error(`$CHROMIUM is '${named}', which does not exist: set it to a Chromium binary`);
    return named;
  }
  if (existsSync(SYSTEM_CHROMIUM)) return SYSTEM_CHROMIUM;
  // The package unpacks its shared libraries only in this runtime, and reads the variable when it is imported. Its own
  // flags are not used: they switch web security off and run everything in one process.
  process.env['AWS_LAMBDA_JS_RUNTIME'] ??= 'nodejs20.x';
  // It unpacks to the temporary folder and uses what is there already, which could belong to another user.
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
