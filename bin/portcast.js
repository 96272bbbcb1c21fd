#!/usr/bin/env node
/** Starts the compiled program. A checkout has none before its first build, and then this says what to run. */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const main = new URL('../dist/daemon/main.js', import.meta.url);
if (existsSync(main)) {
  await import(main.href);
} else {
  const folder = fileURLToPath(new URL('..', import.meta.url));
  process.stderr.write(`portcast is not built yet. Run this in ${folder}: npm ci && npm run build\n`);
  process.exitCode = 1;
}
