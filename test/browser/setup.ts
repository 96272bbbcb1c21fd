/** Unpacks the browser once, before the test files, which run side by side, would all begin to. */
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';

export function setup(): void {
  execFileSync(process.execPath, ['--import', 'tsx', join(import.meta.dirname, 'unpack.ts')], { timeout: 100_000 });
}
